import type { WrittenKind } from '../dialect/index.ts'
import { AppError, type ReadingWay, type ValueLayout } from '../../shared/index.ts'
import { hasShortYear, hidesLaidOut, nestsText, parseType, writtenColumn } from '../schema/index.ts'
import type { FileWrite } from '../sql/index.ts'
import { canonical, readingWay } from './dialects.ts'
import type { FileTargetFacts } from './facts.ts'

/** A column as it goes into a file: SQL of a type, and how the file then holds it. */
export interface WrittenColumn {
  sql: string
  type: string
  kind: WrittenKind | null
  /** In which its values are read back, when ClickHouse would write them in another way. */
  layout?: ValueLayout
}

/** @param column SQL of the column */
export function columnOf(
  target: FileTargetFacts,
  column: string,
  type: string,
  timezone: string,
): WrittenColumn {
  const parsed = parseType(type)
  const written = writtenColumn(column, parsed, timezone, target.dialect)
  const { layout } = written
  const { dateLayout, quote, escape } = target.dialect
  if (layout === '1234,5') return { ...written, kind: 'number' }
  if (layout !== undefined && dateLayout !== undefined && hasShortYear(dateLayout)) {
    return { ...written, kind: 'short-date' }
  }
  // ClickHouse's reader of TSV expects of arrays, maps and tuples only the escapes that they have themselves.
  const isTsv = quote === null && escape === 'backslash' && readingOfWritten(target, []).by === 'clickhouse'
  return { ...written, kind: isTsv && nestsText(parsed) ? 'nested' : null }
}

/** How the file will be read, by whoever reads it. */
export function readingOfWritten({ dialect, encoding, label }: FileTargetFacts, names: string[]): ReadingWay {
  const { header, quote, delimiter } = dialect
  const isMarked = encoding === 'utf-8-bom'
  const signs = quote === null ? [] : ['\r', '\n', ...(isMarked ? [quote, delimiter] : [])]
  const isSkippedWrongly = header && signs.some((sign) => names.join('').includes(sign))
  return readingWay(dialect, encoding, label, { blankLines: 0, isSkippedWrongly, isMarked })
}

/** Only values that stand alone are laid out anew. */
export function layoutWarnings(
  { dialect }: FileTargetFacts,
  columns: readonly { target: string; type: string }[],
): string[] {
  const hidden = columns.filter(({ type }) => hidesLaidOut(parseType(type), dialect))
  if (hidden.length === 0) return []
  const names = hidden.map(({ target }) => JSON.stringify(target)).join(', ')
  return [`Numbers and dates within the values of ${names} are written as ClickHouse writes them.`]
}

/** What the server writes. */
export function sinkOf(target: FileTargetFacts): FileWrite {
  const { mountPath: path, dialect, compression, isFormatted, isSplit } = target
  if (isFormatted) return { path, dialect: { ...canonical, header: dialect.header }, compression: 'none' }
  return { path, dialect, compression: isSplit ? 'none' : compression }
}

/** @throws {AppError} USAGE when the file cannot be compressed like that */
export function requireWritable({ label, compression, isFormatted, isSplit }: FileTargetFacts): void {
  const others = isFormatted || isSplit ? (['bz2', 'xz', 'lz4'] as const) : (['bz2'] as const)
  const refused = others.find((one) => one === compression)
  if (refused === undefined) return
  const what = isSplit ? 'split files can' : 'in this dialect and encoding a file can'
  const sentence =
    isFormatted || isSplit
      ? `${what} be compressed as .gz or .zst, not as ${refused}`
      : 'bz2 can only be read. Use .gz, .zst, .xz or .lz4'
  throw new AppError('USAGE', `${label} cannot be written: ${sentence}.`, { place: { file: label } })
}
