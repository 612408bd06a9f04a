import { z } from 'zod'

/** A record that was refused. */
export const rejectSchema = z.object({
  file: z.string(),
  /** As an editor counts, from 1: where the record begins, the header and skipped lines included. */
  line: z.number(),
  /** Bytes before the record in the unpacked file; null where it is not known. */
  offset: z.number().nullable(),
  /** As the file calls it; null when the record as a whole is at fault. */
  column: z.string().nullable(),
  /** The field's text; null for NULL, and for a record as a whole. */
  value: z.string().nullable(),
  /** One sentence without a full stop. */
  reason: z.string(),
  /** The record as it stands in the file, without its line end. */
  raw: z.string(),
})
export type Reject = z.infer<typeof rejectSchema>
