import { generateKeyPairSync } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openServer } from '../../src/clickhouse/index.ts'
import { AppError, type Connection, type ErrorCode, type Secrets } from '../../src/shared/index.ts'
import { errorOf, password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { type Certificates, makeCertificates, startTlsProxy } from '../support/tls-proxy.ts'
import { signToken, startTokenProxy } from '../support/token-proxy.ts'

let one: TestServer
let certificates: Certificates
const listeners: NetServer[] = []

beforeAll(async () => {
  one = await startServer([{ name: 'nobody', password: 'x', grants: [] }])
  certificates = await makeCertificates()
})
afterAll(async () => {
  for (const listener of listeners) listener.close()
  await one[Symbol.asyncDispose]()
})

async function listen(listener: NetServer): Promise<number> {
  listeners.push(listener)
  await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready))
  return (listener.address() as AddressInfo).port
}

async function check(change: Partial<Connection>, secrets: Secrets = { password }): Promise<unknown> {
  await using server = openServer({ ...one.connection, ...change }, secrets)
  return await server.check()
}

/** Fails with this code, in one sentence that names the host and holds no secret. */
async function refuses(code: ErrorCode, change: Partial<Connection>, secrets: Secrets = { password }) {
  const error = await errorOf(check(change, secrets))
  expect(error).toBeInstanceOf(AppError)
  const body = (error as AppError).toBody()
  const { host, port } = { ...one.connection, ...change }
  expect(body, JSON.stringify(body)).toMatchObject({ code, place: { host: `${host}:${port}` } })
  expect(body.message).toContain(`${host}:${port}`)
  expect(body.message).toMatch(/^[^\n]+\.$/)
  for (const secret of [secrets.password, secrets.token].filter((text) => text !== undefined))
    expect(JSON.stringify(body)).not.toContain(secret)
  return body
}

const about = { version: expect.stringMatching(/^\d+\.\d+/) as string, timezone: 'UTC', takesSettings: true }

describe('a connection', () => {
  it('tells version and time zone', async () => {
    expect(await check({})).toEqual(about)
  })

  it('whose password is wrong is AUTH_FAILED', async () => {
    await refuses('AUTH_FAILED', {}, { password: 'wrong-password' })
    await refuses('AUTH_FAILED', { user: 'unknown' })
  })

  it('whose database does not exist is TABLE_NOT_FOUND', async () => {
    expect((await refuses('TABLE_NOT_FOUND', { database: 'nowhere' })).detail).toContain('nowhere')
  })

  it('to an unknown host is HOST_NOT_FOUND', async () => {
    await refuses('HOST_NOT_FOUND', { host: 'name.invalid' })
  })

  it('to a closed port is CONNECTION_REFUSED', async () => {
    const listener = createServer()
    const port = await listen(listener)
    await new Promise((closed) => listener.close(closed))
    await refuses('CONNECTION_REFUSED', { port })
  })

  it('to a port that never answers is CONNECTION_TIMEOUT', async () => {
    await refuses('CONNECTION_TIMEOUT', { port: await listen(createServer((socket) => void socket.unref())) })
  })

  it.each<[string, number, string]>([
    ['a web page', 200, '<html>hello</html>'],
    ['JSON', 200, '{"version":"26.7","timezone":"UTC"}'],
    ['404', 404, 'not found'],
  ])('to a web server that answers %s is NOT_CLICKHOUSE', async (_, status, text) => {
    const web = createHttpServer((_request, response) => response.writeHead(status).end(text))
    await refuses('NOT_CLICKHOUSE', { port: await listen(web) })
  })

  it('to a proxy that cannot reach the server is CONNECTION_LOST, which may pass', async () => {
    const web = createHttpServer((_request, response) => response.writeHead(503).end('busy'))
    await refuses('CONNECTION_LOST', { port: await listen(web) })
  })

  it('to what answers no HTTP is NOT_CLICKHOUSE', async () => {
    const greets = createServer(
      (socket) => void socket.on('error', () => undefined).end('SSH-2.0-OpenSSH\r\n'),
    )
    await refuses('NOT_CLICKHOUSE', { port: await listen(greets) })
    const hangsUp = createServer(
      (socket) => void socket.on('error', () => undefined).once('data', () => socket.end()),
    )
    await refuses('NOT_CLICKHOUSE', { port: await listen(hangsUp) })
  })
})

describe('TLS', () => {
  const https = (port: number) => ({ protocol: 'https', port }) as const
  const start = (clientsToo = false) => startTlsProxy(new URL(one.running.url), certificates, clientsToo)

  it('works with the certificate of the authority, also with a token', async () => {
    await using proxy = await start()
    expect(await check(https(proxy.port), { password, ca: certificates.cert })).toEqual(about)
    const keys = { secret: 'shared' }
    await using tokens = await startTokenProxy(new URL(one.running.url), `tester:${password}`, keys)
    await using both = await startTlsProxy(new URL(`http://127.0.0.1:${tokens.port}`), certificates)
    expect(await check(https(both.port), { token: signToken({}, keys), ca: certificates.cert })).toEqual(
      about,
    )
  })

  it('without it is TLS_CERTIFICATE', async () => {
    await using proxy = await start()
    await refuses('TLS_CERTIFICATE', https(proxy.port))
    await refuses('TLS_CERTIFICATE', https(proxy.port), { password, ca: (await makeCertificates()).cert })
  })

  it('to a plain port is TLS_FAILED, and the other way round NOT_CLICKHOUSE', async () => {
    await refuses('TLS_FAILED', https(one.connection.port))
    await using proxy = await start()
    await refuses('NOT_CLICKHOUSE', { port: proxy.port })
  })

  it('takes a client certificate where one is required', async () => {
    await using proxy = await start(true)
    const { cert: ca, clientCert: cert, clientKey: key } = certificates
    expect(await check(https(proxy.port), { password, ca, cert, key })).toEqual(about)
    await refuses('TLS_CERTIFICATE', https(proxy.port), { password, ca })
    const other = await makeCertificates()
    const foreign = { cert: other.clientCert, key: other.clientKey }
    await refuses('TLS_CERTIFICATE', https(proxy.port), { password, ca, ...foreign })
  })

  it('says at once that a certificate or key is not PEM, and does not quote it', () => {
    const secrets = { key: 'not a key', cert: certificates.clientCert }
    const open = () => openServer({ ...one.connection, protocol: 'https' }, secrets)
    expect(open).toThrow(expect.objectContaining({ code: 'TLS_CERTIFICATE' }))
    expect(open).not.toThrow(/not a key/)
  })

  it('signs in by certificate alone when there is neither password nor token', async () => {
    let seen: unknown
    const web = createHttpServer((request, response) => {
      seen = request.headers
      response.end()
    })
    await using proxy = await startTlsProxy(
      new URL(`http://127.0.0.1:${await listen(web)}`),
      certificates,
      true,
    )
    const { cert: ca, clientCert: cert, clientKey: key } = certificates
    await errorOf(check(https(proxy.port), { ca, cert, key }))
    expect(seen).toMatchObject({ 'x-clickhouse-user': 'tester', 'x-clickhouse-ssl-certificate-auth': 'on' })
    expect(seen).not.toHaveProperty('authorization')
  })
})

describe('a token', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const inAnHour = () => Math.floor(Date.now() / 1000) + 3600

  it.each([
    ['HS256', { secret: 'shared' }],
    ['RS256', pair],
  ])('signed with %s signs in', async (_, keys) => {
    await using proxy = await startTokenProxy(new URL(one.running.url), `tester:${password}`, keys)
    expect(await check({ port: proxy.port }, { token: signToken({ exp: inAnHour() }, keys) })).toEqual(about)
  })

  it('that the server does not accept is AUTH_FAILED', async () => {
    await using proxy = await startTokenProxy(new URL(one.running.url), `tester:${password}`, {
      secret: 'shared',
    })
    await refuses(
      'AUTH_FAILED',
      { port: proxy.port },
      { token: signToken({ exp: inAnHour() }, { secret: 'other' }) },
    )
  })

  it('that a ClickHouse without tokens gets is AUTH_FAILED', async () => {
    await refuses('AUTH_FAILED', {}, { token: signToken({}, { secret: 'shared' }) })
  })

  it('that has expired is TOKEN_EXPIRED before anything is sent', async () => {
    let requests = 0
    const port = await listen(createServer(() => requests++))
    const token = signToken({ exp: Math.floor(Date.now() / 1000) - 1 }, { secret: 'shared' })
    await refuses('TOKEN_EXPIRED', { port }, { token })
    expect(requests).toBe(0)
  })

  it.each([
    'secret',
    'a.b',
    'a.b.c',
    'e30.e30.',
    `${Buffer.from('{').toString('base64url')}.e30.x`,
    'e30.W10.x',
    'e 30.e30.x',
  ])('that is %j is TOKEN_MALFORMED', async (token) => {
    const body = await refuses('TOKEN_MALFORMED', {}, { token })
    expect(body.detail).toBeUndefined()
  })
})
