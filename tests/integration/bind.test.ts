import { once } from 'node:events'
import { request as plainRequest, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer, request } from 'node:https'
import { connect, createServer, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAccess } from '../../src/access/index.ts'
import { auditListSchema } from '../../src/shared/index.ts'
import { openStore } from '../../src/store/index.ts'
import { Api } from '../support/api.ts'
import { House } from '../support/cli.ts'
import { makeCertificates, type Certificates } from '../support/tls-proxy.ts'

let certificates: Certificates
beforeAll(async () => (certificates = await makeCertificates()))

interface Asked {
  method?: string
  path: string
  headers?: Record<string, string>
  body?: unknown
}

/** Over TLS, checking the certificate. */
async function askTls(port: number, { method = 'GET', path, headers, body }: Asked) {
  const data = body === undefined ? undefined : JSON.stringify(body)
  const asked = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    ca: certificates.cert,
    agent: false,
    headers: { ...(data !== undefined && { 'content-type': 'application/json' }), ...headers },
  })
  asked.end(data)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: response.statusCode, headers: response.headers, text: await text(response) }
}

describe('an address that others can reach', () => {
  let house: House
  beforeAll(async () => {
    house = new House()
    house.write('server.crt', certificates.cert)
    house.write('server.key', certificates.key)
    house.write('other.crt', (await makeCertificates()).cert)
  })
  afterAll(() => house[Symbol.asyncDispose]())

  const url = ['--public-url', 'https://flathouse.example']
  const tls = ['--tls-cert', 'server.crt', '--tls-key', 'server.key']
  const proxy = ['--trust-proxy', '10.0.0.2']
  const hosts = ['--allow-hosts', 'any']
  const oidc = ['--oidc-issuer', 'https://login.example', '--oidc-client-id', 'flathouse']
  const on = (address: string) => ['--host', address]
  const user = 'a user with a password \\("flathouse users add"\\) or --oidc-issuer'
  const needs = (host: string, ...missing: string[]) =>
    new RegExp(
      `^Flathouse cannot listen on ${host}, where others can reach it, without ${missing.join('; ')}\\.\n`,
    )

  it.each<[string[], RegExp]>([
    [
      on('0.0.0.0'),
      needs(
        '0\\.0\\.0\\.0',
        user,
        '--tls-cert and --tls-key, or --trust-proxy',
        '--public-url',
        '--allow-hosts \\(a list of hosts, or any\\)',
      ),
    ],
    [[...on('::'), ...tls, ...url, ...hosts], needs('\\[::\\]', user)],
    [
      [...on('192.168.1.1'), ...oidc, ...url, ...hosts],
      needs('192\\.168\\.1\\.1', '--tls-cert and --tls-key, or --trust-proxy'),
    ],
    [[...on('0.0.0.0'), ...oidc, ...proxy, ...hosts], needs('0\\.0\\.0\\.0', '--public-url')],
    [[...on('example.org'), ...oidc, ...tls, ...url], needs('example\\.org', '--allow-hosts [^\n]*')],
    [
      url,
      /^Flathouse cannot be at https:\/\/flathouse\.example, [^\n]*--trust-proxy; --allow-hosts [^\n]*\.\n/,
    ],
    [
      ['--public-url', 'http://flathouse.example'],
      /^Flathouse cannot be at http:\/\/flathouse\.example: [^\n]* must begin with https\.\n/,
    ],
    [['--tls-cert', 'server.crt'], /^A certificate needs its key: /],
    [
      ['--tls-cert', 'none.crt', '--tls-key', 'server.key'],
      /^The file of --tls-cert, none\.crt, cannot be read\.\n/,
    ],
    [
      ['--tls-cert', 'other.crt', '--tls-key', 'server.key'],
      /^The certificate in other\.crt cannot be used with the key in server\.key: /,
    ],
    [
      ['--oidc-issuer', 'https://login.example'],
      /^Login by OIDC needs both --oidc-issuer and --oidc-client-id\.\n/,
    ],
    [[...oidc, '--oidc-roles', 'staff=root'], /root is no role: give viewer, operator, admin/],
    [['--public-url', 'https://flathouse.example/sub'], /without a path/],
    [['--public-url', 'flathouse.example'], /without a path/],
    [['--trust-proxy', 'everybody'], /addresses or ranges/],
    [['--trust-proxy', '0.0.0.0/0'], /addresses or ranges/],
    [['--trust-proxy', '10.0.0.0/33'], /addresses or ranges/],
    [['--max-upload', 'much'], /Give a size/],
    [['--allow-hosts', 'db.example,,other'], /Give a list/],
  ])('is refused, as is what is half said: %j', async (args, sentence) => {
    const { exitCode, stdout, stderr } = await house.run(['serve', '--port', '0', ...args])
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr.replace(/^error: /, '')).toMatch(sentence)
  })
})

describe('our own TLS', () => {
  it('serves, with cookies and headers that belong to it', async () => {
    await using house = new House()
    house.write('server.crt', certificates.cert)
    house.write('server.key', certificates.key)
    const { process: child, answer } = house.start([
      ...['serve', '--port', '0', '--json', '--tls-cert', 'server.crt', '--tls-key', 'server.key'],
    ])
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer]
    const { url, loginUrl } = JSON.parse(line.toString()) as { url: string; loginUrl: string }
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    const port = Number(new URL(url).port)
    const body = { code: new URL(loginUrl).hash.replace('#code=', '') }
    const login = await askTls(port, { method: 'POST', path: '/api/v1/session/code', body })
    expect(login.status, login.text).toBe(200)
    for (const cookie of login.headers['set-cookie'] ?? []) expect(cookie).toMatch(/; Secure/)
    expect(login.headers['content-security-policy']).toContain(`connect-src 'self' wss://127.0.0.1:${port}`)
    // It would count for every port of this machine.
    expect(login.headers).not.toHaveProperty('strict-transport-security')
    const page = { origin: `http://127.0.0.1:${port}` }
    expect((await askTls(port, { path: '/api/v1/session/ways', headers: page })).status).toBe(403)
    await expect(
      once(plainRequest({ host: '127.0.0.1', port, path: '/' }).end(), 'response'),
    ).rejects.toThrow()
    child.kill('SIGTERM')
    expect((await answer).exitCode).toBe(0)
  })
})

/** A proxy that speaks TLS, and says for whom it asks: for whoever the client says it is. */
async function startProxy(port: number) {
  const { cert, key } = certificates
  const server = createTlsServer({ cert, key }, (incoming, outgoing) => {
    const { method, url: path } = incoming
    const headers = {
      ...incoming.headers,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'flathouse.example',
      host: `127.0.0.1:${port}`,
    }
    const passed = plainRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

describe('behind a proxy', () => {
  const publicUrl = new URL('https://flathouse.example')
  const client = { 'x-forwarded-for': '203.0.113.7' }
  const wrong = { method: 'POST', path: '/api/v1/session', body: { user: 'ada', password: 'wrong' } }
  const lastAddress = async (api: Api) => {
    const path = '/api/v1/audit?limit=1'
    await expect.poll(async () => (await api.ask({ path })).text).toContain('"subject":"ada"')
    return (await api.get(auditListSchema, path)).entries[0]?.address
  }
  const behind = async (trustProxy: string[]) =>
    Api.start({ publicUrl, trustProxy, reach: { allow: 'any', deny: [] }, port: await freePort() })

  it('is the public address, with its cookies, its origin and the client’s own address', async () => {
    await using api = await behind(['127.0.0.1'])
    await using proxy = await startProxy(Number(new URL(api.url).port))
    const { origin } = publicUrl
    const code = await otherCode(api)
    const login = await askTls(proxy.port, {
      method: 'POST',
      path: '/api/v1/session/code',
      headers: { origin, ...client },
      body: { code },
    })
    expect(login.status, login.text).toBe(200)
    const [access = '', refresh = ''] = login.headers['set-cookie'] ?? []
    expect(access).toMatch(/^__Host-flathouse-access=[^;]+; .*Path=\/; .*HttpOnly; Secure; SameSite=Strict$/)
    expect(access).not.toContain('Domain')
    expect(refresh).toMatch(/^__Secure-flathouse-refresh=[^;]+; .*Path=\/api\/v1\/session; /)
    expect(login.headers['strict-transport-security']).toMatch(/^max-age=31536000/)
    expect(login.headers['content-security-policy']).toContain("connect-src 'self' wss://flathouse.example")

    const [cookie = ''] = access.split(';')
    const plan = (headers: Record<string, string>) =>
      askTls(proxy.port, { method: 'POST', path: '/api/v1/plan', headers: { cookie, ...headers }, body: {} })
    expect((await plan({ origin })).status).toBe(400)
    for (const other of [
      'https://evil.example',
      'http://flathouse.example',
      'https://flathouse.example:8443',
    ])
      expect((await plan({ origin: other })).status, other).toBe(403)

    await askTls(proxy.port, { ...wrong, headers: { origin, ...client } })
    expect(await lastAddress(api)).toBe('203.0.113.7')
  })

  it('believes only the proxy that it was told of', async () => {
    await using api = await behind(['10.9.8.7'])
    await api.ask({ ...wrong, headers: client, token: null })
    expect(await lastAddress(api)).toBe('127.0.0.1')
    const headers = { host: 'evil.example', 'x-forwarded-host': 'flathouse.example' }
    expect((await api.ask({ path: '/healthz', headers })).status).toBe(403)
  })
})

/** As `flathouse login` makes one. */
async function otherCode(api: Api): Promise<string> {
  await using store = await openStore(api.data)
  await using access = await openAccess({ store, link: true })
  return await access.createCode()
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('a slow client', () => {
  it('is let go when its headers do not come', async () => {
    await using api = await Api.start()
    const { hostname, port } = new URL(api.url)
    const socket = connect(Number(port), hostname)
    const started = Date.now()
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
    const drip = setInterval(() => socket.write('X-A: b\r\n'), 1000)
    const answer = await text(socket)
    clearInterval(drip)
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(Date.now() - started).toBeLessThan(25_000)
  })

  it('is told of headers that are too long', async () => {
    await using api = await Api.start()
    const long = 'x'.repeat(17_000)
    expect((await api.ask({ path: '/healthz', headers: { 'x-long': long } })).status).toBe(431)
    expect((await api.ask({ path: `/healthz?${long}` })).status).toBe(431)
  })
})
