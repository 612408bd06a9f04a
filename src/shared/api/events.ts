import { z } from 'zod'
import { logLinesSchema, runSchema } from '../run.ts'

/** What a client says over the WebSocket: which runs it follows. It is sent their present state at once. */
export const followSchema = z.strictObject({
  follow: z.union([z.literal('all'), z.array(z.string()).max(100)]),
})
export type Follow = z.infer<typeof followSchema>

/** What the server says: a run as it is now, at most five times a second; new log lines; and a sign of life. */
export const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('run'), run: runSchema }),
  z.object({ type: z.literal('log'), runId: z.string(), lines: logLinesSchema }),
  z.object({ type: z.literal('heartbeat') }),
])
export type LiveEvent = z.infer<typeof eventSchema>
export const heartbeatMs = 15_000
