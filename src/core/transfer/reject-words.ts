import { isText, parseType } from '../schema/index.ts'
import type { FileCheck, Reading, Reject, RejectLimit } from '../../shared/index.ts'
import type { CheckedField } from './checked.ts'

/** What is wrong with a record that was read, but of which fields do not fit. */
export interface Misfit {
  /** The fields that do not fit, the first of them first. */
  fields: CheckedField[]
  /** The text of the first; null for NULL. */
  value: string | null
  /** Whether that is text in the encoding of the file. */
  isValid: boolean
}

const mostNamed = 3

/** One sentence without a full stop. */
export function whyMisfit({ fields, value, isValid }: Misfit): string {
  const [first, ...others] = fields
  const type = first?.type ?? ''
  const also = others
    .slice(0, mostNamed)
    .map(({ source, type: other }) => `${JSON.stringify(source)} (${other})`)
  const rest = others.length - also.length
  const tail = [...also, ...(rest > 0 ? [`${rest} more`] : [])].join(', ')
  return `${whyNot(type, value, isValid)}${tail === '' ? '' : `; nor ${others.length === 1 ? 'does' : 'do'} ${tail}`}`
}

function whyNot(type: string, value: string | null, isValid: boolean): string {
  if (value === null) return `an empty field or a NULL does not fit ${type}`
  if (!isValid && isText(parseType(type))) return 'the text is not valid UTF-8'
  return `${JSON.stringify(shorten(value))} does not fit ${type}`
}

const shorten = (text: string, length = 60): string =>
  text.length > length ? `${text.slice(0, length)}…` : text

/**
 * Undefined when a run goes on without so many of its records; otherwise how many at most may be rejected, in words, or
 * `none` when there is no record left to move.
 */
export function toleratedOf(
  rejected: number,
  read: number,
  { records, share }: RejectLimit = {},
): string | undefined {
  if (rejected === 0) return undefined
  if (rejected === read) return 'none'
  if (records !== undefined && rejected > records) return records.toLocaleString('en-US')
  if (share !== undefined && rejected / read > share)
    return `${Number((share * 100).toPrecision(6))} % of them`
  return undefined
}

/** The first record that would be rejected. */
export function firstReject(
  { columns, malformedExamples }: FileCheck,
  readings: readonly Reading[] = [],
): Reject | undefined {
  const replaced = new Set(readings.flatMap(({ column, misfit }) => (misfit === 'reject' ? [] : [column])))
  const rejecting = columns.filter(({ source }) => !replaced.has(source)).flatMap(({ examples }) => examples)
  return [...malformedExamples, ...rejecting].sort(byPlace)[0]
}

/** Files of one pattern are read in the order of their names. */
const byPlace = (a: Reject, b: Reject) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1)
