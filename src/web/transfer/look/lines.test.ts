import { describe, expect, it } from 'vitest'
import type { ColumnList, Preview } from '../../../shared/index.ts'
import { moveColumn, rename, tick } from '../columns.ts'
import { emptyColumns, orderedColumns } from '../draft.ts'
import {
  columnLines,
  isByPosition,
  named,
  placeBeside,
  placeOfDrop,
  samplesOf,
  unfilled,
  type Goal,
} from './lines.ts'
import { suggestTypes } from './types.ts'

const names = ['a', 'b', '__proto__']
const preview: Preview = {
  columns: names.map((name) => ({ name, type: 'Int8', comment: '' })),
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
