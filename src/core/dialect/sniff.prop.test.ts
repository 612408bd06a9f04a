import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dialectSchema } from '../../shared/index.ts'
import { sniff } from './index.ts'

const encoder = new TextEncoder()
const alphanumeric = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCXYZ0123456789'.split('')),
  maxLength: 12,
})

function tables(cell: fc.Arbitrary<string>, name = alphanumeric, least = 2): fc.Arbitrary<string[][]> {
  return fc
    .integer({ min: least, max: 8 })
    .chain((width) =>
      fc
        .tuple(
          fc.uniqueArray(name, { minLength: width, maxLength: width }),
          fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 2, maxLength: 25 }),
        )
        .map(([header, rows]) => [header, ...rows]),
    )
}

const delimiter = fc.constantFrom(',', ';', '|')
const lineEnd = fc.constantFrom('\n', '\r\n')

function write(table: string[][], by: string, end: string, always: boolean): Uint8Array {
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`
  const needs = (cell: string) => always || /["\r\n]/u.test(cell) || cell.includes(by)
  const lines = table.map((row) => row.map((cell) => (needs(cell) ? quoted(cell) : cell)).join(by) + end)
  return encoder.encode(lines.join(''))
}

/** Header or not, the records are those that were written. */
function recordsOf(found: ReturnType<typeof sniff>): string[][] {
  return found.dialect.header ? [found.names, ...found.sample] : found.sample
}

test('a table of alphanumeric cells is sniffed with its delimiter, and read back', () => {
  fc.assert(
    fc.property(tables(alphanumeric), delimiter, lineEnd, fc.boolean(), (table, by, end, always) => {
      // A column without a name and a value is a delimiter at the end of every line.
      fc.pre([0, -1].every((column) => table.some((row) => row.at(column) !== '')))
      const found = sniff({ bytes: write(table, by, end, always), complete: true }, { choice: {} })
      expect(found.dialect).toMatchObject({
        delimiter: by,
        lineTerminator: end,
        quote: '"',
        escape: 'double',
      })
      expect(recordsOf(found)).toEqual(table)
    }),
    { numRuns: 300 },
  )
})

test('when every field is quoted, its text may hold delimiters, quotes and line ends', () => {
  const wild = fc.string({
    unit: fc.constantFrom(...'ab 1:.-'.split(''), ',', ';', '|', '\t', '"', '\n', "'"),
    maxLength: 12,
  })
  fc.assert(
    fc.property(tables(wild, wild), delimiter, lineEnd, (table, by, end) => {
      const found = sniff({ bytes: write(table, by, end, true), complete: true }, { choice: {} })
      expect(found.dialect.delimiter).toBe(by)
      expect(recordsOf(found)).toEqual(table)
    }),
    { numRuns: 300 },
  )
})

test('a chosen delimiter is kept and reads back any table, of one column, too', () => {
  const any = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((cell) => !/[\r\0]/u.test(cell))
  fc.assert(
    fc.property(tables(any, any, 1), delimiter, lineEnd, (table, by, end) => {
      const bytes = write(table, by, end, true)
      const found = sniff({ bytes, complete: true }, { choice: { delimiter: by, header: true } })
      expect(found.dialect.delimiter).toBe(by)
      expect(recordsOf(found)).toEqual(table)
    }),
  )
})

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .array(
      fc.constantFrom(
        'a',
        '1',
        ',',
        ';',
        '\t',
        '|',
        ':',
        '"',
        "'",
        '\\',
        '\n',
        '\r',
        ' ',
        '\ufeff',
        'ü',
        '\0',
      ),
    )
    .map((parts) => encoder.encode(parts.join(''))),
)
const choice = fc.record(
  {
    delimiter: fc.constantFrom(',', ';', '\t', '||', ' ', 'ab'),
    quote: fc.constantFrom('"', "'", null),
    escape: fc.constantFrom('double' as const, 'backslash' as const, null),
    lineTerminator: fc.constantFrom('\n' as const, '\r\n' as const, '\r' as const),
    header: fc.boolean(),
    skipLines: fc.nat({ max: 3 }),
    nullTokens: fc.array(fc.string({ maxLength: 3 }), { maxLength: 2 }),
  },
  { requiredKeys: [] },
)

test('any bytes and any choice give one valid answer that obeys the choice, every time', () => {
  fc.assert(
    fc.property(
      bytes,
      fc.boolean(),
      choice,
      fc.constantFrom('csv', 'tsv', 'txt'),
      (head, complete, set, extension) => {
        const found = sniff({ bytes: head, complete }, { choice: set, extension })
        expect(dialectSchema.parse(found.dialect)).toEqual(found.dialect)
        expect(found.dialect).toMatchObject(set)
        expect(found.confidence).toBeGreaterThanOrEqual(0)
        expect(found.confidence).toBeLessThanOrEqual(1)
        expect(sniff({ bytes: head, complete }, { choice: set, extension })).toEqual(found)
      },
    ),
    { numRuns: 1000 },
  )
})
