import type { Dialect } from '../../shared/index.ts'
import { isTotal } from './body.ts'
import { lookOf, structureOf, wrapped } from './cells.ts'
import type { Task } from './task.ts'
import type { Survey } from './score.ts'
import { count, describeTerminator, shorten, showDelimiter, thousands } from './words.ts'

/** Where the file can well be read in another way. */
export function doubts({ text }: Task, seen: Survey, header: boolean): string[] {
  const { layout, shape, body } = seen
  const found: string[] = []
  const lines = shape.starts
    .slice(body.first, Math.min(body.last + 1, body.first + 500))
    .map((start, at) => text.slice(start, shape.starts[body.first + at + 1] ?? text.length).trim())
  if (seen.width === 2 && !header && layout.delimiter === ',' && areDecimals(lines))
    found.push('Every line could be one number with a decimal comma: choose another delimiter if it is')
  if (seen.width === 1) found.push(...uncut(lines))
  const { delimiter, padding } = layout
  if (padding !== true && /\S/u.test(delimiter) && lines.some((line) => holdsBlank(line, delimiter)))
    found.push('Some fields hold nothing but blanks, which are kept')
  const last = text.slice(shape.starts[body.last], shape.starts[body.last + 1])
  if (seen.width > 1 && seen.records > 2 && isTotal(last))
    found.push(`The last record may be a total of the others: "${shorten(last)}"`)
  return found
}

const holdsBlank = (line: string, delimiter: string): boolean =>
  line.split(delimiter).some((cell) => cell !== '' && cell.trim() === '')

function areDecimals(lines: string[]): boolean {
  const digits = new Set(lines.map((line) => /^[+-]?\d+,(\d{1,3})$/u.exec(line)?.[1]?.length))
  return lines.length > 2 && digits.size === 1 && !digits.has(undefined)
}

/** Lines that are read as a single column although each holds the same delimiter. */
function uncut(lines: string[]): string[] {
  const filled = lines.filter((line) => line !== '')
  if (filled.length < 2) return []
  if (filled.every((line) => /^"[^"]*[,;\t|][^"]*"$/u.test(line)))
    return ['Every line stands in quotes as a whole, so that delimiters inside are text']
  const bare = filled.map((line) => line.replaceAll(/"[^"]*"/gu, ''))
  return [',', ';', '\t', '|'].flatMap((delimiter) => {
    const times = bare.map((line) => line.split(delimiter).length - 1).filter((each) => each > 0)
    const isEven = times.length > 2 && times.length > bare.length * 0.3 && new Set(times).size === 1
    if (times.length < bare.length && !(isEven && (times[0] ?? 0) > 1)) return []
    const where = times.length < bare.length ? `${thousands(times.length)} lines hold` : 'Every line holds'
    return [`${where} ${showDelimiter(delimiter)}, but not as a delimiter would stand`]
  })
}

/** Signs that the file really has a dialect that we cannot return: named, so that a person is not misled. */
export function foreign(best: Survey, records: string[][]): string[] {
  const { delimiter, quote } = best.layout
  const cells = sampleCells(records)
  const found: string[] = []
  if (quote === null && cells.some((cell) => /^"(?!.*"$)/su.test(cell)) && delimiter !== '\t')
    found.push('Quotes open fields and do not close them: they are read as part of the text')
  if (delimiter === '\t' && quote === null && inDoubleQuotes(cells))
    found.push(
      'Fields between tabs are in `"` quotes: unless that quote is chosen by hand, they are read as part of the text',
    )
  for (const sign of ["'", '`', '$'])
    if (quote !== sign && cells.some((cell) => isBetween(cell, sign)))
      found.push(
        `Fields stand between \`${sign}\` signs: unless that quote is chosen by hand, they are part of the text`,
      )
  if (best.width === 1 && delimiter !== ' ' && spaceSeparated(cells))
    found.push('The fields seem to be separated by spaces: choose that delimiter by hand if they are')
  else if (best.width === 1 && areAligned(cells))
    found.push('The lines seem to hold columns of a fixed width: they are read as a single column')
  return found
}

function sampleCells(records: string[][]): string[] {
  const cells: string[] = []
  for (const record of records) {
    if (cells.length >= 5_000) break
    cells.push(...record.slice(0, 5_000))
  }
  return cells
}

function inDoubleQuotes(cells: string[]): boolean {
  const opened = cells.filter((cell) => cell.startsWith('"')).length
  return (
    opened > 0 && cells.filter((cell) => wrapped(cell) !== null).length >= Math.max(1, cells.length * 0.05)
  )
}

const isBetween = (cell: string, sign: string): boolean => {
  const text = cell.trim()
  return text.length > 2 && text.startsWith(sign) && text.endsWith(sign)
}

/** The same number of words on nearly every line, half of them typed: no prose and no names. */
function spaceSeparated(lines: string[]): boolean {
  const filled = lines.filter((line) => line.trim() !== '')
  const structured = filled.filter((line) => structureOf(lookOf(line)) > 0).length
  if (filled.length < 2 || structured > filled.length / 2) return false
  const split = filled.map((line) => line.trim().split(/ +/u))
  const usual = split.at(-1)?.length ?? 1
  const alike = split.filter((words) => words.length === usual).length
  const words = split.slice(1).flat()
  const typed = words.filter((word) => !['text', 'empty'].includes(lookOf(word))).length
  return usual > 1 && alike >= filled.length * 0.9 && typed >= words.length / 2
}

/** Two blanks or more between words of nearly every line are no typing error. */
function areAligned(lines: string[]): boolean {
  const filled = lines.filter((line) => line.trim() !== '')
  const spaced = filled.filter((line) => /\S {2,}\S/u.test(line)).length
  return filled.length > 2 && spaced >= filled.length * 0.9
}

/** What a person should know about the records before reading them. */
export function raggedness(
  best: Survey,
  { delimiter, ragged }: Dialect,
  looseReturns: number,
  lineAt: (offset: number) => number,
): string[] {
  const found: string[] = []
  const [open] = best.unclosed
  if (open !== undefined)
    found.push(`The quote that opens a field on line ${thousands(lineAt(open))} is never closed`)
  if (best.hollow > 1) found.push(`${thousands(best.hollow)} records hold nothing but delimiters`)
  const other = best.records - best.usual
  if (other > 0) {
    const [verb, lack] = other === 1 ? ['does', 'lacks'] : ['do', 'lack']
    found.push(
      `${count(other, 'line')} of ${thousands(best.records)} ` +
        (ragged === true
          ? `${lack} fields at the end, which are read as NULL`
          : `${verb} not have ${count(best.width, 'field')} with ${showDelimiter(delimiter)}`),
    )
  }
  const ends = Object.entries(best.ends).filter(([, times]) => times > 0)
  if (looseReturns > 0) ends.push(['\r', looseReturns])
  if (ends.length > 1) {
    const parts = ends.map(([end, times]) => `${thousands(times)} with ${describeTerminator(end)}`)
    found.push(`Lines end in different ways: ${parts.join(', ')}`)
  }
  if (best.width > 1 && best.blankLines > 0)
    found.push(`${count(best.blankLines, 'blank line')} between the records`)
  if (best.cut) found.push('The first record is longer than the part of the file that was read')
  return found
}
