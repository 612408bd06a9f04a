import { expect, it } from 'vitest'
import type { ColumnProfile } from './column-profile.ts'
import type { FieldOptions } from './field.ts'
import { firstLook } from './findings.ts'
import { profileColumns } from './profile-columns.ts'
import { answersByKey, profileQuery, type Answer, type ProfiledColumn } from './profile.ts'

const options: FieldOptions = { timezone: 'UTC', utf8: true, nullTokens: ['', '\\N'], quoted: true }

type Said = Record<string, Answer>

/** Answers in the order in which the column asks for them. */
function answered(column: ProfiledColumn, said: Said): Answer[] {
  const keys = [...answersByKey(column, []).keys()]
  return keys.map((key) => said[key] ?? (/^(misfits|likes|tokens)$/.test(key) ? [] : '0'))
}

/** The profile of one column, from what a server answers the first time and the second. */
async function profileOf(texts: string[], ...answers: Said[]): Promise<ColumnProfile | undefined> {
  let asked = 0
  const ask = (columns: readonly ProfiledColumn[]) => {
    const said = answers[asked++] ?? {}
    return Promise.resolve(columns.map((column) => answered(column, said)))
  }
  const [profile] = await profileColumns([{ name: 'a', field: 'c1', texts }], options, ask)
  expect(asked).toBe(answers.length)
  return profile
}

const text = { records: '9', blank: '1', distinct: '8', longest: '5', min: 'x', max: 'y' }

it('reads a column of text', async () => {
  expect(await profileOf(['x'], text)).toEqual({
    ...{ name: 'a', type: 'String', nullable: false, layout: null, records: 9, nulls: 0, empties: 1 },
    ...{ distinct: 7, longest: 5, min: 'x', max: 'y', nullTokens: [], ownTokens: [], notes: [] },
  })
})

it('reads counts beyond 2^53 without losing a digit, and quoted or bare', async () => {
  const many = '9007199254740993'
  expect(await profileOf(['x'], { ...text, records: many, blank: '0', distinct: '12000' })).toMatchObject({
    records: many,
    type: 'String',
  })
  expect(await profileOf(['x'], { ...text, records: 9, blank: 0 })).toMatchObject({ records: 9, empties: 0 })
})

it.each([
  [1000, 99, 'LowCardinality(String)'],
  [999, 5, 'String'],
  [1000, 100, 'String'],
  [1_000_000, 10_000, 'LowCardinality(String)'],
  [1_000_000, 10_001, 'String'],
])('%d records with %d different texts: %s', async (records, distinct, type) => {
  expect((await profileOf(['x'], { ...text, records, blank: 0, distinct }))?.type).toBe(type)
})

it('an approximate count never says more than there is', async () => {
  expect((await profileOf(['x'], { ...text, records: 50, blank: 0, distinct: 51 }))?.distinct).toBe(50)
})

const integers = { 'integer min': '1', 'integer max': '7', 'integer distinct': '3' }

it('is Nullable for null tokens, and for empty fields where the type has no empty value', async () => {
  const nulls = { ...text, nulls: '1', blank: '1' }
  expect((await profileOf(['\\N', 'x'], nulls))?.type).toBe('Nullable(String)')
  const full = { ...integers, records: 9, 'integer Int64': 9 }
  expect(await profileOf(['1'], full)).toMatchObject({ type: 'UInt8', nullable: false })
  const empty = { ...full, blank: 1, 'integer Int64': 8 }
  expect((await profileOf(['1'], empty))?.type).toBe('Nullable(UInt8)')
  const token = { ...full, 'integer Int64': 8, misfits: [['\\N', '1']] as const }
  expect(await profileOf(['1'], token)).toMatchObject({ type: 'Nullable(UInt8)', nulls: 1, ownTokens: [] })
})

it('asks again about a column that surprised it, and of what its misfits leave', async () => {
  const first = { ...integers, records: 9, 'integer Int64': 8, misfits: [['0.5', '1']] as const }
  const ends = { 'float min': '0.5', 'float max': '7', 'float distinct': '4' }
  expect(await profileOf(['1'], first, { records: 9, 'float Float64': 9, ...ends })).toMatchObject({
    ...{ type: 'Float64', min: '0.5', max: '7', distinct: 4 },
  })
  const word = { ...first, misfits: [['x', '1']] as const }
  expect(await profileOf(['1'], word, { ...text, blank: 0 })).toMatchObject({
    type: 'String',
    notes: ['8 of 9 values are integers, but not "x": the column stays text'],
  })
})

it('asks again when the reader would have told NULL from text', async () => {
  const surprised = { ...text, blank: '0', likes: [['\\N', '2']] as const }
  expect(await profileOf(['x'], surprised, { ...text, nulls: '1', blank: '1' })).toMatchObject({
    type: 'Nullable(String)',
    nulls: 1,
    nullTokens: [{ token: '\\N', count: 1 }],
  })
})

it('a column without any value is a text without ends', async () => {
  expect(await profileOf([], { records: 4, blank: 4 })).toMatchObject({
    ...{ type: 'String', empties: 4, min: null, max: null },
  })
})

it('puts no name into SQL but the field, quoted', () => {
  const column = firstLook({ name: 'evil `name`', field: 'c`1', texts: ['x'] }, options)
  const sql = profileQuery('t', [column], options)
  expect(sql).not.toContain('evil')
  expect(sql).toContain('`c\\`1`')
})
