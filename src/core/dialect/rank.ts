import { blanksBeside, commentPrefixOf } from './around.ts'
import { delimiterCandidates, escapesFor, quoteCandidates } from './candidates.ts'
import { decideTsvEscape } from './escapes.ts'
import { lineAfter, type Layout } from './records.ts'
import { survey, type Survey } from './score.ts'
import type { Task } from './task.ts'

export interface Settled {
  layout: Layout
  seen: Survey
  reasons: string[]
}

/** Every layout is tried on so much of the text; the best ones then on all of it. */
const prefixChars = 32_768
const finalists = 3
/** What is this far behind on the prefix does not come first on the whole. */
const contention = 0.6

/** Every layout that the text could have, the most convincing first. */
export function rank(task: Task): Survey[] {
  const prefix = prefixOf(task)
  const own = task.choice.delimiter
  const present = delimiterCandidates(prefix.text, task.from)
  const tried = new Set([...(own === undefined ? [] : [own]), ...present, ''])
  const ranked = withoutHalves(
    prefix,
    [...tried].flatMap((delimiter) => surveys(prefix, delimiter)),
  ).sort(byScore)
  if (prefix === task) return ranked
  const least = (ranked[0]?.score ?? 0) * contention
  const close = ranked.filter(
    ({ score, layout }, at) => layout.delimiter === own || (at < finalists && score >= least),
  )
  return close
    .map(({ layout }) => surveyed(task, layout))
    .sort(byScore)
    .concat(ranked.filter((each) => !close.includes(each)))
}

/**
 * Where `::` cuts every line alike, `:` finds more fields by cutting it in two; and blanks do so inside lines that are
 * one value each.
 */
function withoutHalves(task: Task, all: Survey[]): Survey[] {
  const areValues = all.some(({ layout, structured }) => layout.delimiter === '' && structured > 0.5)
  const whole = all.filter(
    ({ layout, width, usual, records }) => layout.delimiter.length > 1 && width > 1 && usual === records,
  )
  return all.map((each) =>
    (areValues && each.layout.delimiter === ' ') ||
    cutsValues(task, each) ||
    (each.layout.delimiter.length === 1 &&
      whole.some(
        ({ layout, records }) => layout.delimiter.includes(each.layout.delimiter) && records >= each.records,
      ))
      ? { ...each, score: each.score * 0.4 }
      : each,
  )
}

/**
 * A file that is named for its commas or tabs, and has a single word above what blanks or colons cut: that is a column's
 * name and its values.
 */
function cutsValues({ text, from, extension }: Task, { layout, start }: Survey): boolean {
  if (!['csv', 'tsv', 'tab'].includes(extension ?? '') || [',', ';', '\t', '|'].includes(layout.delimiter))
    return false
  return /^[\p{L}_][\p{L}\p{N}_-]*[\r\n]+$/u.test(text.slice(from, start))
}

const byScore = (a: Survey, b: Survey): number => b.score - a.score

function prefixOf(task: Task): Task {
  const { text, from } = task
  if (text.length <= from + prefixChars * 1.2) return task
  const cut = Math.max(text.lastIndexOf('\n', from + prefixChars), text.lastIndexOf('\r', from + prefixChars))
  return { ...task, text: text.slice(0, cut > from ? cut + 1 : from + prefixChars), complete: cut > from }
}

export function surveyed(task: Task, layout: Layout): Survey {
  const { text, from, complete, extension } = task
  return survey(text, from, layout, complete, { extension, said: saidDelimiter(text) })
}

/** Named by the file itself: `sep=;` as spreadsheets write it, `#Fields: date time` as web servers do. */
export function saidDelimiter(text: string): string | undefined {
  const head = text.slice(0, 2_000)
  const fields = /^#Fields:([ \t])/imu.exec(head)
  return /^"?sep=(.)"?[\r\n]/iu.exec(head)?.[1] ?? fields?.[1]
}

/** One delimiter with every quote and escape that there are signs of. */
function surveys(task: Task, delimiter: string): Survey[] {
  const usual = layoutFor(delimiter, task)
  const { text, from, choice } = task
  const quotes = choice.quote === undefined ? quotesFor(task, delimiter, usual.quote) : [choice.quote]
  return quotes.flatMap((quote) => {
    const escapes = choice.escape === undefined ? escapesFor(text, from, quote, delimiter) : [choice.escape]
    const found: Survey[] = []
    for (const escape of escapes) {
      // Taking quotes as they come is for files that no rule fits.
      if (quote !== null && escape === null && found.some(({ flawed }) => flawed === 0)) continue
      found.push(surveyed(task, { ...usual, quote, escape }))
    }
    return found
  })
}

function quotesFor({ text, from }: Task, delimiter: string, usual: string | null): (string | null)[] {
  const seen = quoteCandidates(text, from, delimiter).map(({ quote }) => quote)
  return seen.length === 0 ? [usual, ...bare(text, from, delimiter)] : [...new Set([usual, ...seen, null])]
}

/** Without quotes a delimiter may be escaped. */
const bare = (text: string, from: number, delimiter: string): null[] =>
  delimiter !== '' && text.includes(`\\${delimiter}`, from) ? [null] : []

/** Quotes are a matter of CSV; a TSV has backslashes, and whether it does is decided once it has won. */
export function layoutFor(delimiter: string, task: Task): Layout {
  const { choice, lineTerminator } = task
  const quote = choice.quote === undefined ? (delimiter === '\t' ? null : '"') : choice.quote
  const escape = choice.escape === undefined ? (quote === null ? null : 'double') : choice.escape
  const padding = choice.padding ?? (delimiter === ' ' && hasRuns(task) ? true : undefined)
  return {
    delimiter,
    quote,
    escape,
    lineTerminator,
    // Empty: a person says that there are none.
    ...(choice.commentPrefix && { commentPrefix: choice.commentPrefix }),
    ...(padding !== undefined && { padding }),
  }
}

/** Columns set apart by many spaces have them on nearly every line. */
function hasRuns({ text, from }: Task): boolean {
  const lines = text
    .slice(from, from + 20_000)
    .split(/[\r\n]+/u)
    .filter((line) => line.trim() !== '')
  return lines.filter((line) => /\S {2,}\S|^ +\S/u.test(line)).length > lines.length * 0.5
}

/** The winner, with a real delimiter, and with its comments, blanks and escapes decided. */
export function settle(task: Task, ranked: Survey[]): Settled {
  const chosen = task.choice.delimiter
  const winner = ranked.find((each) => each.layout.delimiter === chosen) ?? ranked[0]
  if (winner === undefined) return settledOne(task, undefined)
  if (winner.layout.delimiter === '') return settledOne(task, winner)
  return withEscapes(task, withBlanks(task, withComments(task, winner)))
}

function settledOne(task: Task, winner: Survey | undefined): Settled {
  const found = withEscapes(task, surveyed(task, oneColumn(task, winner)))
  return { ...found, seen: { ...found.seen, score: winner?.score ?? 0 } }
}

/** Where quotes hold what could be delimiters, the quotes are kept. */
function oneColumn(task: Task, winner: Survey | undefined): Layout {
  const { quote, escape } = winner?.layout ?? { quote: null, escape: null }
  if (winner !== undefined && quote !== null && winner.quoted > 0 && winner.flawed === 0)
    for (const delimiter of [',', ';', '|']) {
      const layout: Layout = { ...layoutFor(delimiter, task), quote, escape }
      if (surveyed(task, layout).most === 1) return layout
    }
  return layoutFor(unusedDelimiter(task, winner), task)
}

function withComments(task: Task, seen: Survey): Survey {
  if (task.choice.commentPrefix !== undefined) return seen
  const commentPrefix = commentPrefixOf(task.text, seen)
  if (commentPrefix === undefined) return seen
  const layout = { ...seen.layout, commentPrefix }
  const isHeader = task.text.startsWith(commentPrefix, seen.start) && seen.firstWidth === seen.width
  return surveyed({ ...task, from: isHeader ? seen.start : afterComments(task, layout) }, layout)
}

/** The first line is never taken for a comment, so it must be none. */
function afterComments({ text, from }: Task, layout: Layout): number {
  let at = from
  while (
    at < text.length &&
    (text.startsWith(layout.commentPrefix ?? '', at) || /[\r\n]/u.test(text[at] ?? ''))
  )
    at = lineAfter(text, at, layout)
  return at < text.length ? at : from
}

function withBlanks(task: Task, seen: Survey): Survey {
  const { layout } = seen
  const { delimiter, padding } = blanksBeside(task.text, layout, seen)
  if (
    delimiter !== layout.delimiter &&
    task.choice.delimiter === undefined &&
    task.choice.padding === undefined
  ) {
    const longer = surveyed(task, { ...layout, delimiter })
    if (longer.width === seen.width && longer.usual >= seen.usual) return { ...longer, score: seen.score }
  }
  const wider = seen.usual < seen.records && task.choice.delimiter === undefined ? `${layout.delimiter} ` : ''
  if (padding && wider !== '' && layout.delimiter !== ' ') {
    const longer = surveyed(task, { ...layout, delimiter: wider })
    if (longer.width > 1 && longer.records === seen.records && longer.usual === longer.records) return longer
  }
  if (!padding || task.choice.padding !== undefined) return seen
  return { ...seen, layout: { ...layout, padding: true } }
}

function withEscapes(task: Task, seen: Survey): Settled {
  const { layout } = seen
  const tsv =
    layout.delimiter === '\t' &&
    layout.quote === null &&
    layout.escape === null &&
    task.choice.escape === undefined
  if (!tsv) return { layout, seen, reasons: [] }
  const verdict = decideTsvEscape(task.text, seen.start, layout)
  const final: Layout = { ...layout, escape: verdict.escape }
  if (verdict.reason === null) return { layout: final, seen: { ...seen, layout: final }, reasons: [] }
  return { layout: final, seen: { ...surveyed(task, final), score: seen.score }, reasons: [verdict.reason] }
}

/** One column still needs a delimiter: one that the text does not hold. Tab if quotes are in the way. */
function unusedDelimiter(task: Task, one: Survey | undefined): string {
  const tabFirst = (one?.flawed ?? 0) > 0 || task.extension === 'tsv' || task.extension === 'tab'
  const order = tabFirst ? ['\t', ',', ';', '|'] : [',', '\t', ';', '|']
  return (
    [...order, '\u001f', '\u0001', '^', '~'].find((each) => !task.text.includes(each, task.from)) ?? '\u001f'
  )
}
