import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkSettings } from '../../src/core/schema/index.ts'
import { fileSink, literal, writeSettings } from '../../src/core/sql/index.ts'
import { allFit, checkedReader, checkedSelect } from '../../src/core/transfer/index.ts'
import type { Dialect } from '../../src/shared/index.ts'
import { NULL, startChecked, tsv } from './checked-support.ts'

let server: Awaited<ReturnType<typeof startChecked>>
beforeAll(async () => {
  server = await startChecked()
})
afterAll(() => server.stop())

const unix: Dialect = { ...tsv, nullTokens: [NULL] }
const windows: Dialect = { ...unix, lineTerminator: '\r\n' }

function readerOf(path: string, dialect: Dialect, columns: { name: string; type: string }[], utf8 = true) {
  const names = columns.map(({ name }) => name)
  const file = { label: path, mountPath: path, compression: 'none' as const, dialect, names }
  const wanted = columns.map(({ name, type }, index) => ({ index, source: name, target: name, type }))
  const reading = { by: 'clickhouse' as const, reason: null }
  return checkedReader({ ...file, skip: 0, utf8, reading, warnings: [] }, wanted, 'UTC')
}

/** A text of 0 to 6 pieces that are easily mistaken, another one for every row and salt. */
function hostileText(salt: number, pieces: string[]): string {
  const picked = (i: string) => `cityHash64(number, ${i}, ${salt}) % ${pieces.length} + 1`
  const list = pieces.map(literal).join(', ')
  return `arrayStringConcat(arrayMap(i -> [${list}][${picked('i')}], range(cityHash64(number, ${salt}) % 7)))`
}

const checksum = async (from: string, settings: Record<string, string | number>) =>
  (await server.query(`SELECT count(), sum(cityHash64(tuple(*))) FROM ${from}`, settings)).trim()

describe.each([
  ['LF', unix],
  ['CRLF', windows],
])('a TSV of hostile texts with %s', (name, dialect) => {
  const pieces = [
    '\\',
    "'",
    ',',
    '\t',
    '\n',
    '\r',
    '\0',
    '\b',
    '\f',
    'n',
    't',
    'N',
    '0',
    'x',
    'NULL',
    ' ',
    'é',
  ]
  const text = (salt: number) => hostileText(salt, pieces)
  const nested: [string, string, string][] = [
    ['v', 'Array(Nullable(String))', `[${text(1)}, NULL, ${text(2)}]`],
    ['m', 'Map(String, Decimal(9, 2))', `map(${text(3)}, number / 4)`],
    ['t', 'Tuple(a UInt32, b LowCardinality(String))', `(number, ${text(4)})`],
    ['w', 'Nested(a Int8, b String)', `[(1, ${text(5)}), (-1, ${text(6)})]`],
  ]
  const plain: [string, string, string][] = [
    ['n', 'UInt32', 'number'],
    ['s', 'String', text(7)],
    ['q', 'Nullable(String)', `if(number % 5 = 0, NULL, ${text(8)})`],
  ]

  it.each([
    ['between', [...nested.slice(0, 2), ...plain, ...nested.slice(2)]],
    ['before', [...nested, ...plain]],
    ['without', plain],
  ])('is read as by ClickHouse itself, nested columns %s plain ones', async (where, of) => {
    const columns = of.map(([column, type]) => ({ name: column, type }))
    const path = join(server.dir, `${name}-${where}.tsv`)
    const write = { path, dialect, compression: 'none' as const }
    const settings = { ...checkSettings, ...writeSettings(write) }
    const values = of.map(([column, type, sql]) => `CAST(${sql}, ${literal(type)}) AS ${column}`)
    const rows = `(SELECT ${values.join(', ')} FROM numbers(3000))`
    await server.query(`INSERT INTO FUNCTION ${fileSink(write, columns)} SELECT * FROM ${rows}`, settings)

    const expected = await checksum(rows, settings)
    const structure = columns.map((column) => `${column.name} ${column.type}`).join(', ')
    const itsOwn = `file(${[path, 'TSV', structure].map(literal).join(', ')})`
    const crlf = { input_format_tsv_crlf_end_of_line: dialect === windows ? 1 : 0 }
    expect(await checksum(itsOwn, { ...settings, ...crlf })).toBe(expected)
    const reader = readerOf(path, dialect, columns)
    expect(await checksum(`(${checkedSelect(reader)})`, reader.settings)).toBe(expected)
  })
})

it('keeps bytes that are no UTF-8 beside nested columns', async () => {
  const path = join(server.dir, 'binary.tsv')
  writeFileSync(path, Buffer.from("['\xff\\'\xe9']\t\\\\\xff\\n\xe9\\t\n", 'latin1'))
  const columns = [
    { name: 'v', type: 'Array(String)' },
    { name: 's', type: 'String' },
  ]
  const reader = readerOf(path, unix, columns, false)
  const sql = `SELECT hex(v[1]), hex(s) FROM (${checkedSelect(reader)})`
  expect(await server.query(sql, reader.settings)).toBe('FF27E9\t5CFF0AE909\n')
})

/** For every record: whether it fits, or that the reader refuses them all. */
async function fit(content: string, dialect = unix): Promise<string> {
  const path = join(server.dir, 'refused.tsv')
  writeFileSync(path, content)
  const columns = ['String', 'Array(String)', 'Nullable(String)'].map((type, n) => ({ name: `v${n}`, type }))
  const { table, settings, fields } = readerOf(path, dialect, columns)
  const sql = `SELECT ifNull(${allFit(fields)}, 0) FROM ${table} ORDER BY _row_number`
  const answer = await server.query(sql, settings).catch((error: unknown) => String(error))
  return answer.replace(/^Error: Code: (\d+)[\s\S]*/, '$1').replaceAll('\n', '')
}

const good = "a\t['b']\tc\n"
const badTsv = '27'
it.each([
  ['a line end at the end', `${good}a\t['b']\tc\\\nd\n`, badTsv],
  ['a line end in a record of lines that look complete', `${good}a\t['b']\tc\\\na\t['b']\tc\n`, '101'],
  ['a line end inside an array', `${good}a\t['b\\\nb']\tc\n`, badTsv],
  ['a tab', `${good}a\\\ta\t['b']\tc\n`, badTsv],
  ['a tab in a record that has a field too few', `${good}a\\\t['b']\tc\n`, '10'],
  ['a CR', `${good}a\t['b']\tc\\\r\n`, '10'],
  ['an x', `${good}a\\x41\t['b']\tc\n`, '10'],
  ['an x after a pair', `${good}a\\\\x41\t['b']\tc\n`, '11'],
  ['an N that is not alone', `${good}a\t['b']\tc\\N\n`, '10'],
  ['an N alone', `${good}a\t['b']\t\\N\n`, '11'],
  ['an N alone where NULL does not fit', `${good}\\N\t['b']\tc\n`, '10'],
  ['anything inside an array', `${good}a\t['b\\d']\tc\n`, '10'],
])('refuses, or reads as ClickHouse does, a backslash before %s', async (_, content, expected) => {
  expect(await fit(content)).toBe(expected)
})

describe('a TSV without escapes', () => {
  it.each([
    // A return at the end of a line belongs to the line, whatever the others end with.
    ['LF', '\n', 'x'],
    ['CRLF', '\r\n', 'x\r'],
  ] as const)('keeps backslashes with %s', async (_, lineTerminator, third) => {
    const path = join(server.dir, 'plain.tsv')
    writeFileSync(
      path,
      ['1\tC:\\temp', '2\t\\N', '3\tx\r', '4\t'].map((line) => line + lineTerminator).join(''),
    )
    const columns = [
      { name: 'n', type: 'UInt8' },
      { name: 's', type: 'Nullable(String)' },
    ]
    const reader = readerOf(path, { ...unix, escape: null, lineTerminator }, columns)
    const answer = await server.query(`${checkedSelect(reader)} ORDER BY n FORMAT TSVRaw`, reader.settings)
    expect(answer).toBe(`1\tC:\\temp\n2\t\\N\n3\t${third}\n4\t\n`)
  })
})
