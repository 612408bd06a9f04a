import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema } from '../../src/shared/index.ts'
import { House } from '../support/cli.ts'
import { password } from '../support/clickhouse-server.ts'

/** Columns of which some values do not fit what the others are. */

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

async function load(content: string, more: object = {}) {
  house.write('file.csv', content)
  const transfer = transferSchema.parse({
    direction: 'import',
    source: { kind: 'file', path: house.path('file.csv'), dialect: { header: true, delimiter: ';' } },
    target: { kind: 'table', server: 'embedded', table: 't' },
    mode: 'replace',
    ...more,
  })
  return await runTransfer(transfer, surroundings, { signal, onEvent: () => undefined })
}

async function ask(sql: string) {
  await using server = await surroundings.server('embedded')
  return await server.rows<Record<string, unknown>>(sql)
}

async function command(sql: string) {
  await using server = await surroundings.server('embedded')
  await server.command(sql)
}

const drop = () => command('DROP TABLE IF EXISTS t SYNC')
const file = (texts: (string | number)[]) => `id;v\n${texts.map((text, n) => `${n};${text}\n`).join('')}`
const hundred = (of: (n: number) => string | number) => Array.from({ length: 100 }, (_, n) => of(n))
const late = (text: string) => [...Array.from({ length: 30_000 }, (_, n) => n), text]
const day = (n: number) => `${String((n % 28) + 1).padStart(2, '0')}/03/2024`

describe('a value that does not fit, in a new table', () => {
  it.each<[string, (string | number)[], string, number]>([
    ['integers', [...hundred((n) => n), 'old'], 'Nullable(UInt8)', 1],
    ['integers, the text far below', late('old'), 'Nullable(UInt16)', 1],
    ['integers, texts first', ['old', 'new', ...hundred((n) => n)], 'Nullable(UInt8)', 2],
    ['numbers with and without decimals', [...hundred((n) => n / 2), 'old'], 'Nullable(Float64)', 1],
    ['dates in a layout', [...hundred(day), '2024-03-04', 'x'], 'Nullable(Date)', 2],
    ['dates that could be of two layouts', [...hundred(() => '03/04/2024'), 'x'], 'Nullable(String)', 0],
    ['nothing in particular', ['a', 'b', '1', '2'], 'Nullable(String)', 0],
  ])('becomes NULL where the others are %s', async (_, texts, type, nulls) => {
    await drop()
    const report = await load(file(texts), { readings: [{ column: 'v', misfit: 'null' }] })
    expect(report).toMatchObject({ error: null, rowsWritten: texts.length })
    const found = await ask('SELECT any(toTypeName(v)) AS type, countIf(v IS NULL) AS nulls FROM t')
    expect(found).toEqual([{ type, nulls }])
    expect(report.warnings.join('\n')).toContain(
      nulls === 0 ? '"v" is text, which every value fits' : ', but not "',
    )
  })

  it('becomes the default of their type', async () => {
    await drop()
    await load(file([...hundred((n) => n + 1), 'old']), { readings: [{ column: 'v', misfit: 'default' }] })
    expect(await ask('SELECT toTypeName(v) AS type, v FROM t WHERE id = 100')).toEqual([
      { type: 'UInt8', v: 0 },
    ])
  })

  it('stays as it is where nothing is said about it', async () => {
    await drop()
    await load(file([...hundred((n) => n), 'old']))
    expect(await ask('SELECT toTypeName(v) AS type, v FROM t WHERE id = 100')).toEqual([
      { type: 'String', v: 'old' },
    ])
  })
})

describe('a table that is there finds the layout of most values, whatever the others are', () => {
  it.each<[string, string, (string | number)[], string]>([
    ['dates', 'Date', [...hundred(day), 'bad'], '2024-03-28'],
    ['dates, the others first', 'Date', ['bad', 'worse', ...hundred(day)], '2024-03-28'],
    ['numbers', 'Decimal(9, 2)', [...hundred((n) => `1.${200 + n},50`), 'x', '-'], '1299.5'],
  ])('%s', async (_, type, texts, greatest) => {
    await drop()
    await command(`CREATE TABLE t (id UInt32, v ${type}) ENGINE = MergeTree ORDER BY id`)
    const report = await load(file(texts), { mode: 'append', onError: 'skip' })
    expect(report).toMatchObject({ error: null, rowsWritten: 100, rowsRejected: texts.length - 100 })
    expect(await ask('SELECT toString(max(v)) AS greatest FROM t')).toEqual([{ greatest }])
  })

  it('and takes plain values for what they are', async () => {
    await drop()
    await command('CREATE TABLE t (id UInt32, v Date) ENGINE = MergeTree ORDER BY id')
    const texts = [...hundred((n) => `2024-03-${String((n % 28) + 1).padStart(2, '0')}`), '05/03/2024']
    expect(await load(file(texts), { mode: 'append', onError: 'skip' })).toMatchObject({
      error: null,
      rowsRejected: 1,
    })
  })
})
