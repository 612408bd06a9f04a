import { AppError, defaultRetry, type FailedAttempt, type LogLine, type Report } from '../shared/index.ts'
import type { StoredRun } from '../store/index.ts'
import { goesStraight } from './attempts.ts'
import type { Recovered } from './recover.ts'
import { completedLines, interruptedLine, mostLines } from './run-words.ts'
import { emptyReport } from './run.ts'

/** A run that no process is at any more, with its end as far as it can be known by what became of what it had left. */
export function withEnd(run: StoredRun, recovered: Recovered[]): StoredRun {
  // It stands in an open run when the commit was complete, and only that could not be told any more.
  const told = run.report?.status === 'completed' ? run.report : undefined
  const isComplete = ({ entry, outcome }: Recovered) =>
    outcome === 'completed' || entry.committing?.isComplete === true
  const report = told ?? recovered.find(isComplete)?.entry.committing?.report
  return report ? completed(run, report) : interrupted(run, interruptedLine(run, recovered))
}

function completed(run: StoredRun, report: Report): StoredRun {
  const { rowsWritten: rows, bytesRead: bytes, durationMs: elapsedMs } = report
  const progress = { ...run.progress, ...atRest, rows, bytes, totalRows: rows, elapsedMs, fraction: 1 }
  const lines = ['The commit of this run, which had broken off, is complete.', ...completedLines(report)]
  return ended({ ...run, progress }, { ...report, failedAttempts: run.failedAttempts }, 'info', lines)
}

function interrupted(run: StoredRun, message: string): StoredRun {
  if (run.report?.error?.message === message) return run
  const report: Report = {
    ...emptyReport(run.id),
    status: 'interrupted',
    durationMs: run.progress.elapsedMs,
    failedAttempts: run.failedAttempts,
    error: new AppError('RUN_INTERRUPTED', message).toBody(),
  }
  return ended({ ...run, progress: { ...run.progress, ...atRest } }, report, 'warning', [message])
}

const atRest = { rowsPerSecond: 0, bytesPerSecond: 0, secondsLeft: null }

function ended(run: StoredRun, report: Report, level: LogLine['level'], messages: string[]): StoredRun {
  const at = new Date().toISOString()
  const last = run.log.at(-1)?.number ?? 0
  const lines = messages.map((message, index) => ({ number: last + index + 1, at, level, message }))
  const log = [...run.log, ...lines].slice(-mostLines)
  return { ...run, status: report.status, endedAt: at, report, log }
}

/** Whether a run that was interrupted is to begin again: it was meant to, may be tried again, and has left nothing. */
export function beginsAgain(run: StoredRun, recovered: Recovered[]): boolean {
  if (run.report?.status === 'completed' || !mayBeginAgain(run)) return false
  if (recovered.length > 0) return recovered.every(hasLeftNothing)
  // An import that loads a staging table has an entry, and a file is complete or as it was.
  return run.transfer.direction !== 'import' || beforeRows.has(run.status)
}

/** Whether it was meant to, and may be tried again. */
export function mayBeginAgain({ transfer, failedAttempts }: StoredRun): boolean {
  const { attempts, afterRestart } = transfer.retry ?? defaultRetry
  return afterRestart && failedAttempts.length + 1 < attempts
}

const beforeRows = new Set<StoredRun['status']>(['queued', 'connecting', 'fetching'])

/** Rows that went straight into the table may be there. */
const hasLeftNothing = ({ entry, outcome }: Recovered): boolean =>
  outcome === 'dropped' && !goesStraight(entry.commit)

/** An interrupted run, queued again: the attempt that was cut off is one of those that failed. */
export function queuedAgain(run: StoredRun): StoredRun {
  const { report, createdAt, progress } = run
  const number = run.failedAttempts.length + 1
  const error = report?.error ?? new AppError('RUN_INTERRUPTED', 'Flathouse ended.').toBody()
  const failed: FailedAttempt = { number, startedAt: createdAt, durationMs: progress.elapsedMs, error }
  return { ...stillQueued(run), failedAttempts: [...run.failedAttempts, failed] }
}

/** A run that had not begun. */
export const stillQueued = (run: StoredRun): StoredRun => ({
  ...run,
  status: 'queued',
  endedAt: null,
  report: null,
})
