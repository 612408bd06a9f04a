import type { Dialect, DialectChoice } from '../../shared/index.ts'
import { wrapped } from './cells.ts'
import { decodeHead } from './encoding.ts'
import type { Head, SniffedEncoding } from './encoding.ts'
import { decideTsvEscape } from './escapes.ts'
import { decideHeader } from './header.ts'
import { lineEnding, linesAtStart, looseReturns } from './lines.ts'
import { foreign, raggedness, unreadable } from './notices.ts'
import { afterLines, parseRecords } from './records.ts'
import type { Layout } from './records.ts'
import { survey } from './score.ts'
import type { Survey } from './score.ts'
import { confidenceIn, countsReason, handReasons, rivalWarning, typedReason } from './reasons.ts'

export interface Sniffed {
  encoding: SniffedEncoding
  /** One that the reading engine can read, unless a person chose otherwise; see `warnings`. */
  dialect: Dialect
  /** The header's texts exactly as in the file (so they may repeat or be empty), or c1…cn. */
  names: string[]
  /** 0…1 */
  confidence: number
  /** Sentences for a person. */
  reasons: string[]
  /** At most 1,000 records below the header, as text; NULL is not decided and widths may differ. */
  sample: string[][]
  warnings: string[]
}

export interface SniffHints {
  /** What a person set by hand: it always wins. */
  choice: DialectChoice
  /** Without its dot: 'csv', 'tsv', 'tab', 'psv', 'txt'. */
  extension?: string
}

/** What every step looks at. */
interface Task {
  text: string
  from: number
  complete: boolean
  choice: DialectChoice
  extension: string | undefined
  lineTerminator: Dialect['lineTerminator']
}

const delimiters = [',', ';', '\t', '|', ':', '^', '~', '\u0001', '\u001f']
const sampleSize = 1_000

/** Finds out how the head of a flat file is laid out. Total and deterministic: any bytes give an answer. */
export function sniff(head: Head, hints: SniffHints): Sniffed {
  const decoded = decodeHead(head)
  const { text } = decoded
  const { choice } = hints
  const extension = hints.extension?.toLowerCase()
  const lineTerminator = choice.lineTerminator ?? lineEnding(text)
  const plain: Layout = { delimiter: '', quote: null, escape: null, lineTerminator }
  const skipLines = choice.skipLines ?? linesAtStart(text)
  const from = afterLines(text, skipLines, plain)
  const task: Task = { text, from, complete: head.complete, choice, extension, lineTerminator }
  const found =
    from < text.length && text.trim() !== ''
      ? describe(task, skipLines)
      : nothing(task, choice.skipLines ?? 0)
  return {
    ...found,
    encoding: decoded.encoding,
    reasons: [...decoded.reasons, ...found.reasons, ...handReasons(choice)],
    warnings: [...decoded.warnings, ...found.warnings],
  }
}

type Found = Omit<Sniffed, 'encoding'>

function describe(task: Task, skipLines: number): Found {
  const ranked = rank(task)
  const best = settle(task, ranked)
  const { layout, seen } = best
  const whole = task.text.slice(0, seen.end)
  const records = parseRecords(whole, { ...layout, skipLines }, sampleSize + 1).filter(
    (record) => seen.width === 1 || record.length > 1 || record[0] !== '',
  )
  const verdict = decideHeader(layout.quote === null ? records.slice(0, 201).map(bare) : records)
  const header = task.choice.header ?? verdict.header
  const dialect: Dialect = {
    ...layout,
    lineTerminator: task.choice.lineTerminator ?? usualEnd(seen),
    header,
    skipLines,
    nullTokens: task.choice.nullTokens ?? defaultNulls(layout.delimiter),
  }
  const loose = task.lineTerminator === '\r' ? 0 : looseReturns(task.text, layout, task.from)
  return {
    dialect,
    names: header ? (records[0] ?? []) : numbered(seen.width),
    confidence: confidenceIn(seen, ranked),
    reasons: [
      countsReason(seen, layout.delimiter, task.complete),
      ...typedReason(seen),
      ...best.reasons,
      ...(task.choice.header === undefined ? [verdict.reason] : []),
      ...(skipLines > 0 && task.choice.skipLines === undefined ? [blankReason(skipLines)] : []),
    ],
    sample: header ? records.slice(1) : records.slice(0, sampleSize),
    warnings: [
      ...(task.choice.delimiter === undefined ? [] : rivalWarning(seen, ranked)),
      ...foreign(task.text.slice(task.from), seen, records),
      ...unreadable(dialect),
      ...raggedness(seen, layout.delimiter, loose),
      ...headerWidth(header, records[0] ?? [], seen.width),
    ],
  }
}

/** Every layout that the text could have, the most convincing first. */
function rank(task: Task): Survey[] {
  const { text, from, complete, extension, choice } = task
  const own = choice.delimiter === undefined ? [] : [choice.delimiter]
  const present = delimiters.filter((delimiter) => text.includes(delimiter, from))
  return [...new Set([...own, ...present, ''])]
    .map((delimiter) => survey(text, from, layoutFor(delimiter, task), complete, { extension }))
    .sort((a, b) => b.score - a.score)
}

/** Quotes are a matter of CSV; a TSV has backslashes, and whether it does is decided once it has won. */
function layoutFor(delimiter: string, task: Task): Layout {
  const { choice, lineTerminator } = task
  const quote = choice.quote === undefined ? (delimiter === '\t' ? null : '"') : choice.quote
  const escape = choice.escape === undefined ? (quote === null ? null : 'double') : choice.escape
  return { delimiter, quote, escape, lineTerminator }
}

/** The winner, with a real delimiter and its escapes decided. */
function settle(task: Task, ranked: Survey[]): { layout: Layout; seen: Survey; reasons: string[] } {
  const chosen = task.choice.delimiter
  const winner = ranked.find((each) => each.layout.delimiter === chosen) ?? ranked[0]
  const sniffed = winner?.layout.delimiter ?? ''
  const delimiter = sniffed === '' ? unusedDelimiter(task, winner) : sniffed
  const layout = layoutFor(delimiter, task)
  const tsv = delimiter === '\t' && layout.quote === null && task.choice.escape === undefined
  const verdict = tsv
    ? decideTsvEscape(task.text, task.from, layout)
    : { escape: layout.escape, reason: null }
  const final: Layout = { ...layout, escape: verdict.escape }
  const known = winner !== undefined && sniffed === delimiter && verdict.reason === null
  const seen = known
    ? { ...winner, layout: final }
    : {
        ...survey(task.text, task.from, final, task.complete, { extension: task.extension }),
        score: winner?.score ?? 0,
      }
  return { layout: final, seen, reasons: verdict.reason === null ? [] : [verdict.reason] }
}

/** One column still needs a delimiter: one that the text does not hold. Tab if quotes are in the way. */
function unusedDelimiter(task: Task, one: Survey | undefined): string {
  const tabFirst = (one?.flawed ?? 0) > 0 || task.extension === 'tsv' || task.extension === 'tab'
  const order = tabFirst ? ['\t', ',', ';', '|'] : [',', '\t', ';', '|']
  return (
    [...order, '\u001f', '\u0001', '^', '~'].find((each) => !task.text.includes(each, task.from)) ?? '\u001f'
  )
}

/** Quotes that the layout takes for text must not hide what the values are. */
function bare(record: string[]): string[] {
  return record.map((cell) => wrapped(cell) ?? cell)
}

function usualEnd(seen: Survey): Dialect['lineTerminator'] {
  const { '\n': lf, '\r\n': crlf, '\r': cr } = seen.ends
  if (cr > lf && cr > crlf) return '\r'
  return crlf > lf ? '\r\n' : '\n'
}

function defaultNulls(delimiter: string): string[] {
  return delimiter === '\t' ? ['\\N'] : ['\\N', '']
}

function numbered(width: number): string[] {
  const names: string[] = []
  for (let column = 1; column <= width; column++) names.push(`c${column}`)
  return names
}

function blankReason(lines: number): string {
  return lines === 1
    ? 'The first line is blank and is skipped'
    : `The first ${lines} lines are blank and are skipped`
}

function headerWidth(header: boolean, names: string[], width: number): string[] {
  if (!header) return []
  if (names.length !== width)
    return [`The header has ${names.length} names, but most lines have ${width} fields`]
  const unnamed = names.filter((name) => name === '').length
  const repeated = names.length - unnamed - new Set(names.filter((name) => name !== '')).size
  return [
    ...(unnamed > 0
      ? [`${unnamed === 1 ? '1 column has' : `${unnamed} columns have`} no name in the header`]
      : []),
    ...(repeated > 0 ? ['Names in the header repeat'] : []),
  ]
}

function nothing(task: Task, skipLines: number): Found {
  const { choice } = task
  const layout = layoutFor(
    choice.delimiter ?? (task.extension === 'tsv' || task.extension === 'tab' ? '\t' : ','),
    task,
  )
  const tsv = layout.delimiter === '\t' && layout.quote === null && choice.escape === undefined
  const dialect: Dialect = {
    ...layout,
    escape: tsv ? 'backslash' : layout.escape,
    header: choice.header ?? false,
    skipLines,
    nullTokens: choice.nullTokens ?? defaultNulls(layout.delimiter),
  }
  const why = task.text === '' ? 'The file is empty' : 'The file is empty but for blank or skipped lines'
  return { dialect, names: [], confidence: 0, reasons: [why], sample: [], warnings: unreadable(dialect) }
}
