import { setTimeout as sleep } from 'node:timers/promises'
import { writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openConnections, type Connections } from '../../src/runs/index.ts'
import type { Connection, Run } from '../../src/shared/index.ts'
import { openStore } from '../../src/store/index.ts'
import { whileRunning } from '../support/cli.ts'
import { errorOf, password } from '../support/clickhouse-server.ts'
import { audience, startAuthority, startGateway, type Authority, type Gateway } from '../support/gateway.ts'
import { programClient, startIdentityProvider } from '../support/identity-provider.ts'
import { openYard, type OpenQueue, type Yard } from '../support/queue.ts'
import { stopwatch } from '../support/stopwatch.ts'

let yard: Yard
let authority: Authority
let gateway: Gateway
let connections: Connections
let open: OpenQueue
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  yard = stack.use(await openYard())
  authority = stack.use(await startAuthority())
  const store = stack.use(await openStore(yard.path('saved')))
  connections = openConnections(store.connections, () => yard.surroundings.server('embedded'), {})
  await connections.save('plain', {
    connection: yard.theirs.connection,
    secrets: { password },
    remember: true,
  })
  await (await yard.surroundings.server('embedded')).close()
  writeFileSync(yard.path('some.csv'), ['id', ...Array.from({ length: rows }, (_, n) => n)].join('\n'))
})
afterAll(() => stack.disposeAsync())
beforeEach(async () => {
  gateway = await startGateway(yard.theirs, { authority })
  const server: Connections['server'] = (choice, waiter) => connections.server(choice, waiter)
  open = await yard.open({ surroundings: { ...yard.surroundings, server } })
})
afterEach(async () => {
  await open[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
})

/** As many as make a table that is slow take six seconds, which one block may when it is allowed to. */
const rows = 3000
const slowTable = 'id UInt32, slow UInt8 MATERIALIZED sleepEachRow(0.002)'
const slowly = { settings: { function_sleep_max_microseconds_per_block: '10000000' } }
const end = (seconds: number) => Math.floor(Date.now() / 1000) + seconds
/** Saves the connection `gate` with a token that ends in so many seconds, or did. */
async function save(seconds: number, change: Partial<Connection> = {}): Promise<string> {
  const token = await authority.sign({ exp: end(seconds) })
  await connections.save('gate', {
    connection: { ...gateway.connection, ...change },
    secrets: { token },
    remember: true,
  })
  return token
}
const exported = (sql = 'SELECT number AS id FROM numbers(10)') => ({
  direction: 'export',
  source: { kind: 'query', server: 'gate', sql },
  target: { kind: 'file', path: yard.path(`${crypto.randomUUID()}.csv`) },
})
const slowSql = 'SELECT number AS id, sleepEachRow(0.00001) AS z FROM numbers(3000000)'
const later = 'Other runs go on; waiting for the next free place.'
const withoutToken = (sql = 'SELECT number AS id FROM numbers(10)') => ({
  ...exported(sql),
  source: { kind: 'query', server: 'plain', sql },
})
const imported = (table: string) => ({
  direction: 'import',
  source: { kind: 'file', path: yard.path('some.csv') },
  target: { kind: 'table', server: 'gate', table },
  mode: 'append',
})
const untilItWaits = (id: string) =>
  new Promise<Run>((resolve) => {
    const look = setInterval(() => {
      const run = open.queue.live().find((live) => live.id === id)
      if (!run?.waitsForToken) return
      clearInterval(look)
      resolve(run)
    }, 20)
  })
const lines = async (id: string) => (await open.queue.get(id)).log.map(({ message }) => message)

describe('a run of a saved connection whose token has ended', () => {
  it('waits, says so and until when, and goes on with a new one', async () => {
    // The wait is none for a connection.
    const token = await save(-60, { connectTimeout: 3 })
    const id = await open.start(exported())
    const { waitsForToken, status } = await untilItWaits(id)
    await sleep(3500)
    expect([status, waitsForToken?.connection]).toEqual(['connecting', 'gate'])
    const left = Date.parse(waitsForToken?.until ?? '') - Date.now()
    expect(left).toBeGreaterThan(580_000)
    expect(left).toBeLessThanOrEqual(600_000)
    const told = open.updates.filter((update) => update.type === 'run' && update.run.waitsForToken !== null)
    expect(told.length).toBeGreaterThan(0)
    const fresh = await save(300)
    expect(await open.until(id, 'ended')).toMatchObject({
      status: 'completed',
      waitsForToken: null,
      report: { rowsWritten: 10 },
    })
    expect(gateway.refused).toBe(0)
    const log = await lines(id)
    expect(log).toContainEqual(
      expect.stringMatching(/^The token of gate ended at 20\S+Z; waiting for a new one until 20\S+Z\.$/),
    )
    expect(log).toContain('A new token has come; going on.')
    for (const secret of [token, fresh]) expect(JSON.stringify(open.updates)).not.toContain(secret)
  })

  it('ends at once when it is cancelled, and nothing was sent', async () => {
    await save(-60)
    const id = await open.start(exported())
    await untilItWaits(id)
    const took = stopwatch()
    await open.queue.cancel(id)
    const run = await open.until(id, 'ended')
    expect(took()).toBeLessThan(2000)
    expect([run.status, run.waitsForToken, run.report?.error?.code]).toEqual(['cancelled', null, 'CANCELLED'])
    expect([gateway.passed, gateway.refused]).toEqual([0, 0])
  })

  it('lets others go on meanwhile, and goes on when there is a place again', async () => {
    await save(-60)
    const waiting = [await open.start(exported()), await open.start(exported())]
    await Promise.all(waiting.map(untilItWaits))
    const others = [await open.start(withoutToken()), await open.start(withoutToken(slowSql))]
    const third = await open.start(withoutToken(slowSql))
    expect(await open.until(others[0] ?? '', 'ended')).toMatchObject({ status: 'completed' })
    await open.until(third, 'ingesting')
    await save(300)
    await expect.poll(() => lines(waiting[0] ?? '')).toContain(later)
    expect(await lines(waiting[0] ?? '')).not.toContain('A new token has come; going on.')
    await open.queue.cancel(others[1] ?? '')
    for (const id of waiting) expect(await open.until(id, 'ended')).toMatchObject({ status: 'completed' })
    await open.queue.cancel(third)
    await open.until(third, 'ended')
  })

  it('is interrupted when the process stops', async () => {
    await save(-60)
    const id = await open.start(exported())
    await untilItWaits(id)
    const took = stopwatch()
    await open.queue[Symbol.asyncDispose]()
    expect(took()).toBeLessThan(2000)
    expect(await open.queue.get(id)).toMatchObject({ status: 'interrupted' })
  })

  it('does not take a token that was given for another server', async () => {
    await save(-60)
    const id = await open.start(exported())
    await untilItWaits(id)
    await save(300, { port: yard.theirs.connection.port })
    await sleep(1500)
    expect(open.queue.live()[0]?.waitsForToken).not.toBeNull()
    expect([gateway.passed, gateway.refused]).toEqual([0, 0])
    await open.queue.cancel(id)
    await open.until(id, 'ended')
  })
})

describe('a token that ends in the middle of a run', () => {
  it('does not disturb what has begun; the commit waits for the next one, and is made once', async () => {
    await yard.theirs.server.command(`CREATE TABLE slow (${slowTable}) ENGINE = MergeTree ORDER BY id`)
    await save(300, slowly)
    const id = await open.start(imported('slow'))
    await whileRunning(yard.theirs.server)
    // It is asked for at each statement, so that one which has ended is as good as one that ends now.
    await save(-60, slowly)
    const run = await untilItWaits(id)
    expect(run.status).toBe('ingesting')
    const count = 'SELECT toString(count()) AS n, toString(sum(id)) AS sum FROM slow'
    expect(await yard.theirs.server.rows(count)).toEqual([{ n: '0', sum: '0' }])
    const staging = (await yard.theirs.server.tables('main')).filter(({ table }) => table !== 'slow')
    expect(staging.map(({ totalRows }) => totalRows)).toEqual([String(rows)])
    await save(300, slowly)
    const { status, report } = await open.until(id, 'ended')
    expect([status, report?.error, report?.rowsWritten]).toEqual(['completed', null, rows])
    expect(await yard.theirs.server.rows(count)).toEqual([
      { n: String(rows), sum: String((rows * (rows - 1)) / 2) },
    ])
    expect(await yard.theirs.server.tables('main')).toHaveLength(1)
    expect(gateway.refused).toBe(0)
    await yard.theirs.server.command('DROP TABLE slow SYNC')
  })

  it('is renewed without a wait where an identity provider gives it', async () => {
    // Renewed after four of them, one before it ends: a busy machine may take a while to send a statement.
    await using provider = await startIdentityProvider({ tokenSeconds: 6 })
    const theirs = { issuer: provider.issuer, jwks: new URL('/jwks', provider.issuer) }
    const users = { [programClient.clientId]: `tester:${password}` }
    await using behind = await startGateway(yard.theirs, { authority: theirs, users })
    await yard.theirs.server.command(`CREATE TABLE slow (${slowTable}) ENGINE = MergeTree ORDER BY id`)
    const { clientId, clientSecret } = programClient
    const tokenSource = { issuer: provider.issuer, clientId, audience }
    const connection = { ...behind.connection, ...slowly, tokenSource }
    await connections.save('gate', { connection, secrets: { clientSecret }, remember: true })
    const run = await open.run(imported('slow'))
    expect([run.report?.error, run.report?.rowsWritten]).toEqual([null, rows])
    expect(run.log.map(({ message }) => message).join()).not.toContain('waiting')
    expect(provider.discoveries()).toBeGreaterThanOrEqual(2)
    expect(behind.refused).toBe(0)
    expect(JSON.stringify(open.updates)).not.toContain(clientSecret)
    await yard.theirs.server.command('DROP TABLE slow SYNC')
  })
})

describe('a connection', () => {
  /** Waits for so long, and tells how often it began and ended to wait. */
  function waiter(patienceMs: number) {
    const told: (string | null)[] = []
    const abort = new AbortController()
    const onWait = (wait: { connection: string } | null) => void told.push(wait?.connection ?? null)
    const pause = <T>(waiting: () => Promise<T>) => waiting()
    return { told, abort, waiter: { signal: abort.signal, patienceMs, pause, onWait } }
  }
  const one = 'SELECT 1 AS one'

  it('for which nobody waits fails at once, and says when its token ended', async () => {
    await save(-60)
    await using server = await connections.server('gate')
    expect(await errorOf(server.rows(one))).toMatchObject({
      code: 'TOKEN_EXPIRED',
      message: expect.stringMatching(/^The token for 127.0.0.1:\d+ expired at 20\S+Z\.$/) as string,
    })
    expect([gateway.passed, gateway.refused]).toEqual([0, 0])
  })

  it('for which one waits in vain fails then, and is not waited for again', async () => {
    await save(-60)
    const patienceMs = 2500
    const { told, waiter: patient } = waiter(patienceMs)
    await using server = await connections.server('gate', patient)
    const began = performance.now()
    const both = await Promise.all([errorOf(server.rows(one)), errorOf(server.rows(one))])
    expect(both).toEqual([1, 2].map(() => expect.objectContaining({ code: 'TOKEN_EXPIRED' }) as unknown))
    const waited = performance.now()
    expect(waited - began).toBeGreaterThan(patienceMs - 100)
    expect(await errorOf(server.rows(one))).toMatchObject({ code: 'TOKEN_EXPIRED' })
    expect(performance.now() - waited).toBeLessThan(patienceMs - 100)
    expect(told).toEqual(['gate'])
  })

  it('lets all that is asked of it meanwhile wait together', async () => {
    await save(-60)
    const { told, waiter: patient } = waiter(10_000)
    await using server = await connections.server('gate', patient)
    const both = Promise.all([server.rows(one), server.rows(one)])
    while (told.length === 0) await sleep(20)
    const third = server.rows(one)
    await sleep(100)
    await save(300)
    expect([...(await both), await third]).toEqual([1, 2, 3].map(() => [{ one: 1 }]))
    expect([told, gateway.refused]).toEqual([['gate', null], 0])
  })

  it('whose token ends on its way to the server sends the statement again with the next one', async () => {
    await using late = await startGateway(yard.theirs, { authority, delayMs: 4000 })
    await save(4, { port: late.connection.port })
    const { told, waiter: patient } = waiter(10_000)
    await using server = await connections.server('gate', patient)
    const asked = server.rows(one)
    while (told.length === 0) await sleep(20)
    expect(late.refused).toBe(1)
    await save(300, { port: late.connection.port })
    expect(await asked).toEqual([{ one: 1 }])
    expect([told, late.passed]).toEqual([['gate', null], 1])
  })

  it('asks for the token of each request, so that a newer one is used at once', async () => {
    await save(300)
    await using server = await connections.server('gate')
    expect(await server.rows(one)).toEqual([{ one: 1 }])
    const other = await startAuthority()
    const token = await other.sign()
    await connections.save('gate', { connection: gateway.connection, secrets: { token }, remember: false })
    expect(await errorOf(server.rows(one))).toMatchObject({ code: 'AUTH_FAILED' })
    await save(300)
    expect(await server.rows(one)).toEqual([{ one: 1 }])
    await other[Symbol.asyncDispose]()
  })
})
