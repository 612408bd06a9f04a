import type { Dialect, DialectChoice, Encoding } from '../../shared/index.ts'
import { isSkippedWrongly } from './above.ts'
import type { StackedTable } from './around.ts'
import { columnsOf, sampleSize } from './columns.ts'
import { decodeHead, decodeTail, isMarkedUtf8 } from './encoding.ts'
import type { Head } from './encoding.ts'
import { lineAt, lineEnding, linesAtStart, looseReturns, withoutFooter } from './lines.ts'
import { doubts, foreign, raggedness } from './notices.ts'
import { layoutFor, rank, saidDelimiter, settle, type Settled } from './rank.ts'
import { afterLines } from './records.ts'
import type { Layout } from './records.ts'
import type { Survey } from './score.ts'
import {
  confidenceIn,
  doubtWarning,
  countsReason,
  handReasons,
  partReasons,
  rivalReason,
  rivalWarning,
  typedReason,
} from './reasons.ts'
import { surroundings } from './surroundings.ts'
import type { Task } from './task.ts'

export interface Sniffed {
  encoding: Encoding
  dialect: Dialect
  /**
   * The header's texts exactly as in the file (so they may repeat or be empty), what the comment above the first record
   * names, or c1…cn.
   */
  names: string[]
  /** 0…1 */
  confidence: number
  /** Sentences for a person. */
  reasons: string[]
  /** At most 1,000 records below the header, as text; NULL is not decided and widths may differ. */
  sample: string[][]
  warnings: string[]
  oddities: Oddities
  /** Other tables in the same part of the file; the one that is read is not among them. */
  tables?: StackedTable[]
}

/** What of a file's text may keep ClickHouse from reading it, besides its dialect. */
export interface Oddities {
  /** Between the records of several columns, in the part that was looked at. */
  blankLines: number
  /** What stands above the first record is not what ClickHouse would skip. */
  isSkippedWrongly: boolean
  /** The bytes begin with the byte order mark of UTF-8. */
  isMarked: boolean
}

export interface SniffHints {
  /** What a person set by hand: it always wins. */
  choice: DialectChoice
  /** Chosen by hand. Left out: found in the bytes. */
  encoding?: Encoding
  /** Without its dot: 'csv', 'tsv', 'tab', 'psv', 'txt'. */
  extension?: string
}

/** Finds out how the head of a flat file is laid out. Total and deterministic: any bytes give an answer. */
export function sniff(head: Head, hints: SniffHints): Sniffed {
  const decoded = decodeHead(head, hints.encoding)
  const { choice } = hints
  const text = head.complete ? withoutFooter(decoded.text, choice.footerLines ?? 0) : decoded.text
  const extension = hints.extension?.toLowerCase()
  const lineTerminator = choice.lineTerminator ?? lineEnding(text)
  const plain: Layout = { delimiter: '', quote: null, escape: null, lineTerminator }
  const said = firstLineSays(text, choice)
  const skipLines = choice.skipLines ?? (said === undefined ? linesAtStart(text) : 1)
  const from = afterLines(text, skipLines, plain)
  const tail = head.complete || head.tail === undefined ? '' : decodeTail(head.tail, decoded.encoding)
  const task: Task = {
    ...{ text, from, complete: head.complete, tail, choice, extension, lineTerminator },
    isMarked: isMarkedUtf8(head.bytes),
  }
  const found =
    from < text.length && text.trim() !== ''
      ? describe(task, skipLines)
      : nothing(task, choice.skipLines ?? 0)
  return {
    ...found,
    encoding: decoded.encoding,
    reasons: [
      ...decoded.reasons,
      ...found.reasons,
      ...(said === undefined ? [] : [`The first line, \`sep=${said}\`, names the delimiter and is skipped`]),
      ...handReasons(choice),
    ],
    warnings: [...decoded.warnings, ...found.warnings],
  }
}

/** A first line `sep=;` is for spreadsheets, which do not show it. */
function firstLineSays(text: string, { delimiter, skipLines }: DialectChoice): string | undefined {
  const said = /^"?sep=/iu.test(text) ? saidDelimiter(text) : undefined
  return skipLines === undefined && (delimiter ?? said) === said ? said : undefined
}

type Found = Omit<Sniffed, 'encoding'>

function describe(task: Task, skipLines: number): Found {
  const { text, choice } = task
  const { ranked, settled, task: read } = bestReading(task)
  const { layout } = settled
  const around = surroundings(read, settled.seen, skipLines)
  const columns = columnsOf(read, settled.seen, layout)
  const { seen, names, records, header, headerLines, edge, ragged } = columns
  const dialect: Dialect = {
    ...layout,
    lineTerminator: choice.lineTerminator ?? usualEnd(seen, read),
    header,
    skipLines: around.skipLines,
    nullTokens: choice.nullTokens ?? defaultNulls(layout),
    ...(choice.headerLines !== undefined || headerLines > 1 ? { headerLines } : {}),
    ...(around.footerLines === undefined ? {} : { footerLines: around.footerLines }),
    ...(edge === undefined ? {} : { edgeDelimiter: edge }),
    ...(ragged === undefined ? {} : { ragged }),
  }
  const returnsEnd = read.lineTerminator === '\r'
  const loose = returnsEnd ? 0 : looseReturns(text, layout, task.from)
  return {
    dialect,
    names,
    confidence: confidenceIn(seen, ranked, ragged),
    reasons: [
      countsReason(seen, layout.delimiter, task.complete),
      ...rivalReason(seen, ranked),
      ...typedReason(seen),
      ...settled.reasons,
      ...columns.reasons,
      ...partReasons(dialect, choice),
      ...around.reasons,
    ],
    sample: header ? records.slice(headerLines, headerLines + sampleSize) : records.slice(0, sampleSize),
    warnings: [
      ...(choice.delimiter === undefined ? doubtWarning(seen, ranked) : rivalWarning(seen, ranked)),
      ...foreign(seen, records),
      ...doubts(task, seen, header),
      ...around.warnings,
      ...raggedness(seen, dialect, loose, (offset) => lineAt(text, offset, returnsEnd)),
      ...columns.warnings,
    ],
    oddities: {
      blankLines: seen.width > 1 ? seen.blankLines + linesAtStart(text.slice(around.start)) : 0,
      isSkippedWrongly: isSkippedWrongly(text, around.start, dialect, task.isMarked),
      isMarked: task.isMarked,
    },
    ...(around.tables.length > 0 && { tables: around.tables }),
  }
}

/** Carriage returns that stand alone may end lines among others that end otherwise: what reads better counts. */
function bestReading(task: Task): { task: Task; ranked: Survey[]; settled: Settled } {
  const read = (each: Task) => {
    const ranked = rank(each)
    return { task: each, ranked, settled: settle(each, ranked) }
  }
  const usual = read(task)
  if (task.choice.lineTerminator !== undefined || task.lineTerminator === '\r') return usual
  if (!/\r(?!\n)/u.test(task.text)) return usual
  const other = read({ ...task, lineTerminator: '\r' })
  return other.settled.seen.score > usual.settled.seen.score * 1.02 ? other : usual
}

function usualEnd(seen: Survey, task: Task): Dialect['lineTerminator'] {
  const { '\n': lf, '\r\n': crlf, '\r': cr } = seen.ends
  if (task.lineTerminator === '\r' && cr > 0) return '\r'
  if (cr > lf && cr > crlf) return '\r'
  return crlf > lf ? '\r\n' : '\n'
}

function defaultNulls({ delimiter, quote }: Pick<Dialect, 'delimiter' | 'quote'>): string[] {
  return delimiter === '\t' && quote === null ? ['\\N'] : ['\\N', '']
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
    nullTokens: choice.nullTokens ?? defaultNulls(layout),
  }
  const why = task.text === '' ? 'The file is empty' : 'The file is empty but for blank or skipped lines'
  const oddities = { blankLines: 0, isSkippedWrongly: false, isMarked: task.isMarked }
  return { dialect, names: [], confidence: 0, reasons: [why], sample: [], warnings: [], oddities }
}
