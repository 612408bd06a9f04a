import type { Dialect } from '../../shared/index.ts'
import { isStructured, lookOf, wrapped } from './cells.ts'
import type { Survey } from './score.ts'
import { count, describeDelimiter, describeTerminator, showDelimiter, thousands } from './words.ts'

/** Delimiters of several characters that are met in the wild. */
const longDelimiters = ['|~|', '~|~', '^|^', '|^|', '<|>', '||', '::', ';;', '^^', '~~']
const windowChars = 65_536

/** What the reading engine cannot do with this very dialect, chosen by hand or not. */
export function unreadable(dialect: Dialect): string[] {
  const { delimiter, quote, escape } = dialect
  const found: string[] = []
  if (delimiter.length > 1)
    found.push(
      `The delimiter ${describeDelimiter(delimiter)} has several characters, which cannot be read directly yet`,
    )
  if (quote !== null && quote !== '"') found.push(`The quote \`${quote}\` cannot be read directly yet`)
  if (delimiter !== '\t' && (quote === null || escape !== 'double'))
    found.push(
      'Outside tab-separated files, only `"` quotes that are doubled inside a field can be read directly yet',
    )
  if (dialect.lineTerminator === '\r')
    found.push('Lines end in CR only (as on old Macintoshes), which cannot be read directly yet')
  return found
}

/** Signs that the file really has a dialect that we cannot return: named, so that a person is not misled. */
export function foreign(text: string, best: Survey, records: string[][]): string[] {
  const { delimiter, quote } = best.layout
  const cells = sampleCells(records)
  const found: string[] = []
  const long = longDelimiter(text.slice(0, windowChars))
  if (long !== null && best.layout.delimiter.length === 1)
    found.push(
      `The fields seem to be separated by \`${long}\`, which has several characters: not read directly yet`,
    )
  if (delimiter === '\t' && quote === null && inDoubleQuotes(cells))
    found.push(
      'Fields between tabs are in `"` quotes: unless that quote is chosen by hand, they are read as part of the text',
    )
  if (quote !== "'" && inSingleQuotes(cells))
    found.push("Fields are in `'` quotes: they cannot be read directly yet and stay part of the text")
  if (best.width === 1 && delimiter !== ' ' && spaceSeparated(cells))
    found.push('The fields seem to be separated by spaces: choose that delimiter by hand if they are')
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

/** A long delimiter is believed when its characters never stand alone and it is on every line. */
function longDelimiter(text: string): string | null {
  const lines = text.split(/\r\n|\n|\r/u).filter((line) => line !== '')
  const whole = lines.length > 2 ? lines.slice(0, -1) : lines
  for (const candidate of longDelimiters) {
    if (whole.length < 2 || !whole.every((line) => line.includes(candidate))) continue
    const rest = whole.join('\n').replaceAll(candidate, '')
    if (!candidate.split('').some((letter) => rest.includes(letter))) return candidate
  }
  return null
}

function inDoubleQuotes(cells: string[]): boolean {
  const opened = cells.filter((cell) => cell.startsWith('"')).length
  return (
    opened > 0 && cells.filter((cell) => wrapped(cell) !== null).length >= Math.max(1, cells.length * 0.05)
  )
}

function inSingleQuotes(cells: string[]): boolean {
  const opened = cells.filter((cell) => cell.trimStart().startsWith("'")).length
  const closed = cells.filter((cell) => cell.length > 1 && cell.trimEnd().endsWith("'")).length
  return opened >= Math.max(2, cells.length * 0.1) && opened === closed
}

/** The same number of words on nearly every line, half of them typed: no prose and no names. */
function spaceSeparated(lines: string[]): boolean {
  const filled = lines.filter((line) => line.trim() !== '')
  const structured = filled.filter((line) => isStructured(lookOf(line))).length
  if (filled.length < 2 || structured > filled.length / 2) return false
  const split = filled.map((line) => line.trim().split(/ +/u))
  const usual = split.at(-1)?.length ?? 1
  const alike = split.filter((words) => words.length === usual).length
  const words = split.slice(1).flat()
  const typed = words.filter((word) => !['text', 'empty'].includes(lookOf(word))).length
  return usual > 1 && alike >= filled.length * 0.9 && typed >= words.length / 2
}

/** What a person should know about the records before reading them. */
export function raggedness(best: Survey, delimiter: string, looseReturns: number): string[] {
  const found: string[] = []
  if (best.unclosed) found.push('A quote is opened and never closed: everything after it became one field')
  if (best.records > best.usual)
    found.push(
      `${count(best.records - best.usual, 'line')} of ${thousands(best.records)} ${best.records - best.usual === 1 ? 'does' : 'do'} ` +
        `not have ${count(best.width, 'field')} with ${showDelimiter(delimiter)}`,
    )
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
