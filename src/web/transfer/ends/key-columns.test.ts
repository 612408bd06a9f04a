import { expect, it } from 'vitest'
import { rename, tick } from '../columns.ts'
import { emptyColumns, emptyDraft } from '../draft.ts'
import { keysOf, keysText, partitionsOf, partitionText, targetColumns } from './key-columns.ts'

const names = ['day', 'origin', 'delay']
const draft = { ...emptyDraft, columns: rename(emptyColumns, 'day', 'on') }
const suggestion = {
  orderBy: ['origin', 'day'],
  partitionBy: { column: 'day', by: 'month' as const },
  reasons: [],
}

it('suggests keys by the names that the columns will have', () => {
  const columns = targetColumns(draft, names)
  const keys = keysOf(suggestion, columns, 'source')
  expect(keys).toEqual({ orderBy: ['origin', 'on'], partitionBy: { column: 'on', by: 'month' } })
  expect(keys && keysText(keys)).toBe('ORDER BY origin, on · PARTITION BY month of on')
  const { orderBy = [], partitionBy = null } = keys ?? {}
  expect(keysOf({ orderBy, partitionBy, reasons: [] }, columns, 'name')).toEqual(keys)
})

it('suggests only what moves', () => {
  const without = (...off: string[]) =>
    targetColumns({ ...draft, columns: tick(draft.columns, names, off, false) }, names)
  expect(keysOf(suggestion, without('day'), 'source')).toEqual({ orderBy: ['origin'], partitionBy: null })
  expect(keysOf(suggestion, without('day', 'origin'), 'source')).toBeUndefined()
})

it('offers the parts of dates only', () => {
  expect(partitionsOf('d', 'Nullable(DateTime64(3))').map(partitionText)).toEqual([
    'month of d',
    'year of d',
    'day of d',
    'd',
  ])
  expect(partitionsOf('n', 'UInt8').map(partitionText)).toEqual(['n'])
})
