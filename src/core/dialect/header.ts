import { lookOf } from './cells.ts'
import type { Look } from './cells.ts'
import { isYear, labelColumns } from './labels.ts'
import { isNameLike, letterCase, nameVocabulary } from './names.ts'
import { count } from './words.ts'

export interface HeaderVerdict {
  header: boolean
  reason: string
}

const bodyRows = 200
const bodyColumns = 300

/** What one column says about the first record, and why: above zero it is a header. */
interface Vote {
  weight: number
  why: 'name-over-values' | 'same-kind' | 'reappears' | 'wording' | 'nothing'
}

/** Compares the first record with those below it, column by column; the columns vote. */
export function decideHeader(records: string[][]): HeaderVerdict {
  const [first, ...rest] = records
  if (first === undefined) return { header: false, reason: 'No header: there are no records' }
  if (rest.length === 0) return aloneVerdict(first)
  const body = rest.slice(0, bodyRows)
  const labels = labelColumns(first.slice(0, bodyColumns), body)
  const votes = first.slice(0, bodyColumns).map((cell, column): Vote =>
    labels.has(column)
      ? { weight: 1, why: 'name-over-values' }
      : voteOf(
          cell,
          body.map((record) => record[column] ?? ''),
        ),
  )
  const named = first.filter((cell) => cell !== '')
  const repeated = named.length - new Set(named).size
  const lean = first.length > 1 ? 0.2 : 0
  const total = votes.reduce((sum, vote) => sum + vote.weight, lean) - Math.min(repeated, 2) * 0.6
  if (total > 0) return { header: true, reason: whyHeader(votes) }
  if (isGroups(first, body) && headerDepth(records) > 1) {
    const below = decideHeader(rest)
    if (below.header)
      return { header: true, reason: below.reason.replace('the first line', 'the second line') }
  }
  return { header: false, reason: whyNot(votes, repeated) }
}

/** `,2019,,2020,` above names: what several columns have in common stands above the first of them. */
function isGroups(first: string[], [names = []]: string[][]): boolean {
  const groups = first.filter((cell) => cell.trim() !== '')
  const inner = names.slice(1)
  return (
    groups.length > 0 &&
    groups.length < inner.length &&
    inner.every((cell) => lookOf(cell) === 'text') &&
    groups.every((cell) => lookOf(cell) === 'text' || isYear(cell))
  )
}

/** With nothing below it, a record is a header when it reads like one. */
function aloneVerdict(first: string[]): HeaderVerdict {
  const cells = first.at(-1) === '' && first.length > 1 ? first.slice(0, -1) : first
  // The cheap test first: a cut head can be one record of a million fields.
  return cells.every(isNameLike) && new Set(cells).size === cells.length
    ? { header: true, reason: 'Header: the only line holds distinct texts that read like names' }
    : { header: false, reason: 'No header: the only line does not read like names' }
}

function voteOf(first: string, body: string[]): Vote {
  const filled = body.filter((cell) => cell !== '')
  const look = lookOf(first)
  if (filled.length === 0) return { weight: look === 'text' ? 0.3 : 0, why: 'nothing' }
  // An unnamed column is common (row numbers, a trailing delimiter), an unnamed value too.
  if (first === '') return { weight: -0.2, why: 'nothing' }
  const usual = usualLook(filled)
  if (usual !== 'text') return voteOverValues(look, usual)
  if (look !== 'text') return { weight: look === 'empty' ? -0.3 : -0.5, why: 'same-kind' }
  return filled.includes(first)
    ? { weight: -1, why: 'reappears' }
    : { weight: wording(first, filled), why: 'wording' }
}

function voteOverValues(look: Look, usual: Look): Vote {
  if (look === 'text') return { weight: 1, why: 'name-over-values' }
  if (look === usual) return { weight: -1.5, why: 'same-kind' }
  return { weight: look === 'empty' ? -0.5 : -0.7, why: 'same-kind' }
}

/** The look of at least four in five values, or text. */
function usualLook(cells: string[]): Look {
  const seen = new Map<Look, number>()
  let known = 0
  for (const cell of cells) {
    const look = lookOf(cell)
    if (look === 'empty') continue
    known++
    seen.set(look, (seen.get(look) ?? 0) + 1)
  }
  for (const [look, times] of seen) if (times >= known * 0.8) return look
  return 'text'
}

/** A text above texts: only its wording and its contrast to them can tell. */
function wording(first: string, body: string[]): number {
  if (!isNameLike(first)) return -0.5
  const lengths = new Set(body.map((cell) => cell.length))
  const distinct = new Set(body).size
  const busy = body.filter((cell) => /[^\p{L}_]/u.test(cell)).length
  let weight = 0.1 + nameVocabulary(first)
  if (areCodes(body, lengths) && !lengths.has(first.length)) weight += 0.5
  if (body.length > 3 && distinct <= body.length / 2) weight += 0.5
  if (busy > body.length * 0.6 && !/[^\p{L}_]/u.test(first)) weight += 0.3
  return weight + caseContrast(first, body)
}

/** Texts of one length: short ones soon look like codes, of longer ones it takes more to rule out chance. */
function areCodes(body: string[], lengths: Set<number>): boolean {
  const [length] = lengths
  return lengths.size === 1 && length !== undefined && body.length > (length <= 3 ? 2 : 5)
}

function caseContrast(first: string, body: string[]): number {
  const own = letterCase(first)
  const same = body.filter((cell) => letterCase(cell) === own).length
  if (own === 'none') return 0
  return same > body.length / 2 ? -0.2 : 0.3
}

function whyHeader(votes: Vote[]): string {
  const over = votes.filter((vote) => vote.why === 'name-over-values').length
  return over > 0
    ? `Header: the first line has a name over the values of ${count(over, 'column')} of ${votes.length}`
    : 'Header: the first line reads like names and differs from the lines below it'
}

function whyNot(votes: Vote[], repeated: number): string {
  const same = votes.filter((vote) => vote.why === 'same-kind').length
  if (same > 0)
    return `No header: the first line holds ${count(same, 'value')} such as those in the lines below it`
  if (votes.some((vote) => vote.why === 'reappears'))
    return 'No header: texts of the first line appear again below it'
  if (repeated > 0) return 'No header: the first line has the same text twice'
  return 'No header: the first line does not differ from the lines below it'
}

/** A header of more lines than this is not looked for. */
export const maxHeaderLines = 3

/** How many records the header has: below the first, each must differ in kind from the columns' values as well. */
export function headerDepth(records: string[][]): number {
  let depth = 1
  while (depth < maxHeaderLines && records.length > depth + 2 && continuesHeader(records, depth)) depth++
  return depth
}

function continuesHeader(records: string[][], at: number): boolean {
  const row = records[at] ?? []
  if (row.every((cell) => /^ *[-=:]* *$/u.test(cell)) && row.some((cell) => /-{2}|={2}/u.test(cell)))
    return true
  const body = records.slice(at + 1, at + 1 + bodyRows)
  const width = body[0]?.length ?? 0
  if (row.length !== width || row.every((cell) => cell === '')) return false
  let over = 0
  let typed = 0
  for (let column = 0; column < Math.min(width, bodyColumns); column++) {
    const values = body.map((record) => record[column] ?? '').filter((cell) => cell !== '')
    const usual = values.length < 3 ? 'text' : usualLook(values)
    if (usual === 'text') continue
    typed++
    const look = lookOf(row[column] ?? '')
    if (look === usual) return false
    if (look === 'text') over++
  }
  return over >= 2 && over >= typed * 0.6
}

/** As many names as fields, when the header has fewer. */
export function fittedNames(names: string[], width: number, delimiter: string): string[] {
  let last = names.length
  while (last > width && names[last - 1] === '') last--
  const missing = Array.from({ length: Math.max(0, width - last) }, () => '')
  // Statistics programs write no name above the names of rows.
  const isFirst = missing.length === 1 && /^\s$/u.test(delimiter)
  return isFirst ? [...missing, ...names] : [...names.slice(0, last), ...missing]
}

/** Names of all lines of a header, one below the other; a name over several columns counts for each of them. */
export function mergedNames(lines: string[][]): string[] {
  const last = lines.at(-1) ?? []
  if (lines.length < 2) return last
  const spread = lines.map((line, at) => {
    let left = ''
    return last.map((_, column) => {
      const own = line[column] ?? ''
      if (at + 1 === lines.length || own !== '') left = own
      return at + 1 === lines.length ? own : left
    })
  })
  return last.map((_, column) => {
    const parts = spread
      .map((line) => line[column] ?? '')
      .filter((part) => part !== '' && !/^[-=:]+$/u.test(part))
    return [...new Set(parts)].join(' ')
  })
}
