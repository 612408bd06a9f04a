import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openServer } from '../../src/clickhouse/index.ts'
import { AppError, type Connection, type ErrorCode, type Secrets } from '../../src/shared/index.ts'
import { errorOf, password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { someToken, startAuthority, startGateway } from '../support/gateway.ts'
import { type Certificates, makeCertificates, startTlsProxy } from '../support/tls-proxy.ts'

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

const version = expect.stringMatching(/^\d+\.\d+/) as string
const about = { version, timezone: 'UTC', user: 'tester', takesSettings: true }

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

describe('time', () => {
  it('is given to connect until TCP and TLS stand', async () => {
    const silent = await listen(createServer((socket) => void socket.on('error', () => undefined).unref()))
    const started = performance.now()
    const change = { protocol: 'https', port: silent, connectTimeout: 1 } as const
    expect((await refuses('CONNECTION_TIMEOUT', change)).message).toContain(' within 1 s')
    // The usual limit is ten.
    expect(performance.now() - started).toBeLessThan(8000)
  })

  it('without a byte ends a request, also in the middle of its answer, and names the seconds', async () => {
    const settings = { function_sleep_max_microseconds_per_block: '10000000' }
    await using server = openServer({ ...one.connection, settings, requestTimeout: 2 }, { password })
    const quiet = `Nothing was heard from 127.0.0.1:${one.connection.port} for 2 s.`
    const timeout = { code: 'CONNECTION_TIMEOUT', message: quiet }
    await expect(server.command('SELECT sleep(6)')).rejects.toMatchObject(timeout)
    const sql = `SELECT if(number < 1000, 0, sleepEachRow(6)), randomString(1000) FROM numbers(1001)
      SETTINGS max_block_size = 100, output_format_parallel_formatting = 0, http_response_buffer_size = 0`
    const { body } = await server.send(sql)
    let bytes = 0
    const read = async () => {
      for await (const chunk of body) bytes += (chunk as Buffer).length
    }
    await expect(read()).rejects.toMatchObject(timeout)
    expect(bytes).toBeGreaterThan(1000)
  })

  it('does not end a request while anything moves, nor one without a limit', async () => {
    await using limited = openServer({ ...one.connection, requestTimeout: 3 }, { password })
    const sql = `SELECT sleepEachRow(0.6) AS s, randomString(10000) FROM numbers(6)
      SETTINGS max_block_size = 1, output_format_parallel_formatting = 0, http_response_buffer_size = 0`
    const { body } = await limited.send(sql)
    let bytes = 0
    for await (const chunk of body) bytes += (chunk as Buffer).length
    expect(bytes).toBeGreaterThan(60_000)
    await one.server.command('SELECT sleep(2.5)')
  })

  it('of the wait for a statement that is idle does not matter to the next', async () => {
    await using limited = openServer({ ...one.connection, requestTimeout: 2 }, { password })
    await limited.command('SELECT 1')
    await sleep(2500)
    await limited.command('SELECT 1')
  })
})

describe('settings of a connection', () => {
  it('go with every statement; those that a statement needs win', async () => {
    const settings = { max_block_size: '77', wait_end_of_query: '0' }
    await using server = openServer({ ...one.connection, settings }, { password })
    const sql = `SELECT toString(getSetting('max_block_size')) AS size`
    expect(await server.rows(sql)).toEqual([{ size: '77' }])
    expect(await server.rows(sql, { settings: { max_block_size: 99 } })).toEqual([{ size: '99' }])
  })

  it('that do not exist are refused', async () => {
    await refuses('QUERY_INVALID', { settings: { no_such_setting: '1' } })
  })
})

describe('TLS', () => {
  const https = (port: number) => ({ protocol: 'https', port }) as const
  const start = (clientsToo = false) => startTlsProxy(new URL(one.running.url), certificates, clientsToo)

  it('works with the certificate of the authority, also with a token', async () => {
    await using proxy = await start()
    expect(await check(https(proxy.port), { password, ca: certificates.cert })).toEqual(about)
    await using authority = await startAuthority()
    await using gateway = await startGateway(one, { authority })
    const behind = new URL(`http://127.0.0.1:${gateway.connection.port}`)
    await using both = await startTlsProxy(behind, certificates)
    const secrets = { token: await authority.sign(), ca: certificates.cert }
    expect(await check(https(both.port), secrets)).toEqual(about)
  })

  it('without it is TLS_CERTIFICATE', async () => {
    await using proxy = await start()
    await refuses('TLS_CERTIFICATE', https(proxy.port))
    await refuses('TLS_CERTIFICATE', https(proxy.port), { password, ca: (await makeCertificates()).cert })
  })

  it('to a plain port is TLS_FAILED, and the other way round NOT_CLICKHOUSE', async () => {
    expect((await refuses('TLS_FAILED', https(one.connection.port))).message).toContain('does not speak TLS')
    const hangsUp = createServer(
      (socket) => void socket.on('error', () => undefined).once('data', () => socket.end()),
    )
    expect((await refuses('TLS_FAILED', https(await listen(hangsUp)))).message).toContain('hung up on TLS')
    await using proxy = await start()
    expect((await refuses('NOT_CLICKHOUSE', { port: proxy.port })).message).toContain('connect by https')
  })

  it('tells a certificate that has expired or is for another name from one that is not trusted', async () => {
    const day = (offset: number) => new Date(Date.now() + offset * 86_400_000)
    const old = await makeCertificates({ from: day(-2), until: day(-1) })
    await using late = await startTlsProxy(new URL(one.running.url), old)
    await refuses('TLS_EXPIRED', https(late.port), { password, ca: old.cert })
    const coming = await makeCertificates({ from: day(1), until: day(2) })
    await using early = await startTlsProxy(new URL(one.running.url), coming)
    await refuses('TLS_EXPIRED', https(early.port), { password, ca: coming.cert })
    const theirs = await makeCertificates({ address: '127.0.0.2' })
    await using other = await startTlsProxy(new URL(one.running.url), theirs)
    const { message } = await refuses('TLS_NAME', https(other.port), { password, ca: theirs.cert })
    expect(message).toContain('127.0.0.2')
  })

  it('takes a client certificate where one is required', async () => {
    await using proxy = await start(true)
    const { cert: ca, clientCert: cert, clientKey: key } = certificates
    expect(await check(https(proxy.port), { password, ca, cert, key })).toEqual(about)
    await refuses('TLS_CLIENT', https(proxy.port), { password, ca })
    const other = await makeCertificates()
    const foreign = { cert: other.clientCert, key: other.clientKey }
    await refuses('TLS_CLIENT', https(proxy.port), { password, ca, ...foreign })
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
  it('that a ClickHouse without tokens gets is AUTH_FAILED', async () => {
    await refuses('AUTH_FAILED', {}, { token: await someToken() })
  })

  it('that has expired is TOKEN_EXPIRED before anything is sent', async () => {
    let requests = 0
    const port = await listen(createServer(() => requests++))
    const token = await someToken({ exp: Math.floor(Date.now() / 1000) - 1 })
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
