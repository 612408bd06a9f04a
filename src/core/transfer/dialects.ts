import { AppError, type Dialect, type DialectChoice } from '../../shared/index.ts'

const delimiters: Record<string, string> = { tsv: '\t', tab: '\t', psv: '|' }

/** How a file is written: what a person set, else what its extension says, else CSV with a header. */
export function targetDialect(choice: DialectChoice, extension: string, label: string): Dialect {
  const delimiter = choice.delimiter ?? delimiters[extension] ?? ','
  const quote = choice.quote === undefined ? (delimiter === '\t' ? null : '"') : choice.quote
  const dialect: Dialect = {
    delimiter,
    quote,
    escape: choice.escape ?? (quote === null ? 'backslash' : 'double'),
    lineTerminator: choice.lineTerminator ?? '\n',
    header: choice.header ?? true,
    skipLines: 0,
    nullTokens: choice.nullTokens ?? ['\\N'],
  }
  requireSupported(dialect, label)
  return dialect
}

/**
 * What the engine can read and write.
 *
 * @throws {AppError} DIALECT_UNSUPPORTED
 */
export function requireSupported(dialect: Dialect, label: string): void {
  const reason = whyUnsupported(dialect)
  if (reason !== undefined) {
    throw new AppError('DIALECT_UNSUPPORTED', `${label}: ${reason}.`, { place: { file: label } })
  }
}

function whyUnsupported({ delimiter, quote, escape, lineTerminator }: Dialect): string | undefined {
  if (quote === null && delimiter !== '\t') return 'without quotes, only a tab can separate the fields'
  if (quote !== null && quote !== '"') return `the quote character ${quote} is not supported, only "`
  if (quote !== null && escape === 'backslash')
    return 'a backslash does not escape quotes here: they are doubled'
  if (delimiter.length !== 1 || delimiter.charCodeAt(0) > 127) {
    return `the delimiter ${JSON.stringify(delimiter)} is not one ASCII character`
  }
  if (delimiter === '"' || delimiter === '\n' || delimiter === '\r') {
    return `${JSON.stringify(delimiter)} cannot separate fields`
  }
  if (quote === null && lineTerminator === '\r') return 'lines that end with CR alone need quotes'
  return undefined
}
