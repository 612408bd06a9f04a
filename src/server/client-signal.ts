import type { FastifyReply } from 'fastify'

/** Aborted when the client goes away before its answer was sent, so that nothing goes on for nobody. */
export function clientSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort()
  })
  return gone.signal
}
