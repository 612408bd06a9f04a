import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../shared/index.ts'
import { parse } from '../../../tests/corpus/parse.ts'
import { normalised } from '../../../tests/support/normalised.ts'

/** Whatever may mean something, close together. */
const pieces = fc.constantFrom(
  ...[
    'a',
    'b1',
    'é',
    '日',
    ' ',
    '  ',
    '\t',
    '\n',
    '\n',
    '\r\n',
    '\r',
    '"',
    '"',
    "'",
    '\\',
    '\\N',
    '#',
    'x\u00a0',
  ],
)

const dialects: fc.Arbitrary<Dialect> = fc
  .record({
    delimiter: fc.constantFrom(',', ';', '\t', ' ', '||', ', ', '|', '::', 'é', '¦', ',,', '\\t'),
    quote: fc.constantFrom('"', '"', "'", null, '«', 'a'),
    escape: fc.constantFrom('double', 'backslash', null),
    lineTerminator: fc.constantFrom('\n', '\r\n', '\r'),
    header: fc.boolean(),
    skipLines: fc.constantFrom(0, 0, 0, 1, 2),
    nullTokens: fc.constant(['\\N', '']),
    commentPrefix: fc.constantFrom(undefined, undefined, '#', '--'),
    headerLines: fc.constantFrom(undefined, undefined, 2),
    footerLines: fc.constantFrom(undefined, undefined, 1, 3),
    padding: fc.constantFrom(undefined, true),
    edgeDelimiter: fc.constantFrom(undefined, undefined, 'leading', 'trailing', 'both'),
  })
  .map(
    (all) =>
      Object.fromEntries(
        Object.entries(all).filter(([, value]) => value !== undefined),
      ) as unknown as Dialect,
  )

const files = dialects.chain((dialect) =>
  fc.record({
    dialect: fc.constant(dialect),
    text: fc
      .array(fc.oneof({ weight: 3, arbitrary: pieces }, fc.constant(dialect.delimiter)), { maxLength: 40 })
      .map((all) => all.join('')),
    cuts: fc.array(fc.nat(60), { maxLength: 6 }),
  }),
)

/** The dialect of a single record that was cut out. */
const alone = ({ delimiter, quote, escape, lineTerminator, padding, edgeDelimiter }: Dialect): Dialect => ({
  ...{ delimiter, quote, escape, lineTerminator, header: false, skipLines: 0, nullTokens: [] },
  ...(padding && { padding }),
  ...(edgeDelimiter && { edgeDelimiter }),
})

describe('Normaliser', () => {
  it('reads any text in any dialect as it is read letter by letter, however it is cut', () => {
    fc.assert(
      fc.property(files, ({ dialect, text, cuts }) => {
        fc.pre(
          (text.match(dialect.lineTerminator === '\r' ? /\r\n|\n|\r/gu : /\n/gu) ?? []).length >=
            dialect.skipLines,
        )
        const all = parse(text, dialect)
        const width = Math.max(0, ...all.map((record) => record.length))
        fc.pre(all.every(({ length }) => length > 0))
        fc.pre(width > 1 || (width === 1 && dialect.edgeDelimiter === undefined))
        const expected = all.slice(dialect.header ? (dialect.headerLines ?? 1) : 0)
        const bytes = Buffer.from(text)
        const found = normalised(bytes, { dialect, encoding: 'utf-8', width, missing: '\\N' }, cuts)
        const open = found.findIndex(({ fault }) => fault.startsWith('a quote is'))
        const closed = open < 0 ? found : found.slice(0, open)
        if (open < 0) expect(found).toHaveLength(expected.length)
        for (const [n, { fields, fault, offset, length, line }] of closed.entries()) {
          const record = expected[n] ?? []
          if (fault.startsWith('a quote inside')) continue
          if (fault === '') expect(fields).toEqual(record)
          else
            expect(fault).toMatch(new RegExp(`^the record has ${record.length} fields?, but ${width}`, 'u'))
          const raw = bytes.subarray(offset, offset + length).toString()
          expect(parse(raw, alone(dialect))).toEqual(record.length === 0 || raw === '' ? [] : [record])
          const before = bytes.subarray(0, offset).toString()
          const ends = dialect.lineTerminator === '\r' ? /\r\n|\n|\r/gu : /\n/gu
          expect(line).toBe(1 + [...before.matchAll(ends)].length)
        }
      }),
      { numRuns: 3000 },
    )
  }, 60_000)
})
