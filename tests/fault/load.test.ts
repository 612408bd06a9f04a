import { readFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runSchema, runDetailSchema, type RunDetail } from '../../src/shared/index.ts'
import { ask } from '../support/api.ts'
import { contents, House, openHouse } from '../support/cli.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { noteFault } from '../support/fault-table.ts'
import { useOf } from '../support/process-use.ts'
import { serve, tightHeap, type Served } from '../support/served.ts'

/** In MB: what the service may take for a while, garbage included, whatever it moves. */
const swing = 160
const large = 4_000_000

let house: House
let served: Served
let theirs: TestServer
let way: FaultProxy
let headers: { authorization: string }
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  theirs = stack.use(await startServer())
  way = stack.use(await FaultProxy.start(theirs.connection))
  house = new House()
  served = stack.use(await serve(house, ['--workspace', house.files], tightHeap))
  headers = await served.headers()
  await using open = await openHouse(house)
  const numbers = (expression: string, rows: number) => `SELECT ${expression} FROM numbers(${rows})`
  const files = {
    'large.csv': numbers("number AS id, concat('name ', hex(sipHash64(number))) AS name", large),
    'bad.csv': numbers("if(number % 2 = 0, concat('x', toString(number)), toString(number)) AS id", 300_000),
  }
  for (const [name, sql] of Object.entries(files))
    await open.server.command(`INSERT INTO FUNCTION file('${house.path(name)}', 'CSVWithNames') ${sql}`)
  const saved = { connection: { ...theirs.connection, port: way.port }, secrets: { password } }
  await post('PUT', '/api/v1/connections/theirs', saved)
})
afterAll(() => stack.disposeAsync())

async function post(method: 'POST' | 'PUT', path: string, body: object): Promise<unknown> {
  const { status, text } = await ask(served.url, { method, path, headers, body })
  if (status >= 300) throw new Error(text)
  return JSON.parse(text) as unknown
}

const start = async (transfer: object) => runSchema.parse(await post('POST', '/api/v1/runs', { transfer })).id
const importing = (path: string, table: string, more: object = {}) => ({
  ...{ direction: 'import', source: { kind: 'file', path }, orderBy: ['id'] },
  target: { kind: 'table', server: 'theirs', table },
  ...more,
})

async function look(id: string): Promise<RunDetail> {
  const { text } = await ask(served.url, { path: `/api/v1/runs/${id}`, headers })
  return runDetailSchema.parse(JSON.parse(text))
}

async function ended(id: string): Promise<RunDetail> {
  for (;;) {
    const run = await look(id)
    if (run.endedAt !== null) return run
    await sleep(100)
  }
}

/** All bytes that the service has read so far, from wherever. */
const bytesRead = () => Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${served.pid}/io`, 'utf8'))?.[1])

/** Comes back when the service reads no more: whoever it gives to takes nothing. */
async function untilStill(): Promise<void> {
  // What it reads for a heart-beat, or for a look at a run.
  const little = 500_000
  for (let before = -Infinity; bytesRead() - before > little;) {
    before = bytesRead()
    await sleep(1000)
  }
}

async function staysSmall<T>(fault: string, work: () => Promise<T>): Promise<T> {
  const before = useOf(served.pid).memory
  const done = await work()
  const { memory } = useOf(served.pid)
  noteFault({ fault, rounds: 1, result: `memory of the service ${before} → ${memory} MB` })
  expect(memory).toBeLessThan(before + swing)
  return done
}

it('twenty downloads that nobody reads hold back nothing', async () => {
  const clients: IncomingMessage[] = []
  await staysSmall('Downloads that nobody reads', async () => {
    const read = bytesRead()
    for (let client = 0; client < 20; client++) {
      const asked = request(`${served.url}/api/v1/files/content?path=large.csv`, {
        headers,
        agent: false,
      }).end()
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      expect(answer.statusCode).toBe(200)
      clients.push(answer.pause())
    }
    await untilStill()
    const size = Number(clients[0]?.headers['content-length'])
    expect(size).toBeGreaterThan(50e6)
    expect(bytesRead() - read).toBeLessThan((size * clients.length) / 2)
  })
  for (const client of clients) client.destroy()
})

it('a target that takes no more holds back the file, and the run ends when it is cancelled', async () => {
  way.plan({ fault: 'stall', side: 'request', after: 2_000_000 })
  const id = await staysSmall('A target that takes no more', async () => {
    const run = await start(importing('large.csv', 'stalled'))
    await expect.poll(() => way.hasStruck, { timeout: 60_000 }).toBe(true)
    await untilStill()
    expect((await look(run)).status).toBe('ingesting')
    return run
  })
  await post('POST', `/api/v1/runs/${id}/cancel`, {})
  expect(await ended(id)).toMatchObject({ status: 'cancelled' })
  await expect.poll(() => contents(theirs.server), { timeout: 30_000 }).toEqual({})
})

it('a hundred and fifty thousand rejects are kept in a file', async () => {
  const run = await staysSmall('150,000 rejects', async () => {
    const types = [{ column: 'id', type: 'UInt32' }]
    return ended(await start(importing('bad.csv', 'rejected', { onError: 'skip', types })))
  })
  expect(run.report).toMatchObject({ error: null, rowsRead: 300_000, rowsRejected: 150_000 })
})

it('fifty pages that read nothing cost little, and all others are told', async () => {
  const pages: Socket[] = []
  await staysSmall('Pages that read nothing', async () => {
    for (let page = 0; page < 50; page++) pages.push(await deafPage())
    const runs = await Promise.all([1, 2, 3, 4].map((at) => start(importing('large.csv', `told${at}`))))
    for (const id of runs) expect((await ended(id)).report?.rowsWritten).toBe(large)
  })
  for (const page of pages) page.destroy()
})

/** Follows all runs, and takes nothing of what it is told. */
async function deafPage(): Promise<Socket> {
  const { hostname, port } = new URL(served.url)
  const socket = connect({ host: hostname, port: Number(port) })
  const lines = [
    'GET /api/v1/events HTTP/1.1',
    `Host: ${hostname}:${port}`,
    `Authorization: ${headers.authorization}`,
    ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    `Sec-WebSocket-Key: ${Buffer.alloc(16, 1).toString('base64')}`,
  ]
  socket.on('error', () => undefined).write(`${lines.join('\r\n')}\r\n\r\n`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(answer.toString('latin1')).toMatch(/^HTTP\/1.1 101 /)
  socket.pause()
  // A text frame; a mask of zeros changes nothing.
  const text = Buffer.from('{"follow":"all"}')
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]))
  return socket
}

it('a target that has too many parts is waited for, and the rows arrive once', async () => {
  const { server } = theirs
  await server.command(
    'CREATE TABLE busy (id UInt32, name String) ENGINE = MergeTree ORDER BY id SETTINGS parts_to_throw_insert = 3',
  )
  await server.command('CREATE MATERIALIZED VIEW seen ENGINE = MergeTree ORDER BY id AS SELECT id FROM busy')
  await server.command('SYSTEM STOP MERGES busy')
  for (let part = 0; part < 3; part++) await server.command(`INSERT INTO busy VALUES (${part}, 'before')`)
  house.write('few.csv', 'id,name\n7,a\n8,b\n')
  const refused = async () => {
    const sql = "SELECT toString(sum(value)) AS n FROM system.errors WHERE name = 'TOO_MANY_PARTS'"
    return Number((await server.rows<{ n: string }>(sql))[0]?.n)
  }
  expect(await refused()).toBe(0)
  const id = await start(importing('few.csv', 'busy', { mode: 'append' }))
  await expect.poll(refused, { timeout: 60_000 }).toBeGreaterThan(0)
  await server.command('SYSTEM START MERGES busy')
  await server.command('OPTIMIZE TABLE busy FINAL')
  const { report } = await ended(id)
  expect(report).toMatchObject({ status: 'completed', error: null, rowsWritten: 2 })
  const found = await contents(server)
  expect([found['busy']?.split('-')[0], Object.keys(found).filter((name) => name.startsWith('__'))]).toEqual([
    '5',
    [],
  ])
  const result = `${(await refused()).toString()} refusals, then completed once`
  noteFault({ fault: 'A target with too many parts', rounds: 1, result })
})
