import { z } from 'zod'
import { requestedTransferSchema } from '../requested.ts'
import { reportSchema } from '../run.ts'
import { readingWaySchema, suggestionSchema } from '../look.ts'

export const planRequestSchema = z.strictObject({ transfer: requestedTransferSchema })

/** What would happen; nothing has moved. */
export const planViewSchema = z.object({
  strategy: reportSchema.shape.strategy.unwrap(),
  commit: reportSchema.shape.commit.unwrap(),
  commitReason: reportSchema.shape.commitReason,
  /** The target table is there already. False for a file, which is replaced when it is there. */
  targetExists: z.boolean(),
  columns: z.array(z.object({ source: z.string(), target: z.string(), type: z.string() })),
  /** What will run, in order: DDL of a new or staging table, the reading and the writing statement. */
  statements: z.array(
    z.object({
      role: z.enum(['create', 'read', 'write']),
      /** The embedded database, or host and port. */
      server: z.string(),
      sql: z.string(),
    }),
  ),
  /** Estimates; null when nothing is known. */
  rows: z.number().nullable(),
  bytes: z.number().nullable(),
  warnings: z.array(z.string()),
  /** Of a file that is read; null otherwise. */
  reading: readingWaySchema.nullable(),
  /** Of a table that is created without a sorting key; null otherwise. */
  suggestion: suggestionSchema.nullable(),
  /** Types of a new table that were inferred from so many records at the beginning; the run reads all of them. */
  sampled: z.number().nullable(),
  command: z.string(),
  yaml: z.string(),
})
export type PlanView = z.infer<typeof planViewSchema>
