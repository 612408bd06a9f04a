import { expect, it } from 'vitest'
import type { ColumnProfile } from './column-profile.ts'
import { suggest } from './suggest.ts'

const records = 1_000_000
const column = (
  name: string,
  type: string,
  distinct: number,
  more: Partial<ColumnProfile> = {},
): ColumnProfile => ({
  ...{ name, type, distinct, records, nullable: type.startsWith('Nullable') },
  ...{ layout: null, nulls: 0, empties: 0, longest: 5, min: '1', max: '9' },
  ...{ nullTokens: [], ownTokens: [], notes: [], ...more },
})
const id = column('id', 'UInt64', records)
const city = column('city', 'LowCardinality(String)', 400)
const kind = column('kind', 'LowCardinality(String)', 4)
const day = column('day', 'Date', 700, { min: '2020-01-15', max: '2021-12-31' })

it('sorts by few values first, then by the time', () => {
  const found = suggest([id, city, day, kind], records)
  expect(found).toMatchObject({ orderBy: ['kind', 'city', 'day'], partitionBy: null })
  expect(found?.reasons).toHaveLength(3)
  expect(found?.reasons[0]).toContain('4 values')
})

it('takes what tells the rows apart when there is no time', () => {
  expect(suggest([column('price', 'Float64', records), id, kind], records)?.orderBy).toEqual(['kind', 'id'])
})

it('makes no key of NULL, of one value, or of nothing', () => {
  const nullable = column('k', 'Nullable(UInt8)', 3, { nullable: true })
  expect(suggest([nullable, column('one', 'UInt8', 1), column('x', 'Float64', 5)], records)).toBeNull()
  expect(suggest([], null)).toBeNull()
})

it.each([
  [9_999_999, '2020-01-15', '2021-12-31', null],
  [10_000_000, '2020-01-15', '2021-12-31', { column: 'day', by: 'month' }],
  [null, '2020-01-15', '2021-12-31', null],
  [10_000_000, '2020-01-01', '2020-01-31', null],
  [10_000_000, '1900-01-01', '2020-01-31', { column: 'day', by: 'year' }],
])('%s rows from %s to %s: partitions %j', (rows, min, max, partitionBy) => {
  const found = suggest([{ ...day, min, max }], rows)
  expect(found?.partitionBy).toEqual(partitionBy)
  if (partitionBy) expect(found?.reasons.at(-1)).toContain('partitions')
})
