import type { Dialect } from '../../shared/index.ts'

/** The part of a dialect that cuts text into records. An empty delimiter never matches: one column. */
export type Layout = Pick<
  Dialect,
  'delimiter' | 'quote' | 'escape' | 'lineTerminator' | 'commentPrefix' | 'padding'
>

export type RecordEnd = '' | '\n' | '\r\n' | '\r'

/** A field lies at start…end. When it is quoted, the quotes are at open and close; otherwise both are -1. */
export interface Field {
  start: number
  end: number
  open: number
  /** The end of the text when the quote is never closed. */
  close: number
}

export interface Sink {
  field(field: Field): void
  /** The record ended with this terminator, after which `next` begins. Answer false to stop. */
  record(terminator: RecordEnd, next: number): boolean
}

const lineFeed = 10
const carriageReturn = 13
const space = 32
const tab = 9
const backslash = 92

/**
 * Cuts text into fields and records and tells the sink, but for comments below the first line. It never fails: a quote
 * inside an unquoted field is text, text after a closing quote belongs to the field. A quote that is never closed is
 * text, or takes the rest when that is shorter than `rest`.
 * The `field` object is reused from call to call, because a head can hold half a million fields.
 */
export function scan(text: string, layout: Layout, from: number, sink: Sink, rest = 0): void {
  const field: Field = { start: from, end: from, open: -1, close: -1 }
  const spaced = isSpaced(layout)
  let start = from
  let pending = false
  let patience = 20
  while (start < text.length || pending) {
    if (!pending) {
      if (
        start > from &&
        layout.commentPrefix !== undefined &&
        text.startsWith(layout.commentPrefix, start)
      ) {
        start = lineAfter(text, start, layout)
        continue
      }
      if (spaced) start = pastSpaces(text, start)
    }
    field.start = start
    field.open = patience > 0 ? openingQuote(text, start, layout) : -1
    field.close = field.open < 0 ? -1 : closingQuote(text, field.open + 1, layout)
    const isText = field.close < 0 || (field.close >= text.length && text.length - start >= rest)
    if (isText && field.open >= 0) patience--
    const end = plainEnd(text, isText ? start : Math.min(field.close + 1, text.length), layout)
    field.end = end
    sink.field(field)
    const terminator = terminatorAt(text, end, layout)
    pending = terminator === '' && end < text.length
    start = end + (pending ? layout.delimiter.length : terminator.length)
    if (pending && spaced) {
      start = pastSpaces(text, start)
      // Spaces before the end of the line separate nothing.
      const last = terminatorAt(text, start, layout)
      if (last !== '' || start >= text.length) {
        pending = false
        start += last.length
        if (!sink.record(last, start)) return
        continue
      }
    }
    if (!pending && !sink.record(terminator, start)) return
  }
}

/** Columns that are set apart by as many spaces as it takes. */
function isSpaced(layout: Layout): boolean {
  return layout.delimiter === ' ' && layout.padding === true
}

function pastSpaces(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) === space) at++
  return at
}

/** Where the next line begins; quotes mean nothing here. */
export function lineAfter(text: string, from: number, layout: Layout): number {
  const end = plainEnd(text, from, { ...layout, delimiter: '', escape: null })
  return end + terminatorAt(text, end, layout).length
}

/** Spaces and tabs may stand before the opening quote: the reading engine skips them too. */
function openingQuote(text: string, start: number, layout: Layout): number {
  if (layout.quote === null) return -1
  const quote = layout.quote.charCodeAt(0)
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) return i
    if ((code !== space && code !== tab) || layout.delimiter.charCodeAt(0) === code) return -1
  }
  return -1
}

function closingQuote(text: string, from: number, layout: Layout): number {
  const quote = layout.quote ?? '"'
  if (layout.escape === 'backslash') return closingAfterBackslashes(text, from, quote)
  let at = text.indexOf(quote, from)
  while (at >= 0) {
    if (text[at + 1] === quote) at = text.indexOf(quote, at + 2)
    else if (layout.escape === null && !closes(text, at + 1, layout)) at = text.indexOf(quote, at + 1)
    else break
  }
  return at < 0 ? text.length : at
}

/** Where nothing escapes a quote, only what follows tells whether it ends the field. */
function closes(text: string, from: number, layout: Layout): boolean {
  for (let at = from; at < text.length; at++) {
    if (text.startsWith(layout.delimiter, at) && layout.delimiter !== '') return true
    if (text.charCodeAt(at) !== space) return terminatorAt(text, at, layout) !== ''
  }
  return true
}

function closingAfterBackslashes(text: string, from: number, quote: string): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === quote) return i
  }
  return text.length
}

/** Where the delimiter, the line end or the end of the text is, seen from outside quotes. */
function plainEnd(text: string, from: number, layout: Layout): number {
  const delimiter = layout.delimiter === '' ? -1 : layout.delimiter.charCodeAt(0)
  const single = layout.delimiter.length === 1
  const returnsEnd = layout.lineTerminator === '\r'
  const escapes = layout.escape === 'backslash'
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === delimiter && (single || text.startsWith(layout.delimiter, i))) return i
    if (code === lineFeed) return i
    if (code === carriageReturn && (returnsEnd || text.charCodeAt(i + 1) === lineFeed)) return i
    if (code === backslash && escapes) i++
  }
  return text.length
}

function terminatorAt(text: string, at: number, layout: Layout): RecordEnd {
  const code = text.charCodeAt(at)
  if (code === lineFeed) return '\n'
  if (code !== carriageReturn) return ''
  if (text.charCodeAt(at + 1) === lineFeed) return '\r\n'
  return layout.lineTerminator === '\r' ? '\r' : ''
}

/** What the field says, without its quotes and escapes. `\N` stays as it is: NULL is decided elsewhere. */
export function fieldText(text: string, field: Field, layout: Layout): string {
  if (field.open < 0 || (field.close >= text.length && field.end < text.length)) {
    const raw = text.slice(field.start, field.end)
    const plain = layout.escape === 'backslash' ? unescaped(raw, layout) : raw
    return layout.padding === true ? plain.trim() : plain
  }
  const inside = text.slice(field.open + 1, field.close)
  return unescapeQuoted(inside, layout) + text.slice(field.close + 1, field.end).trimEnd()
}

function unescapeQuoted(inside: string, layout: Layout): string {
  const quote = layout.quote ?? '"'
  if (layout.escape === 'backslash') return unescaped(inside, layout)
  return inside.includes(quote) ? inside.replaceAll(quote + quote, quote) : inside
}

const tsvEscapes: Partial<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '0': '\0',
  "'": "'",
  '\\': '\\',
}

/** A backslash that stands before nothing special is text. */
function unescaped(raw: string, { quote, delimiter }: Layout): string {
  if (!raw.includes('\\')) return raw
  return raw.replace(/\\(.)/gsu, (whole, letter: string) => {
    if (letter === '\\' || letter === quote || (letter !== '' && delimiter.startsWith(letter))) return letter
    return (quote === null ? tsvEscapes[letter] : undefined) ?? whole
  })
}

/** Where the text begins after that many lines; quotes mean nothing there. */
export function afterLines(text: string, count: number, layout: Layout): number {
  const plain: Layout = { delimiter: '', quote: null, escape: null, lineTerminator: layout.lineTerminator }
  let left = count
  let from = 0
  if (left > 0)
    scan(text, plain, 0, {
      field: () => undefined,
      record: (_, next) => {
        from = next
        left--
        return left > 0
      },
    })
  return from
}

/**
 * At most `limit` records from `start`, or after the dialect's skipped lines; the header is among them, and blank
 * lines are one empty field. A quote that is never closed takes the rest, unless `mends` says that it is text.
 */
export function parseRecords(
  text: string,
  dialect: Layout & ({ skipLines: number } | { start: number }),
  limit: number,
  mends = false,
): string[][] {
  const records: string[][] = []
  if (limit <= 0) return records
  let current: string[] = []
  const from = 'start' in dialect ? dialect.start : afterLines(text, dialect.skipLines, dialect)
  const sink: Sink = {
    field: (field) => current.push(fieldText(text, field, dialect)),
    record: () => {
      records.push(current)
      current = []
      return records.length < limit
    },
  }
  scan(text, dialect, from, sink, mends ? 0 : Infinity)
  return records
}
