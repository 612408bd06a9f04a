import type { Dialect } from '../../shared/index.ts'
import { scan, type Field } from './records.ts'

/**
 * Whether ClickHouse may skip more or less than what stands above the first record. It skips records and no lines, never
 * takes an open quote or a blank before one for text, and a byte order mark for nothing else (seen on 26.7).
 *
 * @param start where the header begins, or the first record when there is none
 */
export function isSkippedWrongly(text: string, start: number, dialect: Dialect, isMarked: boolean): boolean {
  const { quote, escape, header, headerLines = 1 } = dialect
  // In lines that are no records, a sign that joins lines does so by chance.
  const joins = quote ?? (escape === 'backslash' ? '\\' : undefined)
  if (joins !== undefined && text.slice(0, start).includes(joins)) return true
  if (!header) return false
  let left = headerLines
  let isPlain = true
  scan(text, dialect, start, {
    field: (field) => (isPlain &&= isPlainName(text, field, dialect, isMarked && field.start === 0)),
    record: () => --left > 0 && isPlain,
  })
  return !isPlain
}

function isPlainName(text: string, field: Field, { quote, delimiter }: Dialect, isMarked: boolean): boolean {
  const { start, end, open, close } = field
  const raw = text.slice(start, end)
  if (/[\r\n]/u.test(raw)) return false
  if (quote === null) return true
  if (open < 0) return !raw.includes(quote)
  // Behind the mark a quote opens nothing.
  const ends = isMarked && [quote, delimiter].some((sign) => raw.slice(1, -1).includes(sign))
  return open === start && close + 1 === end && !ends
}
