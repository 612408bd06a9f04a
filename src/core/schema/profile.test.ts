import { expect, it } from 'vitest'
import { profileQuery, readProfile, type ColumnProfile } from './profile.ts'

const text = { name: 'a', field: 'c1', candidates: [] }
const integer = { name: 'b', field: 'c2', candidates: ['integer', 'float'] as const }

/** The profile of one column, from what a server answers: records, nulls, values, distinct, longest, min, max. */
function profileText(...answer: (string | number | null)[]): ColumnProfile | undefined {
  return readProfile({ 0: answer }, [text])[0]
}
const profileInteger = (...answer: (string | number | null)[]) => readProfile({ 0: answer }, [integer])[0]

it('reads a column of text', () => {
  expect(profileText('9', '0', '8', '7', '5', 'x', 'y')).toEqual({
    name: 'a',
    type: 'String',
    nullable: false,
    records: 9,
    nulls: 0,
    empties: 1,
    distinct: 7,
    longest: 5,
    min: 'x',
    max: 'y',
  })
})

it('reads counts beyond 2^53 without losing a digit, and quoted or bare', () => {
  const many = '9007199254740993'
  expect(profileText(many, '0', many, '12000', '5', 'x', 'y')).toMatchObject({
    records: many,
    type: 'String',
  })
  expect(profileText(9, 0, 9, 9, 5, 'x', 'y')).toMatchObject({ records: 9, empties: 0 })
})

it.each([
  [1000, 99, 'LowCardinality(String)'],
  [999, 5, 'String'],
  [1000, 100, 'String'],
  [1_000_000, 10_000, 'LowCardinality(String)'],
  [1_000_000, 10_001, 'String'],
  [1000, 0, 'String'],
])('%d records with %d different texts: %s', (records, distinct, type) => {
  const values = distinct === 0 ? 0 : records
  expect(profileText(records, 0, values, distinct, 5, 'x', 'y')?.type).toBe(type)
})

it('an approximate count never says more than there is', () => {
  expect(profileText(50, 0, 50, 51, 5, 'x', 'y')?.distinct).toBe(50)
})

it('is Nullable for null tokens, and for empty fields where the type has no empty value', () => {
  expect(profileText(9, 1, 8, 8, 5, 'x', 'y')?.type).toBe('Nullable(String)')
  expect(profileText(1000, 1, 999, 8, 5, 'x', 'y')?.type).toBe('LowCardinality(Nullable(String))')
  const full = [9, '1', '7', 9, '1', '7'] as const
  const partly = [8, '1', '7', 8, '1', '7'] as const
  expect(profileInteger(9, 0, 9, 9, 1, '1', '7', ...full)).toMatchObject({ type: 'UInt8', nullable: false })
  expect(profileInteger(9, 0, 8, 8, 1, '1', '7', ...partly)?.type).toBe('Nullable(UInt8)')
  expect(profileInteger(9, 1, 8, 8, 1, '1', '7', ...partly)?.type).toBe('Nullable(UInt8)')
})

it('prefers the first family that holds all values, and takes its ends', () => {
  const texts = [3, 0, 3, 3, 3, '-1', '9'] as const
  expect(profileInteger(...texts, 3, '-5', '90', 3, '-5', '90')).toMatchObject({
    type: 'Int8',
    min: '-5',
    max: '90',
  })
  expect(profileInteger(...texts, 2, '-5', '90', 3, '-5', '90.5')).toMatchObject({
    type: 'Float64',
    max: '90.5',
  })
  expect(profileInteger(...texts, 2, '-5', '90', 2, '-5', '90.5')).toMatchObject({
    type: 'String',
    min: '-1',
    max: '9',
  })
})

it('a column without any value is a text without ends', () => {
  const column = { name: 'e', field: 'c1', candidates: [] }
  expect(readProfile({ 0: [4, 0, 0, 0, 0, '', ''] }, [column])[0]).toMatchObject({
    type: 'String',
    empties: 4,
    min: null,
    max: null,
  })
  expect(readProfile({ 0: [4, 3, 0, 0, 0, '', ''] }, [column])[0]?.type).toBe('Nullable(String)')
})

it('puts no name into SQL but the field, quoted', () => {
  const sql = profileQuery('t', [{ name: 'evil `name`', field: 'c`1', candidates: [] }], {
    timezone: 'UTC',
    utf8: true,
    nullTokens: [],
    quoted: true,
  })
  expect(sql).not.toContain('evil')
  expect(sql).toContain('`c\\`1`')
})
