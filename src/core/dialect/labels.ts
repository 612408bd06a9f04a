import { lookOf } from './cells.ts'

/**
 * Columns of a first record that is a header although its cells are values: `country,1999,2000,2001`, a column for each
 * day, `,0,1,2,3` above figures. The cells beside each other count on, and those below are of another kind.
 */
export function labelColumns(first: string[], body: string[][]): Set<number> {
  const found = new Set<number>()
  for (const kind of kinds)
    for (const { from, to } of runs(first, kind.goesOn)) {
      const columns = Array.from({ length: to - from }, (_, at) => from + at)
      if (columns.length < kind.least || !kind.areOthers(first, body, columns)) continue
      for (const column of columns) found.add(column)
    }
  return found
}

interface Kind {
  /** Fewer in a row may be values. */
  least: number
  /** Whether a cell and those to its left may name columns of one series. */
  goesOn: (cells: string[]) => boolean
  areOthers: (first: string[], body: string[][], columns: number[]) => boolean
}

const kinds: Kind[] = [
  { least: 2, goesOn: areYears, areOthers: areNoYears },
  { least: 2, goesOn: areDays, areOthers: areFigures },
  { least: 3, goesOn: areCounted, areOthers: areUncounted },
]

/** The longest stretches of which every beginning goes on. */
function* runs(cells: string[], goesOn: Kind['goesOn']): Generator<{ from: number; to: number }> {
  let from = 0
  for (let to = 1; to <= cells.length; to++) {
    const last = cells.slice(Math.max(from, to - 2), to + 1)
    if (to < cells.length && goesOn(last)) continue
    if (to - from > 1) yield { from, to }
    from = to
  }
}

export const isYear = (cell: string | undefined): boolean => /^(?:1[89]|20)\d\d$/u.test(cell?.trim() ?? '')

/** Upwards or downwards, with gaps or without. */
function areYears(cells: string[]): boolean {
  return cells.every(isYear) && isMonotone(cells.map(Number))
}

function isMonotone(values: number[]): boolean {
  const steps = values.slice(1).map((value, at) => Math.sign(value - (values[at] ?? 0)))
  return steps.every((step) => step !== 0 && step === steps[0])
}

function areNoYears(_: string[], body: string[][], columns: number[]): boolean {
  return columns.every((column) => share(body, (record) => isYear(record[column])) <= 0.25)
}

function areDays(cells: string[]): boolean {
  const looks = cells.map(lookOf)
  const isOne = (looks[0] === 'date' || looks[0] === 'time') && looks.every((look) => look === looks[0])
  return isOne && new Set(cells).size === cells.length
}

function areFigures(_: string[], body: string[][], columns: number[]): boolean {
  return columns.every((column) => {
    const looks = body.map((record) => lookOf(record[column] ?? '')).filter((look) => look !== 'empty')
    return looks.length > 0 && looks.every((look) => look === 'number' || look === 'text')
  })
}

/** Whole numbers with equal steps upwards. */
function areCounted(cells: string[]): boolean {
  if (!cells.every((cell) => /^ *\d{1,6} *$/u.test(cell))) return false
  const steps = cells.slice(1).map((cell, at) => +cell - +(cells[at] ?? ''))
  return steps.every((step) => step > 0 && step === steps[0])
}

/** Below them stand fractions, or, below four at least, numbers that those in the first record do not reach to. */
function areUncounted(first: string[], body: string[][], columns: number[]): boolean {
  const values = body.flatMap((record) => columns.map((column) => record[column]?.trim() ?? ''))
  const figures = values.filter((value) => lookOf(value) === 'number')
  if (body.length < 2 || figures.length < values.length * 0.5) return false
  const most = Math.max(...columns.map((column) => +(first[column] ?? '')))
  const fractions = figures.filter((value) => /[.,]\d/u.test(value)).length
  const beyond = figures.filter((value) => !/^\d+$/u.test(value) || +value > most).length
  if (fractions < figures.length * 0.9 && (columns.length < 4 || beyond < figures.length * 0.9)) return false
  return share(body, (record) => areCounted(columns.map((column) => record[column] ?? ''))) <= 0.1
}

const share = (body: string[][], test: (record: string[]) => boolean): number =>
  body.filter(test).length / Math.max(1, body.length)
