import { once } from 'node:events'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { brotliCompressSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAccess } from '../../src/access/index.ts'
import { type Http, openHttp, type Parts } from '../../src/server/index.ts'
import { AppError } from '../../src/shared/index.ts'
import { openStore } from '../../src/store/index.ts'
import { ask, problemOf, type Request } from '../support/api.ts'
import { removeFolder } from '../support/folder.ts'
import { stopwatch } from '../support/stopwatch.ts'

const log = new PassThrough()
const secret = 'kept to ourselves'
const failing = () => Promise.reject(new Error(secret))

/** What lies behind the routes is not asked here, or fails in a way that nobody foresaw. */
const webRoot = mkdtempSync(join(tmpdir(), 'flathouse-page-'))
const data = mkdtempSync(join(tmpdir(), 'flathouse-page-'))
const store = await openStore(data)
const access = await openAccess({ store, link: true })
const { accessToken: token } = await access.loginByCode(await access.createCode())
const parts = {
  access,
  version: '1.2.3',
  embedded: () => 'failed',
  sample: null,
  connections: { list: failing },
  queue: { subscribe: () => () => undefined },
  surroundings: { workspace: { uploads: {} } },
} as unknown as Parts
const options = { host: '127.0.0.1', port: 0, logger: pino({ level: 'warn' }, log) }

const script = 'console.log("flathouse")'
let http: Http

beforeAll(async () => {
  mkdirSync(join(webRoot, 'assets'))
  writeFileSync(join(webRoot, 'index.html'), '<title>Flathouse</title>')
  writeFileSync(join(webRoot, 'assets', 'main-abc123.js'), script)
  writeFileSync(join(webRoot, 'assets', 'main-abc123.js.br'), brotliCompressSync(script))
  http = await openHttp(parts, { ...options, webRoot })
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await access[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  for (const folder of [webRoot, data]) removeFolder(folder)
})

const visit = (path: string, change: Partial<Request> = {}) =>
  ask(http.url, { path, token, headers: { accept: 'text/html,*/*' }, ...change })

describe('the page', () => {
  it('is asked for anew each time, under all addresses it makes up', async () => {
    for (const path of ['/', '/runs/5', '/transfer?source=a%20b', '/apiary']) {
      const { status, headers, text } = await visit(path)
      expect([path, status, headers['cache-control'], text]).toEqual([
        path,
        200,
        'no-cache',
        '<title>Flathouse</title>',
      ])
    }
  })

  it('has files that are kept for ever, and compressed where the browser takes that', async () => {
    const plain = await visit('/assets/main-abc123.js')
    expect(plain.text).toBe(script)
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(plain.headers['content-type']).toContain('javascript')
    const packed = await visit('/assets/main-abc123.js', { headers: { 'accept-encoding': 'gzip, br' } })
    expect(packed.headers['content-encoding']).toBe('br')
    expect(packed.headers['content-type']).toContain('javascript')
    expect(packed.headers['vary']).toContain('accept-encoding')
  })

  it.each([
    ['a path of the API', '/api/v1/nothing', {}],
    ['a file that is not there', '/assets/other.js', { headers: { accept: '*/*' } }],
    ['a form that is sent', '/runs', { method: 'POST' }],
    ['a way out', '/..%2f..%2fetc/passwd', { headers: {} }],
    ['a way out, written otherwise', '/assets/..\\..\\..\\etc/passwd', { headers: {} }],
  ])('is no answer to %s', async (_, path, change) => {
    expect(problemOf(await visit(path, change)).code).toBe('ROUTE_NOT_FOUND')
  })

  it('says how to build it when it is not there', async () => {
    await using bare = await openHttp(parts, options)
    const { status, text } = await ask(bare.url, { path: '/', headers: { accept: 'text/html' } })
    expect([status, text]).toEqual([503, 'The page has not been built: run "npm start" in the checkout.\n'])
  })
})

it('tells a failed embedded server', async () => {
  const { text } = await visit('/api/v1/health')
  expect(JSON.parse(text)).toMatchObject({ status: 'degraded', embedded: 'failed', version: '1.2.3' })
})

it('tells what nobody foresaw only to the log, under the number that the answer has', async () => {
  const answer = await visit('/api/v1/connections')
  expect(answer.text).not.toContain(secret)
  const problem = problemOf(answer)
  expect(problem).toMatchObject({ code: 'INTERNAL', status: 500 })
  expect(problem.detail).toContain(problem.instance)
  expect(problem).not.toHaveProperty('technical')
  const line = JSON.parse(String(log.read())) as { reqId: string; err: { message: string } }
  expect(line).toMatchObject({ reqId: problem.instance, err: { message: secret } })
})

describe('listening', () => {
  it('is refused on addresses that others reach', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.1', 'example.com', '127.0.0.1.example'])
      await expect(openHttp(parts, { ...options, host })).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('works on every name of this machine', async () => {
    for (const host of ['localhost', '127.0.0.2']) {
      await using other = await openHttp(parts, { ...options, host })
      expect((await ask(other.url, { path: '/api/v1/health', token })).status).toBe(200)
    }
  })

  it('on a busy port is one sentence', async () => {
    const port = Number(new URL(http.url).port)
    const error: unknown = await openHttp(parts, { ...options, port }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(AppError)
    expect((error as AppError).message).toBe(
      `Port ${port} of 127.0.0.1 is in use by another program; choose one with --port.`,
    )
  })

  it('ends soon, whatever is open', async () => {
    const other = await openHttp(parts, options)
    const { host, hostname, port } = new URL(other.url)
    const upgrade = `GET /api/v1/events HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`
    const key = `Authorization: Bearer ${token}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2l4dGVlbiBieXRlcyA6KQ==\r\n`
    const beginnings = [
      '',
      'POST /api/v1/plan HTTP/1.1\r\nHost: ',
      `${upgrade}${key}\r\n`,
      `${upgrade}${key}Origin: http://evil.example\r\n\r\n`,
    ]
    const sockets = beginnings.map((text) => {
      const socket = connect(Number(port), hostname).on('error', () => undefined)
      socket.write(text)
      return socket
    })
    // The last two are answered.
    await Promise.all(sockets.slice(2).map((socket) => once(socket, 'data')))
    const took = stopwatch()
    await other[Symbol.asyncDispose]()
    expect(took()).toBeLessThan(3000)
    for (const socket of sockets) socket.destroy()
  })
})
