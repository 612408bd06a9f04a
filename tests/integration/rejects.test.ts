import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema, type Report, type ServerChoice } from '../../src/shared/index.ts'
import {
  badFile,
  columnTypes,
  readCsv,
  type BadFile,
  type Kind,
  type Layout,
} from '../support/bad-records.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'

let stack: AsyncDisposableStack
let surroundings: Surroundings
let remote: TestServer
const folder = mkdtempSync(join(tmpdir(), 'flathouse-rejects-'))

beforeAll(async () => {
  stack = new AsyncDisposableStack()
  stack.defer(() => removeFolder(folder))
  remote = stack.use(await startServer())
  surroundings = stack.use(await openSurroundings({ dataDir: join(folder, 'data'), password }, {}))
})
afterAll(() => stack.disposeAsync())

interface Import {
  report: Report
  log: string[]
}

async function importing(
  path: string,
  { source, transfer: more }: { source?: object; transfer?: object } = {},
  server: ServerChoice = 'embedded',
): Promise<Import> {
  const log: string[] = []
  const transfer = transferSchema.parse({
    direction: 'import',
    source: { kind: 'file', path, ...source },
    target: { kind: 'table', server, table: 't' },
    mode: 'replace',
    onError: 'skip',
    types: columnTypes,
    verify: 'checksum',
    ...more,
  })
  const report = await runTransfer(transfer, surroundings, {
    signal: new AbortController().signal,
    onEvent: (event) => {
      if (event.type === 'warning') log.push(event.message)
    },
  })
  return { report, log }
}

const write = (name: string, content: string | Buffer): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

const kept = (report: Report, form: 'report.csv' | 'records'): Buffer =>
  readFileSync(join(folder, 'data/rejects', report.runId, form))

/** What the report says of each, in its order. */
const told = (report: Report) =>
  readCsv(kept(report, 'report.csv').toString())
    .slice(1)
    .map(([file = '', line, offset, column, reason = '', value, raw]) => ({
      ...{ file, line: Number(line), offset: Number(offset), column, reason, value, raw },
    }))

const expected = ({ bad }: BadFile, file: string) =>
  bad.map(({ line, offset, column, value, raw }) => ({
    ...{
      file,
      line,
      offset,
      column: column ?? '',
      reason: expect.stringMatching(/^.{10,300}[^.]$/) as string,
    },
    ...{ value: value ?? '', raw },
  }))

async function tableHash(server: ServerChoice = 'embedded'): Promise<string> {
  await using embedded = await surroundings.server('embedded')
  const asked = server === 'embedded' ? embedded : remote.server
  const [row] = await asked.rows<{ hash: string }>(
    'SELECT concat(toString(count()), toString(sum(cityHash64(id, qty, day, note)))) AS hash FROM t',
  )
  return row?.hash ?? ''
}

const total = 200_000
const readable: Kind[] = ['type', 'few', 'two', 'many', 'day', 'missing', 'span']
const layouts: [string, string, Layout, object?][] = [
  ['plain', 'plain.csv', {}],
  ['with CRLF', 'crlf.csv', { end: '\r\n' }],
  ['with records that span lines', 'span.csv', { spanEvery: 7 }],
  ['with records that span CRLF lines', 'spancr.csv', { spanEvery: 7, end: '\r\n' }],
  ['without a header', 'bare.csv', { header: false }, { dialect: { header: false } }],
  [
    'below a preamble',
    'preamble.csv',
    { preamble: ['Sales of all shops', '', 'as of today'] },
    { dialect: { skipLines: 3 } },
  ],
  ['with blank lines', 'blank.csv', { blankEvery: 1000 }],
  ['with blank lines and records that span lines', 'blankspan.csv', { blankEvery: 1000, spanEvery: 7 }],
]

it.each(layouts)('a file %s: every reject is where it stands', async (_, name, layout, source = {}) => {
  const made = badFile(total, layout)
  const names =
    layout.header === false ? columnTypes.map(({ type }, n) => ({ column: `c${n + 1}`, type })) : columnTypes
  const { report, log } = await importing(write(name, made.text), { source, transfer: { types: names } })
  expect(report.error).toBeNull()
  const { rowsRead, rowsWritten, rowsRejected } = report
  const rejected = total / 100
  expect({ rowsRead, rowsWritten, rowsRejected }).toEqual({
    ...{ rowsRead: total, rowsWritten: total - rejected, rowsRejected: rejected },
  })
  expect(log.at(-1)).toBe('2,000 of 200,000 records were rejected; they are kept with the reason for each.')
  // Without a header the columns of the file are c1, c2, … whatever those of the table are called.
  const inFile = (column: string) =>
    names[columnTypes.findIndex((one) => one.column === column)]?.column ?? column
  expect(told(report)).toEqual(
    expected(made, join(folder, name)).map((one) => ({ ...one, column: inFile(one.column) })),
  )
})

it.each([
  ['gzip', 'packed.csv.gz', (text: string) => gzipSync(text)],
  ['zstd', 'packed.csv.zst', (text: string) => zstdCompressSync(text)],
])('a file compressed by %s: every reject is where it stands in the unpacked file', async (_, name, pack) => {
  const made = badFile(total, { spanEvery: 50 })
  const { report } = await importing(write(name, pack(made.text)))
  expect(report.error).toBeNull()
  expect(told(report)).toEqual(expected(made, join(folder, name)))
})

it('several files: every reject names its own', async () => {
  const parts = [0, 1, 2].map((part) =>
    badFile(70_000, { firstId: part * 70_000 + 1, spanEvery: part === 1 ? 9 : Infinity }),
  )
  const paths = parts.map(({ text }, part) => write(`part-${part}.csv`, text))
  const { report } = await importing(join(folder, 'part-*.csv'))
  expect(report).toMatchObject({ error: null, rowsRead: 210_000, rowsRejected: 2100 })
  expect(told(report)).toEqual(parts.flatMap((part, n) => expected(part, paths[n] ?? '')))
})

it('sends the rows that fit to another server, and none of the others', async () => {
  const made = badFile(total, { spanEvery: 31 })
  const { report } = await importing(write('remote.csv', made.text), {}, remote.connection)
  expect(report).toMatchObject({ error: null, strategy: 'pipe', rowsRead: total, rowsRejected: 2000 })
  expect(told(report)).toEqual(expected(made, join(folder, 'remote.csv')))
  const theirs = await tableHash(remote.connection)
  await importing(join(folder, 'remote.csv'))
  expect(await tableHash()).toBe(theirs)
})

it.each([
  ['the embedded database', 'embedded'],
  ['another server', 'remote'],
])('the records, corrected and imported again, complete the table in %s', async (_, place) => {
  const server = place === 'remote' ? remote.connection : place
  const made = badFile(total, { preamble: ['a title'], spanEvery: 13, end: '\r\n' })
  const source = { dialect: { skipLines: 1 } }
  const { report } = await importing(write('first.csv', made.text), { source }, server)
  let records = kept(report, 'records').toString()
  expect(records.startsWith('a title\r\nid,qty,day,note\r\n')).toBe(true)
  expect(records).toBe(`a title\r\nid,qty,day,note\r\n${made.bad.map(({ raw }) => `${raw}\r\n`).join('')}`)
  for (const { raw, right } of made.bad) records = records.replace(`\n${raw}\r\n`, () => `\n${right}\r\n`)
  const again = { source, transfer: { mode: 'append', verify: 'count' } }
  const second = await importing(write('second.csv', records), again, server)
  expect(second.report).toMatchObject({ error: null, rowsRead: 2000, rowsRejected: 0, rejectsFile: null })
  const complete = await tableHash(server)
  await importing(write('clean.csv', made.corrected), { source, transfer: { onError: 'stop' } }, server)
  expect(await tableHash(server)).toBe(complete)
})

it('a file that is parsed in parallel, of more than 50 MB', async () => {
  const count = 1_200_000
  const made = badFile(count, { spanEvery: 1000, badEvery: 10_000 })
  expect(Buffer.byteLength(made.text)).toBeGreaterThan(50_000_000)
  const { report } = await importing(write('large.csv', made.text))
  expect(report).toMatchObject({ error: null, rowsRead: count, rowsRejected: 120 })
  expect(told(report)).toEqual(expected(made, join(folder, 'large.csv')))
})

it.each([
  ['more records than tolerated', { records: 1999 }, 'no more than 1,999 may be rejected'],
  ['a greater share than tolerated', { share: 0.0099 }, 'no more than 0.99 % of them may be rejected'],
])('fails with %s, and commits nothing', async (_, rejectLimit, words) => {
  const path = write('limit.csv', badFile(total).text)
  await importing(path, { transfer: { rejectLimit: { records: 2000, share: 0.01 } } })
  const before = await tableHash()
  const { report } = await importing(path, { transfer: { rejectLimit, mode: 'append' } })
  expect(report).toMatchObject({
    status: 'failed',
    rowsWritten: 0,
    rowsRejected: 2000,
    error: { code: 'REJECT_LIMIT' },
  })
  expect(report.error?.message).toContain(words)
  expect(report.error?.message).toContain(
    `the first is ${path}, line 101, column "qty": "abc" does not fit Int32`,
  )
  expect(told(report)).toHaveLength(2000)
  expect(await tableHash()).toBe(before)
})

it('a direct insert goes on after bad records, too', async () => {
  await using embedded = await surroundings.server('embedded')
  for (const table of ['d', 'kept']) await embedded.command(`DROP TABLE IF EXISTS ${table} SYNC`)
  await embedded.command('CREATE TABLE kept (id UInt32, qty Int32, day Date, note String) ENGINE = Log')
  await embedded.command('CREATE TABLE d AS kept ENGINE = Buffer(main, kept, 1, 0, 0, 0, 0, 0, 0)')
  // The normaliser takes a quote that is not doubled for text.
  const made = badFile(10_000, { kinds: readable })
  const target = { kind: 'table', server: 'embedded', table: 'd' }
  const { report } = await importing(write('direct.csv', made.text), {
    transfer: { target, mode: 'append', verify: 'count' },
  })
  expect(report).toMatchObject({ error: null, commit: 'direct', rowsWritten: 9900, rowsRejected: 100 })
  expect(told(report)).toEqual(expected(made, join(folder, 'direct.csv')))
})

const lines = (all: string[]) => `id,qty,day,note\n${all.join('\n')}\n`
const good = (id: number) => `${id},1,2024-01-01,"a"`
const many = Array.from({ length: 150_000 }, (_, n) => good(n + 1))
const plainCsv = { dialect: { quote: '"', escape: 'double', delimiter: ',', header: true } }

it.each([
  ['fields too many at the very end', `${good(0)},x,y`],
  ['a quote at the very end that is never closed', '4,1,2024-01-01,"open'],
  ['a text after a closing quote at the very end', '4,1,2024-01-01,"open"x"'],
])('%s', async (name, raw) => {
  const { report } = await importing(write(`${name}.csv`, lines([...many, raw])), { source: plainCsv })
  expect(report).toMatchObject({ error: null, rowsRead: many.length + 1, rowsWritten: many.length })
  expect(told(report)).toMatchObject([{ line: many.length + 2, column: '', raw }])
})

it('a quote that is lost costs one record, and the reject holds no other', async () => {
  const all = Array.from({ length: 30 }, (_, n) => (n === 9 ? '10,1,2024-01-01,"open' : good(n + 1)))
  const { report } = await importing(write('lost.csv', lines(all)), { source: plainCsv })
  expect(report).toMatchObject({ error: null, rowsRead: 30, rowsWritten: 29, rowsRejected: 1 })
  expect(told(report)).toMatchObject([{ line: 11, raw: '10,1,2024-01-01,"open' }])
  expect(kept(report, 'records').toString()).toBe(lines(['10,1,2024-01-01,"open']))
})

it('a record that cannot be read does not decide about types', async () => {
  const path = write('types.csv', 'n,t\n1,a\n2,b\n3,c\nbad\n')
  const target = { kind: 'table', server: 'embedded', table: 'typed' }
  await importing(path, { transfer: { target, types: undefined } })
  await using embedded = await surroundings.server('embedded')
  expect(await embedded.rows('SELECT DISTINCT toTypeName(n) AS type FROM typed')).toEqual([{ type: 'UInt8' }])
})

it('only bad records are no import', async () => {
  const { report } = await importing(write('none.csv', lines(['x,1,2024-01-01,a', '1'])), {
    source: plainCsv,
  })
  expect(report).toMatchObject({ status: 'failed', rowsWritten: 0, rowsRejected: 2 })
  expect(report.error?.message).toMatch(/^None of 2 records can be moved; the first is \S*none\.csv, line 2/)
  expect(told(report)).toMatchObject([
    { line: 2, column: 'id' },
    { line: 3, column: '' },
  ])
})

it.each([
  ['a quote that is lost in the middle', '70001,1,2024-01-01,"a'],
  ['a quote too many, and a line end in the same record', '70001,1,"2024"-01-01,"a\nb"'],
])('%s costs a few records and no more', async (name, raw) => {
  const all = [...many]
  all[70_000] = raw
  const { report } = await importing(write(`${name}.csv`, lines(all)), { source: plainCsv })
  expect(report.error).toBeNull()
  expect(report.rowsRead).toBe(report.rowsWritten + report.rowsRejected)
  expect(report.rowsRejected).toBeGreaterThan(0)
  expect(report.rowsRejected).toBeLessThan(10)
  expect(told(report)[0]?.line).toBe(70_002)
})

it.each([
  ['another quote and delimiter', 'odd.csv', { quote: "'", delimiter: ';' }, 'utf-8'],
  ['UTF-16', 'wide.csv', {}, 'utf-16le'],
] as const)('a file that is normalised (%s)', async (_, name, layout, encoding) => {
  const made = badFile(20_000, { ...layout, spanEvery: 13, kinds: readable })
  const bytes = encoding === 'utf-8' ? Buffer.from(made.text) : Buffer.from(`\ufeff${made.text}`, 'utf16le')
  const { report } = await importing(write(name, bytes))
  expect(report).toMatchObject({ error: null, rowsRead: 20_000, rowsRejected: 200 })
  const at = ({
    line,
    column,
    raw,
  }: {
    line: number
    column: string | null | undefined
    raw: string | undefined
  }) => [line, column ?? '', raw]
  expect(told(report).map(at)).toEqual(made.bad.map(at))
  const own = kept(report, 'records')
  const records =
    `id,qty,day,note\n`.replaceAll(',', 'delimiter' in layout ? layout.delimiter : ',') +
    made.bad.map(({ raw }) => `${raw}\n`).join('')
  expect(own.toString(encoding === 'utf-8' ? 'utf8' : 'utf16le').replace(/^\ufeff/, '')).toBe(records)
})

it('keeps them for their owner only, and leaves no tables', async () => {
  const { report } = await importing(write('private.csv', badFile(1000).text))
  expect(report.rejectsFile).toBe(join(folder, 'data/rejects', report.runId, 'report.csv'))
  expect(statSync(join(folder, 'data/rejects', report.runId)).mode & 0o777).toBe(0o700)
  expect(statSync(report.rejectsFile ?? '').mode & 0o777).toBe(0o600)
  await using embedded = await surroundings.server('embedded')
  const left = await embedded.rows("SELECT name FROM system.tables WHERE name LIKE '\\\\_\\\\_flathouse%'")
  expect(left).toEqual([])
  expect(readdirSync(join(folder, 'data/mounts'))).toEqual([])
  expect(readdirSync(join(folder, 'data/rejects')).filter((name) => !/^[0-9a-f-]{36}$/.test(name))).toEqual(
    [],
  )
})
