import type { ErrorBody } from './errors/index.ts'
import type { VerifyMode } from './transfer.ts'

export type Strategy = 'pushdown' | 'pipe'

/**
 * How loaded rows become visible: a staging table is renamed, exchanged with the target, or its partitions are moved;
 * a finished file is renamed; or rows went straight into the target.
 */
export type Commit = 'rename' | 'exchange' | 'partition-move' | 'file-rename' | 'direct'

export type RunStatus =
  | 'queued'
  | 'connecting'
  | 'fetching'
  | 'ingesting'
  | 'committing'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'interrupted'

export interface Verification {
  mode: VerifyMode
  /** False never reaches a report of a completed run. */
  passed: boolean
  /** Rows (`count`) or rows and checksum (`checksum`) as each side sees them. */
  source?: string
  target?: string
}

/** What a run ends with. rowsRead = rowsWritten + rowsRejected in every completed run. */
export interface Report {
  runId: string
  status: RunStatus
  strategy: Strategy | null
  commit: Commit | null
  rowsRead: number
  rowsWritten: number
  rowsRejected: number
  bytesRead: number
  bytesWritten: number
  durationMs: number
  verification: Verification | null
  rejectsFile: string | null
  warnings: string[]
  error: ErrorBody | null
}

/** A moment of a run. Totals are estimates, null when nothing is known. */
export interface Progress {
  rows: number
  bytes: number
  totalRows: number | null
  totalBytes: number | null
}

export type RunEvent =
  | { type: 'status'; status: RunStatus }
  | { type: 'progress'; progress: Progress }
  | { type: 'warning'; message: string }
