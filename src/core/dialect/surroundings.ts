import { otherTables, type StackedTable } from './around.ts'
import { lineAt, linesBetween } from './lines.ts'
import { surveyed } from './rank.ts'
import type { Survey } from './score.ts'
import type { Task } from './task.ts'
import { count, shorten, thousands } from './words.ts'

export interface Surroundings {
  skipLines: number
  /** Where the header begins, or the first record when there is none. */
  start: number
  footerLines: number | undefined
  tables: StackedTable[]
  reasons: string[]
  warnings: string[]
}

/** What stands before and after the table, counted in lines. */
export function surroundings(task: Task, seen: Survey, blankLines: number): Surroundings {
  const { text, from, choice, complete } = task
  const returnsEnd = task.lineTerminator === '\r'
  const lineOf = (offset: number): number => lineAt(text, offset, returnsEnd)
  const preamble = text.slice(from, seen.start)
  const skipLines = choice.skipLines ?? blankLines + linesBetween(text, from, seen.start, returnsEnd)
  const { after, line } = complete
    ? { after: text.slice(seen.end), line: lineOf(seen.end) }
    : { after: afterTail(task, seen), line: undefined }
  const lines = linesBetween(after, 0, after.length, returnsEnd) + (/[^\r\n]$/u.test(after) ? 1 : 0)
  const footer = choice.footerLines ?? (after.trim() !== '' ? lines : undefined)
  const tables = choice.skipLines === undefined ? otherTables(seen, lineOf) : []
  return {
    skipLines,
    start: choice.skipLines === undefined ? seen.start : from,
    footerLines: footer === 0 ? undefined : footer,
    tables,
    reasons:
      choice.skipLines === undefined && text.slice(0, seen.start).trim() === '' ? blankReason(skipLines) : [],
    warnings: [
      ...(choice.skipLines === undefined
        ? preambleWarning(preamble, skipLines, seen.layout.commentPrefix)
        : []),
      ...(choice.footerLines === undefined && footer !== undefined
        ? [footerWarning(after, lines, line)]
        : []),
      ...(tables.length > 0 ? [tablesWarning(tables, lineOf(seen.start), seen)] : []),
    ],
  }
}

/** What stands below the table in the file's last lines, when they hold the same table. */
function afterTail(task: Task, { layout, width }: Survey): string {
  if (task.tail.trim() === '') return ''
  const seen = surveyed({ ...task, text: task.tail, from: 0, complete: true }, layout)
  return seen.width === width && width > 1 ? task.tail.slice(seen.end) : ''
}

function blankReason(lines: number): string[] {
  if (lines === 0) return []
  return [
    lines === 1
      ? 'The first line is blank and is skipped'
      : `The first ${lines} lines are blank and are skipped`,
  ]
}

function preambleWarning(preamble: string, lines: number, comment: string | undefined): string[] {
  const said = firstLine(preamble)
  const isPlain = preamble
    .split(/[\r\n]+/u)
    .some((line) => line.trim() !== '' && !line.startsWith(comment ?? line))
  if (said === '' || (comment !== undefined && !isPlain)) return []
  return [
    lines === 1
      ? `The first line is no record and is skipped: "${said}"`
      : `The first ${thousands(lines)} lines are no records and are skipped: "${said}"…`,
  ]
}

function footerWarning(after: string, lines: number, from: number | undefined): string {
  const where = from === undefined ? 'at the end of the file' : `from line ${thousands(from)} on`
  return `${count(lines, 'line')} ${where} ${lines === 1 ? 'is no record' : 'are no records'}: "${firstLine(after)}"`
}

function tablesWarning(tables: StackedTable[], line: number, seen: Survey): string {
  const others = tables.map(
    (table) =>
      `one of ${count(table.records, 'line')} of ${count(table.fields, 'field')} begins at line ${thousands(table.line)}`,
  )
  return (
    `The file holds several tables: the one at line ${thousands(line)} with ${count(seen.records, 'line')} of ` +
    `${count(seen.width, 'field')} is taken; ${others.join('; ')}`
  )
}

function firstLine(text: string): string {
  return shorten(text.split(/[\r\n]+/u).find((each) => each.trim() !== '') ?? '')
}
