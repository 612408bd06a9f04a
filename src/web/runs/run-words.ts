import type { ErrorCode, Report, RunProgress, Transfer, Verification } from '../../shared/index.ts'
import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatDuration,
  formatNoun,
  formatRate,
} from '../format.ts'
import { endOf } from '../transfer-words.ts'

export const directionWords: Record<Transfer['direction'], string> = {
  import: 'Import',
  export: 'Export',
  convert: 'Conversion',
}

/** How far a run is: "1,234,567 rows", "412 MB of 1.02 GB", "214 MB/s", "4.6 s", "3 s left". */
export function progressFigures(progress: RunProgress): string[] {
  const { rows, totalRows, bytes, totalBytes, bytesPerSecond, rowsPerSecond, elapsedMs, secondsLeft } =
    progress
  const time = [
    formatDuration(elapsedMs),
    ...(secondsLeft === null ? [] : [`${wholeSeconds(secondsLeft)} left`]),
  ]
  // Nothing has arrived while a file is looked at, however much of it that may be.
  if (rows === 0 && bytes === 0) return time
  const hasBytes = bytes > 0 || totalBytes !== null
  const ofRows = !hasBytes && totalRows !== null ? `${formatCount(rows)} of ` : ''
  const speed = bytesPerSecond > 0 ? formatByteRate(bytesPerSecond) : formatRate(rowsPerSecond)
  return [
    `${ofRows}${formatNoun(ofRows === '' ? rows : (totalRows ?? rows), 'row')}`,
    ...(hasBytes ? [bytesOf(bytes, totalBytes)] : []),
    ...(bytesPerSecond > 0 || rowsPerSecond > 0 ? [speed] : []),
    ...time,
  ]
}

const bytesOf = (bytes: number, total: number | null): string =>
  total === null ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(total)}`

/** An estimate has no tenths. */
function wholeSeconds(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds))
  return whole < 10 ? `${whole} s` : formatDuration(whole * 1000)
}

/** Of a run that completed: "3,000,000 records processed". */
export const processed = ({ rowsRead }: Report): string => `${formatNoun(rowsRead, 'record')} processed`

export const rejectedText = ({ rowsRejected }: Report): string => `${formatCount(rowsRejected)} rejected`

/** What else there is to say of a run that completed, from the most to the least asked for. */
export function resultFigures({ rowsRead, bytesRead, bytesWritten, durationMs }: Report): string[] {
  const perSecond = rowsRead / Math.max(durationMs / 1000, 0.001)
  return [
    ...(bytesRead > 0 ? [`${formatBytes(bytesRead)} read`] : []),
    ...(bytesWritten > 0 ? [`${formatBytes(bytesWritten)} written`] : []),
    formatDuration(durationMs),
    formatRate(perSecond),
  ]
}

/** Also where none were counted, they may have been kept: those over which a run failed. */
export const hasRejects = ({ rowsRejected, rejectsFile }: Report): boolean =>
  rowsRejected > 0 || rejectsFile !== null

/** "after 2 failed attempts" */
export const attemptWords = ({ failedAttempts }: Report): string[] =>
  failedAttempts.length === 0 ? [] : [`after ${formatNoun(failedAttempts.length, 'failed attempt')}`]

/** "counts equal on both ends: 3,000,000" */
export function verificationWords(verification: Verification | null): string {
  if (verification === null || verification.mode === 'none') return 'not verified'
  const [rows = '', sum = ''] = (verification.target ?? '').split('-')
  if (verification.mode === 'count') return `counts equal on both ends: ${grouped(rows)}`
  return `counts and checksums equal on both ends: ${grouped(rows)} rows, checksum ${sum}`
}

/** Digits that may be too many for a number: 12345678901234567890 → 12,345,678,901,234,567,890 */
const grouped = (digits: string): string => digits.replace(/\B(?=(?:\d{3})+$)/g, ',')

export const strategyWords: Record<NonNullable<Report['strategy']>, string> = {
  pushdown: 'One server read and wrote by itself; no byte passed through Flathouse',
  pipe: 'Streamed from one server to the other through Flathouse',
}

export const commitWords: Record<NonNullable<Report['commit']>, string> = {
  rename: 'All at once, as a new table',
  exchange: 'All at once, in place of the old table',
  'partition-move': 'Loaded beside the table first, then moved into it partition by partition',
  'insert-select': 'Loaded beside the table first, then inserted into it by one statement',
  'single-block': 'All at once, as one block',
  'file-rename': 'All at once, as a complete file',
  direct: 'Straight into the table',
}

/** Commits of which a failure need not have left the table as it was. */
const inSteps: ReadonlySet<Report['commit']> = new Set(['partition-move', 'insert-select', 'single-block'])

/** Errors that are found before the commit begins, whichever it is. */
const foundBefore: ReadonlySet<ErrorCode> = new Set([
  'CANCELLED',
  'COLUMN_MISSING',
  'COLUMN_NOT_FOUND',
  'FILE_DAMAGED',
  'FILE_EMPTY',
  'FILE_ENCODING',
  'FILE_NO_RECORDS',
  'RECORD_MALFORMED',
  'RECORD_TOO_LARGE',
  'REJECT_LIMIT',
  'VALUE_REJECTED',
  'VERIFICATION_FAILED',
])

/** What a run that did not complete left in its target; empty where the error's own sentence has to say it. */
export function whatStays({ status, commit, error }: Report, { direction, target }: Transfer): string {
  if (status !== 'failed' || !error) return ''
  if (commit === 'direct') return 'Rows that had arrived by then stay in the table.'
  // It may have begun to commit when the server went away.
  if (inSteps.has(commit) && !foundBefore.has(error.code)) return ''
  const table = commit === 'rename' ? 'was not created' : 'is as it was'
  const whole = direction === 'import' ? table : 'was not touched'
  return `Nothing was changed: ${endOf(target)} ${whole}.`
}
