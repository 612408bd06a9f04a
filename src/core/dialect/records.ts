import type { Dialect } from '../../shared/index.ts'

/** The part of a dialect that cuts text into records. An empty delimiter never matches: one column. */
export type Layout = Pick<Dialect, 'delimiter' | 'quote' | 'escape' | 'lineTerminator'>

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
 * Cuts text into fields and records and tells the sink. It never fails: a quote inside an unquoted field is text,
 * text after a closing quote belongs to the field, and a quote that is never closed takes the rest.
 * The `field` object is reused from call to call, because a head can hold half a million fields.
 */
export function scan(text: string, layout: Layout, from: number, sink: Sink): void {
  const field: Field = { start: from, end: from, open: -1, close: -1 }
  let start = from
  let pending = false
  while (start < text.length || pending) {
    field.start = start
    field.open = openingQuote(text, start, layout)
    field.close = field.open < 0 ? -1 : closingQuote(text, field.open + 1, layout)
    const end = plainEnd(text, field.close < 0 ? start : Math.min(field.close + 1, text.length), layout)
    field.end = end
    sink.field(field)
    const terminator = terminatorAt(text, end)
    pending = terminator === '' && end < text.length
    start = end + (pending ? layout.delimiter.length : terminator.length)
    if (!pending && !sink.record(terminator, start)) return
  }
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
  while (at >= 0 && layout.escape === 'double' && text[at + 1] === quote) at = text.indexOf(quote, at + 2)
  return at < 0 ? text.length : at
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
  const escapes = layout.quote === null && layout.escape === 'backslash'
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === delimiter && (single || text.startsWith(layout.delimiter, i))) return i
    if (code === lineFeed) return i
    if (code === carriageReturn && (returnsEnd || text.charCodeAt(i + 1) === lineFeed)) return i
    if (code === backslash && escapes) i++
  }
  return text.length
}

function terminatorAt(text: string, at: number): RecordEnd {
  const code = text.charCodeAt(at)
  if (code === lineFeed) return '\n'
  if (code !== carriageReturn) return ''
  return text.charCodeAt(at + 1) === lineFeed ? '\r\n' : '\r'
}

/** What the field says, without its quotes and escapes. `\N` stays as it is: NULL is decided elsewhere. */
export function fieldText(text: string, field: Field, layout: Layout): string {
  if (field.open < 0) {
    const raw = text.slice(field.start, field.end)
    return layout.quote === null && layout.escape === 'backslash' ? unescapeTsv(raw) : raw
  }
  const inside = text.slice(field.open + 1, field.close)
  return unescapeQuoted(inside, layout) + text.slice(field.close + 1, field.end).trimEnd()
}

function unescapeQuoted(inside: string, layout: Layout): string {
  const quote = layout.quote ?? '"'
  if (layout.escape === 'double')
    return inside.includes(quote) ? inside.replaceAll(quote + quote, quote) : inside
  if (layout.escape === 'backslash') return inside.replace(/\\(.)/gsu, '$1')
  return inside
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

function unescapeTsv(raw: string): string {
  if (!raw.includes('\\')) return raw
  return raw.replace(/\\(.)/gsu, (whole, letter: string) => tsvEscapes[letter] ?? whole)
}

/** Where the text begins after that many lines; quotes mean nothing there. */
export function afterLines(text: string, count: number, layout: Layout): number {
  const plain = { ...layout, delimiter: '', quote: null, escape: null }
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

/** At most `limit` records after the dialect's skipped lines, header included, blank lines as one empty field. */
export function parseRecords(
  text: string,
  dialect: Layout & Pick<Dialect, 'skipLines'>,
  limit: number,
): string[][] {
  const records: string[][] = []
  if (limit <= 0) return records
  let current: string[] = []
  scan(text, dialect, afterLines(text, dialect.skipLines, dialect), {
    field: (field) => current.push(fieldText(text, field, dialect)),
    record: () => {
      records.push(current)
      current = []
      return records.length < limit
    },
  })
  return records
}
