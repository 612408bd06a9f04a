import type { FastifyRequest } from 'fastify'
import { withoutQuery } from './problems.ts'

/** What the log tells of a request: no header, no body, and not the query, in which codes and names can be. */
export const serializers = {
  req: ({ method, url, ip }: FastifyRequest) => ({ method, url: withoutQuery(url), ip }),
}
