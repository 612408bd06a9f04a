import { z } from 'zod'
import { runSchema, runStatuses } from '../run.ts'
import { transferSchema } from '../transfer.ts'

export const startRunSchema = z.strictObject({ transfer: transferSchema })

/** The newest first; `before` is the id of the last run of the page before. */
export const runQuerySchema = z.strictObject({
  status: z.enum(runStatuses).optional(),
  direction: z.enum(['import', 'export', 'convert']).optional(),
  before: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type RunQuery = z.infer<typeof runQuerySchema>

export const runListSchema = z.object({ runs: z.array(runSchema), more: z.boolean() })
export type RunList = z.infer<typeof runListSchema>
