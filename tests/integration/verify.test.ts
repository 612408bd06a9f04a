import { closeSync, mkdtempSync, openSync, readdirSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Server } from '../../src/clickhouse/index.ts'
import { tableName } from '../../src/core/sql/index.ts'
import { openSurroundings } from '../../src/main/open.ts'
import { runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema, type Report, type ServerChoice } from '../../src/shared/index.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'

const rows = 50_000
let folder: string
let theirs: TestServer
let surroundings: Surroundings & AsyncDisposable

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flathouse-verify-'))
  theirs = await startServer()
  surroundings = await openSurroundings({ dataDir: join(folder, 'data'), password }, {})
  const records = Array.from({ length: rows }, (_, n) => `${n},text ${n},${n % 7 === 0 ? '\\N' : n / 8}`)
  writeFileSync(path('good.csv'), `rows,sum,checksum\n${records.join('\n')}\n`)
  writeFileSync(path('bad.csv'), `rows,sum,checksum\n${records.join('\n')}\nx,no number,1\n`)
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
  removeFolder(folder)
})

const path = (name: string) => join(folder, name)
const serverOf = (which: string): ServerChoice => (which === 'embedded' ? which : theirs.connection)

function run(transfer: object): Promise<Report> {
  const { signal } = new AbortController()
  return runTransfer(transferSchema.parse(transfer), surroundings, { signal, onEvent: () => undefined })
}

const importing = (which: string, table: string, more: object = {}) => ({
  direction: 'import',
  source: { kind: 'file', path: path('good.csv') },
  target: { kind: 'table', server: serverOf(which), table },
  types: [
    { column: 'rows', type: 'UInt32' },
    { column: 'checksum', type: 'Nullable(Float64)' },
  ],
  ...more,
})

/** Every pair of ends: what moves, and how the file is written when one is. Columns are named as the SQL's own words. */
const both = ['embedded', 'separate'] as const
const files = ['plain.csv', 'packed.csv.gz', 'formatted.csv', 'several.tsv'] as const
const layouts: Record<string, object> = { 'formatted.csv': { dialect: { quote: "'", delimiter: '::' } } }
const split: Record<string, object> = { 'several.tsv': { split: { rows: 20_000 } } }
const fileEnd = (name: string) => ({ kind: 'file', path: path(name), ...layouts[name] })

const sources: Record<string, (which: string) => object> = {
  table: (which) => ({ source: { kind: 'table', server: serverOf(which), table: 'exported' } }),
  'renamed columns': (which) => ({
    source: { kind: 'table', server: serverOf(which), table: 'exported' },
    columns: ['checksum', 'rows'],
    map: [
      { source: 'checksum', target: 'rows' },
      { source: 'rows', target: 'sum' },
    ],
  }),
  join: (which) => ({
    source: {
      kind: 'table',
      server: serverOf(which),
      table: 'exported',
      joins: [
        { kind: 'inner', table: 'names', on: [{ left: { table: 'exported', column: 'rows' }, right: 'id' }] },
      ],
    },
  }),
  query: (which) => ({
    source: { kind: 'query', server: serverOf(which), sql: 'SELECT rows, -nan AS n FROM exported' },
  }),
  'some rows': (which) => ({
    source: { kind: 'table', server: serverOf(which), table: 'exported' },
    where: 'rows % 2 = 0',
    limit: 1000,
  }),
}

beforeAll(async () => {
  for (const server of [await surroundings.server('embedded'), theirs.server]) {
    await server.command(
      'CREATE TABLE exported (rows UInt32, sum String, checksum Array(Nullable(Float64))) ENGINE = MergeTree ORDER BY rows',
    )
    await server.command(
      `INSERT INTO exported SELECT number, toString(number), [NULL, -nan, number / 8] FROM numbers(${rows})`,
    )
    await server.command('CREATE TABLE names (id UInt32, name String) ENGINE = MergeTree ORDER BY id')
    await server.command(`INSERT INTO names SELECT number, 'n' FROM numbers(100)`)
  }
})

function expectProven({ error, verification, ...report }: Report, mode: 'count' | 'checksum', moved: number) {
  expect(error).toBeNull()
  expect(report).toMatchObject({ status: 'completed', rowsWritten: moved })
  expect(verification).toMatchObject({ mode, passed: true, source: verification?.target })
  const { source, target } = verification?.sql ?? { source: '', target: '' }
  expect(verification?.source).toMatch(mode === 'count' ? RegExp(`^${moved}$`) : RegExp(`^${moved}-\\d+$`))
  if (mode === 'checksum') expect(source).toMatch(/^-- .*\nSELECT count\(\).*sum\(cityHash64\(tuple\(/)
  if (mode === 'checksum') expect(target).toMatch(/^SELECT toString\(count\(\)\).*FROM/)
  else expect(source).toMatch(/^-- /)
}

describe.each(both)('the %s database', (which) => {
  describe.each(['count', 'checksum'] as const)('by %s', (verify) => {
    it('an import', async () => {
      const report = await run(importing(which, `in_${verify}`, { verify }))
      expectProven(report, verify, rows)
      expect(report.verification?.sql?.target).toContain('__flathouse_')
    })

    it('an import that sets records aside', async () => {
      const source = { kind: 'file', path: path('bad.csv') }
      const report = await run(importing(which, `aside_${verify}`, { verify, source, onError: 'skip' }))
      expectProven(report, verify, rows)
      expect(report.rowsRejected).toBe(1)
    })

    it.each(Object.keys(sources))('an export: %s', async (kind) => {
      const moved = { join: 100, 'some rows': 1000 }[kind] ?? rows
      const from = sources[kind]?.(which)
      const report = await run({ direction: 'export', ...from, target: fileEnd('plain.csv'), verify })
      expectProven(report, verify, moved)
    })

    it.each(files)('an export: %s', async (name) => {
      const from = sources['table']?.(which)
      const target = fileEnd(name)
      expectProven(await run({ direction: 'export', ...from, target, ...split[name], verify }), verify, rows)
    })
  })
})

it.each(both)('a nested column that is one, on the %s server', async (which) => {
  await using server = await surroundings.server(serverOf(which))
  const settings = { flatten_nested: 0 }
  const columns = 'id UInt64, v Nested(x UInt8, y Nullable(String))'
  for (const table of ['nest', 'nest_back'])
    await server.command(`CREATE TABLE ${table} (${columns}) ENGINE = MergeTree ORDER BY id`, { settings })
  await server.command("INSERT INTO nest SELECT number, [(1, NULL), (2, '')] FROM numbers(10)")
  const file = { kind: 'file', path: path('nest.csv') }
  const table = (name: string) => ({ kind: 'table', server: serverOf(which), table: name })
  const verify = 'checksum'
  const out = { direction: 'export', source: table('nest'), target: file, verify }
  expectProven(await run(out), verify, 10)
  for (const onError of ['stop', 'skip']) {
    const back = { direction: 'import', source: file, target: table('nest_back'), verify, onError }
    expectProven(await run({ ...back, mode: 'replace' }), verify, 10)
  }
  const rowsOf = (name: string) => server.rows(`SELECT toString(id), toString(v) FROM ${name} ORDER BY id`)
  expect(await rowsOf('nest_back')).toEqual(await rowsOf('nest'))
})

it.each(files.slice(0, 3))('a conversion: %s', async (name) => {
  const source = { kind: 'file', path: path('good.csv') }
  for (const verify of ['count', 'checksum'] as const) {
    for (const types of [false, true]) {
      const report = await run({ direction: 'convert', source, target: fileEnd(name), types, verify })
      expectProven(report, verify, rows)
    }
  }
})

it('keeps nothing of it in the embedded database', async () => {
  await using embedded = await surroundings.server('embedded')
  expect(
    await embedded.rows(String.raw`SELECT name FROM system.tables WHERE name LIKE '\_\_flathouse%'`),
  ).toEqual([])
})

describe('what is not the same ends the run before its commit', () => {
  const many = 3_000_000

  beforeAll(async () => {
    await using embedded = await surroundings.server('embedded')
    for (const server of [embedded, theirs.server]) {
      await server.command('CREATE TABLE lots (id UInt32, note String) ENGINE = MergeTree ORDER BY id')
      await server.command(`INSERT INTO lots SELECT number, toString(number) FROM numbers(${many})`)
    }
    const source = { kind: 'table', server: 'embedded', table: 'lots' }
    const made = await run({ direction: 'export', source, target: { kind: 'file', path: path('many.csv') } })
    expect(made.error).toBeNull()
    for (const server of [embedded, theirs.server]) {
      await server.command('CREATE TABLE kept (id UInt32, note String) ENGINE = MergeTree ORDER BY id')
      await server.command("INSERT INTO kept VALUES (1, 'was there')")
    }
  })

  it.each([
    ['separate', 'count', (name: string) => `TRUNCATE TABLE ${name}`],
    ['embedded', 'count', (name: string) => `TRUNCATE TABLE ${name}`],
    ['separate', 'checksum', (name: string) => `ALTER TABLE ${name} UPDATE note = '?' WHERE id = 7`],
    ['embedded', 'checksum', (name: string) => `ALTER TABLE ${name} UPDATE note = '?' WHERE id = 7`],
  ] as const)('an import, %s, by %s', async (which, verify, statement) => {
    await using server = await surroundings.server(serverOf(which))
    const source = { kind: 'file', path: path('many.csv') }
    const transfer = importing(which, 'kept', { source, types: undefined, verify })
    const [report] = await Promise.all([run(transfer), meddle(server, statement)])
    expect(report).toMatchObject({ status: 'failed', error: { code: 'VERIFICATION_FAILED' } })
    expect(report.error?.detail).toContain('SELECT toString(count())')
    expect(await server.rows('SELECT id, note FROM kept')).toEqual([{ id: 1, note: 'was there' }])
    const left = await server.rows(
      String.raw`SELECT name FROM system.tables WHERE name LIKE '\_\_flathouse%'`,
    )
    expect(left).toEqual([])
  })

  it.each([
    ['embedded', 'a digit', 12],
    ['separate', 'a digit', 12],
    ['separate', 'a quote', 10],
  ] as const)('an export, %s, by checksum, of %s', async (which, _, offset) => {
    const source = { kind: 'table', server: serverOf(which), table: 'lots' }
    const target = { kind: 'file', path: path('changed.csv') }
    const transfer = { direction: 'export', source, target, verify: 'checksum' }
    const [report] = await Promise.all([run(transfer), spoil('changed.csv', offset)])
    expect(report).toMatchObject({ status: 'failed', error: { code: 'VERIFICATION_FAILED' } })
    expect(readdirSync(folder).filter((name) => name.startsWith('changed'))).toEqual([])
  })
})

/** Somebody who does something to a staging table while it is loaded. */
async function meddle(server: Server, statement: (name: string) => string): Promise<void> {
  for (;;) {
    const [found] = await server.rows<{ database: string; table: string }>(
      String.raw`SELECT database, name AS table FROM system.tables WHERE name LIKE '\_\_flathouse%' AND ` +
        String.raw`name NOT LIKE '%\_sums' AND total_rows > 0`,
    )
    if (found) {
      await server.command(statement(tableName(found)), { settings: { mutations_sync: 2 } })
      return
    }
    await sleep(1)
  }
}

/** Somebody who overwrites a byte of a file while it is written. */
async function spoil(name: string, offset: number): Promise<void> {
  for (;;) {
    const part = readdirSync(folder).find((one) => one.startsWith(name))
    if (part !== undefined && statSync(path(part)).size > 1000) {
      const file = openSync(path(part), 'r+')
      writeSync(file, '9', offset)
      closeSync(file)
      return
    }
    await sleep(1)
  }
}
