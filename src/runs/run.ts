import { randomUUID } from 'node:crypto'
import { RunState } from '../core/transfer/index.ts'
import { isHead } from '../files/index.ts'
import {
  AppError,
  defaultRetry,
  toAppError,
  type FailedAttempt,
  type Progress,
  type Report,
  type RunEvent,
  type ServerChoice,
  type Transfer,
} from '../shared/index.ts'
import { inAttempts, mayHaveSent, mayRepeat, usualWaits, type Pause, type Waits } from './attempts.ts'
import { prepareConvert } from './prepare-convert.ts'
import { prepareExport } from './prepare-export.ts'
import { prepareImport } from './prepare-import.ts'
import type { Outcome, Preparation, Prepared } from './prepared.ts'
import { recover } from './recover.ts'
import { rejectedLine, serverName, waitsToCommitLine, whatStays } from './run-words.ts'
import type { Surroundings } from './surroundings.ts'

export interface RunOptions {
  /** Left out: a new one. */
  runId?: string
  signal: AbortSignal
  onEvent: (event: RunEvent) => void
  /** Those that another process made, which has ended; this one goes on with the next. */
  failedAttempts?: FailedAttempt[]
  /** Between attempts; left out: `usualWaits`. */
  waits?: Waits
  /** Goes around the waiting between attempts. */
  pause?: Pause
  /** Where whoever reads the report finds the rejects of a run; left out: the file itself. */
  rejectsAt?: (runId: string) => string
}

/** Moves nothing yet. Ends with its scope. */
async function prepare(
  transfer: Transfer,
  surroundings: Surroundings,
  preparation: Preparation,
): Promise<Prepared> {
  if (transfer.source.kind === 'file' && isHead(transfer.source.path)) {
    throw new AppError('UPLOAD_UNFINISHED', 'Only the beginning of the file has arrived so far.')
  }
  switch (transfer.direction) {
    case 'import':
      return prepareImport(transfer, surroundings, preparation)
    case 'export':
      return prepareExport(transfer, surroundings, preparation)
    case 'convert':
      return prepareConvert(transfer, surroundings, preparation)
  }
}

const justWait: Pause = (waiting) => waiting()

/** Executes a transfer, in more than one attempt if need be. It always ends with a report; what went wrong is in it. */
export async function runTransfer(
  transfer: Transfer,
  surroundings: Surroundings,
  options: RunOptions,
): Promise<Report> {
  const { runId = randomUUID(), failedAttempts = [], signal, onEvent } = options
  const { waits = usualWaits, pause = justWait } = options
  const { attempts } = transfer.retry ?? defaultRetry
  const started = performance.now()
  const report = { ...emptyReport(runId), failedAttempts }
  const execution = new Execution(transfer, surroundings, options, report)
  try {
    await inAttempts({
      first: failedAttempts.length + 1,
      most: attempts,
      waits,
      pause,
      signal,
      begin: (number) => execution.attempt(number),
      mayRepeat: (error) => mayRepeat(error, report, execution.wasReached || isOfEmbedded(error)),
      onFailed: (failed, waitMs) => {
        Object.assign(report, nothingYet, { failedAttempts: [...report.failedAttempts, failed] })
        onEvent({ type: 'retry', failed, attempts, waitMs })
      },
    })
  } catch (error) {
    execution.fail(error)
  }
  if (report.status === 'completed' && report.failedAttempts.length > 0) await clearUp(transfer, surroundings)
  report.durationMs = Math.round(performance.now() - started)
  return report
}

/** It was there when its address was given to us, so that cannot be wrong. */
const isOfEmbedded = ({ place }: AppError): boolean => place?.host === serverName('embedded')

const patienceMs = 3000

/** A server that went away may still hold what a failed attempt made there. Secrets are shown to no other one. */
async function clearUp(transfer: Transfer, surroundings: Surroundings): Promise<void> {
  if (transfer.direction !== 'import') return
  const own = JSON.stringify(transfer.target.server)
  const mayAsk = (choice: ServerChoice) => JSON.stringify(choice) === own
  // What cannot be done now is in the journal.
  await recover(surroundings, { mayAsk, patienceMs }).catch(() => undefined)
}

class Execution {
  /** Whether the servers have answered, in any attempt. */
  wasReached = false
  readonly #transfer: Transfer
  readonly #surroundings: Surroundings
  readonly #options: RunOptions
  readonly #report: Report
  readonly #state: RunState
  readonly #told = new Set<string>()
  readonly #started = performance.now()

  constructor(transfer: Transfer, surroundings: Surroundings, options: RunOptions, report: Report) {
    this.#transfer = transfer
    this.#surroundings = surroundings
    this.#options = options
    this.#report = report
    this.#state = new RunState((status) => {
      report.status = status
      options.onEvent({ type: 'status', status })
    })
  }

  /** From the very beginning to the end. */
  async attempt(number: number): Promise<void> {
    const { signal, onEvent } = this.#options
    const onProgress = (progress: Progress) => onEvent({ type: 'progress', progress })
    this.#state.advance('connecting')
    signal.throwIfAborted()
    await using prepared = await prepare(this.#transfer, this.#surroundings, {
      runId: this.#report.runId,
      attempt: number,
      signal,
      onConnected: () => this.#connected(),
      onProgress,
    })
    const { strategy, commit, commitReason, warnings } = prepared.plan
    const { readings = [] } = prepared
    Object.assign(this.#report, { strategy, commit, commitReason, warnings, readings })
    for (const message of warnings) this.#warn(message)
    this.#state.advance('ingesting')
    signal.throwIfAborted()
    const outcome = await prepared.execute({
      signal,
      onProgress,
      onStay: (rowsWritten) => Object.assign(this.#report, { rowsWritten }),
      onCommit: () => {
        signal.throwIfAborted()
        this.#state.advance('committing')
      },
      completed: (made) => ({
        ...this.#report,
        ...made,
        status: 'completed',
        durationMs: Math.round(performance.now() - this.#started),
      }),
      onWait: () => onEvent({ type: 'note', message: waitsToCommitLine }),
      onLeft: (message) => {
        this.#report.warnings = [...this.#report.warnings, message]
        this.#warn(message)
      },
      onRejects: (found) => this.#rejected(found),
    })
    Object.assign(this.#report, outcome satisfies Outcome)
    this.#state.advance('completed')
  }

  /** Ends the run by what its last attempt, or the wait before it, was ended by. */
  fail(error: unknown): void {
    const report = this.#report
    const isCancelled = this.#options.signal.aborted && report.status !== 'committing'
    const known = isCancelled
      ? new AppError('CANCELLED', `The transfer was cancelled; ${whatStays(report)}.`)
      : unknownOutcome(toAppError(error), report)
    report.error = known.toBody()
    const isBegun = known.code === 'RUN_INTERRUPTED'
    this.#state.advance(isCancelled ? 'cancelled' : isBegun ? 'interrupted' : 'failed')
  }

  #connected(): void {
    this.wasReached = true
    this.#state.advance('fetching')
  }

  /** What each attempt finds again is said once. */
  #warn(message: string): void {
    if (this.#told.has(message)) return
    this.#told.add(message)
    this.#options.onEvent({ type: 'warning', message })
  }

  #rejected(found: { rowsRead: number; rowsRejected: number }): void {
    const { runId } = this.#report
    const rejectsFile = this.#options.rejectsAt?.(runId) ?? this.#surroundings.workspace.rejects.path(runId)
    Object.assign(this.#report, found, { rejectsFile })
    this.#warn(rejectedLine(found))
  }
}

/** Of an attempt that could pass, but must not be repeated: its rows may be in the table already. */
function unknownOutcome(error: AppError, report: Report): AppError {
  if (!error.canPass || !mayHaveSent(report)) return error
  const sentence = `${error.message.replace(/\.$/, '')}; which rows had arrived by then is not known, so look at the table before you run this again.`
  const { place, detail } = error
  return new AppError(error.code, sentence, {
    ...(place && { place }),
    ...(detail !== undefined && { detail }),
    cause: error,
  })
}

/** What an attempt knows at its beginning. */
const nothingYet = {
  strategy: null,
  commit: null,
  rowsRead: 0,
  rowsWritten: 0,
  rowsRejected: 0,
  bytesRead: 0,
  bytesWritten: 0,
  verification: null,
  rejectsFile: null,
  warnings: [],
  readings: [],
} satisfies Partial<Report>

/** The report of a run that has not done anything yet. */
export const emptyReport = (runId: string): Report => ({
  runId,
  status: 'queued',
  ...nothingYet,
  durationMs: 0,
  failedAttempts: [],
  error: null,
})
