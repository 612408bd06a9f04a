import type { Dialect } from '../../shared/index.ts'
import { edgeOf, namesAbove, withoutEdges } from './around.ts'
import { wrapped } from './cells.ts'
import { decideHeader, fittedNames, headerDepth, maxHeaderLines, mergedNames } from './header.ts'
import { parseRecords, type Layout } from './records.ts'
import type { Survey } from './score.ts'
import type { Task } from './task.ts'

/** At most so many records are shown. */
export const sampleSize = 1_000

/** The table's columns, and its first records. */
export interface Columns {
  /** As the header and the edges have it. */
  seen: Survey
  /** One for every field. */
  names: string[]
  /** The header is among them, and what stands beside edge delimiters is not. */
  records: string[][]
  header: boolean
  headerLines: number
  edge: Dialect['edgeDelimiter']
  ragged: boolean | undefined
  reasons: string[]
  warnings: string[]
}

export function columnsOf(task: Task, found: Survey, layout: Layout): Columns {
  const { choice, text } = task
  const own = choice.edgeDelimiter ?? edgeOf(task, layout, found)
  const edge = own === 'none' ? undefined : own
  const counted = withoutEdgeFields(found, edge)
  const records = firstRecords(task, found, layout).map((record) => withoutEdges(record, edge))
  const verdict = decideHeader(layout.quote === null ? records.slice(0, 201).map(bare) : records)
  const header = choice.header ?? (choice.headerLines !== undefined || verdict.header)
  const headerLines = header ? (choice.headerLines ?? headerDepth(records)) : 1
  const above = header ? undefined : namesAbove(text, layout, found)
  const names = header
    ? fittedNames(mergedNames(records.slice(0, headerLines)), counted.width, layout.delimiter)
    : (above ?? numbered(counted.width))
  const seen = asNamed(counted, names.length)
  return {
    seen,
    names,
    records,
    header,
    headerLines,
    edge,
    ragged: choice.ragged ?? (lacksFields(seen) ? true : undefined),
    reasons: [
      ...(above === undefined ? [] : ['The comment above the first record names the columns']),
      ...(choice.header === undefined ? [verdict.reason] : []),
    ],
    warnings: header && headerLines === 1 ? headerWarnings(records[0] ?? [], seen) : [],
  }
}

function firstRecords(
  { text, from, choice }: Task,
  { start, end, width }: Survey,
  layout: Layout,
): string[][] {
  const first = choice.skipLines === undefined ? start : from
  return parseRecords(
    text.slice(0, end),
    { ...layout, start: first },
    sampleSize + maxHeaderLines,
    true,
  ).filter((record) => width === 1 || record.length > 1 || record[0] !== '')
}

/** The fields that people count. */
function withoutEdgeFields(seen: Survey, edge: Dialect['edgeDelimiter']): Survey {
  const edges = edge === undefined ? 0 : edge === 'both' ? 2 : 1
  const fewer = (fields: number): number => Math.max(1, fields - edges)
  return { ...seen, width: fewer(seen.width), least: fewer(seen.least), most: fewer(seen.most) }
}

/** Quotes that the layout takes for text must not hide what the values are. */
function bare(record: string[]): string[] {
  return record.map((cell) => wrapped(cell) ?? cell)
}

function numbered(width: number): string[] {
  const names: string[] = []
  for (let column = 1; column <= width; column++) names.push(`c${column}`)
  return names
}

/** Where the header names more fields than most records have, it is they who lack some. */
function asNamed(seen: Survey, names: number): Survey {
  const more = names - seen.width
  if (more <= 0) return seen
  const { width } = seen.body
  const widths = seen.shape.widths.slice(seen.body.first, seen.body.last + 1)
  return {
    ...seen,
    width: names,
    usual: widths.filter((own) => own === width + more).length,
    longer: widths.filter((own) => own > width + more).length,
  }
}

/** Programs that leave out empty fields at the end do so often, and never write more fields than there are. */
function lacksFields({ records, usual, longer, width }: Survey): boolean {
  const short = records - usual
  return width > 2 && longer === 0 && short >= 3 && short >= records * 0.05
}

function headerWarnings(names: string[], { width }: Survey): string[] {
  if (names.length !== width)
    return [`The header has ${names.length} names, but most lines have ${width} fields`]
  const unnamed = names.filter((name) => name === '').length
  const repeated =
    names.filter((name) => name !== '').length - new Set(names.filter((name) => name !== '')).size
  return [
    ...(unnamed > 0
      ? [`${unnamed === 1 ? '1 column has' : `${unnamed} columns have`} no name in the header`]
      : []),
    ...(repeated > 0 ? ['Names in the header repeat'] : []),
    ...(names.some((name) => name !== name.trim()) ? ['Blanks around names in the header are kept'] : []),
  ]
}
