import { randomUUID } from 'node:crypto'
import { RunState } from '../core/transfer/index.ts'
import { isHead } from '../files/index.ts'
import { AppError, toAppError, type Report, type RunEvent, type Transfer } from '../shared/index.ts'
import { prepareConvert } from './prepare-convert.ts'
import { prepareExport } from './prepare-export.ts'
import { prepareImport } from './prepare-import.ts'
import type { Outcome, Preparation, Prepared } from './prepared.ts'
import type { Surroundings } from './surroundings.ts'

export interface RunOptions {
  /** Left out: a new one. */
  runId?: string
  signal: AbortSignal
  onEvent: (event: RunEvent) => void
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

/** Executes a transfer once. It always ends with a report; what went wrong is in it. */
export async function runTransfer(
  transfer: Transfer,
  surroundings: Surroundings,
  { runId = randomUUID(), signal, onEvent }: RunOptions,
): Promise<Report> {
  const started = performance.now()
  const report = emptyReport(runId)
  const state = new RunState((status) => {
    report.status = status
    onEvent({ type: 'status', status })
  })
  try {
    state.advance('connecting')
    signal.throwIfAborted()
    await using prepared = await prepare(transfer, surroundings, {
      runId: report.runId,
      signal,
      onConnected: () => state.advance('fetching'),
      onProgress: (progress) => onEvent({ type: 'progress', progress }),
    })
    Object.assign(report, {
      strategy: prepared.plan.strategy,
      commit: prepared.plan.commit,
      warnings: prepared.plan.warnings,
    })
    for (const message of report.warnings) onEvent({ type: 'warning', message })
    state.advance('ingesting')
    signal.throwIfAborted()
    const outcome = await prepared.execute({
      signal,
      onProgress: (progress) => onEvent({ type: 'progress', progress }),
      onCommit: () => {
        signal.throwIfAborted()
        state.advance('committing')
      },
    })
    Object.assign(report, outcome satisfies Outcome)
    state.advance('completed')
  } catch (error) {
    const cancelled = signal.aborted && report.status !== 'committing'
    const known = cancelled
      ? new AppError('CANCELLED', `The transfer was cancelled; ${whatStays(report)}.`)
      : toAppError(error)
    report.error = known.toBody()
    state.advance(cancelled ? 'cancelled' : 'failed')
  }
  report.durationMs = Math.round(performance.now() - started)
  return report
}

/** Half a sentence on a run that ended before its commit. */
export const whatStays = ({ commit }: Report): string =>
  commit === 'direct' ? 'rows that had arrived by then stay in the table' : 'nothing was changed'

/** The report of a run that has not done anything yet. */
export const emptyReport = (runId: string): Report => ({
  runId,
  status: 'queued',
  strategy: null,
  commit: null,
  rowsRead: 0,
  rowsWritten: 0,
  rowsRejected: 0,
  bytesRead: 0,
  bytesWritten: 0,
  durationMs: 0,
  verification: null,
  rejectsFile: null,
  warnings: [],
  error: null,
})
