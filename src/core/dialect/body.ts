import { lookOf } from './cells.ts'
import { isNameLike } from './names.ts'
import { parseRecords, type Layout } from './records.ts'

/** How every record of a text is shaped, in the order of the text. */
export interface Shape {
  /** Fields of each record. */
  widths: number[]
  /** Fields that are not empty. */
  filled: number[]
  /** Where each record begins; the last entry is where the last one ends. */
  starts: number[]
}

/** The records from `first` to `last`, both included, are the table; the others are around it. */
export interface Body {
  first: number
  last: number
  width: number
}

const isBlank = ({ widths, filled }: Shape, at: number): boolean => widths[at] === 1 && filled[at] === 0

/** Where in the file the table is: the stretch that gains most from records of one width and loses least by others. */
export function findBody(shape: Shape, text: string, layout: Layout): Body {
  const counts = new Map<number, number>()
  for (const width of shape.widths) if (width > 1) counts.set(width, (counts.get(width) ?? 0) + 1)
  const widths = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0]).slice(0, 4)
  let best: Body | null = null
  let most = 0
  for (const [width] of widths) {
    const { first, last, gain } = stretch(shape, width, text)
    const worth = gain * (1 - 1 / width)
    if (worth <= most) continue
    most = worth
    best = { first, last, width }
  }
  if (best === null) return oneColumn(shape, text)
  return firstOf(trimmed(extended(best, shape, text, layout), shape, text, layout), shape, text, layout)
}

/** Here a field that is empty in quotes is a record. */
function oneColumn(shape: Shape, text: string): Body {
  const isNothing = (at: number) => isBlank(shape, at) && textOf(at, shape, text) === ''
  let first = 0
  let last = shape.widths.length - 1
  while (first < last && isNothing(first)) first++
  while (last > first && isNothing(last)) last--
  return { first, last, width: 1 }
}

function stretch(shape: Shape, width: number, text: string): { first: number; last: number; gain: number } {
  let best = { first: 0, last: 0, gain: 0 }
  let first = 0
  let sum = 0
  for (let at = 0; at < shape.widths.length; at++) {
    if (sum <= 0) {
      first = at
      sum = 0
    }
    const own = shape.widths[at]
    if (own === width) sum++
    else if (isBlank(shape, at)) sum -= 0.2
    else sum -= own === 1 && !isValue(at, shape, text) ? 1 : 0.4
    if (own === width && sum > best.gain) best = { first, last: at, gain: sum }
  }
  return best
}

/** Ragged records at its ends belong to the table as well: a header with a name too few, a record cut short. */
function extended(body: Body, shape: Shape, text: string, layout: Layout): Body {
  const { width } = body
  let { last } = body
  const isWhole = body.first === 0 || isHeaderOf(body, shape, text, layout)
  const first = isWhole ? body.first : withBefore(body, shape)
  while (last + 1 < shape.widths.length && isRagged(last + 1, body, shape, text, layout)) last++
  return { first, last, width }
}

function withBefore({ first: own, width }: Body, { widths, filled }: Shape): number {
  let first = own
  if ((widths[first - 1] ?? 0) > 1 && (filled[first - 1] ?? 0) > width / 2) first--
  while (first > 0 && (widths[first - 1] ?? 0) > width && (filled[first - 1] ?? 0) >= width) first--
  return first
}

/** The first record names the columns, so that what stands above it is no header with a name too few or too many. */
function isHeaderOf({ first, width }: Body, shape: Shape, text: string, layout: Layout): boolean {
  const [names = [], ...values] = parseRecords(text, { ...layout, start: shape.starts[first] ?? 0 }, compared)
  const isNamed = names.length === width && names.every(isNameLike) && new Set(names).size === width
  if (!isNamed || values.length < 2) return false
  return names.some((_, column) => values.slice(-2).every((each) => isTyped(each[column])))
}

function isRagged(at: number, { width }: Body, shape: Shape, text: string, layout: Layout): boolean {
  if (isBlank(shape, at)) return false
  const own = shape.widths[at] ?? 0
  const words = textOf(at, shape, text)
  if (layout.commentPrefix !== undefined && words.startsWith(layout.commentPrefix)) return false
  return own > 1 ? (shape.filled[at] ?? 0) > 1 || width === 2 : isValue(at, shape, text)
}

/** A line without a delimiter that could be the first value of a record cut short, and not a sentence. */
function isValue(at: number, shape: Shape, text: string): boolean {
  const words = textOf(at, shape, text)
  return words.length <= 20 && !/\s|^[-*(#=_]/u.test(words) && !totals.test(words)
}

const textOf = (at: number, { starts }: Shape, text: string): string =>
  text.slice(starts[at], Math.min(starts[at + 1] ?? text.length, (starts[at] ?? 0) + 500)).trim()

const totals =
  /^["']?(?:(?:grand |sub-?)?totals?|sums?|summe|gesamt|insgesamt|total général|totale|suma|toplam|итого|всего|合計|合计|总计)\b/iu

export const isTotal = (line: string): boolean => totals.test(line.trim())

/** Lines that a spreadsheet filled up with delimiters have the table's width, but nothing beside their first cell. */
function trimmed(body: Body, shape: Shape, text: string, layout: Layout): Body {
  let { first, last } = body
  const { width } = body
  if (width > 2) {
    first = afterTitle({ ...body, first: afterSparse(body, shape, text, layout) }, shape, text, layout)
    const note = lastNote(first, last, shape, text)
    if (note > 0 && typicalFill(shape, first, last) >= Math.max(2, width / 2)) last = note - 1
  }
  if (width === 2) first = afterKeys({ first, last, width }, shape, text, layout)
  while (last > first && isBlank(shape, last)) last--
  const total = last - first >= 2 && totals.test(textOf(last, shape, text))
  const apart = total && isBlank(shape, last - 1)
  if (total && (apart || (shape.filled[last] ?? 0) < width) && width > 2) last--
  while (last > first && isBlank(shape, last)) last--
  return { first, last, width }
}

const notes =
  /^["']?(?:[*©†¹]|\(\*|(?:data )?sources?\b|notes?\b|quelle|anmerkung|stand:|hinweis|fuente|nota|remarques?|generated|exported|printed|copyright)/iu

/** The first of the last lines that say something about the table, or 0. */
function lastNote(first: number, last: number, shape: Shape, text: string): number {
  let at = last
  let note = 0
  while (at > first + 1 && isSparse(shape, at)) {
    if (notes.test(textOf(at, shape, text))) note = at
    at--
  }
  // Records without any value between the table and its notes are no records either.
  while (note > first + 1 && shape.filled[note - 1] === 0) note--
  return note
}

const isSparse = ({ filled }: Shape, at: number): boolean => (filled[at] ?? 0) <= 1

function afterSparse({ first, last, width }: Body, shape: Shape, text: string, layout: Layout): number {
  for (let at = first; at <= Math.min(last - 1, first + 15); at++) {
    if ((shape.filled[at] ?? 0) >= width - 1 && at > first) return at
    const opensEmpty = text.startsWith(layout.delimiter, shape.starts[at])
    const nothing = shape.filled[at] === 0
    if (isSparse(shape, at) && (!opensEmpty || nothing)) continue
    // Right above a name for every column stands what several columns have in common.
    const isGroups = at > first && opensEmpty && (shape.filled[at + 1] ?? 0) >= width - 1
    return isGroups ? at : first
  }
  return first
}

/** `Account;DE12…;;` and the like, at best a blank line, and only then a name for every column. */
function afterTitle({ first, last, width }: Body, shape: Shape, text: string, layout: Layout): number {
  for (let at = first; at <= Math.min(last - 2, first + 15); at++) {
    const filled = shape.filled[at] ?? 0
    if (at === first || filled > 0) {
      if (filled < width) continue
      const [names = []] = parseRecords(text, { ...layout, start: shape.starts[at] ?? 0 }, 1)
      const isApart = shape.filled[at - 1] === 0 || areSettings(first, at, shape, text, layout)
      return isApart && names.every(isNameLike) ? at : first
    }
  }
  return first
}

/** Two lines at least, each of a name and what it is set to, above names and the values of their columns. */
function areSettings(first: number, header: number, shape: Shape, text: string, layout: Layout): boolean {
  const width = shape.widths[header] ?? 0
  const above = parseRecords(text, { ...layout, start: shape.starts[first] ?? 0 }, header - first)
  const keys = above.map(([key = '']) => key)
  return (
    keys.length > 1 &&
    new Set(keys).size === keys.length &&
    keys.every((key) => isNameLike(key.replace(/[.:]$/u, ''))) &&
    above.every((record) => record.slice(2).every((cell) => cell === '')) &&
    isHeaderOf({ first: header, last: header, width }, shape, text, layout)
  )
}

const keyLines = 40

/**
 * Instruments write `Operator;Smith` and the like above two columns of measurements, as wide as these: names of settings
 * above numbers. A header stands between them, or nothing does.
 */
function afterKeys({ first, last, width }: Body, shape: Shape, text: string, layout: Layout): number {
  const cells = (at: number): string[] =>
    parseRecords(text, { ...layout, start: shape.starts[at] ?? 0 }, 1)[0] ?? []
  const isMeasured = (at: number): boolean => {
    const [place, value = ''] = cells(at)
    return shape.widths[at] === width && isTyped(place) && lookOf(value) !== 'text'
  }
  const keys = new Set<string>()
  let at = first
  for (; at <= Math.min(last, first + keyLines) && !isMeasured(at); at++) {
    if (isBlank(shape, at)) continue
    const [key = ''] = cells(at)
    if ((shape.widths[at] ?? 0) > width || !isNameLike(key.replace(/[.:]$/u, '')) || keys.has(key))
      return first
    keys.add(key)
  }
  const isHeader = shape.widths[at - 1] === width && cells(at - 1).every(isNameLike)
  const from = isHeader ? at - 1 : at
  const above = keys.size - (isHeader ? 1 : 0)
  // Without a blank line below them, one or two may be names and their units; one with a blank line may be a header.
  const isApart = above > 2 || (above > (isHeader ? 0 : 1) && isBlank(shape, from - 1))
  if (!isApart || last + 1 - at <= Math.max(2, above)) return first
  for (let below = at; below <= Math.min(last, at + 20); below++)
    if (!isBlank(shape, below) && !isMeasured(below)) return first
  return from
}

function typicalFill({ filled }: Shape, first: number, last: number): number {
  const sorted = filled.slice(first, Math.min(last + 1, first + 500)).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

const compared = 50

/** Of tables of one width, a blank line and another header apart, the first. */
function firstOf(body: Body, shape: Shape, text: string, layout: Layout): Body {
  const { first, width } = body
  for (let at = first + 2; at < body.last; at++) {
    if (!isBlank(shape, at - 1) || shape.widths[at] !== width) continue
    const cells = (from: number, limit: number) =>
      parseRecords(text, { ...layout, start: shape.starts[from] ?? 0 }, limit).filter(
        ({ length }) => length === width,
      )
    const above = cells(first, Math.min(compared, at - 1 - first))
    const [row = [], ...below] = cells(at, 4)
    if (!isOtherHeader(row, below, above)) continue
    let last = at - 1
    while (isBlank(shape, last)) last--
    return { first, last, width }
  }
  return body
}

/** The first header again, or names where all values above are of another kind. */
function isOtherHeader(row: string[], below: string[][], [header = [], ...values]: string[][]): boolean {
  if (row.every((cell, column) => cell === header[column])) return true
  if (below.length === 0 || !row.every((cell) => lookOf(cell) === 'text')) return false
  const typed = row.filter((_, column) => values.length > 0 && values.every((each) => isTyped(each[column])))
  const changed = row.filter((_, column) => isTyped(below[0]?.[column]))
  return typed.length >= 1 && (changed.length >= 1 || typed.length === row.length)
}

function isTyped(cell: string | undefined): boolean {
  const look = lookOf(cell ?? '')
  return look !== 'text' && look !== 'empty'
}
