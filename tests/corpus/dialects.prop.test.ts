import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sniff } from '../../src/core/dialect/index.ts'
import { parse } from './parse.ts'
import { Random } from './random.ts'
import { joined, plain, written, type Style } from './write.ts'

const words = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCXYZ'.split('')),
  minLength: 1,
  maxLength: 9,
})
/** Texts that hold what dialects are made of. */
const wild = fc.string({ unit: fc.constantFrom(...'ab1 :.-;,|\t"\'\\\nü'.split('')), maxLength: 10 })
const number = fc.integer({ min: -9999, max: 9999 }).map(String)

/** Small tables can be read in several ways, so there are at least four records of at least three fields. */
function tables(cell: fc.Arbitrary<string>): fc.Arbitrary<string[][]> {
  return fc.integer({ min: 3, max: 7 }).chain((width) =>
    fc
      .tuple(
        fc.uniqueArray(words, { minLength: width, maxLength: width }),
        fc.array(
          fc
            .tuple(number, fc.array(cell, { minLength: width - 1, maxLength: width - 1 }))
            .map(([id, rest]) => [id, ...rest]),
          { minLength: 4, maxLength: 20 },
        ),
      )
      .map(([header, rows]) => [header, ...rows]),
  )
}

const terminator = fc.constantFrom('\n' as const, '\r\n' as const)

function readBack(table: string[][], style: Style): string[][] {
  const text = joined(written(table, style), style, new Random(1))
  const { dialect } = sniff({ bytes: new TextEncoder().encode(text), complete: true }, { choice: {} })
  return parse(text, dialect)
}

test('when every field is quoted, any table is read back from any delimiter, quote and escape', () => {
  const style = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t', '|', '^', '~', ' ', '||', '::'),
    quote: fc.constantFrom('"', "'"),
    escape: fc.constantFrom('double' as const, 'backslash' as const),
    terminator,
  })
  fc.assert(
    fc.property(tables(wild), style, (table, parts) => {
      // Two backslashes are also one that is escaped: of a file with nothing but pairs only its writer knows.
      fc.pre(parts.escape === 'backslash' || !table.flat().some((cell) => cell.includes('\\\\')))
      expect(readBack(table, { ...plain, ...parts, quoting: 'always' })).toEqual(table)
    }),
    { numRuns: 400 },
  )
}, 60_000)

test('when only what must be is quoted, tables of words and numbers are read back', () => {
  const cell = fc.oneof(
    words,
    number,
    fc.constant(''),
    words.map((word) => `${word}, ${word}; ${word}`),
  )
  const style = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t', '|', '^', '~', '||', '::', '\u001f'),
    terminator: fc.constantFrom('\n' as const, '\r\n' as const, '\r' as const),
  })
  fc.assert(
    fc.property(tables(cell), style, (table, parts) => {
      expect(readBack(table, { ...plain, ...parts })).toEqual(table)
    }),
    { numRuns: 400 },
  )
}, 60_000)
