import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { finished, openServer, progress, run, type Server } from '../../src/clickhouse/index.ts'
import type { ErrorCode } from '../../src/shared/index.ts'
import { errorOf, password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { stopwatch } from '../support/stopwatch.ts'

let one: TestServer
let server: Server
const named = (table: string) => ({ database: 'main', table })

beforeAll(async () => {
  one = await startServer([
    { name: 'nobody', password: 'x', grants: [] },
    { name: 'looker', password: 'x', grants: ['GRANT SHOW COLUMNS ON main.plain'] },
    { name: 'reader', password: 'x', readonly: true },
  ])
  server = one.server
  await server.command(`CREATE TABLE plain (
    id UInt64 COMMENT 'the key', name LowCardinality(String) DEFAULT 'x', twice UInt64 MATERIALIZED id * 2,
    also UInt64 ALIAS id, text String EPHEMERAL) ORDER BY (id, name) PARTITION BY id % 2`)
  await server.command('CREATE TABLE feeding (n UInt64) ORDER BY n')
  await server.command('CREATE MATERIALIZED VIEW fed ENGINE = Memory AS SELECT n FROM feeding')
})
afterAll(() => one[Symbol.asyncDispose]())

const as = (user: string) => openServer({ ...one.connection, user }, { password: 'x' })

describe('rows', () => {
  it('sends no setting that nobody asked for', async () => {
    await using reader = as('reader')
    expect(await reader.rows('SELECT 1 AS a')).toEqual([{ a: 1 }])
    expect(await reader.check()).toMatchObject({ takesSettings: false })
  })

  it('takes settings, comments at the end and an empty result', async () => {
    expect(await server.rows('SELECT 1 AS a SETTINGS max_threads = 1 -- so')).toEqual([{ a: 1 }])
    expect(await server.rows('SELECT 1 WHERE 0')).toEqual([])
    const sql = `SELECT getSetting('max_threads') AS threads`
    expect(await server.rows(sql, { settings: { max_threads: 3 } })).toEqual([{ threads: 3 }])
  })

  it('ends the query within 2 s of an abort', async () => {
    const abort = new AbortController()
    const asked = errorOf(
      server.rows('SELECT count() FROM numbers(1000000000000)', { signal: abort.signal, queryId: 'long' }),
    )
    await waitUntil(async () => (await progress(server, 'long')) !== undefined)
    const took = stopwatch()
    abort.abort()
    expect(await asked).toMatchObject({ code: 'CANCELLED' })
    expect(took()).toBeLessThan(2000)
    await isGone('long')
    expect(await errorOf(server.rows('SELECT 1', { signal: abort.signal }))).toMatchObject({
      code: 'CANCELLED',
    })
  })
})

describe('what is there', () => {
  it('lists databases and tables', async () => {
    expect(await server.databases()).toContain('main')
    expect(await server.databases()).not.toContain('system')
    expect(await server.tables('main')).toContainEqual({
      table: 'plain',
      engine: 'MergeTree',
      totalRows: '0',
      totalBytes: '0',
    })
    expect(await server.tables('nowhere')).toEqual([])
  })

  it('describes a table', async () => {
    expect(await server.table(named('plain'))).toEqual({
      database: 'main',
      table: 'plain',
      engine: 'MergeTree',
      partitionKey: 'id % 2',
      sortingKey: 'id, name',
      totalRows: '0',
      hasDependents: false,
      hasTtl: false,
      columns: [
        { name: 'id', type: 'UInt64', kind: '', comment: 'the key' },
        { name: 'name', type: 'LowCardinality(String)', kind: 'DEFAULT', comment: '' },
        { name: 'twice', type: 'UInt64', kind: 'MATERIALIZED', comment: '' },
        { name: 'also', type: 'UInt64', kind: 'ALIAS', comment: '' },
        { name: 'text', type: 'String', kind: 'EPHEMERAL', comment: '' },
      ],
    })
  })

  it('sees that inserts feed a materialized view', async () => {
    expect(await server.table(named('feeding'))).toMatchObject({ hasDependents: true })
  })

  it('describes a statement', async () => {
    expect(await server.describe(`SELECT 1 AS "odd ""name", toDate32('2024-01-01') AS day -- so`)).toEqual([
      { name: 'odd "name', type: 'UInt8', kind: '', comment: '' },
      { name: 'day', type: 'Date32', kind: '', comment: '' },
    ])
  })

  it('names a table or a database that is missing', async () => {
    const error = await errorOf(server.table({ database: 'main', table: 'gone' }))
    expect(error).toMatchObject({ code: 'TABLE_NOT_FOUND' })
    expect(String(error)).toContain(`main.gone on ${server.label}`)
    expect(String(await errorOf(server.table({ database: 'nowhere', table: 't' })))).toContain('nowhere.t')
  })

  it('needs no more than SHOW COLUMNS', async () => {
    await using looker = as('looker')
    const table = await looker.table(named('plain'))
    expect(table.columns.map(({ name }) => name)).toEqual(['id', 'name', 'twice', 'also', 'text'])
    expect(table).toMatchObject({ hasDependents: false })
  })

  it('is ACCESS_DENIED without rights', async () => {
    await using nobody = as('nobody')
    expect(await errorOf(nobody.table(named('plain')))).toMatchObject({ code: 'ACCESS_DENIED' })
    expect(await errorOf(nobody.rows('SELECT * FROM plain'))).toMatchObject({ code: 'ACCESS_DENIED' })
    await using reader = as('reader')
    expect(await errorOf(reader.command('INSERT INTO plain (id) SELECT 1'))).toMatchObject({
      code: 'ACCESS_DENIED',
    })
  })
})

describe('errors', () => {
  it.each<[ErrorCode, string]>([
    ['TABLE_NOT_FOUND', 'SELECT * FROM gone'],
    ['TABLE_NOT_FOUND', 'SELECT * FROM nowhere.t'],
    ['TABLE_EXISTS', 'CREATE TABLE plain (a UInt8) ORDER BY a'],
    ['COLUMN_NOT_FOUND', 'SELECT missing FROM plain'],
    ['COLUMN_NOT_FOUND', 'INSERT INTO plain (missing) SELECT 1'],
    ['QUERY_INVALID', 'SELEC 1'],
    ['QUERY_INVALID', 'SELECT noSuchFunction(1)'],
    ['QUERY_INVALID', 'SELECT 1 SETTINGS no_such_setting = 1'],
    ['TYPE_UNKNOWN', `SELECT CAST(1 AS Nonsense)`],
    ['RECORD_MALFORMED', `SELECT toDate('garbage')`],
    ['RECORD_MALFORMED', `SELECT toUInt8('garbage')`],
    ['RECORD_MALFORMED', `SELECT toUUID('garbage')`],
    ['RECORD_MALFORMED', `SELECT toIPv4('garbage')`],
    ['VALUE_REJECTED', `SELECT throwIf(1, 'too bad')`],
    [
      'MEMORY_LIMIT',
      'SELECT groupArray(number) FROM numbers(100000000) SETTINGS max_memory_usage = 10000000',
    ],
    ['TIME_LIMIT', 'SELECT sleep(2) SETTINGS max_execution_time = 1'],
    ['SERVER_REFUSED', 'SELECT sum(number) FROM numbers(10) SETTINGS max_rows_to_read = 1'],
  ])('%s: %s', async (code, sql) => {
    const error = await errorOf(server.command(sql))
    expect(error).toMatchObject({ code, place: { host: server.label } })
    expect(String(error)).toContain(server.label)
    expect(String(error)).not.toMatch(/DB::Exception|\(version|\n/)
    expect(error).toHaveProperty('detail', expect.not.stringMatching(/DB::Exception|\(version/))
  })

  it('says what the server said', async () => {
    expect(String(await errorOf(server.command(`SELECT throwIf(1, 'too bad')`)))).toMatch(/: too bad\.$/)
  })

  it('hides the password where the server repeats it', async () => {
    const error = await errorOf(server.command(`SELECT throwIf(1, 'it is ${password}')`))
    expect(JSON.stringify(error)).not.toContain(password)
    expect(String(error)).toContain('it is ***.')
  })
})

describe('pushdown', () => {
  const signal = new AbortController().signal

  it('counts rows, and the query log knows how it ended', async () => {
    const statement = {
      sql: 'INSERT INTO plain (id) SELECT number FROM numbers(1000)',
      settings: {},
      queryId: 'push',
    }
    expect(await run(server, statement, signal)).toEqual({ readRows: 1000, writtenRows: 1000 })
    expect(await finished(server, 'push')).toEqual({
      readRows: 1000,
      resultRows: 1000,
      writtenRows: 1000,
      failedWrites: 0,
    })
    expect(await finished(server, 'never ran')).toBeUndefined()
  })

  it('fails with what the server said, as the query log does', async () => {
    const sql = `INSERT INTO plain (id) SELECT number FROM numbers(10) WHERE throwIf(number = 7, 'seven') = 0`
    const error = await errorOf(run(server, { sql, settings: {}, queryId: 'push fails' }, signal))
    expect(error).toMatchObject({ code: 'VALUE_REJECTED' })
    expect(await finished(server, 'push fails')).toMatchObject({ exception: { number: 395 } })
  })

  it('can be watched, and cancelled within 2 s', async () => {
    const abort = new AbortController()
    const sql = "INSERT INTO FUNCTION null('n UInt64') SELECT number FROM numbers(1000000000000)"
    const running = errorOf(run(server, { sql, settings: {}, queryId: 'push long' }, abort.signal))
    await waitUntil(async () => ((await progress(server, 'push long'))?.writtenRows ?? 0) > 0)
    const seen = await progress(server, 'push long')
    expect(seen?.readRows).toBeGreaterThan(0)
    expect(seen?.memory).toBeGreaterThan(0)
    expect(seen?.totalRowsApprox).toBe(1e12)
    const took = stopwatch()
    abort.abort()
    expect(await running).toMatchObject({ code: 'CANCELLED' })
    expect(took()).toBeLessThan(2000)
    await isGone('push long')
  })

  it('that is cancelled at once does not run on', async () => {
    for (const wait of [0, 1, 3, 10]) {
      const abort = new AbortController()
      const sql = "INSERT INTO FUNCTION null('n UInt64') SELECT number FROM numbers(1000000000000)"
      const running = errorOf(run(server, { sql, settings: {}, queryId: `push ${wait}` }, abort.signal))
      setTimeout(() => abort.abort(), wait)
      expect(await running).toMatchObject({ code: 'CANCELLED' })
      expect(await server.rows(`SELECT query FROM system.processes WHERE query LIKE 'INSERT%'`)).toEqual([])
    }
  })
})

/** A server that was asked to kill it may show it a moment longer. */
async function isGone(queryId: string): Promise<void> {
  await expect.poll(() => progress(server, queryId), { timeout: 5000 }).toBeUndefined()
}

async function waitUntil(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((later) => setTimeout(later, 20))
}
