import { describe, expect, it } from 'vitest'
import { highlight } from './highlight.ts'
import { sparkPath } from './ProgressBar.tsx'
import { searchOptions } from './search.ts'

const joined = (pieces: readonly (readonly [string, string])[]) => pieces.map(([, text]) => text).join('')

describe('highlight', () => {
  it.each([
    ['sql', "-- a 'b\nSELECT `from`, 'it''s\\'' FROM t WHERE x > 14.5 /* c */"],
    ['yaml', '# note\nmode: \'create\'\nlimit: 100\n- source: a\n  target: "b: c"'],
    ['shell', "flathouse import 'a b.csv' --table main.t"],
    ['text', 'SELECT 1'],
  ] as const)('keeps the text of %s as it is', (language, code) =>
    expect(joined(highlight(code, language))).toBe(code),
  )

  it('tells SQL words, texts, numbers and comments apart', () => {
    expect(highlight("SELECT 'FROM', `WHERE`, 2 -- LIMIT", 'sql')).toEqual([
      ['keyword', 'SELECT'],
      ['plain', ' '],
      ['string', "'FROM'"],
      ['plain', ', '],
      ['plain', '`WHERE`'],
      ['plain', ', '],
      ['number', '2'],
      ['plain', ' '],
      ['comment', '-- LIMIT'],
    ])
  })
})

describe('search', () => {
  const options = ['airports', 'main.flights', 'flights', 'flights_2001'].map((value) => ({
    value,
    label: value,
  }))
  const found = (text: string) => searchOptions(options, text).map(({ value }) => value)

  it('puts what begins with the text first', () =>
    expect(found('FLI')).toEqual(['flights', 'flights_2001', 'main.flights']))
  it('wants every word', () => expect(found('2001 fli')).toEqual(['flights_2001']))
  it('takes signs as they are', () => expect(found('.*')).toEqual([]))
  it('shows all for no text', () => expect(found('  ')).toHaveLength(4))
})

it('draws a sparkline from edge to edge', () => {
  expect(sparkPath([0, 10], 100, 12)).toBe('M0.0 11.0L100.0 1.0')
  expect(sparkPath([0, 0], 100, 12)).toBe('M0.0 11.0L100.0 11.0')
})
