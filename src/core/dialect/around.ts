import type { Dialect } from '../../shared/index.ts'
import type { Body, Shape } from './body.ts'
import { isNameLike } from './names.ts'
import type { Task } from './task.ts'
import { scan, type Layout } from './records.ts'
import type { Survey } from './score.ts'

const prefixes = ['#', '//', '%', '--', '+-', '+=', '!', ';', '*'] as const
const sampledRecords = 2_000

/** What every comment begins with, when lines that have not the table's shape begin so and hardly any record does. */
export function commentPrefixOf(text: string, { shape, body, records, width }: Survey): string | undefined {
  if (width < 2) return undefined
  const { widths, starts } = shape
  return prefixes.find((prefix) => {
    let comments = 0
    let alike = 0
    let inside = 0
    for (let at = 0; at < widths.length; at++) {
      if (!text.startsWith(prefix, starts[at])) continue
      if (at > body.last && prefix === '*') continue
      if (widths[at] === width) alike++
      else {
        comments++
        if (at > body.first && at < body.last) inside++
      }
    }
    if (comments === 0 || (prefix.length === 1 && prefix !== '#' && prefix !== '%' && inside > 0))
      return false
    // `#id,name` above the values is a header, and matters only if there are comments below it.
    const isHeader = text.startsWith(prefix, starts[body.first])
    if (isHeader && alike === 1 && !hasBelow(text, prefix, shape, body)) return false
    return alike <= Math.max(1, records * 0.1)
  })
}

/** `# x y err` or `#Fields: date time` right above the first record, when it has a name for every field. */
export function namesAbove(text: string, layout: Layout, { start, width }: Survey): string[] | undefined {
  const { commentPrefix, delimiter } = layout
  const line =
    text
      .slice(0, start)
      .trimEnd()
      .split(/[\r\n]/u)
      .at(-1) ?? ''
  if (commentPrefix === undefined || width < 2 || !line.startsWith(commentPrefix)) return undefined
  const said = line
    .slice(commentPrefix.length)
    .replace(/^(?:fields|columns|names): */iu, '')
    .trim()
  const names = (delimiter === ' ' ? said.split(/ +/u) : said.split(delimiter)).map((name) => name.trim())
  const isHeader = names.length === width && names.every(isNameLike) && new Set(names).size === width
  return isHeader ? names : undefined
}

export interface Blanks {
  delimiter: string
  padding: boolean
}

/**
 * Blanks beside the delimiter: a part of it when there is just one beside each, and padding when there are more or
 * fewer.
 */
export function blanksBeside(text: string, layout: Layout, { start, end }: Survey): Blanks {
  const { delimiter } = layout
  const none = { delimiter, padding: false }
  if (delimiter === '' || delimiter.includes(' ')) return none
  const records = rawRecords(text, layout, start, end)
  const fields = records.flat()
  const padded = fields.filter((raw) => raw !== raw.trim()).length
  if (padded === 0) return none
  const inner = records.flatMap((record) => record.slice(1))
  const before = records.flatMap((record) => record.slice(0, -1))
  const outside = records.filter(
    (record) => (record[0] ?? '').startsWith(' ') || (record.at(-1) ?? '').endsWith(' '),
  )
  const isAfter = inner.length > 0 && inner.every((raw) => /^ (?! +\S)/u.test(raw))
  const calm = isAfter && outside.filter((record) => record.at(-1)?.trim() !== '').length === 0
  if (calm && before.every(isAround)) return { delimiter: ` ${delimiter} `, padding: false }
  if (calm && delimiter !== '\t' && before.every((raw) => !/\S +$/u.test(raw)))
    return { delimiter: `${delimiter} `, padding: false }
  return { delimiter, padding: padded >= fields.length * 0.3 || hasAlignedColumn(records) }
}

/** One blank before the next delimiter; an empty field may have just the one that it shares with the last. */
const isAround = (raw: string): boolean => raw.trim() === '' || /\S $/u.test(raw)

function rawRecords(text: string, layout: Layout, start: number, end: number): string[][] {
  const records: string[][] = []
  let current: string[] = []
  scan(text, layout, start, {
    field: ({ start: from, end: to }) => current.push(text.slice(from, to)),
    record: (_, next) => {
      if (current.length > 1) records.push(current)
      current = []
      return next < end && records.length < sampledRecords
    },
  })
  return records
}

/** Texts of different lengths that blanks bring to the same one. */
function hasAlignedColumn(records: string[][]): boolean {
  const first = records[0] ?? []
  return first.some((own, column) => {
    const cells = records.map((record) => record[column] ?? '')
    const lengths = new Set(cells.map((raw) => raw.trim().length))
    return records.length > 3 && lengths.size > 2 && cells.every((raw) => raw.length === own.length)
  })
}

const hasBelow = (text: string, prefix: string, { starts }: Shape, { first }: Body): boolean =>
  starts.some((start, at) => at > first && text.startsWith(prefix, start))

/** Delimiters at the ends of every record, beside which no field stands. */
export function edgeOf(
  { text, complete }: Task,
  layout: Layout,
  { start, end, width }: Survey,
): Dialect['edgeDelimiter'] {
  if (width < 2) return undefined
  const records = rawRecords(text, layout, start, end)
  if (records.length < 2) return undefined
  // A column that is empty so far may have values farther down, unless even its name is empty.
  const isNamed = records[0]?.filter((cell) => cell.trim() !== '').every(isNameLike) === true
  if (!complete && !isNamed) return undefined
  const leading = records.every((record) => record[0]?.trim() === '')
  const trailing = records.every((record) => record.at(-1)?.trim() === '')
  // Several empty columns at the end are how spreadsheets keep what was deleted.
  if (width > 3 && records.every((record) => record.at(-1) === '' && record.at(-2) === '')) return undefined
  if (leading && trailing && width > 2) return 'both'
  return trailing ? 'trailing' : leading ? 'leading' : undefined
}

/** What stands beside delimiters at the ends is no field. */
export function withoutEdges(record: string[], edge: Dialect['edgeDelimiter']): string[] {
  const first = (edge === 'leading' || edge === 'both') && record[0] === '' ? 1 : 0
  const last = (edge === 'trailing' || edge === 'both') && record.at(-1) === '' ? -1 : undefined
  return edge === undefined ? record : record.slice(first, last)
}

export interface StackedTable {
  /** Counted from one. */
  line: number
  records: number
  fields: number
}

/** Stretches of records of one width that are apart from the table. */
export function otherTables({ shape, body }: Survey, lineAt: (offset: number) => number): StackedTable[] {
  const { widths, filled, starts } = shape
  const found: StackedTable[] = []
  let first = 0
  for (let at = 0; at <= widths.length; at++) {
    const width = widths[first] ?? 0
    if (at < widths.length && widths[at] === width && (at < body.first || at > body.last)) continue
    if (width > 1 && at - first >= 3 && (filled[first] ?? 0) > 1)
      found.push({ line: lineAt(starts[first] ?? 0), records: at - first, fields: width })
    first = at >= body.first && at <= body.last ? body.last + 1 : at
    if (at >= body.first && at <= body.last) at = body.last
  }
  return found
}
