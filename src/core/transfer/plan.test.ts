import { describe, expect, it } from 'vitest'
import {
  AppError,
  transferSchema,
  type ConvertTransfer,
  type Dialect,
  type ExportTransfer,
  type ImportTransfer,
} from '../../shared/index.ts'
import type { FileFacts, FileTargetFacts, Relation, TableFacts, TableTarget } from './facts.ts'
import { planConvert, planExport } from './plan-export.ts'
import { planImport, type ImportFacts } from './plan-import.ts'

const csv = {
  delimiter: ',',
  quote: '"',
  escape: 'double',
  lineTerminator: '\n',
  header: true,
  skipLines: 0,
  nullTokens: ['\\N', ''],
} as const

const file: FileFacts = {
  label: 'sales.csv',
  mountPath: '/data/mounts/1-1/000001',
  compression: 'none',
  dialect: { ...csv, nullTokens: [...csv.nullTokens] },
  reading: { by: 'clickhouse', reason: null },
  names: ['id', 'Sale Date', 'note'],
  skip: 1,
  utf8: true,
  warnings: [],
}

const table: TableFacts = {
  engine: 'MergeTree',
  sortingKey: 'id',
  partitionKey: '',
  hasTtl: false,
  hasDependents: false,
  columns: [
    { name: 'id', type: 'UInt32', kind: '' },
    { name: 'day', type: 'Date', kind: '' },
    { name: 'note', type: 'Nullable(String)', kind: '' },
    { name: 'loaded', type: 'DateTime', kind: 'DEFAULT' },
    { name: 'month', type: 'UInt8', kind: 'MATERIALIZED' },
  ],
}

const target = (more: Partial<TableTarget> = {}): TableTarget => ({
  place: 'embedded',
  timezone: 'UTC',
  name: { database: 'main', table: 'sales' },
  databaseEngine: 'Atomic',
  table,
  ...more,
})

const importing = (more: object = {}): ImportTransfer =>
  transferSchema.parse({
    direction: 'import',
    source: { kind: 'file', path: 'sales.csv' },
    target: { kind: 'table', server: 'embedded', table: 'sales' },
    map: [{ source: 'Sale Date', target: 'day' }],
    ...more,
  }) as ImportTransfer

const facts = (more: Partial<ImportFacts> = {}): ImportFacts => ({
  runId: '00000000-0000-4000-8000-000000000000',
  file,
  target: target(),
  inferred: ['UInt32', 'Date', 'String'],
  attempt: 1,
  missingRight: null,
  plainBytes: null,
  ownDatabase: 'main',
  ...more,
})

/** The error that planning ends with, in one line. */
function refusal(plan: () => unknown): string {
  try {
    plan()
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'no error'
}

describe('planImport', () => {
  it('appends to an embedded table by one statement, through a staging table', () => {
    expect(planImport(importing(), facts())).toMatchSnapshot()
  })

  it('pipes to another server, whose time zone DateTime without one is in', () => {
    const elsewhere = target({ place: 'remote', timezone: 'Europe/Berlin' })
    const { strategy, read, write } = planImport(importing(), facts({ target: elsewhere }))
    expect({ strategy, read, write }).toMatchSnapshot()
  })

  it('creates a table of the inferred types with a sorting key', () => {
    const plan = planImport(
      importing({ orderBy: ['day', 'id'] }),
      facts({ target: target({ table: undefined }) }),
    )
    expect({ commit: plan.commit, staging: plan.staging, columns: plan.columns }).toMatchSnapshot()
  })

  it('says why rows go straight into the target', () => {
    const buffer = target({ table: { ...table, engine: 'Buffer' } })
    const { staging, warnings } = planImport(importing(), facts({ target: buffer }))
    expect(staging).toBeUndefined()
    expect(warnings).toEqual([
      'Rows go straight into main.sales, because its engine is Buffer: if the run fails, rows sent until then stay.',
    ])
  })

  it('stages what is inserted by the server in a table like the target, in the same partitions', () => {
    const log = target({ table: { ...table, engine: 'Log' } })
    const parted = target({ table: { ...table, hasDependents: true, partitionKey: 'toYYYYMM(day)' } })
    const other = target({ table: { ...table, hasDependents: true, partitionKey: 'toDate(loaded)' } })
    const staged = [log, parted, other].map((to) => planImport(importing(), facts({ target: to })).staging)
    expect(staged.map((staging) => staging?.create)).toMatchSnapshot()
  })

  it('sends all rows as one block where that is the only way to all or nothing', () => {
    const plan = planImport(importing(), facts({ missingRight: 'CREATE TABLE ON main.*', plainBytes: 1000 }))
    expect({ ...plan, wanted: undefined }).toMatchSnapshot()
  })

  it('waits until a Distributed table has all rows', () => {
    const to = target({ table: { ...table, engine: 'Distributed' } })
    const { write } = planImport(importing(), facts({ target: to }))
    expect(write.settings).toMatchObject({ insert_distributed_sync: 1 })
  })

  it.each([
    ['create over a table', importing({ mode: 'create' }), facts()],
    ['append to nothing', importing({ mode: 'append' }), facts({ target: target({ table: undefined }) })],
    ['a column that the table lacks', importing({ map: [] }), facts()],
    ['a column that the file lacks', importing({ columns: ['nope'] }), facts()],
    ['a renaming of nothing', importing({ map: [{ source: 'nope', target: 'id' }] }), facts()],
    ['a computed column', importing({ map: [{ source: 'Sale Date', target: 'month' }] }), facts()],
    ['two fields for one column', importing({ map: [{ source: 'Sale Date', target: 'id' }] }), facts()],
    [
      'a column without a value',
      importing(),
      facts({
        file: { ...file, names: ['id', 'Sale Date', 'x'].slice(0, 2) },
        target: target({
          table: { ...table, columns: [...table.columns, { name: 'qty', type: 'UInt8', kind: '' }] },
        }),
      }),
    ],
    [
      'a key that does not move',
      importing({ orderBy: ['nope'] }),
      facts({ target: target({ table: undefined }) }),
    ],
  ])('refuses %s', (_, transfer, given) => {
    expect(refusal(() => planImport(transfer, given))).toMatchSnapshot()
  })

  it('matches a file without a header by position', () => {
    const bare = {
      ...file,
      dialect: { ...file.dialect, header: false },
      names: ['c1', 'c2', 'c3', 'c4'],
      skip: 0,
    }
    const { columns } = planImport(importing({ map: [] }), facts({ file: bare }))
    expect(columns.map(({ target: name }) => name)).toEqual(['id', 'day', 'note', 'loaded'])
    const short = { ...bare, names: ['c1', 'c2'] }
    expect(refusal(() => planImport(importing({ map: [] }), facts({ file: short })))).toMatchSnapshot()
  })

  it.each([
    ['Array(String)', 'TSVRaw'],
    ["Map(Date, Nullable(Enum8('a' = 1)))", 'TSVRaw'],
    ['Array(Tuple(UUID, DateTime, Decimal(9, 2)))', 'TSV'],
    ['Nullable(String)', 'TSV'],
  ])('reads the fields of a TSV with %s by the format %s', (type, format) => {
    const tsv = { ...file.dialect, delimiter: '\t', quote: null, escape: 'backslash' as const }
    const plan = planImport(
      importing({ map: [] }),
      facts({
        file: { ...file, dialect: tsv },
        target: target({ table: undefined }),
        inferred: ['UInt8', type, 'String'],
      }),
    )
    expect(plan.write.sql).toContain(
      `file('/data/mounts/1-1/000001', '${format}', '\`c1\` Nullable(String), `,
    )
    expect(plan.write.sql.includes('`c3t`')).toBe(format === 'TSVRaw')
  })

  it('never gives a field the name of a column', () => {
    const names = ['c1', 'c2', 'c_1']
    const clashing = { ...file, names: [...names].reverse() }
    const plan = planImport(
      importing({ map: [] }),
      facts({ file: clashing, target: target({ table: undefined }) }),
    )
    expect(plan.write.sql).toContain('`c__1`')
  })
})

const relation: Relation = {
  label: 'main.sales',
  kind: 'table',
  rows: 10,
  warnings: [],
  place: 'embedded',
  timezone: 'UTC',
  takesSettings: true,
  from: '`main`.`sales`',
  columns: table.columns,
}
const out: FileTargetFacts = {
  label: 'out.csv',
  mountPath: '/data/mounts/1-2/part',
  compression: 'gzip',
  dialect: { ...csv, nullTokens: ['\\N'] },
  encoding: 'utf-8',
  isFormatted: false,
  isSplit: false,
}
const exporting = (more: object = {}): ExportTransfer =>
  transferSchema.parse({
    direction: 'export',
    source: { kind: 'table', server: 'embedded', table: 'sales' },
    target: { kind: 'file', path: 'out.csv' },
    ...more,
  }) as ExportTransfer

describe('planExport', () => {
  it('writes an embedded table by one statement, computed columns left out', () => {
    expect(planExport(exporting(), relation, out)).toMatchSnapshot()
  })

  it('pipes from another server, with a condition, chosen columns and new names', () => {
    const transfer = exporting({
      where: 'id > 1 -- many',
      columns: ['month', 'day'],
      map: [{ source: 'day', target: 'Sale Date' }],
    })
    expect(planExport(transfer, { ...relation, place: 'remote' }, out)).toMatchSnapshot()
  })

  it('sends no setting for a user who may change none', () => {
    const { read } = planExport(exporting(), { ...relation, place: 'remote', takesSettings: false }, out)
    expect(read?.settings).toEqual({})
  })

  it('writes the repeated hour of a clock change with its offset', () => {
    const { write } = planExport(
      exporting({ columns: ['loaded'] }),
      { ...relation, timezone: 'Europe/Berlin' },
      out,
    )
    expect(write.sql).toMatchSnapshot()
  })

  it('warns of numbers and dates that stay as they are within other values', () => {
    const columns = ['Array(Decimal(9, 2))', 'Map(String, Array(Date))', 'Array(UInt8)', 'Float64'].map(
      (type, n) => ({ name: `n${n}`, type, kind: '' as const }),
    )
    const warned = (part: Partial<Dialect>) =>
      planExport(exporting(), { ...relation, columns }, { ...out, dialect: { ...out.dialect, ...part } })
        .warnings
    const sentence = (names: string) =>
      `Numbers and dates within the values of ${names} are written as ClickHouse writes them.`
    expect(warned({ decimal: ',' })).toEqual([sentence('"n0"')])
    expect(warned({ decimal: ',', dateLayout: 'DD.MM.YYYY' })).toEqual([sentence('"n0", "n1"')])
    expect(warned({ decimal: '.', dateLayout: 'YYYY-MM-DD' })).toEqual([])
  })

  it.each([
    ['bz2', exporting(), { ...out, compression: 'bz2' as const, label: 'out.csv.bz2' }, relation],
    [
      'a state',
      exporting(),
      out,
      { ...relation, columns: [{ name: 's', type: 'AggregateFunction(sum, UInt8)', kind: '' as const }] },
    ],
    ['a column that is not there', exporting({ columns: ['x'] }), out, relation],
  ])('refuses %s', (_, transfer, to, from) => {
    expect(refusal(() => planExport(transfer, from, to))).toMatchSnapshot()
  })
})

describe('planConvert', () => {
  const converting = (types: boolean): ConvertTransfer =>
    transferSchema.parse({
      direction: 'convert',
      source: { kind: 'file', path: 'sales.csv' },
      target: { kind: 'file', path: 'out.csv' },
      types,
    }) as ConvertTransfer

  it('keeps the text of every cell', () => {
    expect(planConvert(converting(false), { file, target: out, inferred: undefined })).toMatchSnapshot()
  })

  it('reads with the delimiter of the one file and writes with that of the other', () => {
    const pipes = { ...out, dialect: { ...out.dialect, delimiter: '|' } }
    const { write } = planConvert(converting(false), { file, target: pipes, inferred: undefined })
    expect(write.settings).toMatchObject({ format_csv_delimiter: '|' })
    expect(write.sql).toMatch(/SELECT \* FROM \(SELECT .* SETTINGS format_csv_delimiter = ','\)$/)
  })

  it('checks every value when types are asked for', () => {
    const { columns, wanted } = planConvert(converting(true), {
      file,
      target: out,
      inferred: ['UInt8', 'Date', 'String'],
    })
    expect({ columns, wanted }).toMatchSnapshot()
  })
})
