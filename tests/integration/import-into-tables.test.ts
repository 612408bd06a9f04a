import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { runTransfer, type Surroundings } from '../../src/runs/index.ts'
import {
  requestedTransferSchema,
  transferSchema,
  type Report,
  type ServerChoice,
} from '../../src/shared/index.ts'
import { House } from '../support/cli.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'

/** Imports into tables that are there, of several engines and types. */

let house: House
let theirs: TestServer
let surroundings: Surroundings & AsyncDisposable
const { signal } = new AbortController()

beforeAll(async () => {
  house = new House()
  theirs = await startServer()
  surroundings = await openSurroundings({ dataDir: house.data, password }, {})
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
  await house[Symbol.asyncDispose]()
})

async function ask(sql: string) {
  await using server = await surroundings.server('embedded')
  return await server.rows<Record<string, unknown>>(sql)
}

async function make(...statements: string[]) {
  await using server = await surroundings.server('embedded')
  for (const sql of statements) await server.command(sql)
}

/** @param content of the file that is imported into the table */
async function load(table: string, content: string, more: object = {}, server: ServerChoice = 'embedded') {
  house.write(`${table}.csv`, content)
  const transfer = transferSchema.parse({
    direction: 'import',
    source: { kind: 'file', path: house.path(`${table}.csv`) },
    target: { kind: 'table', server, table },
    ...more,
  })
  return await runTransfer(transfer, surroundings, { signal, onEvent: () => undefined })
}

const lines = (count: number, of: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => `${of(n)}\n`).join('')

describe('replacing', () => {
  const elsewhere = (engine: string) =>
    `cannot be replaced, because a table of the engine ${engine} keeps its rows elsewhere`

  it.each([
    [
      'Buffer',
      "Buffer('main', 'behind', 1, 3600, 3600, 1000000, 1000000, 1000000000, 1000000000)",
      elsewhere('Buffer'),
    ],
    ['File', 'File(CSV)', elsewhere('File')],
    ['Merge', "Merge('main', '^behind$')", 'is a Merge, which takes no rows'],
  ])('a table of the engine %s, whose rows are elsewhere, is refused', async (_, sql, words) => {
    await make(
      'CREATE OR REPLACE TABLE behind (a UInt8) ENGINE = MergeTree ORDER BY a',
      `CREATE OR REPLACE TABLE door (a UInt8) ENGINE = ${sql}`,
    )
    const report = await load('door', 'a\n1\n', { mode: 'replace' })
    expect(report.error).toMatchObject({ code: 'TABLE_UNSUITABLE' })
    expect(report.error?.message).toContain(words)
    expect(await ask('SELECT a FROM behind')).toEqual([])
    await make('DROP TABLE door SYNC')
  })

  it.each([
    ...['Memory', 'Log', 'TinyLog', 'StripeLog', 'ReplacingMergeTree ORDER BY a'],
    ...['Join(ANY, LEFT, a)', 'EmbeddedRocksDB PRIMARY KEY a'],
  ])('a table of the engine %s puts the rows of the file in place of its own', async (engine) => {
    await make(
      `CREATE OR REPLACE TABLE held (a UInt8, b UInt8) ENGINE = ${engine}`,
      'INSERT INTO held VALUES (1, 1)',
    )
    expect(await load('held', 'a,b\n7,8\n', { mode: 'replace' })).toMatchObject({ error: null })
    expect(await ask('SELECT a, b FROM held')).toEqual([{ a: 7, b: 8 }])
  })
})

describe('rows that go straight into the table', () => {
  const create = () =>
    make(
      'CREATE OR REPLACE TABLE behind (a UInt8, b String) ENGINE = Log',
      'CREATE OR REPLACE TABLE straight AS behind ENGINE = Buffer(main, behind, 1, 0, 0, 0, 0, 0, 0)',
    )
  const content = `a,b\n${lines(100, (n) => (n % 10 === 3 ? `bad ${n},x` : `${n},x`))}`

  it.each([{ records: 9 }, { share: 0.09 }])('move only when no more than %o are rejected', async (limit) => {
    await create()
    const more = { mode: 'append', onError: 'skip' }
    const report = await load('straight', content, { ...more, rejectLimit: limit })
    expect(report).toMatchObject({ status: 'failed', commit: 'direct', rowsWritten: 0 })
    expect(report.error?.code).toBe('REJECT_LIMIT')
    expect(report.error?.message).toContain('10 of 100 records cannot be moved')
    expect(report.error?.message).toContain('straight.csv, line 5, column "a": "bad 3" does not fit UInt8')
    expect(await ask('SELECT count() AS n FROM straight')).toEqual([{ n: 0 }])
    const tolerant = await load('straight', content, { ...more, rejectLimit: { records: 10, share: 0.1 } })
    expect(tolerant).toMatchObject({ error: null, rowsWritten: 90, rowsRejected: 10 })
  })

  it('are told of when the run fails after some of them have arrived', async () => {
    const { server, connection } = theirs
    await server.command('CREATE TABLE fed (a UInt32) ENGINE = Join(ANY, LEFT, a)')
    // Every block arrives by itself.
    const settings = { min_insert_block_size_rows: '1', min_insert_block_size_bytes: '1' }
    const report = await load('fed', `a\n${lines(2_500_000, String)}bad\n`, {}, { ...connection, settings })
    expect(report).toMatchObject({ status: 'failed', commit: 'direct', error: { code: 'VALUE_REJECTED' } })
    expect(report.rowsWritten).toBeGreaterThan(0)
    expect(await server.rows('SELECT count() AS n FROM fed')).toEqual([{ n: report.rowsWritten }])
  })
})

it('a share of all records is compared exactly', async () => {
  await make('CREATE OR REPLACE TABLE shared (a UInt8) ENGINE = MergeTree ORDER BY a')
  const content = `a\n${lines(100, (n) => (n < 29 ? `x${n}` : String(n)))}`
  const report = await load('shared', content, { onError: 'skip', rejectLimit: { share: 0.29 } })
  expect(report).toMatchObject({ error: null, rowsRejected: 29 })
})

it.each(['stop', 'skip'])('files that say the same are all imported: --on-error %s', async (onError) => {
  const deduplicating = 'ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100'
  await make(`CREATE OR REPLACE TABLE alike (a UInt8) ${deduplicating}`)
  for (const n of [1, 2]) house.write(`alike-${n}.csv`, 'a\n1\n2\n')
  const source = { kind: 'file', path: house.path('alike-*.csv') }
  for (const count of [4, 8]) {
    expect(await load('alike', '', { source, onError })).toMatchObject({ error: null, rowsWritten: 4 })
    expect(await ask('SELECT count() AS n FROM alike')).toEqual([{ n: count }])
  }
})

it('a file makes more than 100 partitions, whatever becomes of bad records', async () => {
  const content = `p,v\n${lines(300, (n) => `${n % 150},${n}`)}`
  for (const onError of ['stop', 'skip']) {
    const partitionBy = { column: 'p', by: 'value' }
    const report: Report = await load('parted', content, { mode: 'replace', onError, partitionBy })
    expect(report).toMatchObject({ error: null, rowsWritten: 300 })
  }
})

describe('a file without a header goes into a table by position', () => {
  const bare = (dialect: object = {}) => ({
    source: {
      kind: 'file',
      path: house.path('positions.csv'),
      dialect: { header: false, delimiter: ';', ...dialect },
    },
  })
  const create = () =>
    make(
      'CREATE OR REPLACE TABLE positions (day Date, price Float64, note String) ENGINE = MergeTree ORDER BY day',
    )

  it('and its columns are c1, c2, … in all that is said about them', async () => {
    await create()
    const content = '31/01/2024;1.234,5;a\nbad;1;b\n01/02/2024;x;c\n'
    const report = await load('positions', content, {
      ...bare(),
      onError: 'skip',
      readings: [
        { column: 'c1', layout: 'DD/MM/YYYY' },
        { column: 'c2', layout: '1.234,5', misfit: 'default' },
      ],
    })
    expect(report).toMatchObject({ error: null, rowsWritten: 2, rowsRejected: 1 })
    expect(readFileSync(report.rejectsFile ?? '', 'utf8')).toContain('"c1","""bad"" does not fit Date')
    expect(await ask('SELECT * FROM positions ORDER BY day')).toEqual([
      { day: '2024-01-31', price: 1234.5, note: 'a' },
      { day: '2024-02-01', price: 0, note: 'c' },
    ])
  })

  it('also when only some of them are chosen, or their layout is found', async () => {
    await create()
    const report = await load('positions', '31/01/2024;x;7\n', { ...bare(), columns: ['c1', 'c3'] })
    expect(report).toMatchObject({ error: null, rowsWritten: 1 })
    expect(await ask('SELECT * FROM positions')).toEqual([{ day: '2024-01-31', price: 0, note: '7' }])
  })
})

describe('a table with types that ClickHouse calls suspicious', () => {
  const types = 'a LowCardinality(UInt8), b FixedString(300), c LowCardinality(Nullable(Date))'
  const content = `a,b,c\n1,${'x'.repeat(300)},2024-01-01\n`

  it.each(['embedded', 'theirs'])('is filled: %s', async (place) => {
    const server = place === 'theirs' ? theirs.connection : 'embedded'
    await using embedded = await surroundings.server('embedded')
    const on = place === 'theirs' ? theirs.server : embedded
    const settings = { allow_suspicious_low_cardinality_types: 1, allow_suspicious_fixed_string_types: 1 }
    await on.command(`CREATE TABLE odd (${types}) ENGINE = MergeTree ORDER BY a`, { settings })
    for (const onError of ['stop', 'skip']) {
      for (const mode of ['append', 'replace']) {
        const report = await load('odd', content, { mode, onError }, server)
        expect(report).toMatchObject({ error: null, rowsWritten: 1 })
      }
    }
    const chosen = [{ column: 'a', type: 'LowCardinality(UInt8)' }]
    const report = await load('fresh', content, { types: chosen, onError: 'skip' }, server)
    expect(report).toMatchObject({ error: null, rowsWritten: 1 })
  })
})

it('the same import once more is not told that the table is another', async () => {
  const more = {
    types: [
      { column: 'at', type: 'DateTime64(3)' },
      { column: 'n', type: 'Nullable(UInt16)' },
    ],
    orderBy: ['k', 'at'],
    partitionBy: { column: 'at', by: 'month' },
  }
  const content = 'k,at,n\n1,2024-01-31 10:00:00,5\n'
  expect(await load('again', content, more)).toMatchObject({ error: null, warnings: [] })
  expect(await load('again', content, more)).toMatchObject({ error: null, warnings: [] })
  const other = await load('again', content, {
    types: [{ column: 'n', type: 'UInt32' }],
    partitionBy: { column: 'at', by: 'day' },
  })
  expect(other.warnings.at(-1)).toContain('keeps its own types, partitions; those chosen are not used')
})

it.each([
  [
    'a column that does not move',
    ['a'],
    [{ source: 'b', target: 'c' }],
    '"b" is renamed, but it is not among',
  ],
])('renaming %s is an error', async (_, columns, map, words) => {
  const report = await load('renamed', 'a,b\n1,2\n', { columns, map })
  expect(report.error).toMatchObject({ code: 'USAGE' })
  expect(report.error?.message).toContain(words)
})

it('no column is renamed twice', () => {
  const document = {
    ...{ direction: 'convert', source: { kind: 'file', path: 'a' }, target: { kind: 'file', path: 'b' } },
    map: [
      { source: 'a', target: 'b' },
      { source: 'a', target: 'c' },
    ],
  }
  expect(() => requestedTransferSchema.parse(document)).toThrow('two are of the column')
})
