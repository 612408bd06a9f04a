import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  eventSchema,
  heartbeatMs,
  runSchema,
  savedConnectionSchema,
  type LiveEvent,
  type Run,
} from '../../src/shared/index.ts'
import { Api } from '../support/api.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { stopwatch } from '../support/stopwatch.ts'

let api: Api
let theirs: TestServer
beforeAll(async () => {
  theirs = await startServer()
  api = await Api.start()
  const saved = { connection: theirs.connection, secrets: { password } }
  await api.put(savedConnectionSchema, '/api/v1/connections/theirs', saved)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
})

let files = 0
const start = (sql: string) =>
  api.post(runSchema, '/api/v1/runs', {
    transfer: {
      direction: 'export',
      source: { kind: 'query', server: 'theirs', sql },
      target: { kind: 'file', path: `file${files++}.csv` },
    },
  })
/** Takes so many seconds. */
const lasting = (seconds: number) =>
  `SELECT number AS id, sleepEachRow(0.00001) AS z FROM numbers(${seconds * 100_000}) SETTINGS max_threads = 1`

/** A page that listens, and remembers what it was told and when. */
class Client implements Disposable {
  readonly told: { at: number; event: LiveEvent }[] = []
  readonly socket = new WebSocket(`${api.url.replace('http', 'ws')}/api/v1/events`, { headers: api.headers })
  readonly opened = new Promise<void>((resolve, reject) => {
    this.socket.addEventListener('open', () => resolve())
    this.socket.addEventListener('error', () => reject(new Error('not connected')))
  })
  readonly closed = new Promise<CloseEvent>((resolve) => this.socket.addEventListener('close', resolve))

  static async follow(follow: unknown): Promise<Client> {
    const client = new Client()
    client.socket.addEventListener('message', ({ data }) => {
      client.told.push({ at: performance.now(), event: eventSchema.parse(JSON.parse(String(data))) })
    })
    await client.opened
    client.say(JSON.stringify({ follow }))
    return client
  }

  say(text: string): void {
    this.socket.send(text)
  }

  runs(id: string): Run[] {
    return this.told.flatMap(({ event }) => (event.type === 'run' && event.run.id === id ? [event.run] : []))
  }

  lines(id: string): number[] {
    return this.told.flatMap(({ event }) =>
      event.type === 'log' && event.runId === id ? event.lines.map(({ number }) => number) : [],
    )
  }

  async until(true_: () => boolean): Promise<void> {
    const deadline = Date.now() + 60_000
    while (!true_()) {
      if (Date.now() > deadline) throw new Error(`not told: ${JSON.stringify(this.told).slice(-500)}`)
      await sleep(20)
    }
  }

  ended(id: string): Promise<void> {
    return this.until(() => this.runs(id).at(-1)?.endedAt != null)
  }

  [Symbol.dispose](): void {
    this.socket.close()
  }
}

it('tells of a run from its present state to its end, never more than five times a second', async () => {
  const { id } = await start(lasting(4))
  await expect.poll(async () => (await api.get(runSchema, `/api/v1/runs/${id}`)).status).toBe('ingesting')
  using client = await Client.follow([id])
  await client.ended(id)
  await sleep(700)
  const [first] = client.told
  expect(first?.event).toMatchObject({ type: 'run', run: { id, status: 'ingesting' } })
  const { log } = JSON.parse((await api.ask({ path: `/api/v1/runs/${id}` })).text) as { log: unknown[] }
  expect(client.lines(id)).toEqual(log.map((_, index) => index + 1))
  const runs = client.runs(id)
  expect(runs.length).toBeGreaterThan(5)
  expect(runs.at(-1)).toMatchObject({ status: 'completed', progress: { fraction: 1, rows: 400_000 } })
  expect(runs.at(-1)?.report?.rowsWritten).toBe(400_000)
  const rows = runs.map(({ progress }) => progress.rows)
  expect(rows).toEqual(rows.toSorted((one, other) => one - other))
  for (const { at } of client.told) {
    const within = client.told.filter((other) => other.at >= at && other.at < at + 1000)
    // One more: a message may be late on its way, the next one not.
    expect(within.length).toBeLessThanOrEqual(6)
  }
})

it('tells who follows all of live runs at once, and of those that are started then', async () => {
  const { id: live } = await start(lasting(2))
  using client = await Client.follow('all')
  await client.until(() => client.runs(live).length > 0)
  const { id: later } = await start('SELECT 1 AS one')
  await client.ended(later)
  await client.ended(live)
  expect(client.runs(later).at(-1)).toMatchObject({ status: 'completed', progress: { rows: 1 } })
  using another = await Client.follow('all')
  await sleep(500)
  expect(another.told).toEqual([])
})

it('tells of a run that has ended how it ended, and nothing of others', async () => {
  const { id } = await start('SELECT 1 AS one')
  {
    using first = await Client.follow([id])
    await first.ended(id)
  }
  using client = await Client.follow(['nobody', id])
  await client.ended(id)
  const { id: other } = await start('SELECT 2 AS two')
  await sleep(1000)
  expect(client.runs(id).length).toBe(1)
  expect(client.lines(id).length).toBeGreaterThan(4)
  expect(client.runs(other)).toEqual([])
  client.say(JSON.stringify({ follow: [other] }))
  await client.ended(other)
})

it.each([
  ['no JSON', '{'],
  ['another document', '{"subscribe": "all"}'],
  ['more than is asked for', '{"follow": "all", "token": "x"}'],
  ['too many runs', JSON.stringify({ follow: Array.from({ length: 101 }, String) })],
])('closes on %s', async (_, text) => {
  using client = await Client.follow('all')
  client.say(text)
  expect((await client.closed).code).toBe(1008)
})

it('takes no long message', async () => {
  using client = await Client.follow('all')
  client.say('x'.repeat(20_000))
  expect((await client.closed).code).toBe(1009)
})

it('says what it is to who asks without a WebSocket', async () => {
  expect(await api.problem('/api/v1/events')).toMatchObject({ status: 400, code: 'REQUEST_INVALID' })
})

it('takes no page of another site', async () => {
  const headers = {
    origin: 'http://elsewhere.example',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  }
  expect(await api.problem({ path: '/api/v1/events', headers })).toMatchObject({ code: 'ORIGIN_REFUSED' })
})

it('gives a sign of life', async () => {
  using client = await Client.follow([])
  await sleep(heartbeatMs)
  await client.until(() => client.told.length > 0)
  expect(client.told.map(({ event }) => event)).toEqual([{ type: 'heartbeat' }])
})

it('does not let a client hold up the end', async () => {
  const { hostname, port } = new URL(api.url)
  const silent = createConnection({ host: hostname, port: Number(port) })
  silent.on('error', () => undefined)
  silent.write(
    `GET /api/v1/events HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Authorization: Bearer ${api.token}\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  )
  const answer = await new Promise<string>((resolve) =>
    silent.once('data', (data) => resolve(data.toString())),
  )
  expect(answer).toMatch(/^HTTP\/1.1 101 /)
  using client = await Client.follow('all')
  const took = stopwatch()
  await api.stop()
  expect(took()).toBeLessThan(3000)
  expect((await client.closed).code).toBe(1001)
  silent.destroy()
})
