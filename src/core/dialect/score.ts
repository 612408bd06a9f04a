import { cellWorth, isStructured, lookOf } from './cells.ts'
import { fieldText, scan } from './records.ts'
import type { Field, Layout, RecordEnd } from './records.ts'

/** What one layout makes of the head. */
export interface Survey {
  layout: Layout
  /** Whole records that are not blank. */
  records: number
  /** The field count that most records have, and how many have it. */
  width: number
  usual: number
  firstWidth: number
  /** Records with text after a closing quote, or with a quote that is never closed. */
  flawed: number
  unclosed: boolean
  blankLines: number
  ends: Record<Exclude<RecordEnd, ''>, number>
  /** The only record is cut by the end of the head. */
  cut: boolean
  /** Where the last whole record ends. */
  end: number
  /** Averages over the sampled cells, 0…1. */
  worth: number
  typed: number
  structured: number
  score: number
}

export interface Prior {
  extension: string | undefined
}

/** Enough cells to tell a layout's look; a head can hold half a million. */
const cellLimit = 6_000

/** How ready we are to believe in a delimiter before seeing the file. Times, ratios and prose are full of colons. */
const trust: Partial<Record<string, number>> = {
  ',': 1,
  '\t': 1,
  ';': 0.98,
  '|': 0.95,
  '^': 0.7,
  '~': 0.7,
  ':': 0.35,
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
  const tally = new Tally(text, layout, complete)
  scan(text, layout, from, tally)
  return tally.finish(prior)
}

class Tally {
  private readonly text: string
  private readonly layout: Layout
  private readonly complete: boolean
  private readonly widths = new Map<number, number>()
  private readonly ends = { '\n': 0, '\r\n': 0, '\r': 0 }
  private width = 0
  private chars = 0
  private flaw = false
  private firstWidth = 0
  private records = 0
  private flawed = 0
  private unclosed = false
  private blankLines = 0
  private cut = false
  private end: number
  private cells = 0
  private worth = 0
  private typed = 0
  private structured = 0

  constructor(text: string, layout: Layout, complete: boolean) {
    this.text = text
    this.layout = layout
    this.complete = complete
    this.end = text.length
  }

  field(field: Field): void {
    this.width++
    this.chars += field.end - field.start
    if (field.open >= 0) this.checkQuotes(field)
    if (this.cells < cellLimit) this.judge(field)
  }

  private checkQuotes(field: Field): void {
    if (field.close >= this.text.length) {
      this.flaw = true
      this.unclosed = true
      return
    }
    for (let i = field.close + 1; i < field.end && !this.flaw; i++) {
      const code = this.text.charCodeAt(i)
      this.flaw = code !== 32 && code !== 9
    }
  }

  private judge(field: Field): void {
    const cell = fieldText(this.text, field, this.layout)
    const look = lookOf(cell)
    this.cells++
    this.worth += cellWorth(cell, field.open >= 0, look)
    if (look !== 'text' && look !== 'empty') this.typed++
    if (isStructured(look)) this.structured++
  }

  record(terminator: RecordEnd, next: number): boolean {
    const partial = terminator === '' && !this.complete
    // A cut record would bring a wrong field count, except that it is better than nothing at all.
    if (!partial || this.records === 0) {
      this.cut = partial
      this.close(terminator, next)
    } else if (this.unclosed) this.flawed++
    this.width = 0
    this.chars = 0
    this.flaw = false
    return true
  }

  private close(terminator: RecordEnd, next: number): void {
    if (terminator !== '') this.ends[terminator]++
    this.end = next
    if (this.width === 1 && this.chars === 0) {
      this.blankLines++
      return
    }
    if (this.records === 0) this.firstWidth = this.width
    this.records++
    this.widths.set(this.width, (this.widths.get(this.width) ?? 0) + 1)
    if (this.flaw) this.flawed++
  }

  finish(prior: Prior): Survey {
    let width = 1
    let usual = 0
    for (const [fields, times] of this.widths)
      if (times > usual || (times === usual && fields > width)) {
        width = fields
        usual = times
      }
    const cells = Math.max(this.cells, 1)
    const result: Survey = {
      layout: this.layout,
      records: this.records,
      width,
      usual,
      firstWidth: this.firstWidth,
      flawed: this.flawed,
      unclosed: this.unclosed && this.complete,
      blankLines: this.blankLines,
      ends: this.ends,
      cut: this.cut,
      end: this.end,
      worth: this.worth / cells,
      typed: this.typed / cells,
      structured: this.structured / cells,
      score: 0,
    }
    result.score = scoreOf(result, prior)
    return result
  }
}

/**
 * After van den Burg, Nazábal and Sutton (2019): a layout is right when the records are alike and the values look
 * like values. Squares make one disagreement cost more than a column gains.
 */
function scoreOf(seen: Survey, prior: Prior): number {
  if (seen.records === 0) return 0
  const intact = Math.max(0.05, 1 - seen.flawed / seen.records)
  // One column always fits, so it must be beaten by anything that fits well, unless its lines are values by themselves.
  if (seen.width === 1) return (seen.layout.delimiter === '' ? 0.12 + 0.3 * seen.structured : 0.01) * intact
  const alike = (seen.usual / seen.records) ** 2
  const gain = (seen.width - 1) / seen.width
  const opening = seen.firstWidth === seen.width ? 1 : 0.7
  return alike * gain * seen.worth ** 2 * intact * opening * trustIn(seen.layout.delimiter, prior)
}

function trustIn(delimiter: string, prior: Prior): number {
  const hint = extensionTrust[prior.extension ?? '']
  return (trust[delimiter] ?? 0.9) * (hint?.delimiter === delimiter ? hint.factor : 1)
}
