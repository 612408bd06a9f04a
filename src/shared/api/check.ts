import { z } from 'zod'
import { rejectSchema } from '../reject.ts'
import { requestedImportSchema } from '../requested.ts'

export const checkRequestSchema = z.strictObject({ transfer: requestedImportSchema })

/** What reading the whole file comes to: how many records would be rejected, and why. Nothing has moved. */
export const fileCheckSchema = z.object({
  records: z.number(),
  rejected: z.number(),
  /** Of those, the records that do not parse. */
  malformed: z.number(),
  /** The first of them, at most 5. */
  malformedExamples: z.array(rejectSchema),
  columns: z.array(
    z.object({
      source: z.string(),
      target: z.string(),
      type: z.string(),
      /** Values that do not fit, whatever becomes of them. */
      misfits: z.number(),
      /** The first of them, at most 5. */
      examples: z.array(rejectSchema),
    }),
  ),
})
export type FileCheck = z.infer<typeof fileCheckSchema>
