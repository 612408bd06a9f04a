import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openServer, pipe, push, type Server, type Statement } from '../../src/clickhouse/index.ts'
import { recover, type Surroundings } from '../../src/runs/index.ts'
import type { RunEvent } from '../../src/shared/index.ts'
import { contents } from '../support/cli.ts'
import { errorOf, password } from '../support/clickhouse-server.ts'
import { FaultProxy, type Fault } from '../support/fault-proxy.ts'
import { noteFault } from '../support/fault-table.ts'
import { openFaultyLegs, type FaultyLegs } from '../support/faulty-legs.ts'
import { startShortener, type CutAt } from '../support/shortener.ts'
import { makeCertificates, startTlsProxy } from '../support/tls-proxy.ts'

const rows = 200_000
let legs: FaultyLegs
let source: string
let exported: string
beforeAll(async () => {
  legs = await openFaultyLegs()
  source = join(legs.dir, 'in.csv')
  exported = join(legs.dir, 'out.csv')
  writeFileSync(source, `id\n${Array.from({ length: rows }, (_, id) => `${id}\n`).join('')}`)
  const { server } = legs.theirs
  await server.command('CREATE TABLE given (id UInt32, s String) ORDER BY id')
  await server.command(`INSERT INTO given SELECT number, randomPrintableASCII(20) FROM numbers(${rows})`)
})
afterAll(() => legs[Symbol.asyncDispose]())
beforeEach(async () => {
  for (const proxy of [legs.near, legs.far]) proxy.plan(undefined)
  await legs.theirs.server.command('CREATE OR REPLACE TABLE t (id UInt32) ORDER BY id')
  await legs.theirs.server.command('INSERT INTO t SELECT number FROM numbers(5)')
  rmSync(exported, { force: true })
})

const importing = (more: object = {}) => ({
  direction: 'import',
  source: { kind: 'file', path: source },
  target: { kind: 'table', server: legs.connection, table: 't' },
  ...more,
})
const exporting = (server: object = legs.connection) => ({
  direction: 'export',
  source: { kind: 'table', server, table: 'given' },
  target: { kind: 'file', path: exported },
})
const tables = () => contents(legs.theirs.server)

describe('attempts', () => {
  it('are told as they fail, and the report knows them', async () => {
    legs.far.plan({ fault: 'cut', side: 'request', after: 100_000 })
    const events: RunEvent[] = []
    const report = await legs.run(importing(), { onEvent: (event) => events.push(event) })
    expect(report).toMatchObject({ status: 'completed', rowsWritten: rows, error: null })
    const failed = {
      number: 1,
      error: { code: 'CONNECTION_LOST', place: { host: `127.0.0.1:${legs.far.port}` } },
    }
    expect(report.failedAttempts).toMatchObject([failed])
    const statuses = events.flatMap((event) => (event.type === 'status' ? [event.status] : []))
    const attempt = ['connecting', 'fetching', 'ingesting']
    expect(statuses).toEqual([...attempt, ...attempt, 'committing', 'completed'])
    expect(events).toContainEqual(expect.objectContaining({ type: 'retry', attempts: 3 }))
  })

  it('end when there are enough, and the last error is that of the run', async () => {
    const strike = { fault: 'reset', side: 'request', after: 50_000 } as const
    legs.far.plan(strike)
    const report = await legs.run(importing({ retry: { attempts: 2 } }), {
      onEvent: ({ type }) => {
        if (type === 'retry') legs.far.plan(strike)
      },
    })
    expect(report).toMatchObject({ status: 'failed', error: { code: 'CONNECTION_LOST' } })
    expect(report.failedAttempts).toHaveLength(1)
    expect(Object.keys(await tables()).toSorted()).toEqual(['given', 't'])
    expect((await tables())['t']).toMatch(/^5-/)
  })

  it('are given up at once while waiting when the run is cancelled', async () => {
    legs.far.plan({ fault: 'reset', side: 'request', after: 50_000 })
    const abort = new AbortController()
    let waitedFrom = NaN
    const report = await legs.run(importing(), {
      signal: abort.signal,
      waitMs: 1e9,
      onEvent: ({ type }) => {
        if (type !== 'retry') return
        waitedFrom = performance.now()
        setTimeout(() => abort.abort(), 1)
      },
    })
    expect(performance.now() - waitedFrom).toBeLessThan(2000)
    expect(report).toMatchObject({
      status: 'cancelled',
      error: { message: 'The transfer was cancelled; nothing was changed.' },
    })
    expect((await tables())['t']).toMatch(/^5-/)
  })

  it('are not made where rows may have gone into the table, and the report says so', async () => {
    const target = { kind: 'table', server: { ...legs.connection, user: 'writer' }, table: 't' }
    legs.far.plan({ fault: 'reset', side: 'request', after: 50_000 })
    const report = await legs.run(importing({ target }))
    expect(report).toMatchObject({ status: 'failed', commit: 'single-block', failedAttempts: [] })
    expect(report.error?.message).toMatch(/was lost; which rows had arrived by then is not known, so look at/)
  })

  it('wait for a server that has too much to do', async () => {
    const { server } = legs.theirs
    const sql = 'SELECT sleepEachRow(1) FROM numbers(600) SETTINGS max_block_size = 1'
    const ids = Array.from({ length: 10 }, (_, index) => `busy ${index}`)
    const over = Promise.all(ids.map((queryId) => errorOf(server.rows(sql, { queryId }))))
    await expect.poll(() => count(server)).toBe(ids.length)
    const settings = { max_concurrent_queries_for_all_users: '10' }
    const report = await legs.run(
      importing({
        retry: { attempts: 10 },
        target: { kind: 'table', server: { ...legs.connection, settings }, table: 't' },
      }),
      {
        onEvent: ({ type }) => {
          if (type === 'retry') void server.command("KILL QUERY WHERE query_id LIKE 'busy %' ASYNC")
        },
        waitMs: 1000,
      },
    )
    await over
    expect(report.failedAttempts[0]?.error.code).toBe('SERVER_UNAVAILABLE')
    expect(report.status).toBe('completed')
  })
})

const count = async (server: Server) =>
  Number(
    (
      await server.rows<{ n: string }>(
        "SELECT toString(count()) AS n FROM system.processes WHERE query_id LIKE 'busy %'",
      )
    )[0]?.n,
  )

describe('a server that is away for longer', () => {
  it.each(['request', 'answer'] as const)(
    'leaves the target as it was, and nothing behind when it is there again (%s)',
    async (side) => {
      legs.far.plan({ fault: 'away', side, after: side === 'request' ? 100_000 : 8000 })
      const report = await legs.run(importing())
      expect(report).toMatchObject({
        status: 'failed',
        error: { place: { host: `127.0.0.1:${legs.far.port}` } },
      })
      expect(report.failedAttempts).toHaveLength(2)
      legs.far.plan(undefined)
      await recover(legs.surroundings)
      const now = await tables()
      expect(Object.keys(now).toSorted()).toEqual(['given', 't'])
      expect(now['t']).toMatch(/^5-/)
      noteFault({
        fault: 'a server that is away for longer',
        rounds: 1,
        result: 'as before, nothing left over',
      })
    },
  )
})

describe('an answer that is cut but ends in good form', () => {
  it.each<CutAt>(['a byte', 'the end of a frame', 'the end of a block'])(
    'is never taken for whole: at %s',
    async (at) => {
      await using proxy = await startShortener(legs.theirs.connection, 1_500_000, at)
      const report = await legs.run(exporting({ ...legs.connection, port: proxy.port }))
      expect(proxy.shortened).toBe(3)
      const host = `127.0.0.1:${proxy.port}`
      const message = `The answer of ${host} was cut on its way.`
      expect(report).toMatchObject({ status: 'failed', error: { code: 'CONNECTION_LOST', message } })
      expect(existsSync(exported)).toBe(false)
      noteFault({
        fault: 'an answer that is cut but ends in good form',
        rounds: proxy.shortened,
        result: 'never taken for whole',
      })
    },
  )

  it('is not taken for rows of ours', async () => {
    await using proxy = await startShortener(legs.theirs.connection, 100, 'a byte')
    await using server = openServer({ ...legs.connection, port: proxy.port }, { password })
    expect(await errorOf(server.rows('SELECT number FROM numbers(100)'))).toMatchObject({
      code: 'CONNECTION_LOST',
    })
  })
})

describe('a pipe in which nothing moves', () => {
  const idleMs = 2400
  const statement = (sql: string): Statement => ({ sql, settings: {}, queryId: `idle ${sql}` })
  const read = () => statement('SELECT number AS id FROM numbers(3000000)')
  const open = () => openServer({ ...legs.theirs.connection, port: legs.far.port }, { password })

  it.each<['request' | 'answer', RegExp]>([
    ['answer', /^127\.0\.0\.1:\d+ has sent nothing for 2 s, and no query goes on\.$/],
    ['request', /^127\.0\.0\.1:\d+ has taken nothing for 2 s, and no query goes on\.$/],
  ])('ends, and the side that stands still is named (%s)', async (side, sentence) => {
    await using far = open()
    const { signal } = new AbortController()
    const [from, to] = side === 'answer' ? [far, legs.embedded] : [legs.embedded, far]
    await to.command('CREATE OR REPLACE TABLE t (id UInt32) ORDER BY id')
    legs.far.plan({ fault: 'stall', side, after: 1_000_000 })
    const write = statement('INSERT INTO t (id)')
    const error = await errorOf(pipe({ from, read: read(), to, write, signal, idleMs }))
    expect(error).toMatchObject({ code: 'CONNECTION_TIMEOUT', place: { host: far.label } })
    expect((error as Error).message).toMatch(sentence)
    noteFault({ fault: 'a pipe in which nothing moves', rounds: 1, result: 'ended, and its side named' })
  })

  it('goes on while a query works, however slowly', async () => {
    await legs.embedded.command('CREATE OR REPLACE TABLE t (id UInt32) ORDER BY id')
    const slow = 'SELECT number AS id FROM numbers(12) WHERE sleepEachRow(0.4) = 0 ORDER BY id'
    const read = { ...statement(slow), settings: { max_block_size: 1, max_threads: 1 } }
    const { signal } = new AbortController()
    const to = legs.embedded
    const moved = await pipe({
      from: legs.theirs.server,
      read,
      to,
      write: statement('INSERT INTO t (id)'),
      signal,
      idleMs,
    })
    expect(moved.received).toBe(12)
  })
})

describe('what is no pipe but stands still as well', () => {
  const idleMs = 2400
  const { signal } = new AbortController()
  const open = (user = 'tester') =>
    openServer({ ...legs.theirs.connection, port: legs.far.port, user }, { password }, { idleMs })

  it('ends when it is blocks that are sent', async () => {
    await using far = open()
    await far.command('CREATE OR REPLACE TABLE t (id UInt32) ORDER BY id')
    const sql = 'SELECT toUInt32(number) AS id FROM numbers(3000000) FORMAT Native'
    const { body: data } = await legs.embedded.send(sql)
    legs.far.plan({ fault: 'stall', side: 'request', after: 1_000_000 })
    const write = { sql: 'INSERT INTO t (id)', settings: {}, queryId: 'pushed' }
    expect(await errorOf(push({ to: far, write, data, signal, idleMs }))).toMatchObject({
      code: 'CONNECTION_TIMEOUT',
      message: `${far.label} has taken nothing for 2 s, and no query goes on.`,
    })
  })

  it('ends when it is a statement that can be cancelled', async () => {
    await using far = open()
    legs.far.plan({ fault: 'stall', side: 'answer', after: 0 })
    expect(await errorOf(far.rows('SELECT 1', { signal }))).toMatchObject({
      code: 'CONNECTION_TIMEOUT',
      message: `${far.label} has answered nothing for 2 s, and no query goes on.`,
    })
  })

  it.each(['tester', 'writer'])('goes on while the statement works, however slowly (%s)', async (user) => {
    await using far = open(user)
    const slow = 'SELECT toUInt32(count()) AS n FROM numbers(12) WHERE sleepEachRow(0.4) = 0'
    const settings = { max_block_size: 1, max_threads: 1 }
    expect(await far.rows(slow, { signal, settings })).toEqual([{ n: 12 }])
  })
})

describe('over TLS', () => {
  it.each<[Fault, number]>([
    ['cut', 1],
    ['reset', 700],
    ['cut', 1200],
    ['cut', 4000],
    ['reset', 60_000],
  ])('%s at byte %d of the answers is passed over by another attempt', async (fault, after) => {
    const certificates = await makeCertificates()
    await using tls = await startTlsProxy(new URL(legs.theirs.running.url), certificates)
    await using proxy = await FaultProxy.start({ host: '127.0.0.1', port: tls.port })
    proxy.plan({ fault, side: 'answer', after })
    const secure = { ...legs.theirs.connection, protocol: 'https' as const, port: proxy.port }
    const secrets = { password, ca: certificates.cert }
    const { surroundings } = legs
    const server: Surroundings['server'] = (choice, waiter) =>
      choice === 'embedded'
        ? surroundings.server(choice, waiter)
        : Promise.resolve(openServer(secure, secrets))
    const report = await legs.run(exporting(secure), { surroundings: { ...surroundings, server } })
    expect(proxy.hasStruck).toBe(true)
    expect(report.error).toBeNull()
    expect(readFileSync(exported, 'utf8').split('\n')).toHaveLength(rows + 2)
    noteFault({ fault: 'TLS that is cut or reset', rounds: 1, result: 'complete after another attempt' })
  })
})
