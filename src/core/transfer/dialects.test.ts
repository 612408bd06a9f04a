import { describe, expect, it } from 'vitest'
import type { Dialect, Encoding } from '../../shared/index.ts'
import type { Oddities } from '../dialect/index.ts'
import { canonicalDialect, readingWay } from './dialects.ts'

const csv: Dialect = {
  ...{ delimiter: ',', quote: '"', escape: 'double', lineTerminator: '\n' },
  ...{ header: true, skipLines: 0, nullTokens: ['\\N', ''] },
}
const tsv: Dialect = { ...csv, delimiter: '\t', quote: null, escape: 'backslash' }

describe('readingWay', () => {
  it.each<[string, Dialect, Encoding?]>([
    ['CSV', csv],
    ['with a byte order mark', csv, 'utf-8-bom'],
    ['bytes as they are', csv, 'binary'],
    ['semicolons and CRLF', { ...csv, delimiter: ';', lineTerminator: '\r\n' }],
    ['CR', { ...csv, lineTerminator: '\r' }],
    ['blanks', { ...csv, delimiter: ' ' }],
    ['skipped lines and a tall header', { ...csv, skipLines: 3, headerLines: 2 }],
    ['TSV', tsv],
    ['TSV without escapes', { ...tsv, escape: null }],
  ])('leaves %s to ClickHouse', (_, dialect, encoding = 'utf-8') => {
    expect(readingWay(dialect, encoding, 'a.csv')).toEqual({ by: 'clickhouse', reason: null })
  })

  it.each<[string, Dialect, Encoding?]>([
    ['The text is shift_jis (Japanese), and ClickHouse reads UTF-8', csv, 'shift_jis'],
    ['The text is utf-16le, and ClickHouse reads UTF-8', csv, 'utf-16le'],
    ['The delimiter `||` is not one ASCII character', { ...csv, delimiter: '||' }],
    ['The delimiter `é` is not one ASCII character', { ...csv, delimiter: 'é' }],
    ["The fields are quoted with '", { ...csv, quote: "'" }],
    ['A backslash escapes quotes', { ...csv, escape: 'backslash' }],
    ['Quotes inside fields are not doubled', { ...csv, escape: null }],
    ["ClickHouse's reader of CSV takes quotes for more than text", { ...csv, quote: null, escape: null }],
    ["ClickHouse's reader of TSV does not end lines with CR alone", { ...tsv, lineTerminator: '\r' }],
    ['Lines of comment are left out', { ...csv, commentPrefix: '#' }],
    ['The lines at the end of the file are left out', { ...csv, footerLines: 1 }],
    ['Blanks around the fields are left out', { ...csv, padding: true }],
    ['Delimiters at the edges of the records are left out', { ...csv, edgeDelimiter: 'both' }],
    ['Records may lack fields at their end', { ...csv, ragged: true }],
  ])('says why not: %s', (reason, dialect, encoding = 'utf-8') => {
    const way = readingWay(dialect, encoding, 'a.csv')
    expect(way.by).toBe('normaliser')
    expect(way.reason).toContain(reason)
    expect(way.reason).not.toMatch(/\.$/u)
  })

  it.each<[string | null, Partial<Oddities>, Partial<Dialect>]>([
    ['Blank lines between the records are left out', { blankLines: 1 }, {}],
    ['ClickHouse would skip other lines above the first record', { isSkippedWrongly: true }, {}],
    ['The byte order mark is left out', { isMarked: true }, { header: false }],
    [null, { isMarked: true }, {}],
    [null, { isMarked: true }, { header: false, skipLines: 1 }],
  ])('says %j of %j with %j', (reason, found, part) => {
    const oddities = { blankLines: 0, isSkippedWrongly: false, isMarked: false, ...found }
    expect(readingWay({ ...csv, ...part }, 'utf-8', 'a.csv', oddities).reason).toBe(reason)
  })

  it.each<[Partial<Dialect>]>([
    [{ delimiter: '\n' }],
    [{ delimiter: '"' }],
    [{ delimiter: ',"' }],
    [{ quote: '\r' }],
    [{ commentPrefix: '\n#' }],
  ])('refuses %j', (part) => {
    expect(() => readingWay({ ...csv, ...part }, 'utf-8', 'a.csv')).toThrow(/^a\.csv: .+\.$/u)
  })
})

it('keeps what texts mean in the canonical dialect, and nothing of how they are written', () => {
  const dialect: Dialect = {
    ...tsv,
    skipLines: 2,
    footerLines: 1,
    padding: true,
    ragged: true,
    headerLines: 2,
  }
  expect(canonicalDialect(dialect)).toEqual({ ...csv, ragged: true })
  expect(canonicalDialect({ ...csv, delimiter: ';', nullTokens: ['NA'] })).toEqual({
    ...csv,
    delimiter: ';',
    nullTokens: ['NA'],
  })
})
