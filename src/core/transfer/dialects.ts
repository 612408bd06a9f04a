import { AppError, type Dialect, type Encoding, type ReadingWay } from '../../shared/index.ts'
import { describeDelimiter, describeEncoding, separatorOf, type Oddities } from '../dialect/index.ts'

/** Before the first record. */
export const headLines = ({ skipLines, header, headerLines = 1 }: Dialect): number =>
  skipLines + (header ? headerLines : 0)

/**
 * Whether ClickHouse reads a file itself, or what keeps it from that.
 *
 * @throws {AppError} DIALECT_UNSUPPORTED when nobody could
 */
export function readingWay(
  dialect: Dialect,
  encoding: Encoding,
  label: string,
  oddities: Oddities = none,
): ReadingWay {
  const ambiguous = whyAmbiguous(dialect)
  if (ambiguous !== undefined) {
    throw new AppError('DIALECT_UNSUPPORTED', `${label}: ${ambiguous}.`, { place: { file: label } })
  }
  const reason = whyTranscoded(encoding) ?? whyRecut(dialect) ?? whyRead(dialect) ?? whyOdd(dialect, oddities)
  return { by: reason === undefined ? 'clickhouse' : 'normaliser', reason: reason ?? null }
}

/** Why no file of the dialect can be read for sure. */
export function whyAmbiguous({ delimiter, quote, commentPrefix = '' }: Dialect): string | undefined {
  const shown = JSON.stringify(delimiter)
  if (/[\r\n]/u.test(delimiter)) return `${shown} cannot separate fields, because it holds a line end`
  if (quote !== null && /[\r\n]/u.test(quote)) return `${JSON.stringify(quote)} cannot be the quote`
  if (quote !== null && delimiter.includes(quote)) {
    return `${shown} cannot separate fields, because it holds the quote`
  }
  return /[\r\n]/u.test(commentPrefix) ? 'a comment cannot begin with a line end' : undefined
}

function whyTranscoded(encoding: Encoding): string | undefined {
  if (encoding === 'utf-8' || encoding === 'utf-8-bom' || encoding === 'binary') return undefined
  return `The text is ${describeEncoding(encoding)}, and ClickHouse reads UTF-8`
}

/** Lines and fields that are no part of the table. */
function whyRecut(dialect: Dialect): string | undefined {
  if (dialect.commentPrefix !== undefined) return 'Lines of comment are left out'
  if (dialect.footerLines !== undefined) return 'The lines at the end of the file are left out'
  if (dialect.padding === true) return 'Blanks around the fields are left out'
  if (dialect.edgeDelimiter !== undefined) return 'Delimiters at the edges of the records are left out'
  if (dialect.ragged === true) return 'Records may lack fields at their end'
  return undefined
}

const none: Oddities = { blankLines: 0, isSkippedWrongly: false, isMarked: false }

/** All of this was seen on 26.7. */
function whyOdd(dialect: Dialect, { blankLines, isSkippedWrongly, isMarked }: Oddities): string | undefined {
  // They would be records of one empty field.
  if (blankLines > 0) return 'Blank lines between the records are left out'
  if (isSkippedWrongly) return 'ClickHouse would skip other lines above the first record'
  // It would be a part of the first value.
  if (isMarked && headLines(dialect) === 0) return 'The byte order mark is left out'
  return undefined
}

function whyRead({ delimiter, quote, escape, lineTerminator }: Dialect): string | undefined {
  if (delimiter.length !== 1 || delimiter.charCodeAt(0) > 127) {
    return `The delimiter ${describeDelimiter(delimiter)} is not one ASCII character, as ClickHouse wants it`
  }
  if (quote === null) {
    if (delimiter !== '\t') return "ClickHouse's reader of CSV takes quotes for more than text"
    return lineTerminator === '\r' ? "ClickHouse's reader of TSV does not end lines with CR alone" : undefined
  }
  if (quote !== '"')
    return `The fields are quoted with ${quote}, which ClickHouse's reader of CSV does not take`
  if (escape === 'backslash')
    return "A backslash escapes quotes, which ClickHouse's reader of CSV does not take"
  if (escape === null) return "Quotes inside fields are not doubled, as ClickHouse's reader of CSV wants it"
  return undefined
}

/** Plain CSV, which the server reads and writes where a file is another. */
export const canonical: Dialect = {
  delimiter: ',',
  quote: '"',
  escape: 'double',
  lineTerminator: '\n',
  header: true,
  skipLines: 0,
  nullTokens: ['\\N'],
}

/** What the normaliser makes of a dialect: it has no header, though the file may. */
export const canonicalDialect = (dialect: Dialect): Dialect => ({
  ...canonical,
  delimiter: separatorOf(dialect),
  header: dialect.header,
  nullTokens: dialect.nullTokens,
  ...(dialect.ragged === true && { ragged: true }),
})
