import { AppError, type Dialect, type DialectChoice, type Encoding } from '../../shared/index.ts'
import { whyAmbiguous } from './dialects.ts'
import { hasShortYear, isText, parseType, unwrap } from '../schema/index.ts'

const delimiters: Record<string, string> = { tsv: '\t', tab: '\t', psv: '|' }

/**
 * How a file is written: what a person set, else what its extension says, else CSV with a header.
 *
 * @throws {AppError} DIALECT_UNSUPPORTED
 */
export function targetDialect(choice: DialectChoice, extension: string, label: string): Dialect {
  const delimiter = choice.delimiter ?? delimiters[extension] ?? ','
  const quote = choice.quote === undefined ? (delimiter === '\t' ? null : '"') : choice.quote
  const escape = choice.escape === undefined ? (quote === null ? 'backslash' : 'double') : choice.escape
  const { commentPrefix = '', edgeDelimiter = 'none', quoting, decimal, dateLayout } = choice
  const dialect: Dialect = {
    delimiter,
    quote,
    escape,
    lineTerminator: choice.lineTerminator ?? '\n',
    header: choice.header ?? true,
    skipLines: 0,
    nullTokens: [choice.nullTokens?.[0] ?? '\\N'],
    ...(commentPrefix !== '' && { commentPrefix }),
    ...(edgeDelimiter !== 'none' && { edgeDelimiter }),
    ...(quoting !== undefined && { quoting }),
    ...(decimal !== undefined && { decimal }),
    ...(dateLayout !== undefined && { dateLayout }),
  }
  const reason = whyAmbiguous(dialect) ?? whyUncertain(dialect)
  if (reason !== undefined) {
    throw new AppError('DIALECT_UNSUPPORTED', `${label}: ${reason}.`, { place: { file: label } })
  }
  return dialect
}

/** Why not every file that is written so could be read for sure. That it lacks a way to write a value is another matter. */
function whyUncertain(dialect: Dialect): string | undefined {
  const { delimiter, quote, escape, commentPrefix } = dialect
  const [token = ''] = dialect.nullTokens
  const shown = JSON.stringify(delimiter)
  if (quote === '\\' && escape === 'backslash')
    return 'a backslash cannot be both the quote and what escapes it'
  if (quote === null && escape === 'double') return 'without quotes, there are none to double'
  if (escape === 'backslash' && /^[\\bfnrt0N]/u.test(delimiter)) {
    return `${shown} cannot separate fields, because it means something else after a backslash`
  }
  const signs = [delimiter, ...(quote === null ? [] : [quote])]
  if (/[\r\n]/u.test(token) || signs.some((sign) => token.includes(sign))) {
    return `${JSON.stringify(token)} cannot stand for NULL, because it holds a delimiter, a quote or a line end`
  }
  if (commentPrefix !== undefined && signs.some((sign) => commentPrefix.startsWith(sign))) {
    return `comments cannot begin with ${JSON.stringify(commentPrefix)}, because records may`
  }
  return undefined
}

/** A sign that stands in no number, which ClickHouse writes without quotes. */
const plainDelimiter = /^[^\w.+\-\\"\r\n]$/u
/** A text that is neither a number nor true, false, inf or nan. */
const plainToken = /^(?:\\N|(?!(?:inf|nan|true|false|infinity)$)[a-z]\w*)?$/iu

/**
 * Whether ClickHouse itself writes such a file; otherwise it writes canonical CSV, and a process of ours formats it.
 *
 * @param types of the columns
 */
export function isWrittenNatively(dialect: Dialect, encoding: Encoding, types: readonly string[]): boolean {
  const { delimiter, quote, escape, nullTokens, lineTerminator, dateLayout } = dialect
  const [token = ''] = nullTokens
  const isAsUsual =
    (encoding === 'utf-8' || encoding === 'binary') &&
    lineTerminator !== '\r' &&
    (dialect.commentPrefix ?? dialect.edgeDelimiter ?? dialect.quoting) === undefined &&
    dialect.decimal !== ',' &&
    !(dateLayout !== undefined && hasShortYear(dateLayout))
  if (!isAsUsual || mayBeBlank(dialect, types)) return false
  // A text would not be told from another token, and what is not escaped could hold a tab.
  if (quote === null) return delimiter === '\t' && escape === 'backslash' && token === '\\N'
  const isAscii = delimiter.charCodeAt(0) < 128
  return (
    quote === '"' &&
    escape === 'double' &&
    isAscii &&
    plainDelimiter.test(delimiter) &&
    plainToken.test(token)
  )
}

/** Whether a record may be a blank line, which no reader takes for one: it is when its only field is empty. */
function mayBeBlank({ quote, nullTokens }: Dialect, [only, ...others]: readonly string[]): boolean {
  if (only === undefined || others.length > 0) return false
  const type = parseType(only)
  const { nullable, base } = unwrap(type)
  const hasEmptyText = isText(type) || base.name.startsWith('Enum')
  return (nullable && nullTokens[0] === '') || (quote === null && hasEmptyText)
}
