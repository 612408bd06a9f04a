import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Formatter, UnwritableValue } from '../../src/core/dialect/index.ts'
import type { Dialect } from '../../src/shared/index.ts'
import { parse } from './parse.ts'

/** Texts of what dialects are made of. */
const wild = fc.string({ unit: fc.constantFrom(...'ab1#N§ :.-;,|\t"\'\\\n\rü'.split('')), maxLength: 8 })
const cell = fc.oneof({ arbitrary: wild, weight: 5 }, fc.constant('NULL'), fc.integer().map(Number))
const tables = fc
  .integer({ min: 1, max: 5 })
  .chain((width) =>
    fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
  )

const quoted: fc.Arbitrary<Partial<Dialect>> = fc.record({
  quote: fc.constantFrom('"', "'", '§'),
  escape: fc.constantFrom('double', 'backslash'),
  quoting: fc.constantFrom('always', 'needed', undefined),
})
const bare: fc.Arbitrary<Partial<Dialect>> = fc.oneof(
  fc.record({ quote: fc.constant(null), escape: fc.constantFrom('backslash' as const, null) }),
  fc.record({
    quote: fc.constant('"'),
    escape: fc.constant(null),
    quoting: fc.constantFrom('always' as const, 'needed' as const),
  }),
  fc.record({
    quote: fc.constant('"'),
    escape: fc.constantFrom('double' as const, 'backslash' as const),
    quoting: fc.constant('never' as const),
  }),
)
const rest = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|', ' ', ':', '||', '::', ', ', 'ü', '.', '1'),
  lineTerminator: fc.constantFrom('\n' as const, '\r\n' as const, '\r' as const),
  commentPrefix: fc.constantFrom(undefined, '#'),
  edgeDelimiter: fc.constantFrom(undefined, 'leading' as const, 'trailing' as const, 'both' as const),
})
const dialects = (kind: fc.Arbitrary<Partial<Dialect>>): fc.Arbitrary<Dialect> =>
  fc.tuple(kind, rest).map(([one, { commentPrefix, edgeDelimiter, ...other }]) => ({
    ...{ delimiter: ',', quote: '"', escape: 'double', header: false, skipLines: 0, nullTokens: ['\\N'] },
    ...other,
    ...(commentPrefix !== undefined && { commentPrefix }),
    ...(edgeDelimiter !== undefined && { edgeDelimiter }),
    ...one,
  }))

/** As ClickHouse writes it. */
const canonical = (table: (string | number)[][]): string =>
  table
    .map(
      (row) =>
        row.map((one) => (typeof one === 'number' ? one : `"${one.replaceAll('"', '""')}"`)).join(',') + '\n',
    )
    .join('')

function format(table: (string | number)[][], dialect: Dialect): string {
  const formatter = new Formatter(
    dialect,
    (table[0] ?? []).map(() => null),
  )
  return formatter.push(canonical(table)).text + formatter.end().text
}

const texts = (table: (string | number)[][]) => table.map((row) => row.map(String))

test('with quotes and an escape, any table is written and read as the same table', () => {
  fc.assert(
    fc.property(tables, dialects(quoted), (table, dialect) => {
      expect(parse(format(table, dialect), dialect)).toEqual(texts(table))
    }),
    { numRuns: 3000 },
  )
})

test('without them, it is read as the same table or not written at all', () => {
  let written = 0
  fc.assert(
    fc.property(tables, dialects(bare), (table, dialect) => {
      let text: string
      try {
        text = format(table, dialect)
      } catch (error) {
        expect(error).toBeInstanceOf(UnwritableValue)
        return
      }
      written++
      expect(parse(text, dialect)).toEqual(texts(table))
    }),
    { numRuns: 6000 },
  )
  expect(written).toBeGreaterThan(500)
})
