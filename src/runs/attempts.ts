import { setTimeout as sleep } from 'node:timers/promises'
import {
  toAppError,
  type AppError,
  type ErrorCode,
  type FailedAttempt,
  type Report,
} from '../shared/index.ts'

/** The longest that may be waited before the second attempt, and before any; each time it is four times as long. */
export interface Waits {
  firstMs: number
  mostMs: number
}

/** On average one second, then four, then fifteen. */
export const usualWaits: Waits = { firstMs: 2000, mostMs: 30_000 }

/** Waits for something during which a run needs no place among those that go on. */
export type Pause = <T>(waiting: () => Promise<T>) => Promise<T>

interface Attempts<T> {
  /** Its number: 1, unless others were made before. */
  first: number
  most: number
  waits: Waits
  /** Ends the waiting at once. */
  signal: AbortSignal
  pause: Pause
  begin: (number: number) => Promise<T>
  mayRepeat: (error: AppError) => boolean
  onFailed: (failed: FailedAttempt, waitMs: number) => void
}

/** Tries until it succeeds, must not be repeated, or has been tried often enough. */
export async function inAttempts<T>(attempts: Attempts<T>): Promise<T> {
  const { first, most, waits, signal, pause, begin, mayRepeat, onFailed } = attempts
  for (let number = first; ; number++) {
    const startedAt = new Date().toISOString()
    const started = performance.now()
    try {
      return await begin(number)
    } catch (error) {
      const known = toAppError(error)
      if (number >= most || signal.aborted || !mayRepeat(known)) throw error
      const durationMs = Math.round(performance.now() - started)
      const waitMs = jitter(waits, number)
      onFailed({ number, startedAt, durationMs, error: known.toBody() }, waitMs)
      await pause(() => sleep(waitMs, undefined, { signal }))
    }
  }
}

/** All of it by chance, so that runs that failed together do not come back together. */
export const jitter = ({ firstMs, mostMs }: Waits, failed: number): number =>
  Math.round(Math.random() * Math.min(mostMs, firstMs * 4 ** (failed - 1)))

/** A wrong address is told at once. */
const wrongAddress: ReadonlySet<ErrorCode> = new Set([
  'HOST_NOT_FOUND',
  'CONNECTION_REFUSED',
  'CONNECTION_TIMEOUT',
  'IDENTITY_PROVIDER',
])

/** What a server that has answered before seems to be when a connection is cut while it is made. */
const cutEarly: ReadonlySet<ErrorCode> = new Set(['NOT_CLICKHOUSE', 'TLS_FAILED', 'TLS_CLIENT'])

/**
 * Whether an attempt that failed so may be repeated from the beginning: nothing is left of it, and it may end otherwise.
 *
 * @param wasReached whether the servers have answered, in this attempt or an earlier one
 */
export function mayRepeat(error: AppError, report: Report, wasReached: boolean): boolean {
  if (report.status === 'committing' || mayHaveSent(report)) return false
  if (!wasReached) return error.canPass && !wrongAddress.has(error.code)
  return error.canPass || cutEarly.has(error.code)
}

/** Whether rows of it may be in the table itself. */
export const mayHaveSent = ({ status, commit }: Report): boolean =>
  status === 'ingesting' && goesStraight(commit)

/** Whether rows go into the target itself, where those of a run that was cut off stay. */
export const goesStraight = (commit: Report['commit']): boolean =>
  commit === 'direct' || commit === 'single-block'
