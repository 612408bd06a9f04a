import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sniff } from '../../src/core/dialect/index.ts'
import { literal } from '../../src/core/sql/index.ts'
import { csv, tsv } from './checked-support.ts'
import { columnsOf, startInference, type Inference } from './infer-support.ts'

let inference: Inference
beforeAll(async () => {
  inference = await startInference()
})
afterAll(() => inference.stop())

const uuid = '61f0c404-5cb3-11e7-907b-a6006ad3dba0'
const day = '2024-02-29'

/** The fields as they stand in the file, and the type of the column. */
const oneEach: readonly (readonly [type: string, fields: string[], min?: string, max?: string])[] = [
  ['UInt8', ['0', '255'], '0', '255'],
  ['UInt16', ['10', '9', '256'], '9', '256'],
  ['UInt32', ['65536']],
  ['UInt64', ['4294967296', '9223372036854775808'], '4294967296', '9223372036854775808'],
  ['UInt128', ['18446744073709551616']],
  ['UInt256', [String(2n ** 256n - 1n), '5'], '5', String(2n ** 256n - 1n)],
  ['String', [String(2n ** 256n)]],
  ['String', [String(2n ** 255n), '-1']],
  ['Int8', ['-128', '127'], '-128', '127'],
  ['Int16', ['-1', '128']],
  ['Int32', ['-32769']],
  ['Int64', ['-9223372036854775808', '9223372036854775807']],
  ['Int128', ['-9223372036854775809', '3'], '-9223372036854775809', '3'],
  ['Int256', [String(-(2n ** 127n) - 1n)]],
  ['Float64', ['1.5', '2', '-0', '10', '9'], '-0', '10'],
  ['Float64', ['.5', '1e300', 'nan', '-inf', '1000000000000000000'], '0.5', '1e300'],
  ['String', ['1.5', '9007199254740993']],
  ['String', ['1.5', '1e400']],
  ['String', ['nan', 'inf']],
  ['Date', [day, '1970-01-01', '2149-06-06'], '1970-01-01', '2149-06-06'],
  ['Date32', [day, '1969-12-31'], '1969-12-31', day],
  ['String', [day, '2023-02-29']],
  ['String', [day, `${day} 00:00:00`]],
  ['DateTime', [`${day} 12:00:00`, '1970-01-01 00:00:00'], '1970-01-01 00:00:00', `${day} 12:00:00`],
  ['DateTime', [`${day}T12:00:00Z`, `${day} 12:00:00+02:00`, `${day}T12:00:00.000-0330`]],
  ['DateTime', [`${day} 12:00:00.000000`]],
  ['DateTime64(3)', [`${day} 12:00:00`, `${day} 12:00:00.5`]],
  ['DateTime64(3)', [`${day} 12:00:00`, '2200-01-01 00:00:00']],
  ['DateTime64(3)', [`${day}T12:00:00.123Z`]],
  ['DateTime64(6)', [`${day} 12:00:00.1234`, '9999-12-31 23:59:59']],
  ['DateTime64(9)', [`${day} 12:00:00.1234567`]],
  ['String', [`${day} 12:00:00.1234567`, '9999-12-31 23:59:59']],
  ['String', [`${day} 12:00:00.1234567891`]],
  ['String', [`${day} 12:00:00.`]],
  ['String', [`${day} 24:00:00`]],
  ['Bool', ['true', 'FALSE']],
  ['String', ['true', 'yes']],
  ['UUID', [uuid, uuid.toUpperCase()]],
  ['String', [uuid.replaceAll('-', '')]],
  ['IPv4', ['9.0.0.1', '10.0.0.1'], '9.0.0.1', '10.0.0.1'],
  ['IPv6', ['::1', '2001:DB8::1'], '::1', '2001:db8::1'],
  ['String', ['::1', '10.0.0.1']],
  ['String', ['007', '8']],
  ['String', ['0.5', '007.5']],
  ['String', ['+49301234', '5']],
  ['String', [' 5', '6']],
  ['String', ['5 ', '6']],
  ['String', [`${day} `]],
  ['String', ['Zürich', 'Aa'], 'Aa', 'Zürich'],
]

it.each(oneEach.map(([type, fields, ...ends]) => ({ type, fields, ends })))(
  '$type: $fields',
  async (given) => {
    const { type, fields, ends } = given
    const [column] = await inference.profile({ columns: [fields] })
    expect(column).toMatchObject({ type, nullable: false, records: fields.length, nulls: 0, empties: 0 })
    expect(column?.longest).toBe(Math.max(...fields.map((field) => field.length)))
    if (ends.length > 0) expect([column?.min, column?.max]).toEqual(ends)
    expect(await inference.refused({ columns: [fields] }, [type])).toEqual([0])
  },
)

it('looks at the whole file, not at the sample', async () => {
  const ends = ['300', '1.5', 'x', '1950-01-01', '2024-01-01 00:00:00.5', '', '\\N']
  const starts = ['1', '1', '1', day, `${day} 00:00:00`, '1', '1']
  const columns = starts.map((start, n) => [...Array<string>(2000).fill(start), ends[n] ?? ''])
  const profile = await inference.profile({ columns, sampleSize: 100 })
  const types = ['UInt16', 'Float64', 'LowCardinality(String)', 'Date32', 'DateTime64(3)']
  expect(profile.map(({ type }) => type)).toEqual([...types, 'Nullable(UInt8)', 'Nullable(UInt8)'])
})

it('does not look for a type that the sample rules out', async () => {
  const [column] = await inference.profile({ columns: [['x', '1', '2']], sampleSize: 1 })
  expect(column?.type).toBe('String')
})

describe('NULL and empty', () => {
  const nullTokens = ['', '\\N', 'NA', '-999']
  it.each([
    [csv, ['1', '', '""'], 'Nullable(UInt8)', 0, 2],
    [csv, ['1', '\\N', 'NA', '-999', ''], 'Nullable(UInt8)', 3, 1],
    [csv, ['x', '', '""'], 'String', 0, 2],
    [csv, ['x', '\\N', ''], 'Nullable(String)', 1, 1],
    [csv, ['x', '"\\N"', ''], 'String', 0, 1],
    [csv, ['1', '"\\N"'], 'String', 0, 0],
    [csv, ['', '""'], 'String', 0, 2],
    [csv, ['', '\\N'], 'Nullable(String)', 1, 1],
    [csv, ['NA', '"NA"'], 'Nullable(String)', 2, 0],
    [tsv, ['1', '\\N', 'NA', ''], 'Nullable(UInt8)', 2, 1],
    [tsv, ['x', '\\N', ''], 'Nullable(String)', 1, 1],
    [tsv, ['x', ''], 'String', 0, 1],
  ])('%o %j', async (dialect, fields, type, nulls, empties) => {
    const file = { columns: [fields, fields.map(() => '1')], dialect: { ...dialect, nullTokens }, raw: true }
    const [column] = await inference.profile(file)
    expect(column).toMatchObject({ type, nulls, empties, nullable: type.startsWith('Nullable') })
    expect(await inference.refused(file, [type, 'UInt8'])).toEqual([0, 0])
  })

  it('without null tokens, what the reader takes for one is text', async () => {
    const file = { columns: [['x', '\\N']], dialect: { ...csv, nullTokens: [''] }, raw: true }
    const [column] = await inference.profile(file)
    expect(column).toMatchObject({ type: 'String', nulls: 0 })
    expect(await inference.refused(file, ['String'])).toEqual([0])
  })
})

it('reads times in the zone they are meant in', async () => {
  const gap = ['2024-03-31 02:30:00', '2024-07-01 00:00:00']
  expect((await inference.profile({ columns: [gap] }))[0]?.type).toBe('DateTime')
  expect((await inference.profile({ columns: [gap], timezone: 'Europe/Berlin' }))[0]?.type).toBe('String')
})

it('does not mind what a column is called', async () => {
  const names = [
    "'",
    '`',
    '"',
    '\\',
    'a\nb',
    't0',
    'n0',
    'integer0',
    'source',
    '0',
    '',
    '日本',
    '{x:Int8}',
    '*',
  ]
  const columns = names.map((_, n) => [String(n), '7'])
  const profile = await inference.profile({ columns, names })
  expect(profile.map(({ name, type }) => [name, type])).toEqual(names.map((name) => [name, 'UInt8']))
  const fields = names.map((name) => name || 'e')
  const again = await inference.profile({ columns, names, fields })
  expect(again).toEqual(profile)
})

it('profiles a file of 120 columns', async () => {
  const columns = Array.from({ length: 120 }, (_, n) => [String(n), n % 2 === 0 ? 'x' : '7'])
  const profile = await inference.profile({ columns })
  expect(profile.map(({ type }) => type)).toEqual(
    columns.map(([, last]) => (last === 'x' ? 'String' : 'UInt8')),
  )
})

const sampleData = (name: string) =>
  join(createRequire(import.meta.url).resolve('vega-datasets'), '../../data', name)

/** As an import begins: the head is sniffed, then the whole file is profiled. */
async function inspect(path: string) {
  const bytes = readFileSync(path)
  const { dialect, names, sample } = sniff(
    { bytes: bytes.subarray(0, 2 ** 20), complete: false },
    { choice: {} },
  )
  expect(dialect.header).toBe(true)
  const file = { path, dialect, names, columns: columnsOf(sample), skip: 1 }
  const profile = await inference.profile(file)
  const types = profile.map(({ type }) => type)
  expect(await inference.refused(file, types)).toEqual(types.map(() => 0))
  return profile
}

it('airports.csv', async () => {
  const profile = await inspect(sampleData('airports.csv'))
  expect(profile.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'iata String',
    'name String',
    'city String',
    'state LowCardinality(String)',
    'country LowCardinality(String)',
    'latitude Float64',
    'longitude Float64',
  ])
  expect(profile[0]).toMatchObject({ records: 3376, empties: 0, longest: 4 })
  expect(profile[4]).toMatchObject({ distinct: 5, longest: 30 })
  expect(profile[5]?.min).toBe('7.367222')
})

it('zipcodes.csv keeps its leading zeros', async () => {
  const profile = await inspect(sampleData('zipcodes.csv'))
  expect(profile[0]).toMatchObject({ name: 'zip_code', type: 'String', min: '00501' })
})

it('100,000 flights', async () => {
  const path = join(inference.dir, 'flights.csv')
  const source = `file(${literal(sampleData('flights-3m.parquet'))})`
  const target = `file(${literal(path)}, 'CSVWithNames')`
  await inference.query(`INSERT INTO FUNCTION ${target} SELECT * FROM ${source} ORDER BY ALL LIMIT 100000`)
  const profile = await inspect(path)
  expect(profile.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'date DateTime',
    'delay Int16',
    'distance UInt16',
    'origin LowCardinality(String)',
    'destination LowCardinality(String)',
  ])
  expect(profile[0]).toMatchObject({ records: 100_000, nulls: 0, min: '2001-01-01 00:01:00.000000' })
})

it('a long text is cut where it is shown, and counted in characters', async () => {
  const path = join(inference.dir, 'long.csv')
  writeFileSync(path, `${'é'.repeat(70_000)}\n`)
  const [column] = await inference.profile({ path, columns: [['é']] })
  expect(column).toMatchObject({ type: 'String', longest: 70_000, min: 'é'.repeat(200) })
})
