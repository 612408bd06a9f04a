import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkSettings, parseType, writtenColumn } from '../../src/core/schema/index.ts'
import { fileSink, literal, writeSettings } from '../../src/core/sql/index.ts'
import type { Dialect } from '../../src/shared/index.ts'
import { csv, NULL, quoted, startChecked, tsv } from './checked-support.ts'

let server: Awaited<ReturnType<typeof startChecked>>
beforeAll(async () => {
  server = await startChecked()
})
afterAll(() => server.stop())

const hostile = String.raw`'it\'s', 'a\',\'b', 'a,b', 'back\\slash', 'new\nline', 'tab\t', 'double"quote', '[1,(2),{3}]', ' x ', '', 'NULL', '1.5', 'é日\0'`
const uuid = '61f0c404-5cb3-11e7-907b-a6006ad3dba0'

/** A type and SQL of values that the server writes to a file and that must come back. */
const nested: [type: string, ...values: string[]][] = [
  ['Array(String)', `[${hostile}]`, '[]'],
  ['Array(Array(LowCardinality(Nullable(String))))', `[[${hostile}, NULL], []]`],
  ['Array(FixedString(3))', String.raw`['a', 'b\'\\', 'abc']`],
  ["Array(Enum8('a' = 1, 'it\\'s, \\\\' = 2))", '[1, 2]'],
  ['Array(Bool)', '[true, false]'],
  ['Array(Nullable(Date))', "['1970-01-01', '2149-06-06', NULL]"],
  ['Array(DateTime64(3))', "['1969-12-31 23:59:59.250', '2024-01-02 03:04:05']"],
  ['Map(UUID, IPv4)', `map('${uuid}', '1.2.3.4')`],
  ['Array(IPv6)', "['::1', '::ffff:1.2.3.4']"],
  ['Array(Float64)', '[1e300, nan, inf, -inf, 0.1, 1e-7, -0., 5e-324]'],
  ['Map(Int256, Float32)', 'map(-5, 1.5, 7, nan)'],
  ['Tuple(a Int8, `b c` Nullable(String))', "(1, 'x')", '(-1, NULL)'],
  ['Nullable(Tuple(a Int8, b String))', "(1, 'x,\\'y')", 'NULL'],
  ['Array(Tuple(a Nullable(UInt64), b Map(String, Array(Date))))', "[(NULL, map('k,\\'', ['2024-02-29']))]"],
  ['Nested(a Int8, `b c` Array(String))', `[(1, [${hostile}]), (-1, [])]`, '[]'],
  ["Array(Enum16('tab\\t' = 1))", '[1]'],
  ['Point', '(1.5, -2)'],
  ['MultiPolygon', '[[[(1, 2.5), (3, 4)]]]'],
  ['Array(Decimal(9, 2))', '[1.5, 2, -0.05, 9999999.99]', '[]'],
  ['Array(Nullable(Decimal(76, 40)))', `[NULL, '-0.${'1'.repeat(40)}', '${'9'.repeat(36)}']`],
  ['Map(String, Decimal64(4))', String.raw`map('1.5', '-3.25', 'it\'s, \\', 0)`],
  ['Map(Decimal(5, 1), Bool)', 'map(1.5, true, 2, false)'],
  ['Tuple(Decimal(38, 10), String)', String.raw`('1.0000000001', '2,\'3\n')`],
  ['Array(Array(Decimal32(2)))', '[[1.25], []]'],
  [
    'Tuple(`a b` Decimal(9, 2), n Nested(d Decimal(9, 2), e LowCardinality(Nullable(Int8))), f DateTime)',
    "(1.5, [(2.25, NULL), (3, -1)], '2024-01-01 00:00:00')",
  ],
  [
    'Array(Tuple(Float64, BFloat16, UInt256, Nullable(Bool), Decimal(9, 2)))',
    `[(nan, 1.5, '${2n ** 256n - 1n}', NULL, 1), (-inf, -2, 0, true, 1.5)]`,
  ],
  ['Map(LowCardinality(String), Array(Nullable(Tuple(d Decimal(9, 2)))))', "map('a', [NULL, tuple(1.5)])"],
]

describe.each<[string, Dialect]>([
  ['CSV', csv],
  ['TSV', tsv],
])('%s that an export wrote', (name, dialect) => {
  it.each(nested)('gives %s back', async (type, ...values) => {
    const path = join(server.dir, `${name}-${nested.findIndex(([other]) => other === type)}.txt`)
    const write = { path, dialect, compression: 'none' as const }
    const rows = values.map((value, n) => `SELECT ${n} AS n, CAST(${value}, ${literal(type)}) AS v`)
    const settings = { ...writeSettings(write), ...checkSettings }
    const written = writtenColumn('v', parseType(type), 'UTC', {})
    const columns = [
      { name: 'n', type: 'UInt32' },
      { name: 'v', type: written.type },
    ]
    const from = `(${rows.join(' UNION ALL ')})`
    await server.query(
      `INSERT INTO FUNCTION ${fileSink(write, columns)} SELECT n, ${written.sql} FROM ${from}`,
      settings,
    )
    const printed = `SELECT n, ifNull(toString(v), ${literal(NULL)}) FROM ${from}`
    const expected = JSON.parse(await server.query(`${printed} ORDER BY n FORMAT JSONCompact`, settings)) as {
      data: unknown
    }
    expect(await server.readFile({ type, dialect }, path)).toEqual(expected.data)
    const structure = `n UInt32, v ${type}`
    const itsOwn = `file(${[path, name, structure].map(literal).join(', ')})`
    const read = await server.query(
      `SELECT n, ifNull(toString(v), ${literal(NULL)}) FROM ${itsOwn} ORDER BY n FORMAT JSONCompact`,
      { ...settings, input_format_csv_deserialize_separate_columns_into_tuple: 0 },
    )
    expect(JSON.parse(read)).toMatchObject({ data: expected.data })
  })
})

it('looks at every number inside a nested value that holds a Decimal', async () => {
  const type = 'Array(Tuple(Decimal(5, 2), UInt8, Date, String))'
  const good = "(1.25,255,'2024-02-29','x')"
  const bad = ['1.255', '1000000', "'1.25'", 'NULL', 'x'].map((text) => good.replace('1.25', text))
  bad.push(
    good.replace('255', '256'),
    good.replace('-29', '-30'),
    `${good},`,
    `${good} ${good}`,
    "(1.25,255,'x')",
  )
  const texts = [good, ...bad].map((tuple) => quoted(`[${tuple}]`))
  const answers = await server.readFields({ type }, texts)
  expect(answers).toEqual(texts.map((_, n) => [n, n === 0 ? `[${good}]` : null]))
})

it('refuses bytes that are no UTF-8 in text, inside arrays too', async () => {
  const bytes = (text: string) => Buffer.from(text, 'latin1')
  for (const [type, fields] of [
    ['String', ['"caf\xe9"', '"ok"', '"caf\xc3\xa9"']],
    ['Array(String)', [`"['caf\xe9']"`, `"['ok']"`, `"['caf\xc3\xa9']"`]],
    ['Array(Tuple(String, Decimal(9, 2)))', [`"[('caf\xe9',1)]"`, `"[('ok',1)]"`, `"[('caf\xc3\xa9',1)]"`]],
  ] as const) {
    const taken = fields.map((text) => Buffer.from(text.replaceAll('"', ''), 'latin1').toString())
    const answers = await server.readFields({ type }, fields.map(bytes))
    expect(answers, type).toEqual(taken.map((text, n) => [n, n === 0 ? null : text]))
  }
})

describe('NULL', () => {
  const tokens = (dialect: Dialect, ...nullTokens: string[]): Dialect => ({ ...dialect, nullTokens })
  const enumOf = String.raw`Enum8('\\N' = 1, '' = 2, 'a' = 3)`
  const cases: [type: string, dialect: Dialect, fields: string[], expected: (string | null)[]][] = [
    ['Int8', csv, ['1', NULL, '', '""', '"1"'], ['1', null, null, null, '1']],
    ['Nullable(Int8)', csv, ['1', NULL, '', '""', 'x', '"x"'], ['1', NULL, NULL, NULL, null, null]],
    ['Nullable(Float64)', csv, ['0', '-0', NULL, '', 'nan', '1e400'], ['0', '-0', NULL, NULL, 'nan', null]],
    [
      'Nullable(DateTime)',
      csv,
      [NULL, '', '1970-01-01T00:00:00Z', 'x'],
      [NULL, NULL, '1970-01-01 00:00:00', null],
    ],
    ['Nullable(Int8)', tokens(csv, 'NULL', '-1'), ['1', '-1', 'NULL', '"NULL"'], ['1', NULL, NULL, null]],
    ['Nullable(Float64)', tokens(csv, 'nan'), ['1', 'nan', '"nan"', ''], ['1', NULL, 'nan', NULL]],
    ['Float64', tokens(csv, 'nan'), ['1', 'nan', '"nan"', ''], ['1', null, 'nan', null]],
    ['String', csv, ['', '""', 'x', NULL], ['', '', 'x', NULL]],
    ['Nullable(String)', csv, ['""', 'x', NULL, quoted(NULL)], ['', 'x', NULL, NULL]],
    [enumOf, csv, [quoted(NULL), '""', 'a', NULL], [NULL, '', 'a', null]],
    ['Int8', tsv, ['1', NULL, ''], ['1', null, null]],
    ['Nullable(Int8)', tsv, ['1', NULL, '', 'x'], ['1', NULL, NULL, null]],
    ['Nullable(DateTime)', tsv, [NULL, '', 'x'], [NULL, NULL, null]],
  ]
  it.each(cases)('%s with %o', async (type, dialect, fields, expected) => {
    const answers = await server.readFields({ type, dialect }, fields)
    expect(answers.map(([, value]) => value)).toEqual(expected)
  })
})
