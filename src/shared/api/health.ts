import { z } from 'zod'
import { transferSchema } from '../transfer.ts'

export const healthSchema = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  embedded: z.enum(['ready', 'starting', 'failed']),
  /** A transfer of sample data to try, when the sample is there. */
  sample: transferSchema.nullable(),
})
export type Health = z.infer<typeof healthSchema>
