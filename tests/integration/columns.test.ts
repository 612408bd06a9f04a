import { appendFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { inspectFile, preview, runTransfer, viewPlan, type Surroundings } from '../../src/runs/index.ts'
import { previewRequestSchema, transferSchema, type FileEnd } from '../../src/shared/index.ts'
import { House } from '../support/cli.ts'
import { errorOf, password } from '../support/clickhouse-server.ts'

let house: House
let surroundings: Surroundings & AsyncDisposable
const { signal } = new AbortController()

beforeAll(async () => {
  house = new House()
  surroundings = await openSurroundings({ dataDir: house.data, password }, {})
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await house[Symbol.asyncDispose]()
})

const end = (file: string): FileEnd => ({ kind: 'file', path: house.path(file), dialect: {} })

const importing = (file: string, table: string, more: object = {}) => {
  const transfer = transferSchema.parse({
    ...{ direction: 'import', source: end(file) },
    ...{ target: { kind: 'table', server: 'embedded', table }, ...more },
  })
  if (transfer.direction !== 'import') throw new Error('no import')
  return transfer
}
const run = (file: string, table: string, more: object = {}) =>
  runTransfer(importing(file, table, more), surroundings, { signal, onEvent: () => undefined })

async function ask(sql: string) {
  await using server = await surroundings.server('embedded')
  return await server.rows<Record<string, unknown>>(sql)
}
const typesOf = async (table: string) =>
  (await ask(`DESCRIBE TABLE ${table}`)).map(({ name, type }) => `${String(name)} ${String(type)}`)

const inspect = (file: string, choice?: Parameters<typeof inspectFile>[3]) =>
  inspectFile(end(file), surroundings, { signal, onProgress: () => undefined }, choice)

describe('types from the whole file', () => {
  it('are right at the first try when only the last line of 55 MB is no integer', async () => {
    const records = 1_600_000
    const lines = Array.from(
      { length: 100_000 },
      (_, n) => `${n},${n % 7},2024-01-01 00:00:${10 + (n % 50)}\n`,
    ).join('')
    const path = house.path(house.write('late.csv', 'id,kind,at\n'))
    for (let n = 0; n < records; n += 100_000) appendFileSync(path, lines)
    appendFileSync(path, 'last,-1,2300-01-01 00:00:00.5\n')
    const report = await run('late.csv', 'late')
    expect(report).toMatchObject({ status: 'completed', rowsRead: records + 1, rowsWritten: records + 1 })
    expect(await typesOf('late')).toEqual(['id String', 'kind Int8', 'at DateTime64(3)'])
    const { columns } = await inspect('late.csv')
    expect(columns[0]?.notes[0]).toBe(
      `${records} of ${records + 1} values are integers, but not "last": the column stays text`,
    )
  }, 120_000)

  it('leave numbers with decimals alone that no float would keep', async () => {
    house.write('long.csv', 'id,amount,price\n1,123456789012345678.25,0.30000000000000004\n2,1.5,2.25\n')
    await run('long.csv', 'long')
    expect(await typesOf('long')).toEqual(['id UInt8', 'amount String', 'price Float64'])
  })
})

const messy =
  'day,amount,zip,state,at\n' +
  '31/01/2024,"1.234,50",00501,NA,1700000000\n' +
  '01/02/2024,"7,25",10001,3,1700000001\n' +
  '02/02/2024,-,20001,-,1700000002\n'

describe('layouts and NULL tokens that the file shows', () => {
  it('make a new table and its values', async () => {
    house.write('messy.csv', messy)
    const report = await run('messy.csv', 'messy')
    expect(report).toMatchObject({ status: 'completed', rowsWritten: 3 })
    expect(await typesOf('messy')).toEqual([
      'day Date',
      'amount Nullable(Float64)',
      'zip String',
      'state Nullable(UInt8)',
      'at DateTime',
    ])
    expect(await ask('SELECT * FROM messy ORDER BY day')).toEqual([
      { day: '2024-01-31', amount: 1234.5, zip: '00501', state: null, at: '2023-11-14 22:13:20' },
      { day: '2024-02-01', amount: 7.25, zip: '10001', state: 3, at: '2023-11-14 22:13:21' },
      { day: '2024-02-02', amount: null, zip: '20001', state: null, at: '2023-11-14 22:13:22' },
    ])
  })

  it('are told by inspection, preview and plan', async () => {
    house.write('messy.csv', messy)
    const { columns, suggestion } = await inspect('messy.csv')
    expect(columns.map(({ name, layout }) => [name, layout])).toEqual([
      ['day', 'DD/MM/YYYY'],
      ['amount', '1.234,5'],
      ['zip', null],
      ['state', null],
      ['at', 'epoch'],
    ])
    expect(columns[2]?.notes[0]).toContain('leading zeros')
    expect(columns[3]?.nullTokens).toEqual(
      expect.arrayContaining([
        { token: 'NA', count: 1 },
        { token: '-', count: 1 },
      ]),
    )
    expect(suggestion?.orderBy).toEqual(['day'])
    const shown = await preview(
      previewRequestSchema.parse({ source: end('messy.csv') }),
      surroundings,
      signal,
    )
    expect(shown.columns.map(({ layout }) => layout)).toEqual(['DD/MM/YYYY', '1.234,5', null, null, 'epoch'])
    expect(shown.rows[0]).toEqual(['2024-01-31', '1234.5', '00501', null, '2023-11-14 22:13:20'])
    expect(shown.unfit).toEqual([])
    const plan = await viewPlan(importing('messy.csv', 'planned'), surroundings, signal)
    expect(plan.suggestion?.orderBy).toEqual(['day'])
    expect(plan.sampled).toBe(3)
    expect(plan.warnings.join('\n')).toContain('Column "day": All values are laid out as DD/MM/YYYY')
    expect(plan.warnings.join('\n')).toContain('"NA" is read as NULL here (1 value)')
    const sorted = await viewPlan(
      importing('messy.csv', 'planned', { orderBy: ['zip'] }),
      surroundings,
      signal,
    )
    expect(sorted.suggestion).toBeNull()
  })

  it('are told as a run would take them, with what a person said of the columns', async () => {
    house.write('said.csv', 'v,day,amount,code\n1,01/02/2024,"1.234,5",n/a\n2,31/01/2024,"7,25",x\n')
    const readings = [
      { column: 'v', misfit: 'null' as const },
      { column: 'code', nullTokens: ['n/a'], misfit: 'reject' as const },
    ]
    const types = [{ column: 'day', type: 'String' }]
    const { columns } = await inspect('said.csv', { readings, types })
    expect(columns.map(({ type, layout }) => [type, layout])).toEqual([
      ['Nullable(UInt8)', null],
      ['String', null],
      ['Float64', '1.234,5'],
      ['Nullable(String)', null],
    ])
    expect(columns.map(({ readAsNull }) => readAsNull)).toEqual([['\\N', ''], ['\\N'], ['\\N', ''], ['n/a']])
    await run('said.csv', 'said', { readings, types })
    expect(await typesOf('said')).toEqual(columns.map(({ name, type }) => `${name} ${type}`))

    await using server = await surroundings.server('embedded')
    await server.command(
      'CREATE TABLE said_before (v UInt8, day Date, amount Decimal(9, 2), code String) ORDER BY v',
    )
    const target = { kind: 'table' as const, server: 'embedded', table: 'said_before' }
    const there = await inspect('said.csv', { target })
    expect(there.columns.map(({ type, layout }) => [type, layout])).toEqual([
      ['UInt8', null],
      ['Date', 'DD/MM/YYYY'],
      ['Decimal(9, 2)', '1.234,5'],
      ['String', null],
    ])
    expect(there.suggestion).toBeNull()
    await expect(inspect('said.csv', { types: [{ column: 'gone', type: 'Int8' }] })).rejects.toMatchObject({
      code: 'COLUMN_NOT_FOUND',
    })
  })

  it('come with the texts that are NULL in each column', async () => {
    house.write('messy.csv', messy)
    const request = {
      source: end('messy.csv'),
      readings: [{ column: 'zip', nullTokens: [] }],
    }
    const shown = await preview(previewRequestSchema.parse(request), surroundings, signal)
    expect(shown.columns.map(({ readAsNull }) => readAsNull)).toEqual([
      ['\\N', ''],
      ['\\N', '', '-'],
      [],
      ['\\N', '', 'NA', '-'],
      ['\\N', ''],
    ])
    const { columns } = await inspect('messy.csv')
    expect(columns[3]?.readAsNull).toEqual(['\\N', '', 'NA', '-'])
  })

  it('are found for a table that is there, whose types are its own', async () => {
    house.write('messy.csv', messy)
    await using server = await surroundings.server('embedded')
    await server.command(
      'CREATE TABLE kept (day DateTime, amount Nullable(Decimal(9, 2)), zip String, state Nullable(String), at DateTime) ENGINE = MergeTree ORDER BY day',
    )
    const misfit = { readings: [{ column: 'amount', misfit: 'null' }] }
    const plan = await viewPlan(importing('messy.csv', 'kept', misfit), surroundings, signal)
    expect(plan).toMatchObject({ sampled: null, suggestion: null })
    expect(plan.warnings.join('\n')).toContain('DD/MM/YYYY')
    expect(await run('messy.csv', 'kept', misfit)).toMatchObject({ status: 'completed', rowsWritten: 3 })
    expect(await ask('SELECT day, amount, state, at FROM kept ORDER BY day LIMIT 1')).toEqual([
      { day: '2024-01-31 00:00:00', amount: 1234.5, state: 'NA', at: '2023-11-14 22:13:20' },
    ])
  })

  it('give way to what a person chose', async () => {
    house.write('messy.csv', messy)
    const readings = [
      { column: 'day', layout: 'MM/DD/YYYY', misfit: 'null' },
      { column: 'state', nullTokens: ['NA'], misfit: 'default' },
      { column: 'amount', layout: '1.234,5', misfit: 'default' },
    ]
    const types = [{ column: 'amount', type: 'Decimal(9, 2)' }]
    expect(await run('messy.csv', 'chosen', { readings, types })).toMatchObject({ status: 'completed' })
    expect(await typesOf('chosen')).toEqual([
      'day Nullable(Date)',
      'amount Decimal(9, 2)',
      'zip String',
      'state Nullable(String)',
      'at DateTime',
    ])
    expect(await ask('SELECT day, amount, state FROM chosen ORDER BY at')).toEqual([
      { day: null, amount: 1234.5, state: null },
      { day: '2024-01-02', amount: 7.25, state: '3' },
      { day: '2024-02-02', amount: 0, state: '-' },
    ])
  })

  it('cannot be chosen for a type or a column that has none', async () => {
    house.write('messy.csv', messy)
    const wrong = (reading: object) =>
      viewPlan(importing('messy.csv', 'wrong', reading), surroundings, signal)
    const type = {
      types: [{ column: 'zip', type: 'String' }],
      readings: [{ column: 'zip', layout: 'epoch' }],
    }
    expect(await errorOf(wrong(type))).toMatchObject({ code: 'USAGE', place: { column: 'zip' } })
    const missing = { readings: [{ column: 'nowhere', layout: 'epoch' }] }
    expect(await errorOf(wrong(missing))).toMatchObject({ code: 'COLUMN_NOT_FOUND' })
    const full = { types: [{ column: 'zip', type: 'UInt32' }], readings: [{ column: 'zip', misfit: 'null' }] }
    expect(await errorOf(wrong(full))).toMatchObject({ code: 'USAGE', place: { column: 'zip' } })
  })
})

it('a conversion with types writes the values that layouts mean', async () => {
  house.write('messy.csv', messy)
  const transfer = transferSchema.parse({
    ...{ direction: 'convert', source: end('messy.csv'), types: true },
    target: { kind: 'file', path: house.path('clean.csv') },
  })
  expect(await runTransfer(transfer, surroundings, { signal, onEvent: () => undefined })).toMatchObject({
    status: 'completed',
  })
  expect(await ask(`SELECT count() AS n FROM messy`)).toBeDefined()
  const { columns } = await inspect('clean.csv')
  expect(columns.map(({ type, layout }) => [type, layout])).toEqual([
    ['Date', null],
    ['Nullable(Float64)', null],
    ['String', null],
    ['Nullable(UInt8)', null],
    ['DateTime', null],
  ])
})

it('are those of the records that parse; the first other one is named', async () => {
  house.write('broken.csv', 'a,b\n1,2024-01-01\n3\n4,2024-01-02\n')
  const { records, columns, warnings } = await inspect('broken.csv')
  expect(records).toBe(2)
  expect(columns.map(({ type }) => type)).toEqual(['UInt8', 'Date'])
  expect(warnings.at(-1)).toMatch(
    /line 3: the record has 1 field, but 2 are expected\. Such records are not counted here\.$/,
  )
})

describe('the keys of a new table', () => {
  const days = Array.from({ length: 800 }, (_, n) =>
    new Date(Date.UTC(2022, 0, 1 + n)).toISOString().slice(0, 10),
  )
  const records = days.map((day, n) => `${n},${day},${n % 10 === 0 ? '' : day} 12:00:00,${n % 3}\n`).join('')
  beforeAll(() => void house.write('days.csv', `id,day,at,kind\n${records}`.replaceAll(', 12:00:00,', ',,')))

  it.each([
    ['kind', 'value', 'kind', 3],
    ['day', 'day', 'toDate(day)', 800],
    ['day', 'month', 'toYYYYMM(day)', 27],
    ['at', 'year', 'toYear(at)', 4],
  ] as const)('by %s (%s)', async (column, by, key, partitions) => {
    const table = `by_${column}_${by}`
    const report = await run('days.csv', table, { partitionBy: { column, by }, orderBy: ['at'] })
    expect(report).toMatchObject({ status: 'completed', commit: 'rename', rowsWritten: 800, error: null })
    const name = `name = '${table}'`
    expect(await ask(`SELECT partition_key, sorting_key FROM system.tables WHERE ${name}`)).toEqual([
      { partition_key: key, sorting_key: 'at' },
    ])
    const parts = `FROM system.parts WHERE active AND table = '${table}'`
    expect(await ask(`SELECT toUInt32(uniqExact(partition_id)) AS n ${parts}`)).toEqual([{ n: partitions }])
  })

  it('needs a date for a span of time, and a column that moves', async () => {
    const refused = async (partitionBy: object) => (await run('days.csv', 'none', { partitionBy })).error
    expect(await refused({ column: 'id', by: 'month' })).toMatchObject({
      code: 'USAGE',
      message: 'The table cannot be partitioned by the month of "id", which is no date but UInt16.',
    })
    expect(await refused({ column: 'nope', by: 'value' })).toMatchObject({
      code: 'COLUMN_NOT_FOUND',
      message: 'The partition key names "nope", which is not among the columns that move.',
    })
  })
})
