import { describe, expect, it } from 'vitest'
import type { ColumnList, Inspection, Preview } from '../../../shared/index.ts'
import { moveColumn, readingOf, rename, reread, retype, tick, typeOf, withMisfit } from '../columns.ts'
import { emptyColumns, orderedColumns } from '../draft.ts'
import {
  columnLines,
  isByPosition,
  named,
  notesOf,
  placeBeside,
  placeOfDrop,
  refined,
  samplesOf,
  unfilled,
  type Goal,
} from './lines.ts'
import { suggestTypes } from './types.ts'

const names = ['a', 'b', '__proto__']
const preview: Preview = {
  columns: names.map((name) => ({ name, type: 'Int8', comment: '', layout: null, readAsNull: [''] })),
  rows: [
    ['1', null, ''],
    ['1', 'x', '2'],
  ],
  unfit: [{ row: 1, column: 1 }],
  file: null,
  sql: null,
}
const column = (name: string, kind: ColumnList['columns'][number]['kind'] = '') => ({
  name,
  type: 'UInt8',
  comment: '',
  kind,
})
const table = (columns: ColumnList['columns'], byPosition = false): Goal => {
  return { kind: 'table', name: 'd.t', columns, byPosition }
}

describe('the lines of the columns', () => {
  it('follow the order and know what does not fit', () => {
    const lines = columnLines(preview, moveColumn(emptyColumns, names, '__proto__', 0), { kind: 'new' })
    expect(lines.map(({ name, at }) => [name, at])).toEqual([
      ['__proto__', 2],
      ['a', 0],
      ['b', 1],
    ])
    expect(lines.at(-1)?.unfit).toEqual([1])
  })

  it('find names that are used twice, among the chosen ones only', () => {
    const twice = rename(emptyColumns, 'a', 'b')
    const problems = (columns: typeof twice) =>
      columnLines(preview, columns, { kind: 'file' }).map(({ problem }) => problem)
    expect(problems(twice)).toEqual(['twice', 'twice', null])
    expect(problems(tick(twice, names, ['b'], false))).toEqual([null, null, null])
  })

  it('compare with a table that is there', () => {
    const goal = table([column('a'), column('b', 'ALIAS'), column('z')])
    const lines = columnLines(preview, emptyColumns, goal)
    expect(lines.map(({ problem, targetType }) => [problem, targetType])).toEqual([
      [null, 'UInt8'],
      ['computed', 'UInt8'],
      ['absent', null],
    ])
    expect(unfilled(lines, goal)).toEqual(['z'])
  })

  it('without a header go by position, until a name is given', () => {
    const columns = [column('x'), column('y'), column('m', 'MATERIALIZED'), column('z')]
    const dialect = { header: false } as NonNullable<Preview['file']>['dialect']
    const bare = { ...preview, file: { dialect } as Preview['file'] }
    expect(isByPosition(bare, emptyColumns, columns)).toBe(true)
    const goal = table(columns, true)
    const lines = columnLines(bare, emptyColumns, goal)
    expect(lines.map(({ target }) => target)).toEqual(['x', 'y', 'z'])
    const written = named(emptyColumns, lines, goal)
    expect(written.map).toHaveLength(3)
    expect(isByPosition(bare, written, columns)).toBe(false)
  })

  it('show up to three different values', () => {
    expect([0, 1, 2].map((at) => samplesOf(preview.rows, at))).toEqual([['1'], ['x'], ['2']])
  })
})

describe('what all records say', () => {
  const found = (name: string, type: string): Inspection['columns'][number] => ({
    name,
    type,
    layout: 'DD/MM/YYYY',
    readAsNull: ['', 'NA'],
    nullTokens: [
      { token: 'NA', count: '2' },
      { token: '-', count: 3 },
    ],
    notes: ['12 values have leading zeros'],
    nullable: false,
    nulls: 0,
    empties: 0,
    distinct: 0,
    longest: 0,
    min: null,
    max: null,
  })
  const whole = { columns: [found('a', 'Date'), found('b', 'Int64')], records: 7 } as Inspection
  const sniffed = { sampled: 2, isWhole: false } as Preview['file']

  it('stands in place of what the first ones said', () => {
    const seen = refined({ ...preview, file: sniffed }, whole)
    expect(seen.columns.map(({ type, layout, readAsNull }) => [type, layout, ...readAsNull])).toEqual([
      ['Date', 'DD/MM/YYYY', '', 'NA'],
      ['Int64', 'DD/MM/YYYY', '', 'NA'],
      ['Int8', null, ''],
    ])
    expect(seen.file).toEqual({ sampled: 7, isWhole: true })
    expect(refined(preview, undefined)).toBe(preview)
  })

  it('comes to the lines as notes', () => {
    const [line] = columnLines(preview, emptyColumns, { kind: 'new' }, notesOf(whole))
    expect(line?.notes).toEqual(['12 values have leading zeros', '“-” stands here 3 times and may mean NULL'])
  })
})

describe('the reading of a column', () => {
  it('is kept while something is said, and goes with the last word', () => {
    const dated = reread(emptyColumns, 'a', { layout: 'DD/MM/YYYY' })
    expect(dated.readings).toEqual([{ column: 'a', layout: 'DD/MM/YYYY', misfit: 'reject' }])
    const both = reread(dated, 'a', { nullTokens: [] })
    expect(readingOf(both, 'a').nullTokens).toEqual([])
    const back = reread(both, 'a', { layout: undefined })
    expect(back.readings).toEqual([{ column: 'a', nullTokens: [], misfit: 'reject' }])
    expect(reread(back, 'a', { nullTokens: undefined })).toEqual(emptyColumns)
  })
})

describe('NULL in place of what does not fit', () => {
  it('leaves a type alone that is inferred, and makes one Nullable that was chosen', () => {
    expect(withMisfit(emptyColumns, 'a', 'null')).toEqual({
      ...emptyColumns,
      readings: [{ column: 'a', misfit: 'null' }],
    })
    const typeAfter = (type: string) => typeOf(withMisfit(retype(emptyColumns, 'a', type), 'a', 'null'), 'a')
    expect(typeAfter('Int8')).toBe('Nullable(Int8)')
    expect(typeAfter('Nullable(Int8)')).toBe('Nullable(Int8)')
    expect(typeAfter('LowCardinality(String)')).toBe('LowCardinality(Nullable(String))')
  })
})

describe('a type that is chosen', () => {
  it('takes the layout with it that it cannot have', () => {
    const dated = reread(emptyColumns, 'a', { layout: 'DD/MM/YYYY', misfit: 'default' })
    expect(retype(dated, 'a', 'String').readings).toEqual([{ column: 'a', misfit: 'default' }])
    expect(retype(dated, 'a', 'UInt8').readings).toEqual([{ column: 'a', misfit: 'default' }])
    expect(retype(dated, 'a', 'Nullable(Date32)').readings).toEqual(dated.readings)
    expect(retype(dated, 'a', '').readings).toEqual(dated.readings)
  })
})

describe('moving', () => {
  const order = ['a', 'b', 'c', 'd']
  const moved = (name: string, to: number) =>
    orderedColumns(moveColumn(emptyColumns, order, name, to), order).join('')

  it('goes beside the next one in sight', () => {
    expect(moved('a', placeBeside(order, ['a', 'c'], 'a', 1) ?? -1)).toBe('bcad')
    expect(moved('c', placeBeside(order, ['a', 'c'], 'c', -1) ?? -1)).toBe('cabd')
    expect(placeBeside(order, order, 'a', -1)).toBeUndefined()
  })

  it('drops before or after another', () => {
    expect(moved('a', placeOfDrop(order, 'a', 'c', true))).toBe('bcad')
    expect(moved('a', placeOfDrop(order, 'a', 'c', false))).toBe('bacd')
    expect(moved('d', placeOfDrop(order, 'd', 'b', false))).toBe('adbc')
    expect(moved('d', placeOfDrop(order, 'd', 'b', true))).toBe('abdc')
  })
})

it('suggests wider types first, and none that ClickHouse refuses', () => {
  expect(suggestTypes('UInt8').slice(0, 3)).toEqual(['Nullable(UInt8)', 'Int16', 'Int32'])
  expect(suggestTypes('Nullable(Int32)')[0]).toBe('Int32')
  expect(suggestTypes('Array(String)')).not.toContain('Nullable(Array(String))')
})
