import { describe, expect, it } from 'vitest'
import { transferSchema } from '../../shared/index.ts'
import { isNamed } from '../transfer-words.ts'
import { decodeDraft, encodeDraft } from './address.ts'
import { invert, moveColumn, rename, retype, tick } from './columns.ts'
import {
  chosenColumns,
  emptyColumns,
  emptyDraft,
  fromTransfer,
  rowChoice,
  toTransfer,
  whatIsMissing,
} from './draft.ts'
import type { Draft } from './draft.ts'
import { swap } from './swap.ts'

const names = ['a', 'b', '__proto__', 'd']

const importing: Draft = {
  ...emptyDraft,
  source: {
    ...emptyDraft.source,
    file: { path: 'in/x.csv', dialect: { delimiter: ';' }, encoding: 'utf-8' },
  },
  target: { ...emptyDraft.target, table: { ...emptyDraft.target.table, table: 't', orderBy: ['a'] } },
}

describe('the choice of columns', () => {
  it('ticks, inverts and moves, also a column called __proto__', () => {
    const none = tick(emptyColumns, names, names, false)
    expect(chosenColumns(none, names)).toEqual([])
    const some = tick(none, names, ['__proto__', 'b'], true)
    expect(chosenColumns(some, names)).toEqual(['b', '__proto__'])
    expect(chosenColumns(invert(some, names, ['a', 'b']), names)).toEqual(['a', '__proto__'])
    expect(chosenColumns(moveColumn(some, names, '__proto__', 0), names)).toEqual(['__proto__', 'b'])
    expect(chosenColumns(moveColumn(some, names, 'b', 99), names)).toEqual(['__proto__', 'b'])
  })

  it('takes a renaming and a type back', () => {
    const renamed = rename(emptyColumns, 'a', 'x')
    expect(renamed.map).toEqual([{ source: 'a', target: 'x' }])
    expect(rename(renamed, 'a', 'a').map).toEqual([])
    expect(retype(retype(emptyColumns, 'a', 'Int8'), 'a', '').types).toEqual([])
  })
})

describe('a draft', () => {
  it('says what is missing first', () => {
    expect(whatIsMissing(emptyDraft)).toBe('Choose the file to read.')
    expect(whatIsMissing(importing)).toBeUndefined()
  })

  it('waits for a filter without its value, and previews without it', () => {
    const rules = [
      { column: 'a', operator: '>' as const, values: [] },
      { column: 'b', operator: 'is null' as const, values: [] },
    ]
    const table = { ...emptyDraft.source.table, table: 't', filter: { match: 'any' as const, rules } }
    const exporting: Draft = { ...emptyDraft, source: { ...emptyDraft.source, kind: 'table', table } }
    expect(whatIsMissing(exporting)).toBe('Give a value for the filter on a.')
    expect(rowChoice(table)).toEqual({ filter: { match: 'any', rules: rules.slice(1) } })
  })

  it('becomes a transfer that names only what was chosen', () => {
    expect(toTransfer(importing, names)).toEqual({
      direction: 'import',
      source: { kind: 'file', path: 'in/x.csv', dialect: { delimiter: ';' }, encoding: 'utf-8' },
      target: { kind: 'table', server: 'embedded', table: 't' },
      orderBy: ['a'],
      map: [],
      verify: 'count',
    })
    expect(
      toTransfer({ ...importing, columns: tick(emptyColumns, names, names, false) }, names),
    ).toBeUndefined()
  })

  it('says how columns are read and where the rows lie, and that comes back too', () => {
    const reading = { column: 'a', layout: 'DD/MM/YYYY' as const, misfit: 'null' as const }
    const partitionBy = { column: 'a', by: 'month' as const }
    const file = { ...importing.source.file, encoding: null }
    const table = { ...importing.target.table, partitionBy }
    const told: Draft = {
      ...importing,
      source: { ...importing.source, file },
      target: { ...importing.target, table },
      columns: { ...emptyColumns, readings: [reading] },
    }
    const transfer = toTransfer(told, names)
    expect(transfer).toMatchObject({ readings: [reading], partitionBy })
    expect(transfer?.source).toEqual({ kind: 'file', path: 'in/x.csv', dialect: { delimiter: ';' } })
    expect(fromTransfer(transferSchema.parse(transfer))).toEqual(told)
  })

  it('says how often it is tried, and when the next file begins, and that comes back too', () => {
    const retry = { attempts: 5, afterRestart: true }
    const told: Draft = { ...importing, retry, source: { ...importing.source, file: emptyDraft.source.file } }
    const retried: Draft = { ...importing, retry }
    expect(toTransfer(retried, names)).toMatchObject({ retry })
    expect(fromTransfer(transferSchema.parse(toTransfer(retried, names))).retry).toEqual(retry)
    const split = { rows: 1000, bytes: 1_500_000 }
    const exporting: Draft = {
      ...told,
      source: { ...told.source, kind: 'table', table: { ...emptyDraft.source.table, table: 't' } },
      target: { ...told.target, kind: 'file', file: { ...emptyDraft.target.file, path: 'x.csv' } },
      split,
    }
    expect(toTransfer(exporting, [])).toMatchObject({ direction: 'export', split, retry })
    expect(fromTransfer(transferSchema.parse(toTransfer(exporting, [])))).toMatchObject({ split, retry })
    const open = { ...exporting, split: { rows: null, bytes: null } }
    expect(whatIsMissing(open)).toBe('Say after how many rows, or how much, a new file begins.')
    expect(swap(exporting, [])).toMatchObject({ split: null, retry })
  })

  it('comes back from its transfer with the same columns chosen', () => {
    const columns = moveColumn(tick(emptyColumns, names, ['a'], false), names, 'd', 0)
    const transfer = transferSchema.parse(toTransfer({ ...importing, columns }, names))
    expect(toTransfer(fromTransfer(transfer), names)).toEqual(toTransfer({ ...importing, columns }, names))
    expect(transfer.columns).toEqual(['d', 'b', '__proto__'])
  })

  it.each([
    {
      direction: 'export',
      source: {
        kind: 'table',
        server: 'prod',
        table: 'flights',
        as: 'f',
        joins: [
          {
            kind: 'left',
            table: 'airports',
            on: [{ left: { table: 'f', column: 'origin' }, operator: '=', right: 'iata' }],
          },
        ],
      },
      target: { kind: 'file', path: 'x.csv', dialect: {} },
      where: 'delay > 10',
      limit: 7,
    },
    {
      direction: 'export',
      source: { kind: 'query', server: 'embedded', sql: 'SELECT 1 AS a' },
      target: { kind: 'file', path: 'x.csv', dialect: {} },
      where: 'a = 1',
    },
    {
      direction: 'convert',
      source: { kind: 'file', path: 'x.csv', dialect: {} },
      target: { kind: 'file', path: 'y.csv', dialect: { decimal: ',' } },
      types: true,
    },
  ])('of $direction holds all that its transfer says', (given) => {
    const transfer = transferSchema.parse(given)
    const again = transferSchema.parse(toTransfer(fromTransfer(transfer), ['a', 'b']))
    expect(again).toEqual(transfer)
  })

  it('never names another connection in place of one without a name', () => {
    const connection = { protocol: 'https', host: 'ch', port: 8443, database: 'main', user: 'me' }
    const transfer = transferSchema.parse({
      ...toTransfer(importing, names),
      target: { kind: 'table', server: connection, table: 't' },
    })
    expect(isNamed(transfer)).toBe(false)
    expect(() => fromTransfer(transfer)).toThrow(TypeError)
  })

  it('waits for a condition that was begun', () => {
    const table = { ...emptyDraft.source.table, table: 't', where: ' ' }
    const exporting: Draft = { ...emptyDraft, source: { ...emptyDraft.source, kind: 'table', table } }
    expect(whatIsMissing(exporting)).toBe('Write the SQL condition, or remove it.')
    expect(rowChoice(table)).toEqual({})
  })

  it('survives the address, and anything else there begins a new one', () => {
    const wide = { ...importing, verify: 'checksum' as const, columns: rename(emptyColumns, 'ä b', '→') }
    expect(decodeDraft(encodeDraft(wide))).toEqual(wide)
    expect(decodeDraft('e30')).toEqual(emptyDraft)
    expect(decodeDraft('%%%')).toEqual(emptyDraft)
    const broken = { ...wide, columns: null } as unknown as Draft
    expect(decodeDraft(encodeDraft(broken))).toEqual(emptyDraft)
  })
})

describe('swap', () => {
  const known = names.map((name) => ({ name, type: 'String' }))

  it('reads a file as it was written', () => {
    const dialect = {
      quote: "'",
      escape: 'backslash' as const,
      lineTerminator: '\r\n' as const,
      edgeDelimiter: 'both' as const,
      nullTokens: ['n/a'],
      quoting: 'always' as const,
      decimal: ',' as const,
      dateLayout: 'DD.MM.YYYY' as const,
    }
    const file = { path: 'out/t.tsv', dialect, encoding: 'utf-16le' as const }
    const columns = [
      { name: 'a', type: 'Nullable(Decimal(9, 2))' },
      { name: 'b', type: 'Date32' },
      { name: 'c', type: "DateTime64(3, 'UTC')" },
      { name: 'd', type: 'LowCardinality(Nullable(String))' },
      { name: 'e', type: 'UInt8' },
    ]
    const table = { ...emptyDraft.source.table, table: 't' }
    const exporting: Draft = {
      ...emptyDraft,
      source: { ...emptyDraft.source, kind: 'table', table },
      target: { ...emptyDraft.target, kind: 'file', file },
      columns: rename(emptyColumns, 'a', 'x'),
    }
    const back = swap(exporting, columns)
    expect(back.source.file).toEqual({
      path: 'out/t.tsv',
      encoding: 'utf-16le',
      dialect: {
        delimiter: '\t',
        header: true,
        nullTokens: ['n/a'],
        quote: "'",
        escape: 'backslash',
        lineTerminator: '\r\n',
        edgeDelimiter: 'both',
      },
    })
    expect(back.columns.map).toEqual([{ source: 'x', target: 'a' }])
    expect(back.columns.readings.map(({ column, layout }) => [column, layout])).toEqual([
      ['x', '1234,5'],
      ['b', 'DD.MM.YYYY'],
      ['c', 'DD.MM.YYYY HH:mm:ss'],
    ])

    const bare = { ...file, dialect: { header: false, decimal: ',' as const } }
    const again = swap({ ...exporting, target: { ...exporting.target, file: bare } }, columns.slice(0, 2))
    expect(again.source.file.dialect).toEqual({ delimiter: '\t', header: false, nullTokens: ['\\N'] })
    expect(again.columns).toMatchObject({
      only: null,
      map: [
        { source: 'c1', target: 'a' },
        { source: 'c2', target: 'b' },
      ],
      readings: [{ column: 'c1', layout: '1234,5' }],
    })
  })

  it('reads the table that was written, into another file', () => {
    const swapped = swap({ ...importing, columns: rename(emptyColumns, 'a', 'x') }, known)
    expect(toTransfer(swapped, ['x', 'b', '__proto__', 'd'])).toEqual({
      direction: 'export',
      source: { kind: 'table', server: 'embedded', table: 't' },
      target: { kind: 'file', path: 'in/t.csv', dialect: {} },
      map: [{ source: 'x', target: 'a' }],
      verify: 'count',
    })
  })

  it('never writes over the file that was read', () => {
    const file = { ...importing.source.file, path: 'in/t.csv' }
    const swapped = swap({ ...importing, source: { ...importing.source, file } }, known)
    expect(swapped.target.file.path).toBe('in/t-export.csv')
  })

  it('twice is where it began', () => {
    const back = swap(swap(importing, known), known)
    expect(toTransfer(back, names)).toMatchObject({ direction: 'import', target: { table: 't' } })
  })
})
