import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { preview, type Surroundings } from '../../src/runs/index.ts'
import { previewRequestSchema, type Preview } from '../../src/shared/index.ts'
import { errorOf, password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { everyType } from '../support/every-type.ts'
import { removeFolder } from '../support/folder.ts'

let folder: string
let theirs: TestServer
let surroundings: Surroundings & AsyncDisposable

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flathouse-preview-'))
  theirs = await startServer()
  surroundings = await openSurroundings({ dataDir: join(folder, 'data'), password }, {})
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
  removeFolder(folder)
})

function write(name: string, content: string | Buffer): object {
  writeFileSync(join(folder, name), content)
  return { kind: 'file', path: join(folder, name) }
}
const look = (source: object, more: object = {}): Promise<Preview> =>
  preview(previewRequestSchema.parse({ source, ...more }), surroundings, new AbortController().signal)
const types = ({ columns }: Preview) => columns.map(({ type }) => type)
const text =
  'id,price,day,note,flag\n1,1.50,2024-01-01,a,true\n2,,2024-02-30,"x, y",false\n300,2e1,2024-01-03,,TRUE\n'

const textAsBzip2 =
  'QlpoOTFBWSZTWS64YuYAACrfgAAQUAd+AAIAFgAvpd5gIABUU1NpDTTRkPQQH6oVtJPUabUyNDQGhpPVkbaiqwjFoQ' +
  'wbsA7aaSIPD81OTGIQyVCg0zILIjY1eyJghWrKyjH3Qg1UxF7D9IY6A3dh34u5IpwoSBdcMXMA'

describe('a file without a target', () => {
  it('is shown as the types of its first records hold it', async () => {
    const found = await look(write('plain.csv', text))
    expect(types(found)).toEqual(['UInt16', 'Nullable(Float64)', 'String', 'String', 'Bool'])
    expect(found.rows).toEqual([
      ['1', '1.5', '2024-01-01', 'a', 'true'],
      ['2', null, '2024-02-30', 'x, y', 'false'],
      ['300', '20', '2024-01-03', '', 'true'],
    ])
    expect(found.unfit).toEqual([])
    expect(found.file).toMatchObject({ encoding: 'utf-8', compression: 'none', sampled: 3, isWhole: true })
    expect(found.file?.dialect).toMatchObject({ delimiter: ',', header: true })
    expect(found.file?.reasons.length).toBeGreaterThan(0)
    expect(found.sql).toBeNull()
  })

  it('keeps the text of what does not fit a chosen type, and says which cells', async () => {
    const choice = [
      { column: 'id', type: 'tinyint unsigned' },
      { column: 'day', type: 'Date' },
      { column: 'price', type: 'Decimal(9,2)' },
    ]
    const found = await look(write('chosen.csv', text), { types: choice })
    expect(types(found)).toEqual(['UInt8', 'Decimal(9, 2)', 'Date', 'String', 'Bool'])
    expect(found.rows.map(([id, price, day]) => [id, price, day])).toEqual([
      ['1', '1.5', '2024-01-01'],
      ['2', '', '2024-02-30'],
      ['300', '2e1', '2024-01-03'],
    ])
    expect(found.unfit.map(({ row, column }) => `${row}:${column}`).sort()).toEqual([
      '1:1',
      '1:2',
      '2:0',
      '2:1',
    ])
  })

  it.each([
    ['Foo', 'TYPE_UNKNOWN'],
    ['UInt8) ENGINE = Memory --', 'TYPE_UNKNOWN'],
    ["String DEFAULT file('/etc/passwd')", 'TYPE_UNKNOWN'],
    ['', 'TYPE_UNKNOWN'],
    ['AggregateFunction(sum, UInt8)', 'TYPE_UNSUPPORTED'],
  ])('refuses the type %j', async (type, code) => {
    const request = look(write('unknown.csv', text), {
      types: [{ column: 'id', type: type === '' ? ' ' : type }],
    })
    const error = await errorOf(request)
    expect(error).toMatchObject({ code, place: { column: 'id' } })
    expect(String(error)).toContain('"id"')
  })

  it('refuses a type for a column that is not there', async () => {
    const error = await errorOf(
      look(write('nope.csv', text), { types: [{ column: 'nope', type: 'String' }] }),
    )
    expect(error).toMatchObject({ code: 'COLUMN_NOT_FOUND' })
  })

  it('counts no record beyond what was asked for', async () => {
    expect((await look(write('few.csv', text), { records: 2 })).rows).toHaveLength(2)
  })

  it.each([
    ['gz', (plain: string) => gzipSync(plain), 'gzip'],
    ['zst', (plain: string) => zstdCompressSync(plain), 'zstd'],
    ['bz2', () => Buffer.from(textAsBzip2, 'base64'), 'none'],
  ])('may be compressed: %s', async (extension, pack, compression) => {
    const found = await look(write(`packed.csv.${extension}`, pack(text)))
    expect(types(found)).toEqual(['UInt16', 'Nullable(Float64)', 'String', 'String', 'Bool'])
    expect(found.rows).toHaveLength(3)
    expect(found.file?.compression).toBe(compression)
  })

  it('leaves out records that do not parse, and names the first of those that would be shown', async () => {
    const found = await look(write('broken.csv', 'a,b\n1,2\n3,4,5\n6,7\n8\n'))
    expect(found.rows).toEqual([
      ['1', '2'],
      ['6', '7'],
    ])
    expect(found.file?.warnings.at(-1)).toMatch(
      /broken\.csv, line 3: the record has 3 fields, but 2 are expected\. It is not shown here/,
    )
  })

  it('does the same with a file that ClickHouse cannot read itself', async () => {
    const found = await look(write('broken.txt', 'a||b\n1||2\n3||4||5\n6||7\n8||9\n'))
    expect(found.file?.reading.by).toBe('normaliser')
    expect(found.rows).toHaveLength(3)
    expect(found.file?.warnings.at(-1)).toMatch(/line 3: the record has 3 fields/)
  })

  it('does not mind one further down', async () => {
    const good = Array.from({ length: 15_000 }, (_, n) => `${n},x\n`).join('')
    const found = await look(write('later.csv', `a,b\n${good}1,2,3\n${good}`))
    expect(types(found)).toEqual(['UInt16', 'LowCardinality(String)'])
    expect(found.file).toMatchObject({ sampled: 20_000, isWhole: false })
  })
})

describe('a file with a target', () => {
  const target = (table: string, server: unknown = 'embedded') => ({ kind: 'table', server, table })

  beforeAll(async () => {
    await using server = await surroundings.server('embedded')
    await server.command(
      'CREATE TABLE goods (id UInt8, price Nullable(Decimal(9, 2)), "when" Date, note LowCardinality(String), twice UInt8 MATERIALIZED id * 2) ENGINE = MergeTree ORDER BY id',
    )
  })

  it('is shown as the columns of the table will hold it, renamed or not', async () => {
    const found = await look(write('goods.csv', text), {
      target: target('goods'),
      map: [{ source: 'day', target: 'when' }],
      types: [{ column: 'id', type: 'String' }],
    })
    expect(types(found)).toEqual([
      'UInt8',
      'Nullable(Decimal(9, 2))',
      'Date',
      'LowCardinality(String)',
      'Bool',
    ])
    expect(found.rows[1]).toEqual(['2', null, '2024-02-30', 'x, y', 'false'])
    expect(found.unfit.map(({ row, column }) => `${row}:${column}`).sort()).toEqual(['1:2', '2:0', '2:1'])
  })

  it('goes by position where there is no header, and is sampled when there is no table', async () => {
    const bare = write('bare.csv', '7,1.25,2024-01-01,x\n8,1.5,2024-01-02,y\n')
    expect(types(await look(bare, { target: target('goods') }))).toEqual([
      'UInt8',
      'Nullable(Decimal(9, 2))',
      'Date',
      'LowCardinality(String)',
    ])
    expect(types(await look(bare, { target: target('none') }))).toEqual([
      'UInt8',
      'Float64',
      'Date',
      'String',
    ])
    expect(types(await look(bare, { target: { ...target('none'), database: 'none' } }))[0]).toBe('UInt8')
  })

  it('shows times in the target’s time zone', async () => {
    const source = write(
      'times.csv',
      'at\n2024-07-01 12:00:00\n2024-07-01T12:00:00+02:00\n2024-07-01T12:00:00Z\n',
    )
    const choice = [{ column: 'at', type: "DateTime('Europe/Berlin')" }]
    expect((await look(source, { types: choice })).rows.flat()).toEqual([
      '2024-07-01 12:00:00',
      '2024-07-01 12:00:00',
      '2024-07-01 14:00:00',
    ])
    await theirs.server.command('CREATE TABLE times (at DateTime) ENGINE = Memory')
    const [zone] = await theirs.server.rows<{ at: string }>(
      "SELECT toString(toDateTime('2024-07-01 12:00:00', 'UTC')) AS at",
    )
    const { rows } = await look(source, { target: target('times', theirs.connection) })
    expect(rows[2]).toEqual([zone?.at])
  })
})

it('shows every type as ClickHouse writes it', async () => {
  for (const [type, values] of everyType) {
    await using server = await surroundings.server('embedded')
    const settings = { allow_suspicious_low_cardinality_types: 1 }
    const sql = values
      .map((value) => `SELECT CAST(${value}, '${type.replaceAll("'", "\\'")}') AS v`)
      .join(' UNION ALL ')
    const asked = `SELECT assumeNotNull(toString(v)) AS v FROM (${sql}) WHERE v IS NOT NULL`
    const expected = await server.rows<{ v: string }>(asked, { settings })
    const quoted = expected.map(({ v }) => `"${v.replaceAll('"', '""')}"\n`)
    const source = {
      ...write('typed.csv', `v,w\n${quoted.map((line) => line.replace(/\n$/, ',1\n')).join('')}`),
      dialect: { delimiter: ',', header: true },
    }
    const found = await look(source, { types: [{ column: 'v', type }] })
    expect([type, found.unfit]).toEqual([type, []])
    expect([type, found.rows.map(([v]) => v)]).toEqual([type, expected.map(({ v }) => v)])
  }
})

describe('a wide file', () => {
  const wide = (columns: number) => {
    const line = (cell: (column: number) => string) =>
      Array.from({ length: columns }, (_, n) => cell(n)).join(',')
    const kinds = ['7', '1.5', '2024-01-01', 'text', 'true']
    const records = Array.from({ length: 300 }, () => line((n) => kinds[n % 5] ?? ''))
    return write(`wide${columns}.csv`, [line((n) => `column ${n}`), ...records, ''].join('\n'))
  }

  // Several times what it takes here: on a slow and busy machine, too, it must not look endless.
  it.each([
    [1000, 15_000],
    [5000, 60_000],
  ])('of %i columns', async (columns, most) => {
    const source = wide(columns)
    const started = performance.now()
    const found = await look(source)
    expect(performance.now() - started).toBeLessThan(most)
    expect(found.rows).toHaveLength(100)
    expect(types(found).slice(-5)).toEqual(['UInt8', 'Float64', 'Date', 'String', 'Bool'])
    expect(found.rows[99]?.slice(-5)).toEqual(['7', '1.5', '2024-01-01', 'text', 'true'])
  })
})
