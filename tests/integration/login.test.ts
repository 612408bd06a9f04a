import { setTimeout as sleep } from 'node:timers/promises'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  apiTokenListSchema,
  auditListSchema,
  createdApiTokenSchema,
  loginWaysSchema,
  runSchema,
  sessionSchema,
  userListSchema,
  userSchema,
  type AuditEntry,
} from '../../src/shared/index.ts'
import { Api, problemOf } from '../support/api.ts'
import { Visitor } from '../support/visitor.ts'

const session = '/api/v1/session'
const password = 'correct horse battery'

let api: Api
let visitor: Visitor

const addUser = (name: string, role: string) =>
  api.put(userSchema, `/api/v1/users/${encodeURIComponent(name)}`, { role, password })
const logIn = (user: string, given = password, who = visitor) =>
  who.ask({ method: 'POST', path: session, body: { user, password: given } })
const me = async (who = visitor) => sessionSchema.parse(JSON.parse((await who.ask({ path: session })).text))
const refresh = (who = visitor) => who.ask({ method: 'POST', path: `${session}/refresh` })
const audit = async (): Promise<AuditEntry[]> =>
  (await api.get(auditListSchema, '/api/v1/audit?limit=200')).entries
/** The newest entry, without what differs each time. It is written after the answer, so it has to be polled for. */
const lastAudit = async () => {
  const [entry] = await audit()
  const { action, user, way, address, subject, outcome } = entry ?? {}
  return { action, user, way, address, subject, outcome }
}

/** A server of its own, because of the limits, and a browser that nobody has used. */
const aServer = (changes?: Parameters<typeof Api.start>[0]) => {
  beforeAll(async () => (api = await Api.start(changes)))
  afterAll(() => api[Symbol.asyncDispose]())
  beforeEach(() => (visitor = new Visitor(api.url)))
}

describe('with a password', () => {
  aServer()
  beforeAll(() => addUser('Ada Löwe', 'operator'))

  it('gives two cookies that no script reads and no other site sends', async () => {
    const answer = await logIn('ada löwe')
    expect(answer.status, answer.text).toBe(200)
    expect(JSON.parse(answer.text)).toEqual({
      user: 'Ada Löwe',
      role: 'operator',
      way: 'password',
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    })
    const { port } = new URL(api.url)
    const [access, renewing] = [visitor.cookie('access'), visitor.cookie('refresh')]
    expect(access).toMatchObject({ name: `flathouse-access-${port}`, path: '/' })
    expect(renewing).toMatchObject({ name: `flathouse-refresh-${port}`, path: session })
    for (const { flags = [] } of [access ?? {}, renewing ?? {}]) {
      expect(flags).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Strict']))
      expect(flags).not.toContain('Secure')
    }
    const { exp = 0, iat = 0 } = decodeJwt(access?.value ?? '')
    expect(exp - iat).toBe(900)
    expect(decodeProtectedHeader(access?.value ?? '').alg).toBe('EdDSA')
    expect(answer.text).not.toContain(access?.value)
    expect(await me()).toMatchObject({ user: 'Ada Löwe', role: 'operator' })
    await expect.poll(lastAudit).toEqual({
      action: 'login',
      user: 'Ada Löwe',
      way: 'password',
      address: '127.0.0.1',
      subject: 'ada löwe',
      outcome: 'done',
    })
  })

  it('is refused in the same words whether the user or the password is wrong', async () => {
    const wrong = problemOf(await logIn('ada löwe', 'wrong'))
    const unknown = problemOf(await logIn('nobody', 'wrong'))
    expect(wrong).toMatchObject({ status: 401, code: 'LOGIN_FAILED' })
    expect(unknown).toMatchObject({ status: 401, code: 'LOGIN_FAILED', detail: wrong.detail })
    expect(visitor.cookies.size).toBe(0)
    await expect.poll(lastAudit).toEqual({
      action: 'login',
      user: null,
      way: null,
      address: '127.0.0.1',
      subject: 'nobody',
      outcome: 'LOGIN_FAILED',
    })
  })

  it('needs our own page, or no browser, for whatever changes something', async () => {
    await logIn('ada löwe')
    const start = (headers: Record<string, string>) =>
      visitor.ask({ method: 'POST', path: '/api/v1/plan', headers, body: {} })
    const none = { origin: '' }
    expect(problemOf(await start({ origin: 'http://evil.example' })).code).toBe('ORIGIN_REFUSED')
    expect(problemOf(await start({ origin: 'null' })).code).toBe('ORIGIN_REFUSED')
    expect(problemOf(await start(none)).code).toBe('ORIGIN_REFUSED')
    expect(problemOf(await start({})).code).toBe('REQUEST_INVALID')
    const cookie = [...visitor.cookies.values()].map(({ name, value }) => `${name}=${value}`).join('; ')
    const plain = (headers: Record<string, string>) =>
      api.problem({
        method: 'POST',
        path: '/api/v1/plan',
        headers: { cookie, ...headers },
        token: null,
        body: {},
      })
    expect(await plain({})).toMatchObject({ status: 403, code: 'ORIGIN_REFUSED' })
    expect(await plain({ 'sec-fetch-site': 'cross-site' })).toMatchObject({ code: 'ORIGIN_REFUSED' })
    expect(await plain({ 'sec-fetch-site': 'same-site' })).toMatchObject({ code: 'ORIGIN_REFUSED' })
    expect(await plain({ 'sec-fetch-site': 'same-origin' })).toMatchObject({ code: 'REQUEST_INVALID' })
    expect(await api.problem({ method: 'POST', path: '/api/v1/plan', body: {} })).toMatchObject({
      code: 'REQUEST_INVALID',
    })
    const renewing = await api.problem({
      method: 'POST',
      path: `${session}/refresh`,
      headers: { cookie },
      token: null,
    })
    expect(renewing.code).toBe('ORIGIN_REFUSED')
  })

  it('stays when a renewal that was sent before it, without a cookie, is refused after it', async () => {
    const early = new Visitor(api.url)
    await logIn('ada löwe', password, early)
    early.cookies.delete(early.cookie('refresh')?.name ?? '')
    expect((await refresh(early)).status).toBe(401)
    expect(early.cookie('access')).toBeDefined()
  })

  it('ends with the logout, for every token of the session, and takes the cookies away', async () => {
    await logIn('ada löwe')
    const before = visitor.cookie('access')?.value ?? ''
    // A token made in the same second is the same.
    await sleep(1000)
    await refresh()
    const after = visitor.cookie('access')?.value ?? ''
    const renewing = visitor.cookie('refresh')
    expect(after).not.toBe(before)
    expect((await visitor.ask({ method: 'DELETE', path: session })).status).toBe(204)
    expect(visitor.cookies.size).toBe(0)
    await expect.poll(lastAudit).toMatchObject({ action: 'logout', user: 'Ada Löwe', outcome: 'done' })
    for (const token of [before, after])
      expect(await api.problem({ path: session, token })).toMatchObject({ code: 'SESSION_ENDED' })
    if (renewing) visitor.cookies.set(renewing.name, renewing)
    expect(problemOf(await refresh()).code).toBe('SESSION_ENDED')
  })

  it('can be changed by its user alone, and other sessions end', async () => {
    await addUser('carl', 'viewer')
    await logIn('carl')
    const other = new Visitor(api.url)
    await logIn('carl', password, other)
    const change = (current: string, next: string) =>
      visitor.ask({ method: 'POST', path: `${session}/password`, body: { current, next } })
    expect(problemOf(await change('wrong', 'another long password')).code).toBe('LOGIN_FAILED')
    expect(problemOf(await change(password, 'short'))).toMatchObject({ code: 'REQUEST_INVALID' })
    expect((await change(password, 'another long password')).status).toBe(204)
    expect((await visitor.ask({ path: session })).status).toBe(200)
    expect((await other.ask({ path: session })).status).toBe(401)
    await expect.poll(lastAudit).toMatchObject({ action: 'password.change', user: 'carl', outcome: 'done' })
  })
})

describe('a refresh', () => {
  aServer()
  beforeAll(() => addUser('ada', 'viewer'))

  it('renews both cookies; the old one, used again, ends the session for everybody', async () => {
    await logIn('ada')
    const thief = new Visitor(api.url)
    for (const [name, cookie] of visitor.cookies) thief.cookies.set(name, cookie)
    const answer = await refresh()
    expect(sessionSchema.parse(JSON.parse(answer.text))).toMatchObject({ user: 'ada', way: 'password' })
    expect(visitor.cookie('refresh')?.value).not.toBe(thief.cookie('refresh')?.value)
    expect((await visitor.ask({ path: session })).status).toBe(200)
    const stolen = await refresh(thief)
    expect(problemOf(stolen)).toMatchObject({ status: 401, code: 'SESSION_ENDED' })
    expect(thief.cookies.size).toBe(0)
    expect((await visitor.ask({ path: session })).status).toBe(401)
    expect(problemOf(await refresh()).code).toBe('SESSION_ENDED')
  })

  it('is refused without a cookie', async () => {
    expect(problemOf(await refresh())).toMatchObject({ status: 401 })
  })
})

describe('the one-time link', () => {
  aServer()

  it('lets in one, once, as an admin of this machine', async () => {
    expect(await me(await byCode())).toMatchObject({ user: 'local', role: 'admin', way: 'link' })
    const used = await visitor.ask({ method: 'POST', path: `${session}/code`, body: { code: 'used' } })
    expect(problemOf(used)).toMatchObject({ status: 401, code: 'LOGIN_FAILED' })
    await expect.poll(lastAudit).toMatchObject({ action: 'login', user: null, outcome: 'LOGIN_FAILED' })
  })

  /** The administrator's session, which was opened by the link. */
  const byCode = () => {
    const { port } = new URL(api.url)
    const name = `flathouse-access-${port}`
    visitor.cookies.set(name, { name, value: api.token, path: '/', flags: [] })
    return Promise.resolve(visitor)
  }

  it('is told of together with the other ways', async () => {
    const ways = () => api.get(loginWaysSchema, { path: `${session}/ways`, token: null })
    expect(await ways()).toEqual({ password: false, oidc: null, link: true })
    await addUser('ada', 'viewer')
    expect(await ways()).toEqual({ password: true, oidc: null, link: true })
  })
})

describe('users', () => {
  aServer()

  it('are added, changed and removed by admins; a change ends what they have open', async () => {
    await addUser('vera', 'viewer')
    await logIn('vera')
    expect(problemOf(await visitor.ask({ path: '/api/v1/users' }))).toMatchObject({
      status: 403,
      code: 'ROLE_MISSING',
      detail: 'vera has the role viewer, and this needs the role admin.',
    })
    const { users } = await api.get(userListSchema, '/api/v1/users')
    expect(users).toEqual([
      { name: 'vera', role: 'viewer', isDisabled: false, createdAt: users[0]?.createdAt },
    ])
    await api.put(userSchema, '/api/v1/users/vera', { role: 'admin' })
    await expect.poll(lastAudit).toEqual({
      action: 'user.save',
      user: 'local',
      way: 'link',
      address: '127.0.0.1',
      subject: 'vera',
      outcome: 'done',
    })
    expect(problemOf(await visitor.ask({ path: session })).code).toBe('SESSION_ENDED')
    await logIn('vera')
    expect((await visitor.ask({ path: '/api/v1/users' })).status).toBe(200)
    await api.put(userSchema, '/api/v1/users/vera', { isDisabled: true })
    expect((await visitor.ask({ path: session })).status).toBe(401)
    expect(problemOf(await logIn('vera')).code).toBe('LOGIN_FAILED')
    expect((await api.ask({ method: 'DELETE', path: '/api/v1/users/vera' })).status).toBe(204)
    expect(await api.problem({ method: 'DELETE', path: '/api/v1/users/vera' })).toMatchObject({
      status: 404,
      code: 'USER_NOT_FOUND',
    })
  })

  it.each([['../evil'], ['\u0000'], [' x'], ['x'.repeat(65)]])('are not called %j', async (name) => {
    const path = `/api/v1/users/${encodeURIComponent(name)}`
    const body = { role: 'viewer', password }
    expect(await api.problem({ method: 'PUT', path, body })).toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('start runs under their own name', async () => {
    await addUser('oscar', 'operator')
    await logIn('oscar')
    api.write('a.csv', 'n\n1\n')
    const transfer = {
      direction: 'import',
      source: { kind: 'file', path: 'a.csv' },
      target: { kind: 'table', server: 'embedded', table: 'a' },
    }
    const { text } = await visitor.ask({ method: 'POST', path: '/api/v1/runs', body: { transfer } })
    const run = runSchema.parse(JSON.parse(text))
    expect(run.startedBy).toBe('oscar')
    await expect
      .poll(lastAudit)
      .toMatchObject({ action: 'run.start', user: 'oscar', way: 'password', subject: run.id })
    expect((await api.get(runSchema, `/api/v1/runs/${run.id}`)).startedBy).toBe('oscar')
  })
})

describe('an API token', () => {
  aServer()

  it('is shown once, does what its scope allows, and can be revoked', async () => {
    const path = '/api/v1/tokens'
    const created = await api.post(createdApiTokenSchema, path, { name: 'nightly', scope: 'viewer', days: 7 })
    const { token, ...rest } = created
    expect(token).toMatch(/^fh_[\w-]{43}$/)
    expect((Date.parse(rest.expiresAt) - Date.parse(rest.createdAt)) / 86_400_000).toBe(7)
    const listed = await api.ask({ path })
    expect(listed.text).not.toContain(token.slice(3))
    expect(apiTokenListSchema.parse(JSON.parse(listed.text)).tokens).toMatchObject([{ name: 'nightly' }])
    expect(JSON.parse((await api.ask({ path: session, token })).text)).toEqual({
      user: 'local',
      role: 'viewer',
      way: 'token',
      expiresAt: null,
    })
    const more = { method: 'POST', path, token, body: { name: 'more', scope: 'admin', days: 1 } }
    expect(await api.problem(more)).toMatchObject({ status: 403, code: 'ROLE_MISSING' })
    expect((await api.ask({ method: 'DELETE', path: `${path}/${rest.id}` })).status).toBe(204)
    expect(await api.problem({ path: session, token })).toMatchObject({ code: 'SESSION_ENDED' })
    await expect.poll(lastAudit).toMatchObject({ action: 'token.revoke', user: 'local', subject: rest.id })
    expect(JSON.stringify(await audit())).not.toContain(token.slice(3))
  })
})

describe('too many attempts', () => {
  aServer()

  it('at logging in are refused for a while, from one address and for one user', async () => {
    for (let attempt = 0; attempt < 9; attempt++)
      expect((await logIn('ada', `wrong ${attempt}`)).status).toBe(401)
    const refused = await logIn('ada')
    expect(problemOf(refused)).toMatchObject({ status: 429, code: 'TOO_MANY_REQUESTS' })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(30)
    expect(problemOf(refused).detail).toContain('127.0.0.1')
    await expect
      .poll(lastAudit)
      .toMatchObject({ action: 'login', address: '127.0.0.1', outcome: 'TOO_MANY_REQUESTS' })
    // Who is in is not disturbed.
    expect((await api.ask({ path: session })).status).toBe(200)
  })

  it('at what costs much are refused for the user only', async () => {
    const body = { name: 'nowhere' }
    const test = (token: string) => api.ask({ method: 'POST', path: '/api/v1/connections/test', body, token })
    const operator = await api.tokenOf('operator')
    for (let attempt = 0; attempt < 120; attempt++) expect((await test(operator)).status).toBe(404)
    const answer = await test(operator)
    expect(problemOf(answer)).toMatchObject({
      status: 429,
      detail: expect.stringContaining('local') as string,
    })
    expect((await api.ask({ path: '/api/v1/runs', token: operator })).status).toBe(200)
    // Whoever tries out layouts looks at a file more often than that.
    const source = { kind: 'file', path: 'gone.csv', dialect: {} }
    const look = { method: 'POST', path: '/api/v1/preview', body: { source }, token: operator }
    for (let attempt = 0; attempt < 130; attempt++) expect((await api.ask(look)).status).toBe(404)
  })
})
