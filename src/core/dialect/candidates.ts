import type { Layout } from './records.ts'

const usual = [',', ';', '\t', '|', ':', '^', '~', ' ', '\u0001', '\u001f']
const sampledLines = 300
/** A delimiter must be on so many of the lines; the others may be preamble or footer. */
const leastShare = 0.3

/** Every text that could separate fields: usual ones if they occur, others if they are on enough lines. */
export function delimiterCandidates(text: string, from: number): string[] {
  const lines = sampleLines(text, from)
  const singles = new Set(usual.filter((delimiter) => text.includes(delimiter, from)))
  for (const [letter, times] of onLines(lines, /[^\p{L}\p{M}\p{N}\p{Pi}\p{Pf}\s"'`\\.()[\]{}?]/gu))
    if (times >= Math.max(1, lines.length * 0.5)) singles.add(letter)
  const longs = longDelimiters(sampleLines(withoutQuoted(text.slice(from, from + 65_536)), 0))
  // Where `||` separates, a single `|` would give an empty field between any two.
  const hidden = (single: string): boolean => longs.some((long) => long.alone && long.text.includes(single))
  return [...[...singles].filter((single) => !hidden(single)), ...longs.map(({ text: long }) => long)]
}

function sampleLines(text: string, from: number): string[] {
  const lines = text.slice(from, from + 65_536).split(/\r\n|\n|\r/u, sampledLines + 1)
  const whole = lines.length > 2 ? lines.slice(0, -1) : lines
  return whole.filter((line) => line.trim() !== '')
}

function onLines(lines: string[], pattern: RegExp): Map<string, number> {
  const seen = new Map<string, number>()
  for (const line of lines)
    for (const found of new Set(line.match(pattern) ?? [])) seen.set(found, (seen.get(found) ?? 0) + 1)
  return seen
}

/** What stands in quotes, line ends among it, says nothing about delimiters. */
function withoutQuoted(text: string): string {
  return text.replace(
    /(?<![\p{L}\p{N}.])"(?:[^"\\]|""|\\.)*"|(?<![\p{L}\p{N}.])'(?:[^'\\]|''|\\.)*'(?![\p{L}\p{N}])/gsu,
    'q',
  )
}

interface Long {
  text: string
  /** Its signs hardly ever stand alone. */
  alone: boolean
}

/** Runs of signs that stand on many lines, and whose signs seldom stand alone there. */
function longDelimiters(lines: string[]): Long[] {
  const seen = onLines(lines, /\t{2,}|[^\p{L}\p{M}\p{N}\p{Sc}\s"'`\\.,()[\]{}%+]{2,}| [-–—>=:*·•/]{1,2} /gu)
  const runs = new Set<string>()
  for (const run of seen.keys()) {
    const unit = unitOf(run)
    if (unit.length > 1 && unit.length <= 4) runs.add(unit)
  }
  const text = lines.join('\n')
  return [...runs].flatMap((run) => {
    if (isPlaceholder(run, text)) return []
    const having = lines.filter((line) => line.includes(run)).length
    if (having < Math.max(2, lines.length * leastShare)) return []
    const [rest, times] = [text.replaceAll(run, '\n'), text.split(run).length - 1]
    const others = [...new Set(run.trim() === '' ? run : run.trim())].reduce(
      (sum, sign) => sum + rest.split(sign).length - 1,
      0,
    )
    return others > times * 0.6 ? [] : [{ text: run, alone: others <= times * 0.01 }]
  })
}

/** `---` among aligned columns stands for a missing value. */
function isPlaceholder(run: string, text: string): boolean {
  return /^([-*=])\1+$/u.test(run) && (text.includes(`  ${run}`) || text.includes(`${run}  `))
}

/** `||||` is `||` twice (an empty field between), `|~||~|` is `|~|` twice, `|||` is one of its own. */
function unitOf(run: string): string {
  for (let length = 2; length <= 4; length++)
    if (run.length % length === 0 && run.slice(0, length).repeat(run.length / length) === run)
      return run.slice(0, length)
  return run
}

export interface QuoteUse {
  quote: string
  opens: number
  closes: number
}

/** Signs that stand at both ends of fields, as quotes do. */
export function quoteCandidates(text: string, from: number, delimiter: string): QuoteUse[] {
  const opens = new Map<string, number>()
  const closes = new Map<string, number>()
  const add = (map: Map<string, number>, letter: string | undefined): void => {
    if (
      letter !== undefined &&
      !/[\p{L}\p{M}\p{N}\s.,;:()[\]{}<>\\/|+=_&@#?!-]/u.test(letter) &&
      !delimiter.includes(letter)
    )
      map.set(letter, (map.get(letter) ?? 0) + 1)
  }
  const end = Math.min(text.length, from + 16_384)
  const sign = delimiter === '' ? -1 : delimiter.charCodeAt(0)
  let start = from
  for (let at = from; at <= end; at++) {
    const code = text.charCodeAt(at)
    const ends = at === end || code === 10 || code === 13
    const cuts = code === sign && !ends && text.startsWith(delimiter, at)
    if (!ends && !cuts) continue
    add(opens, text[start] === ' ' ? text[start + 1] : text[start])
    add(closes, text[at - 1] === ' ' ? text[at - 2] : text[at - 1])
    start = at + (cuts ? delimiter.length : 1)
    if (cuts) at = start - 1
  }
  return [...opens]
    .map(([quote, times]) => ({ quote, opens: times, closes: closes.get(quote) ?? 0 }))
    .filter(({ quote, opens: o, closes: c }) => isLikely(quote, o, c))
    .sort((a, b) => b.opens - a.opens)
    .slice(0, 3)
}

function isLikely(quote: string, opens: number, closes: number): boolean {
  if (quote === '"') return opens > 0
  if (closes === 0) return false
  const usualQuote = quote === "'" || quote === '`'
  return opens >= (usualQuote ? 1 : 2) && Math.min(opens, closes) / Math.max(opens, closes) > 0.6
}

/** The ways to write a special character inside a field that the text has signs of. */
export function escapesFor(
  text: string,
  from: number,
  quote: string | null,
  delimiter: string,
): Layout['escape'][] {
  if (quote === null)
    return delimiter !== '' && text.includes(`\\${delimiter}`, from) ? ['backslash', null] : [null]
  if (arePaired(text, from, quote)) return ['backslash', 'double', null]
  return text.includes(`\\${quote}`, from) ? ['double', 'backslash', null] : ['double', null]
}

/** Each backslash of the file stands before another one or before a quote. */
function arePaired(text: string, from: number, quote: string): boolean {
  if (!text.includes('\\\\', from) || !text.includes(quote, from)) return false
  let at = text.indexOf('\\', from)
  while (at >= 0) {
    const next = text[at + 1]
    if (next !== '\\' && next !== quote) return false
    at = text.indexOf('\\', at + 2)
  }
  return true
}
