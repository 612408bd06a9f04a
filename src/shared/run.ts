import { z } from 'zod'
import { errorBodySchema } from './errors/index.ts'
import { readingSchema, transferSchema, verifications } from './transfer.ts'

const strategies = ['pushdown', 'pipe'] as const
export type Strategy = (typeof strategies)[number]

const commits = [
  'rename',
  'exchange',
  'partition-move',
  'insert-select',
  'single-block',
  'file-rename',
  'direct',
] as const
/**
 * How loaded rows become visible: a staging table is renamed, exchanged with the target, its partitions are moved or
 * its rows inserted there; a finished file is renamed; or rows went straight into the target, as one block, which
 * arrives whole or not at all, or as many.
 */
export type Commit = (typeof commits)[number]

export const runStatuses = [
  'queued',
  'connecting',
  'fetching',
  'ingesting',
  'committing',
  'completed',
  'failed',
  'cancelled',
  'interrupted',
] as const
export type RunStatus = (typeof runStatuses)[number]

const verificationSchema = z.object({
  mode: z.enum(verifications),
  /** False never reaches a report of a completed run. */
  passed: z.boolean(),
  /** Rows (`count`) or rows and checksum (`checksum`) as each side sees them. */
  source: z.string().optional(),
  target: z.string().optional(),
  /** By which each side was asked. */
  sql: z.object({ source: z.string(), target: z.string() }).optional(),
})
export type Verification = z.infer<typeof verificationSchema>

const failedAttemptSchema = z.object({
  /** From 1. */
  number: z.number(),
  /** ISO 8601 */
  startedAt: z.string(),
  durationMs: z.number(),
  error: errorBodySchema,
})
export type FailedAttempt = z.infer<typeof failedAttemptSchema>

/** What a run ends with. rowsRead = rowsWritten + rowsRejected in every completed run. */
export const reportSchema = z.object({
  runId: z.string(),
  status: z.enum(runStatuses),
  strategy: z.enum(strategies).nullable(),
  commit: z.enum(commits).nullable(),
  /** Why this one, where it is neither the usual one nor explained by a warning. */
  commitReason: z.string().optional(),
  rowsRead: z.number(),
  rowsWritten: z.number(),
  rowsRejected: z.number(),
  bytesRead: z.number(),
  bytesWritten: z.number(),
  durationMs: z.number(),
  verification: verificationSchema.nullable(),
  /** Where the rejects are: a path on the command line, an address of the API otherwise; null when there are none. */
  rejectsFile: z.string().nullable(),
  warnings: z.array(z.string()),
  /** Those before the last, each of which left nothing behind. */
  failedAttempts: z.array(failedAttemptSchema).default([]),
  /** How the values of columns were read, as said or as found, where that is not plain: an import of corrected rejects needs it. */
  readings: z.array(readingSchema).default([]),
  error: errorBodySchema.nullable(),
})
export type Report = z.infer<typeof reportSchema>

/** A moment of a run. Totals are estimates, null when nothing is known. */
export interface Progress {
  /** That have arrived: a filter lets fewer through than are read. */
  rows: number
  bytes: number
  totalRows: number | null
  totalBytes: number | null
  /** Of what is being read now, 0…1; null when it cannot be told. */
  fraction: number | null
}

export type RunEvent =
  | { type: 'status'; status: RunStatus }
  | { type: 'progress'; progress: Progress }
  | { type: 'warning'; message: string }
  /** Only of interest while the run goes on. */
  | { type: 'note'; message: string }
  /** An attempt has failed by what can pass, and the run begins again after `waitMs`. */
  | { type: 'retry'; failed: FailedAttempt; attempts: number; waitMs: number }

const logLineSchema = z.object({
  /** Counts up within a run, so that a line that arrives twice is known. */
  number: z.number(),
  /** ISO 8601 */
  at: z.string(),
  level: z.enum(['info', 'warning', 'error']),
  message: z.string(),
})
export type LogLine = z.infer<typeof logLineSchema>

/** How far an attempt is. `rows` never goes down within it, and `fraction` is 1 only after the commit. */
const runProgressSchema = z.object({
  rows: z.number(),
  bytes: z.number(),
  totalRows: z.number().nullable(),
  totalBytes: z.number().nullable(),
  /** Of the whole run, 0…1; null when it cannot be told. */
  fraction: z.number().nullable(),
  /** Over the last seconds. */
  rowsPerSecond: z.number(),
  bytesPerSecond: z.number(),
  secondsLeft: z.number().nullable(),
  elapsedMs: z.number(),
  /** Rows per second so far, at most 120 values, each for an equal share of the time since the first row. */
  rates: z.array(z.number()),
})
export type RunProgress = z.infer<typeof runProgressSchema>

/** One execution of a transfer as it stands now, or as it ended. */
export const runSchema = z.object({
  id: z.string(),
  transfer: transferSchema,
  status: z.enum(runStatuses),
  createdAt: z.string(),
  /** The user who started it; null when it was nobody who is known. */
  startedBy: z.string().nullable(),
  endedAt: z.string().nullable(),
  progress: runProgressSchema,
  /** It waits for a new token of this saved connection, until then (ISO 8601); null when it does not. */
  waitsForToken: z.object({ connection: z.string(), until: z.string() }).nullable(),
  /** Null until it has ended. */
  report: reportSchema.nullable(),
})
export type Run = z.infer<typeof runSchema>

export const runDetailSchema = runSchema.extend({
  /** The last lines, at most 200. */
  log: z.array(logLineSchema),
  /** The same transfer as a `flathouse …` line and as a YAML document; neither holds a secret. */
  command: z.string(),
  yaml: z.string(),
})
export type RunDetail = z.infer<typeof runDetailSchema>

export const logLinesSchema = z.array(logLineSchema)
