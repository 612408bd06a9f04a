import { z } from 'zod'
import { rejectSchema } from '../reject.ts'
import { runSchema, runStatuses } from '../run.ts'
import { requestedTransferSchema } from '../requested.ts'

export const startRunSchema = z.strictObject({ transfer: requestedTransferSchema })

/** The newest first; `before` is the id of the last run of the page before. */
export const runQuerySchema = z.strictObject({
  status: z.enum(runStatuses).optional(),
  direction: z.enum(['import', 'export', 'convert']).optional(),
  before: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type RunQuery = z.infer<typeof runQuerySchema>

/** The first rejects of a run that has ended, in the order of the file. */
export const rejectListSchema = z.object({ total: z.number(), rejects: z.array(rejectSchema) })
export type RejectList = z.infer<typeof rejectListSchema>

/** The two forms in which rejects are downloaded: what is wrong with each, or the records to be corrected. */
export const rejectForms = ['report', 'records'] as const
export type RejectForm = (typeof rejectForms)[number]

export const runListSchema = z.object({ runs: z.array(runSchema), more: z.boolean() })
export type RunList = z.infer<typeof runListSchema>
