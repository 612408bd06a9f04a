import type { FastifyRequest } from 'fastify'
import type { Access } from '../access/index.ts'
import type { ErrorCode } from '../shared/errors/index.ts'
import type { App } from './app-type.ts'
import { isUnsafe } from './gate.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What it is done to, for the audit log. */
    subject: string | null
    /** The error it is answered with. */
    refusal: ErrorCode | null
  }
}

const refusals = new Set([401, 403, 429])
/** Of one address in a minute: who is refused again and again must not fill the disk. */
const mostRefusals = { max: 60, timeWindow: 60_000 }
const mostCharacters = 200

/** Writes down who did what, and who was refused it. To be added after the limits. Disposed, all is written. */
export function addTrail(app: App, { audit }: Access): void {
  const writing = new Set<Promise<void>>()
  const isTooMuch = app.createRateLimit(mostRefusals)
  const write = async (request: FastifyRequest, status: number) => {
    const { config } = request.routeOptions
    const isRefused = refusals.has(status) && isUnsafe(request.method)
    const isAsked = request.method === 'HEAD' || request.method === 'OPTIONS'
    if (isAsked || (typeof config.audit !== 'string' && !isRefused)) return
    if (refusals.has(status)) {
      const found = await isTooMuch(request)
      if (!found.isAllowed && found.isExceeded) return
    }
    const { principal, method, routeOptions } = request
    await audit.add({
      user: principal?.user ?? null,
      way: principal?.way ?? null,
      address: addressOf(request),
      action: config.audit ?? `${method} ${routeOptions.url ?? 'unknown'}`,
      subject: subjectOf(request)?.slice(0, mostCharacters) ?? null,
      outcome: request.refusal ?? 'done',
    })
  }
  app.decorateRequest('subject', null)
  app.decorateRequest('refusal', null)
  app.addHook('onResponse', (request, reply, done) => {
    const written = write(request, reply.statusCode)
      .catch((error: unknown) => request.log.error({ err: error }, 'the audit log cannot be written'))
      .finally(() => writing.delete(written))
    writing.add(written)
    done()
  })
  app.addHook('onClose', async () => {
    await Promise.all(writing)
  })
}

/** Who has hung up has none. */
const addressOf = ({ ip }: { ip: string | undefined }): string | null => ip ?? null

/** Most addresses end with the name or the id of what they are about. */
function subjectOf({ subject, params }: FastifyRequest): string | null {
  const { name, id } = (params ?? {}) as { name?: string; id?: string }
  return subject ?? name ?? id ?? null
}
