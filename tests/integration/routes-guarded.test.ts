import { createPrivateKey } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAccess, type OpenSession } from '../../src/access/index.ts'
import { roles, type Role } from '../../src/shared/index.ts'
import { openStore } from '../../src/store/index.ts'
import { Api, problemOf, type Request } from '../support/api.ts'

/** Those that anybody may ask. Whoever adds one here has thought about it. */
const openToAll = [
  'POST /api/v1/session',
  'POST /api/v1/session/code',
  'POST /api/v1/session/refresh',
  'GET /api/v1/session/ways',
  'HEAD /api/v1/session/ways',
  'GET /api/v1/session/oidc',
  'HEAD /api/v1/session/oidc',
  'GET /api/v1/session/oidc/callback',
  'HEAD /api/v1/session/oidc/callback',
]
const upgrade = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'c2l4dGVlbiBieXRlcyA6KQ==',
}

interface Route {
  method: string
  url: string
  needs: Role | 'nobody' | undefined
}

let api: Api
let routes: Route[]
let tokens: Record<string, string>
let viewer: string
let operator: string

beforeAll(async () => {
  const registered: RouteOptions[] = []
  // Every route of the server that is being made, also those of plugins and those that are not described.
  const listen = (message: unknown) =>
    (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', (route) => {
      registered.push(route)
    })
  subscribe('fastify.initialization', listen)
  api = await Api.start()
  unsubscribe('fastify.initialization', listen)
  routes = registered.flatMap(({ method, url, config }) =>
    [method].flat().map((one) => ({ method: one, url, needs: config?.needs })),
  )
  viewer = await api.tokenOf('viewer')
  operator = await api.tokenOf('operator')
  tokens = await badTokens()
})
afterAll(() => api[Symbol.asyncDispose]())

async function badTokens(): Promise<Record<string, string>> {
  const { accessToken: leaver } = await login('leaver')
  await api.ask({ method: 'DELETE', path: '/api/v1/users/leaver' })
  const { accessToken: leaving } = await login('leaving')
  await api.ask({ method: 'DELETE', path: '/api/v1/session', token: leaving })
  const [header = '', payload = '', signature = ''] = api.token.split('.')
  const claims = decodeJwt(api.token)
  const better = Buffer.from(JSON.stringify({ ...claims, exp: 4e9 })).toString('base64url')
  const other = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
  return {
    'of a removed user': leaver,
    'of a session that was logged out': leaving,
    'with changed claims': `${header}.${better}.${signature}`,
    'with a changed signature': `${header}.${payload}.${other}`,
    'without a signature': new UnsecuredJWT(claims).encode(),
    'that has expired': await signedHere({ ...claims, exp: Math.floor(Date.now() / 1000) - 60 }),
    'of another installation': await fromElsewhere(),
    'of the API that never was': 'fh_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'that is none': 'nonsense',
  }
}

/** Logs in a new viewer. */
async function login(name: string): Promise<OpenSession> {
  const password = 'a long enough password'
  const body = { role: 'viewer', password }
  expect(
    (await api.ask({ method: 'PUT', path: `/api/v1/users/${encodeURIComponent(name)}`, body })).status,
  ).toBe(200)
  // Past the server, which would not take so many logins of one address.
  await using store = await openStore(api.data)
  await using access = await openAccess({ store, link: true })
  const session = await access.loginByPassword(name, password)
  expect((await api.ask({ path: '/api/v1/session', token: session.accessToken })).status).toBe(200)
  return session
}

/** With the server's own key. */
async function signedHere(claims: ReturnType<typeof decodeJwt>): Promise<string> {
  await using store = await openStore(api.data)
  const [key] = await store.signingKeys.all()
  if (!key) throw new Error('the server has no key')
  const pem = store.vault.open(key.privateKey, `signing key ${key.id}`)
  const header = { alg: 'EdDSA', kid: key.id }
  return await new SignJWT(claims).setProtectedHeader(header).sign(createPrivateKey(pem))
}

async function fromElsewhere(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'flathouse-elsewhere-'))
  try {
    await using store = await openStore(dir)
    await using access = await openAccess({ store, link: true })
    return (await access.loginByCode(await access.createCode())).accessToken
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const ofApi = () => routes.filter(({ url }) => url.startsWith('/api'))
const guarded = () => ofApi().filter(({ needs }) => needs !== 'nobody')
const name = ({ method, url }: Route) => `${method} ${url}`

/** Without anything that would do something. */
const asking = ({ method, url }: Route, more: Partial<Request> = {}): Request => {
  const path = url.replace(/:\w+/g, '0'.repeat(32)).replace('*', 'x.js')
  const sendsJson = ['POST', 'PUT'].includes(method) && !url.includes('/files/')
  return { method, path, ...(sendsJson && { body: {} }), ...more }
}

/** Status and code; a HEAD has no code. */
async function outcome(request: Request): Promise<[number, string | undefined]> {
  const answer = await api.ask(request)
  const isProblem = answer.headers['content-type'] === 'application/problem+json' && answer.text !== ''
  return [answer.status, isProblem ? problemOf(answer).code : undefined]
}

it('knows every route, and which of them are open', () => {
  expect(ofApi().length).toBeGreaterThan(45)
  expect(
    ofApi()
      .filter(({ needs }) => needs === 'nobody')
      .map(name)
      .sort(),
  ).toEqual(openToAll.toSorted())
  expect(ofApi().filter(({ needs }) => needs === undefined)).toEqual([])
})

it('asks everywhere for a login, and says how', async () => {
  for (const route of guarded()) {
    const answer = await api.ask(asking(route, { token: null }))
    expect([name(route), answer.status, answer.headers['www-authenticate']]).toEqual([
      name(route),
      401,
      'Bearer',
    ])
    if (route.method !== 'HEAD') expect(problemOf(answer).code, name(route)).toBe('LOGIN_REQUIRED')
  }
})

it('asks for one also where nothing is', async () => {
  for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'])
    for (const path of ['/api', '/api/', '/api/v1', '/api/v1/nothing', '/api/v2/runs', '/api/docs/none'])
      expect([method, path, ...(await outcome({ method, path, token: null }))]).toEqual([
        method,
        path,
        401,
        'LOGIN_REQUIRED',
      ])
})

it('lets nobody around it by another spelling', async () => {
  for (const path of [
    '/%61pi/v1/runs',
    '/api/v1/%72uns',
    '//api/v1/runs',
    '/./api/v1/runs',
    '/API/v1/runs',
    '/api/v1/runs/',
    '/api;x/v1/runs',
    '/api/v1/session/../runs',
    '/api/v1/session/ways/../../runs',
    '/api/v1/session/ways%2f..%2f..%2fruns',
  ]) {
    const answer = await send(path)
    expect(answer).toMatch(/^HTTP\/1.1 4\d\d /)
    expect(answer).not.toContain('"more"')
  }
})

it('refuses every token that is not good', async () => {
  expect(Object.keys(tokens).length).toBe(9)
  for (const [which, token] of Object.entries(tokens))
    for (const route of guarded())
      expect([which, name(route), ...(await outcome(asking(route, { token })))]).toEqual([
        which,
        name(route),
        401,
        route.method === 'HEAD' ? undefined : 'SESSION_ENDED',
      ])
})

it('gives each role what it may do, and no more', async () => {
  const asks = async (route: Route, token: string) => (await outcome(asking(route, { token })))[0]
  for (const route of guarded()) {
    const forViewer = await asks(route, viewer)
    if (route.needs === 'viewer') expect([401, 403], name(route)).not.toContain(forViewer)
    else expect([name(route), forViewer]).toEqual([name(route), 403])
    const forOperator = await asks(route, operator)
    if (route.needs === 'admin') expect([name(route), forOperator]).toEqual([name(route), 403])
    else expect([401, 403], name(route)).not.toContain(forOperator)
  }
})

it('gives admins what only they may do', () => {
  const needing = (role: Role) =>
    guarded()
      .filter(({ needs, method }) => needs === role && method !== 'HEAD')
      .map(name)
      .sort()
  expect(needing('admin')).toEqual([
    'DELETE /api/v1/connections/:name',
    'DELETE /api/v1/users/:name',
    'GET /api/v1/audit',
    'GET /api/v1/users',
    'PUT /api/v1/connections/:name',
    'PUT /api/v1/users/:name',
  ])
  expect(needing('operator')).toEqual([
    'DELETE /api/v1/files',
    'DELETE /api/v1/files/uploads/:id',
    'GET /api/v1/connections/:name/columns',
    'GET /api/v1/connections/:name/databases',
    'GET /api/v1/connections/:name/tables',
    'OPTIONS /api/v1/files/uploads',
    'PATCH /api/v1/files/uploads/:id',
    'POST /api/v1/connections/test',
    'POST /api/v1/files/check',
    'POST /api/v1/files/heads',
    'POST /api/v1/files/uploads',
    'POST /api/v1/plan',
    'POST /api/v1/runs',
    'POST /api/v1/runs/:id/cancel',
  ])
})

describe('what a request names', () => {
  const inline = { protocol: 'http', host: '127.0.0.1', port: 1, database: 'd', user: 'u' }
  const file = { kind: 'file', path: 'a.csv' }
  const table = (server: unknown) => ({ kind: 'table', server, table: 't' })
  const transfer = (server: unknown) => ({
    transfer: { direction: 'import', source: file, target: table(server) },
  })
  const exported = (server: unknown) => ({
    transfer: { direction: 'export', source: table(server), target: file },
  })

  it.each<[string, string, unknown, Role]>([
    ['a file to look at', '/api/v1/preview', { source: file }, 'viewer'],
    [
      'a file and where it would go',
      '/api/v1/preview',
      { source: file, target: table('embedded') },
      'operator',
    ],
    ['a table to look at', '/api/v1/preview', { source: table('embedded') }, 'operator'],
    [
      'a query',
      '/api/v1/preview',
      { source: { kind: 'query', server: 'embedded', sql: 'SELECT 1' } },
      'operator',
    ],
    ['a table of a new connection', '/api/v1/preview', { source: table(inline) }, 'admin'],
    ['a new connection as the target', '/api/v1/preview', { source: file, target: table(inline) }, 'admin'],
    ['a plan', '/api/v1/plan', transfer('embedded'), 'operator'],
    ['a plan for a new connection', '/api/v1/plan', transfer(inline), 'admin'],
    ['a run', '/api/v1/runs', transfer('nowhere'), 'operator'],
    ['a run to a new connection', '/api/v1/runs', transfer(inline), 'admin'],
    ['a run from a new connection', '/api/v1/runs', exported(inline), 'admin'],
    ['a saved connection to test', '/api/v1/connections/test', { name: 'nowhere' }, 'operator'],
    ['a new connection to test', '/api/v1/connections/test', { connection: inline }, 'admin'],
    [
      'a saved connection to test with changes',
      '/api/v1/connections/test',
      { name: 'nowhere', connection: inline },
      'admin',
    ],
  ])('decides who may: %s', async (_, path, body, needed) => {
    for (const [role, token] of [
      ['viewer', viewer],
      ['operator', operator],
      ['admin', api.token],
    ] as const) {
      const [, code] = await outcome({ method: 'POST', path, body, token })
      const isAllowed = roles.indexOf(role) >= roles.indexOf(needed)
      expect([role, code === 'ROLE_MISSING']).toEqual([role, !isAllowed])
    }
  })

  it('and the answer says which role it takes', async () => {
    const body = transfer(inline)
    expect(await api.problem({ method: 'POST', path: '/api/v1/plan', body, token: operator })).toMatchObject({
      status: 403,
      detail: 'local has the role operator, and this needs the role admin.',
    })
  })
})

describe('the WebSocket', () => {
  const path = '/api/v1/events'

  it('is opened by nobody who may not ask', async () => {
    expect(await outcome({ path, headers: upgrade, token: null })).toEqual([401, 'LOGIN_REQUIRED'])
    for (const [which, token] of Object.entries(tokens))
      expect([which, ...(await outcome({ path, headers: upgrade, token }))]).toEqual([
        which,
        401,
        'SESSION_ENDED',
      ])
  })

  it('is opened by a cookie only from our own page', async () => {
    const port = new URL(api.url).port
    const cookie = `flathouse-access-${port}=${api.token}`
    expect(await open({ cookie })).toBe(403)
    expect(await open({ cookie, 'sec-fetch-site': 'same-origin' })).toBe(403)
    expect(await open({ cookie, origin: 'http://evil.example' })).toBe(403)
    expect(await open({ cookie, origin: api.url })).toBe(101)
    expect(await open({ origin: api.url })).toBe(401)
  })

  it.each(['logout', 'removal', 'revocation'])('is closed at once by %s', async (how) => {
    const token = how === 'revocation' ? await api.tokenOf('viewer') : (await login(`by ${how}`)).accessToken
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    await new Promise((resolve) => socket.addEventListener('open', resolve))
    const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener('close', resolve))
    if (how === 'logout') await api.ask({ method: 'DELETE', path: '/api/v1/session', token })
    if (how === 'removal') await api.ask({ method: 'DELETE', path: `/api/v1/users/by%20${how}` })
    if (how === 'revocation') {
      const { text } = await api.ask({ path: '/api/v1/tokens' })
      const { tokens: all } = JSON.parse(text) as { tokens: { id: string; createdAt: string }[] }
      const newest = all.toSorted((one, other) => other.createdAt.localeCompare(one.createdAt))[0]
      await api.ask({ method: 'DELETE', path: `/api/v1/tokens/${newest?.id}` })
    }
    expect((await closed).code).toBe(4401)
  })

  it('outlives a token that was renewed', async () => {
    const { accessToken, refreshToken } = await login('staying')
    const { port } = new URL(api.url)
    const cookie = `flathouse-access-${port}=${accessToken}; flathouse-refresh-${port}=${refreshToken}`
    const headers = { cookie, origin: api.url }
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}${path}`, {
      headers,
    })
    await new Promise((resolve) => socket.addEventListener('open', resolve))
    const renewed = await api.ask({ method: 'POST', path: '/api/v1/session/refresh', headers, token: null })
    expect(renewed.status, renewed.text).toBe(200)
    // Asks of all whether they still may.
    await login('another')
    expect(socket.readyState).toBe(WebSocket.OPEN)
    socket.close()
  })
})

it('sends nothing but the word ok to who watches over a container', async () => {
  expect(await api.ask({ path: '/healthz', token: null })).toMatchObject({
    status: 200,
    text: '{"status":"ok"}',
  })
})

/** Exactly this path. */
async function send(path: string): Promise<string> {
  const { host, hostname, port } = new URL(api.url)
  const socket = connect(Number(port), hostname)
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  return text(socket)
}

/** The status. */
function open(headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { headers: { ...upgrade, ...headers }, agent: false }
    const asked = request(new URL('/api/v1/events', api.url), options)
    asked.on('response', (response) => resolve(response.resume().statusCode ?? 0))
    asked.on('upgrade', ({ statusCode }, socket) => {
      socket.destroy()
      resolve(statusCode ?? 0)
    })
    asked.on('error', reject).end()
  })
}
