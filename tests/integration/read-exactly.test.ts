import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Server } from '../../src/clickhouse/index.ts'
import { openSurroundings } from '../../src/main/open.ts'
import { preview, runTransfer, type Surroundings } from '../../src/runs/index.ts'
import {
  previewRequestSchema,
  transferSchema,
  type Dialect,
  type DialectChoice,
  type Encoding,
  type Report,
} from '../../src/shared/index.ts'
import { parse } from '../corpus/parse.ts'
import { password } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'

/** Files that ClickHouse's readers would take for others, without a word. */

const folder = mkdtempSync(join(tmpdir(), 'flathouse-exactly-'))
let surroundings: Surroundings & AsyncDisposable
let embedded: Server

beforeAll(async () => {
  surroundings = await openSurroundings({ dataDir: join(folder, 'data'), password }, {})
  embedded = await surroundings.server('embedded')
})
afterAll(async () => {
  await embedded[Symbol.asyncDispose]()
  await surroundings[Symbol.asyncDispose]()
  removeFolder(folder)
})

let count = 0
const own = () => {
  const path = join(folder, String(++count))
  mkdirSync(path)
  return path
}

interface Given {
  dialect?: DialectChoice
  encoding?: Encoding
  /** The source, when it is not the first file. */
  pattern?: string
}

const run = (transfer: object): Promise<Report> =>
  runTransfer(transferSchema.parse(transfer), surroundings, {
    signal: new AbortController().signal,
    onEvent: () => undefined,
  })

/** Moves the files by name into a table of texts, and gives its rows in their order. */
async function rowsOf(files: Record<string, string>, { pattern, ...given }: Given = {}, more: object = {}) {
  const place = own()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text)
  const source = { kind: 'file', path: join(place, pattern ?? Object.keys(files)[0] ?? ''), ...given }
  const target = { kind: 'table', server: 'embedded', table: `t${count}` }
  const report = await run({ direction: 'import', source, target, ...more })
  expect(report.error).toBeNull()
  const rows = await embedded.rows<Record<string, unknown>>(
    `SELECT * FROM t${count} ORDER BY ALL SETTINGS output_format_json_quote_64bit_integers = 0`,
  )
  expect(report.rowsRead).toBe(rows.length)
  return rows.map((row) => Object.values(row))
}

/** The texts of a file, its names first, as a conversion to plain CSV gives them. */
async function textsOf(path: string, dialect: DialectChoice): Promise<string[][]> {
  const target = { kind: 'file', path: join(own(), 'out.csv') }
  const source = { kind: 'file', path, dialect }
  expect((await run({ direction: 'convert', source, target })).error).toBeNull()
  return parse(readFileSync(target.path, 'utf8'), csv)
}

const csv: Dialect = {
  ...{ delimiter: ',', quote: '"', escape: 'double', lineTerminator: '\n' },
  ...{ header: true, skipLines: 0, nullTokens: [] },
}

const three = [
  [1, 'x'],
  [2, 'y'],
  [3, 'z'],
]

describe('above the records', () => {
  it.each<[string, string, string]>([
    ['a name with a line break', 'csv', '"a\nb",c\n1,x\n2,y\n3,z\n'],
    ['in CRLF', 'csv', '"a\r\nb",c\r\n1,x\r\n2,y\r\n3,z\r\n'],
    ['in CR', 'csv', '"a\rb",c\r1,x\r2,y\r3,z\r'],
    ['behind a byte order mark', 'csv', '\ufeff"a\nb",c\n1,x\n2,y\n3,z\n'],
    ['with a delimiter behind a byte order mark', 'csv', '\ufeff",",id\n1,x\n2,y\n3,z\n'],
    ['with a delimiter behind a blank', 'csv', 'id, ","\n1,x\n2,y\n3,z\n'],
    ['behind a blank', 'csv', ' "a\nb",c\n1,x\n2,y\n3,z\n'],
    ['a line break that is escaped', 'tsv', 'a\\nb\tc\n1\tx\n2\ty\n3\tz\n'],
    ['a title with an open quote', 'csv', '"Unfinished title\n\nid,name\n1,x\n2,y\n3,z\n'],
    ['a title of two lines', 'csv', '"Report for\n2024 and more"\nid,name\n1,x\n2,y\n3,z\n'],
    ['a title that begins in quotes', 'csv', '"Title" by me\nid,name\n1,x\n2,y\n3,z\n'],
    ['a backslash at the end of a line', 'tsv', 'C:\\data\\\nid\tname\n1\tx\n2\ty\n3\tz\n'],
  ])('%s takes no record away (.%s)', async (_, extension, text) => {
    expect(await rowsOf({ [`a.${extension}`]: text })).toEqual(three)
  })

  it('a blank line below the skipped ones does not take the header in', async () => {
    const text = 'Title\n\nid,name\n1,x\n2,y\n3,z\n'
    expect(await rowsOf({ 'a.csv': text }, { dialect: { skipLines: 1, header: true } })).toEqual(three)
  })

  it('a quote that is never closed is a fault', async () => {
    const path = join(own(), 'a.csv')
    writeFileSync(path, 'id,"size\n1,x\n2,y\n3,z\n')
    const target = { kind: 'file', path: `${path}.tsv` }
    const { error } = await run({ direction: 'convert', source: { kind: 'file', path }, target })
    expect(error).toMatchObject({ code: 'RECORD_MALFORMED', place: { line: 1 } })
  })

  it('names with line breaks keep the line of a fault, and come back from an export', async () => {
    const path = join(own(), 'a.csv')
    writeFileSync(path, '"a\nb",c\n1,x\n2,y\nbad,z\n')
    const source = { kind: 'file', path, dialect: { header: true } }
    const target = { kind: 'table', server: 'embedded', table: `t${count}` }
    const types = [{ column: 'a\nb', type: 'UInt8' }]
    const { error } = await run({ direction: 'import', source, target, types })
    expect(error).toMatchObject({ code: 'VALUE_REJECTED', place: { line: 5 } })

    await embedded.command(
      'CREATE TABLE broken (`a\nb` UInt8, `c` String) ENGINE = MergeTree ORDER BY tuple()',
    )
    await embedded.command("INSERT INTO broken VALUES (1, 'x'), (2, 'y'), (3, 'z')")
    for (const name of ['out.csv', 'out.tsv']) {
      const out = { kind: 'file', path: join(folder, `${count}`, name) }
      const table = { kind: 'table', server: 'embedded', table: 'broken' }
      const report = await run({ direction: 'export', source: table, target: out, verify: 'checksum' })
      expect(report).toMatchObject({ error: null, verification: { passed: true } })
      expect(await rowsOf({ [name]: readFileSync(out.path, 'utf8') })).toEqual(three)
    }
  })
})

describe('a byte order mark', () => {
  it.each<[string, Record<string, string>, Given]>([
    ['of CSV', { 'a.csv': '\ufeff1,x\n2,y\n3,z\n' }, {}],
    ['of TSV', { 'a.tsv': '\ufeff1\tx\n2\ty\n3\tz\n' }, {}],
    ['of CSV that is called UTF-8', { 'a.csv': '\ufeff1,x\n2,y\n3,z\n' }, { encoding: 'utf-8' }],
    ['before a quote', { 'a.csv': '\ufeff"1",x\n2,y\n3,z\n' }, {}],
    ['of each file', { 'a.csv': '\ufeff1,x\n', 'b.csv': '\ufeff2,y\n3,z\n' }, { pattern: '*.csv' }],
    [
      'of the last file',
      { 'a.csv': '1,x\n', 'b.csv': '2,y\n', 'c.csv': '\ufeff3,z\n' },
      { pattern: '*.csv' },
    ],
    ['above which lines are skipped', { 'a.csv': '\ufeffid,name\n1,x\n2,y\n3,z\n' }, {}],
  ])('%s is no part of a value', async (_, files, given) => {
    const header = Object.values(files).every((text) => text.includes('id'))
    expect(await rowsOf(files, { ...given, dialect: { header } })).toEqual(three)
  })
})

describe('lines that end with LF and CRLF', () => {
  const tsv = { delimiter: '\t', quote: null }
  it.each<[string, Record<string, string>, Given]>([
    ['in TSV', { 'a.tsv': 'id\tname\n1\tx\n2\ty\r\n3\tz\n' }, {}],
    ['in TSV, mostly CRLF', { 'a.tsv': 'id\tname\r\n1\tx\r\n2\ty\n3\tz\r\n' }, {}],
    [
      'in TSV without escapes',
      { 'a.tsv': 'id\tname\n1\tx\n2\ty\r\n3\tz\n' },
      { dialect: { ...tsv, escape: null } },
    ],
    ['in CSV', { 'a.csv': 'id,name\n1,x\n2,y\r\n3,z\n' }, {}],
    ['in a file each', { 'a.tsv': '1\tx\n2\ty\n', 'b.tsv': '3\tz\r\n' }, { pattern: '*.tsv' }],
  ])('%s are the same', async (_, files, given) => {
    const header = Object.values(files).every((text) => text.includes('id'))
    expect(await rowsOf(files, { ...given, dialect: { ...given.dialect, header } })).toEqual(three)
  })

  it('far below the first lines, too, and a return that is escaped stays', async () => {
    const text = `id\tname\n${'7\tlong enough\n'.repeat(120_000)}1\tx\\r\r\n`
    const rows = await rowsOf({ 'a.tsv': text })
    expect([rows.length, rows[0]]).toEqual([120_001, [1, 'x\r']])
  })
})

describe('a column that is alone', () => {
  const cells = ["'x'", "''", "'y'", "''", "''"]
  const expected = [['s'], ['x'], [''], ['y'], [''], ['']]
  const exported = async (type: string, values: string[], name: string, dialect: DialectChoice = {}) => {
    const path = join(own(), name)
    await embedded.command(`CREATE TABLE alone${count} (s ${type}) ENGINE = MergeTree ORDER BY tuple()`)
    await embedded.command(
      `INSERT INTO alone${count} VALUES ${values.map((value) => `(${value})`).join(', ')}`,
    )
    const source = { kind: 'table', server: 'embedded', table: `alone${count}` }
    const target = { kind: 'file', path, dialect }
    return { path, ...(await run({ direction: 'export', source, target, verify: 'checksum' })) }
  }

  it('keeps its empty texts, at its end, too', async () => {
    const { path, error } = await exported('String', cells, 'a.csv')
    expect(error).toBeNull()
    expect(await textsOf(path, { header: true })).toEqual(expected)
    writeFileSync(path, '""\n"x"\n""\n')
    expect(await textsOf(path, { header: false })).toEqual([['c1'], [''], ['x'], ['']])
  })

  it.each<[string, string, string[], string, DialectChoice, string]>([
    ['an empty text in TSV', 'String', cells, 'a.tsv', {}, 'it is empty'],
    ['an empty name of an enum', "Enum8('' = 1, 'x' = 2)", cells.slice(0, 2), 'a.tsv', {}, 'it is empty'],
    [
      'NULL as nothing',
      'Nullable(Int32)',
      ['1', 'NULL', 'NULL'],
      'a.csv',
      { nullTokens: [''] },
      'it is NULL',
    ],
  ])('is not written with blank lines: %s', async (_, type, values, name, dialect, reason) => {
    const { error } = await exported(type, values, name, dialect)
    expect(error).toMatchObject({ code: 'VALUE_UNWRITABLE', place: { column: 's' } })
    expect(error?.message).toContain(`in row 2 cannot be written`)
    expect(error?.message).toContain(`${reason}, which`)
  })

  it.each<[string, string[], string, DialectChoice]>([
    ['String', ["'x'", "'y'"], 'a.tsv', {}],
    ['Nullable(Int32)', ['1', 'NULL', 'NULL'], 'a.tsv.xz', {}],
    ['Nullable(String)', ["'x'", 'NULL', "''"], 'a.csv', { nullTokens: ['NULL'] }],
    ['String', cells, 'a.tsv', { quote: '"' }],
  ])('is written in any other case: %s %j in %s', async (type, values, name, dialect) => {
    const report = await exported(type, values, name, dialect)
    expect(report).toMatchObject({ error: null, verification: { passed: true } })
  })
})

describe('a conversion that keeps texts', () => {
  const converted = async (text: string, name: string, dialect: DialectChoice) => {
    const path = join(own(), name)
    writeFileSync(path, text)
    const target = { kind: 'file', path: join(folder, `${count}`, 'out.csv'), dialect: { nullTokens: ['-'] } }
    const report = await run({ direction: 'convert', source: { kind: 'file', path, dialect }, target })
    expect(report.error).toBeNull()
    return readFileSync(target.path, 'utf8')
  }

  it('takes what a person calls NULL for it, and fields that are missing', async () => {
    const text = 'a,b,c\nNA,1\nx,,"NA"\ny\n?,"?",\\N\n'
    const layout: DialectChoice = { ragged: true, header: true }
    expect(await converted(text, 'a.csv', { ...layout, nullTokens: ['NA'] })).toBe(
      '"a","b","c"\n-,"1",-\n"x","","NA"\n"y",-,-\n"?","?","\\N"\n',
    )
    expect(await converted(text, 'a.csv', { ...layout, nullTokens: ['NA', '?', ''] })).toBe(
      '"a","b","c"\n-,"1",-\n"x",-,"NA"\n"y",-,-\n-,-,"\\N"\n',
    )
    expect(await converted(text, 'a.csv', layout)).toBe(
      '"a","b","c"\n"NA","1",-\n"x","","NA"\n"y",-,-\n"?","?",-\n',
    )
  })

  it('is shown so before', async () => {
    const path = join(own(), 'a.csv')
    writeFileSync(path, 'a,b\n1,\nNA,\\N\n')
    const shown = (dialect: DialectChoice) =>
      preview(
        previewRequestSchema.parse({ source: { kind: 'file', path, dialect }, asTexts: true }),
        surroundings,
        new AbortController().signal,
      )
    expect((await shown({ header: true })).rows).toEqual([
      ['1', ''],
      ['NA', null],
    ])
    expect((await shown({ header: true, nullTokens: ['NA', ''] })).rows).toEqual([
      ['1', null],
      [null, '\\N'],
    ])
  })

  it('does so in TSV, where nothing is quoted', async () => {
    const text = 'a\tb\n\t1\nx\tNA\n'
    expect(await converted(text, 'a.tsv', { header: true, nullTokens: ['', 'NA'] })).toBe(
      '"a","b"\n-,"1"\n"x",-\n',
    )
  })
})

it('any table is read as it was written, by the server or by us', async () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab1 ,;"\n\t\\\''.split('')), maxLength: 6 })
  const tables = fc.integer({ min: 1, max: 3 }).chain((width) => {
    const record = fc.array(text, { minLength: width, maxLength: width })
    const names = fc.uniqueArray(text, { minLength: width, maxLength: width })
    return fc.tuple(names, fc.array(record, { minLength: 1, maxLength: 5 }))
  })
  const layout = fc.record({
    lineTerminator: fc.constantFrom('\n' as const, '\r\n' as const),
    isMarked: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(tables, layout, async ([names, records], { lineTerminator, isMarked }) => {
      const path = join(own(), 'a.csv')
      const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`
      const lines = [names, ...records].map((record) => record.map(quoted).join(',') + lineTerminator)
      writeFileSync(path, (isMarked ? '\ufeff' : '') + lines.join(''))
      const dialect = { delimiter: ',', quote: '"', escape: 'double' as const, header: true, skipLines: 0 }
      const [found, ...rest] = await textsOf(path, dialect)
      expect(found).toEqual(names.map((name, n) => name || `c${n + 1}`))
      expect(rest).toEqual(records)
    }),
    { numRuns: 30 },
  )
}, 300_000)

it('blank lines in any file of a pattern are no records', async () => {
  const files = { 'a.csv': 'id,name\n1,x\n', 'b.csv': 'id,name\n2,y\n\n3,z\n' }
  expect(await rowsOf(files, { pattern: '*.csv' })).toEqual(three)
})
