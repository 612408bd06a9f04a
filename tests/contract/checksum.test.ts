import { afterAll, beforeAll, expect, it } from 'vitest'
import { selectSums } from '../../src/core/transfer/index.ts'
import { startServer, type TestServer } from '../support/clickhouse-server.ts'
import { everyType, nullable } from '../support/every-type.ts'

let theirs: TestServer
beforeAll(async () => {
  theirs = await startServer()
})
afterAll(() => theirs[Symbol.asyncDispose]())

async function sums(type: string, values: readonly string[], column = 'a'): Promise<string[]> {
  const quoted = `'${type.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const rows = values.map((value) => `SELECT CAST(${value}, ${quoted}) AS ${column}`).join(' UNION ALL ')
  const settings = { allow_suspicious_low_cardinality_types: 1 }
  const sql = selectSums([{ name: column, type }], `(${rows})`)
  const [row = {}] = await theirs.server.rows<Record<string, string>>(sql, { settings })
  return Object.values(row)
}

it.each([
  ...everyType,
  ...nullable.map(([type, values]) => [`Nullable(${type})`, ['NULL', ...values]] as const),
])('every value of %s has a hash of its own, in any order and by any name', async (type, values) => {
  const [rows, sum] = await sums(type, values)
  expect(rows).toBe(String(values.length))
  expect(await sums(type, values.toReversed(), 'checksum')).toEqual([rows, sum])
  const each = await Promise.all(values.map((value) => sums(type, [value])))
  expect(new Set(each.map(([, one]) => one)).size).toBe(values.length)
  const total = each.reduce((before, [, one = '']) => before + BigInt(one), 0n)
  expect(sum).toBe(String(BigInt.asUintN(64, total)))
})

const bits = "reinterpretAsFloat64(reverse(unhex('FFF8000000000001')))"

it.each([
  ['Float64', 'nan', bits],
  ['Nullable(Float64)', 'nan', bits],
  ['Float32', 'nan', '-nan'],
  ['Array(Nullable(Float64))', '[nan, NULL]', `[${bits}, NULL]`],
  ['Map(String, Float64)', "map('a', nan)", `map('a', ${bits})`],
  ['Tuple(a Float64, b Array(Tuple(Float64)))', '(nan, [tuple(nan)])', `(${bits}, [tuple(${bits})])`],
])('one NaN is like another in %s', async (type, one, other) => {
  expect(await sums(type, [one])).toEqual(await sums(type, [other]))
})

it.each([
  ['Nullable(String)', "''", 'NULL'],
  ['Nullable(Int64)', '0', 'NULL'],
  ['LowCardinality(Nullable(String))', "''", 'NULL'],
  ['Array(Nullable(Int64))', '[0]', '[NULL]'],
  ['Array(Nullable(Int64))', '[]', '[NULL]'],
  ['Map(String, Nullable(Int8))', "map('a', 0)", "map('a', NULL)"],
  ['Tuple(Nullable(Int8), Nullable(Int8))', '(0, NULL)', '(NULL, 0)'],
  ['Float64', '0.0', '-0.0'],
])('%s: %s is not %s', async (type, one, other) => {
  expect(await sums(type, [one])).not.toEqual(await sums(type, [other]))
})
