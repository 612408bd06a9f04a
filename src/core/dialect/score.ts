import { findBody, type Body, type Shape } from './body.ts'
import { cellWorth, lookOf, structureOf } from './cells.ts'
import { fieldText, scan } from './records.ts'
import type { Field, Layout, RecordEnd } from './records.ts'

/** What one layout makes of the head. */
export interface Survey {
  layout: Layout
  /** Whole records of the table that are not blank. */
  records: number
  /** The field count that most records have, and how many have it. */
  width: number
  usual: number
  firstWidth: number
  /** Records with a delimiter, but of another width. */
  ragged: number
  /** Records with more fields than most. */
  longer: number
  /** The smallest and the largest field count, of lines around the table as well. */
  least: number
  most: number
  /** Records with text after a closing quote, or with a quote that is never closed. */
  flawed: number
  /** Where quotes stand that are never closed. */
  unclosed: number[]
  blankLines: number
  /** Records with delimiters and nothing else. */
  hollow: number
  ends: Record<Exclude<RecordEnd, ''>, number>
  /** The only record is cut by the end of the head. */
  cut: boolean
  /** The table's records lie at start…end. */
  start: number
  end: number
  /** The table, and what is around it. */
  body: Body
  shape: Shape
  /** Quoted fields that hold what reads like whole records: their quotes belong to two fields. */
  swallowed: number
  /** Share of the sampled fields that are quoted. */
  quoted: number
  /** Averages over the sampled cells, 0…1. */
  worth: number
  typed: number
  structured: number
  /** Words of a field. */
  words: number
  score: number
}

export interface Prior {
  extension: string | undefined
  /** What the file itself says. */
  said: string | undefined
}

/** Enough cells to tell a layout's look; a head can hold half a million. */
const cellLimit = 1_500

/** How ready we are to believe in a delimiter before seeing the file. Times, ratios and prose are full of colons. */
const trust: Partial<Record<string, number>> = {
  ',': 1,
  '\t': 1,
  ';': 0.98,
  '|': 0.95,
  '^': 0.7,
  '~': 0.7,
  ':': 0.35,
  '-': 0.15,
  '/': 0.15,
  '.': 0.15,
  _: 0.2,
  $: 0.2,
  '%': 0.2,
  '€': 0.2,
  '£': 0.2,
  '<': 0.1,
  '>': 0.1,
  '+': 0.2,
  '\u0001': 1.1,
  '\u001f': 1.1,
}
const extensionTrust: Partial<Record<string, { delimiter: string; factor: number }>> = {
  tsv: { delimiter: '\t', factor: 1.4 },
  tab: { delimiter: '\t', factor: 1.4 },
  psv: { delimiter: '|', factor: 1.3 },
  csv: { delimiter: ',', factor: 1.1 },
}

export function survey(text: string, from: number, layout: Layout, complete: boolean, prior: Prior): Survey {
  const tally = new Tally(text, from, layout, complete)
  // A quoted field that the end of the head has cut is no flaw of the file.
  scan(text, layout, from, tally, complete ? 0 : Math.max(2_000, text.length * 0.05))
  return tally.finish(prior)
}

class Tally {
  private readonly text: string
  private readonly layout: Layout
  private readonly complete: boolean
  private readonly shape: Shape = { widths: [], filled: [], starts: [] }
  private readonly flaws = new Set<number>()
  private readonly ends = { '\n': 0, '\r\n': 0, '\r': 0 }
  private width = 0
  private filled = 0
  private first: number
  private flaw = false
  private readonly unclosed: number[] = []
  private cut = false
  private begun = false

  constructor(text: string, from: number, layout: Layout, complete: boolean) {
    this.text = text
    this.layout = layout
    this.complete = complete
    this.first = from
  }

  field(field: Field): void {
    if (!this.begun) {
      this.begun = true
      this.first = field.start
    }
    this.width++
    if (field.end > field.start && (field.open < 0 || field.close > field.open + 1)) this.filled++
    if (field.open >= 0) this.checkQuotes(field)
  }

  private checkQuotes(field: Field): void {
    if (field.close >= this.text.length) {
      if (!this.complete && field.end === this.text.length) return
      this.flaw = true
      this.unclosed.push(field.open)
      return
    }
    for (let i = field.close + 1; i < field.end && !this.flaw; i++) {
      const code = this.text.charCodeAt(i)
      this.flaw = code !== 32 && code !== 9
    }
  }

  record(terminator: RecordEnd, next: number): boolean {
    const partial = terminator === '' && !this.complete
    const { widths, filled, starts } = this.shape
    // A cut record would bring a wrong field count, except that it is better than nothing at all.
    if (!partial || widths.length === 0) {
      this.cut = partial
      if (terminator !== '') this.ends[terminator]++
      if (this.flaw) this.flaws.add(widths.length)
      widths.push(this.width)
      filled.push(this.filled)
      starts.push(this.first)
      this.first = next
    }
    this.width = 0
    this.filled = 0
    this.flaw = false
    this.begun = false
    return true
  }

  finish(prior: Prior): Survey {
    const { shape, text, layout } = this
    shape.starts.push(this.first)
    const body = findBody(shape, text, layout)
    const counted = countedIn(body, shape)
    const start = shape.starts[body.first] ?? 0
    const end = shape.starts[body.last + 1] ?? this.first
    const { widths } = shape
    let flawed = 0
    for (const at of this.flaws) if (at >= body.first && at <= body.last) flawed++
    const result: Survey = {
      layout,
      ...counted,
      width: body.width,
      firstWidth: widths[body.first] ?? 0,
      flawed,
      unclosed: this.unclosed,
      ends: this.ends,
      cut: this.cut,
      start,
      end,
      body,
      shape,
      ...judged(text, layout, start, end, body.width),
      score: 0,
    }
    result.score = scoreOf(result, prior)
    return result
  }
}

function countedIn(body: Body, { widths, filled }: Shape) {
  const found = {
    records: 0,
    usual: 0,
    ragged: 0,
    longer: 0,
    blankLines: 0,
    hollow: 0,
    ...extremes(widths, filled),
  }
  for (let at = body.first; at <= body.last; at++) {
    const width = widths[at] ?? 0
    if (width === 1 && filled[at] === 0) {
      found.blankLines++
      continue
    }
    found.records++
    if (filled[at] === 0) found.hollow++
    if (width === body.width) found.usual++
    else if (width > 1) found.ragged++
    if (width > body.width) found.longer++
  }
  return found
}

function extremes(widths: number[], filled: number[]): { least: number; most: number } {
  let least = Infinity
  let most = 0
  widths.forEach((width, at) => {
    if (width === 1 && filled[at] === 0) return
    least = Math.min(least, width)
    most = Math.max(most, width)
  })
  return { least, most }
}

function judged(text: string, layout: Layout, start: number, end: number, width: number) {
  const sum = { worth: 0, typed: 0, structured: 0, quoted: 0, words: 0 }
  let cells = 0
  let swallowed = 0
  scan(text, layout, start, {
    field: (field) => {
      if (field.start >= end || cells >= cellLimit) return
      cells++
      const cell = fieldText(text, field, layout)
      const look = lookOf(cell)
      sum.worth += cellWorth(cell, field.open >= 0, look)
      if (look !== 'text' && look !== 'empty') sum.typed++
      sum.structured += look === 'url' && /[,;|]/u.test(cell) ? 0.2 : structureOf(look)
      sum.words += cell.split(' ').length
      if (field.open < 0) return
      sum.quoted++
      if (isSwallowing(cell, layout.delimiter, width)) swallowed++
    },
    record: (_, next) => next < end && cells < cellLimit,
  })
  const all = Math.max(cells, 1)
  return {
    swallowed,
    worth: sum.worth / all,
    typed: sum.typed / all,
    structured: sum.structured / all,
    words: sum.words / all,
    quoted: sum.quoted / all,
  }
}

function isSwallowing(cell: string, delimiter: string, width: number): boolean {
  const lines = cell.split(/\r\n|\n|\r/u).length - 1
  return lines > 0 && width > 1 && cell.split(delimiter).length - 1 === lines * (width - 1)
}

/**
 * After van den Burg, Nazábal and Sutton (2019): a layout is right when the records are alike and the values look
 * like values. Squares make one disagreement cost more than a column gains.
 */
function scoreOf(seen: Survey, prior: Prior): number {
  if (seen.records === 0) return 0
  const { layout } = seen
  const intact = Math.max(0.05, 1 - (seen.flawed + seen.swallowed - forgiven(seen)) / seen.records)
  // One column always fits, so it must be beaten by anything that fits well, unless its lines are values by themselves.
  if (seen.width === 1) return (layout.delimiter === '' ? 0.12 + 0.5 * seen.structured : 0.01) * intact
  // A record of another width speaks against the layout, but less than a line without any delimiter.
  const alike = ((seen.usual + 0.3 * seen.ragged) / seen.records) ** 2
  const gain = (seen.width - 1) / seen.width
  const opening = seen.firstWidth === seen.width ? 1 : 0.7
  const share = coverage(seen)
  if (isDecimals(seen) || isProse(seen)) return 0.05
  const alone = seen.records < 2 && !(layout.delimiter in trust) && layout.delimiter.length === 1 ? 0.3 : 1
  const worth = alone * alike * gain * seen.worth ** 2 * intact * opening * share * (isPerfect(seen) ? 2 : 1)
  return worth * trustIn(seen, prior) * quoteFactor(seen) + (isWhollyQuoted(seen) ? certainty : 0)
}

/** More than any layout gets for what its values look like. */
const certainty = 4

/** No text has this shape by chance, so what stands inside the quotes does not count against it. */
const isWhollyQuoted = ({ quoted, flawed, usual, records }: Survey): boolean =>
  quoted === 1 && flawed === 0 && usual === records && records > 1

/**
 * One open quote is a fault of its record, and not of the layout: its file must not be read as if it had no quotes. Between
 * tabs, where files without quoting are usual, it must not be the only quote of its file.
 */
function forgiven({ unclosed, layout, quoted, records, width }: Survey): number {
  const others = quoted * records * width > 1.5
  return unclosed.length === 1 && (others || layout.delimiter !== '\t') ? 1 : 0
}

/** A column of decimal commas, whose name has none. */
function isDecimals({ layout, width, typed, body, shape }: Survey): boolean {
  const above = body.first - 1
  return (
    layout.delimiter === ',' &&
    width === 2 &&
    typed === 1 &&
    shape.widths[above] === 1 &&
    shape.filled[above] === 1
  )
}

/** A few lines of a letter, with a comma here and there. */
const isProse = ({ layout, records, typed, quoted, words }: Survey): boolean =>
  layout.delimiter.startsWith(',') && records < 6 && typed === 0 && quoted === 0 && words > 2.5

/** Each line of the file has the same number of fields, and enough of them: that is no chance. */
function isPerfect({ layout, shape, width, records, typed }: Survey): boolean {
  // A few lines of prose may well have equally many words.
  const isChance = layout.delimiter === ' ' && width * records < (width > 3 && typed > 0.25 ? 20 : 60)
  return (
    !isChance &&
    width > 2 &&
    records > 3 &&
    shape.widths.every((own, at) => own === width || (own === 1 && shape.filled[at] === 0))
  )
}

/** Most of the file should be the table; what is around it is worth a little doubt. */
function coverage({ shape, records }: Survey): number {
  let all = 0
  for (let at = 0; at < shape.widths.length; at++) if ((shape.filled[at] ?? 0) > 0) all++
  const share = Math.min(1, (records + 1) / (all + 1))
  return records < 3 && share < 0.6 ? share * 0.3 : share
}

function trustIn(seen: Survey, prior: Prior): number {
  const { delimiter } = seen.layout
  const hint = extensionTrust[prior.extension ?? '']
  const own = delimiter === ' ' ? 0.14 + 0.6 * seen.typed : (trust[delimiter] ?? unusualTrust(delimiter))
  const told = prior.said === delimiter ? 3 : 1
  return own * told * (hint?.delimiter === delimiter ? hint.factor : 1)
}

/** Several signs that never stand alone are no chance; neither are signs that hardly any text has. */
function unusualTrust(delimiter: string): number {
  if (delimiter.length > 1) return 1
  return delimiter.charCodeAt(0) < 32 || delimiter.charCodeAt(0) > 126 ? 0.9 : 0.5
}

/** Quotes that hold fields are worth believing in; a reading without escapes fits nearly anything. */
function quoteFactor({ layout, quoted }: Survey): number {
  const { quote, escape } = layout
  if (quote === null) return 1
  const usual = quote === '"' || quoted === 0 || escape === 'backslash' ? 1 : 0.99
  return (1 + 0.15 * Math.min(1, quoted * 4)) * usual * (escape === null ? 0.95 : 1)
}
