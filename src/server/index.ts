import { randomUUID } from 'node:crypto'
import type { AddressInfo, Server, Socket } from 'node:net'
import cookie from '@fastify/cookie'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { AppError } from '../shared/index.ts'
import { hostInUrl, type Address } from './address.ts'
import type { App } from './app-type.ts'
import { requireSafeBind } from './bind.ts'
import type { Parts } from './context.ts'
import { SessionCookies } from './cookies.ts'
import { addDescription } from './description.ts'
import { addGate } from './gate.ts'
import { addLimits } from './limits.ts'
import { addBodyLimit, createListener, type Tls } from './listener.ts'
import { addPage } from './page.ts'
import { addProblems, sendProblem } from './problems.ts'
import { addAudit } from './routes/audit.ts'
import { addConnections } from './routes/connections.ts'
import { addEvents } from './routes/events.ts'
import { addFiles } from './routes/files.ts'
import { addHealth } from './routes/health.ts'
import { addPlan } from './routes/plan.ts'
import { addPreview } from './routes/preview.ts'
import { addRejects } from './routes/rejects.ts'
import { addRuns } from './routes/runs.ts'
import { addSession } from './routes/session.ts'
import { addTokens } from './routes/tokens.ts'
import { addUploads } from './routes/uploads.ts'
import { addUsers } from './routes/users.ts'
import { addSafety } from './safety.ts'
import { addTrail } from './trail.ts'
import { Watches } from './watches.ts'

export { isLoopback } from './address.ts'
export type { Parts } from './context.ts'
export { serializers } from './log.ts'
export type { Tls } from './listener.ts'

export interface HttpOptions {
  /** What is not of this machine itself must be safe to bind: see `requireSafeBind`. */
  host: string
  /** 0: one that is free. */
  port: number
  /** As browsers see it, when that is not the host and port. */
  publicUrl?: URL
  tls?: Tls
  /** Addresses and networks of proxies whose `X-Forwarded-…` headers are believed. */
  trustProxy?: string[]
  /** It was said which hosts connections may lead to. */
  hasHostPolicy?: boolean
  /** Of one uploaded file. */
  maxUploadBytes?: number
  /** The folder of the built page. */
  webRoot?: string
  logger: FastifyBaseLogger
}

export interface Http extends AsyncDisposable {
  /** Where a browser opens it. Without a slash at its end. */
  url: string
}

const routes = [
  addHealth,
  addSession,
  addUsers,
  addTokens,
  addAudit,
  addConnections,
  addFiles,
  addUploads,
  addPreview,
  addPlan,
  addRuns,
  addRejects,
]
const maxBodyBytes = 2 * 1024 * 1024
const usualUploadBytes = 100e9
const patienceMs = 1500

/** Serves the API, its description and the page. Disposed, it takes nothing more and ends what is open soon. */
export async function openHttp(parts: Parts, options: HttpOptions): Promise<Http> {
  const { host, publicUrl, tls, trustProxy, hasHostPolicy = false } = options
  const address = { isTls: tls !== undefined, ...(publicUrl && { publicUrl }) }
  const bind = { ...address, host, hasTrustedProxy: trustProxy !== undefined, hasHostPolicy }
  await requireSafeBind(bind, parts.access)
  const app = await build(parts, options, address)
  const open = socketsOf(app.server)
  const port = await listen(app, options)
  const own = `${tls ? 'https' : 'http'}://${hostInUrl(host)}:${port}`
  return {
    url: publicUrl?.origin ?? own,
    async [Symbol.asyncDispose]() {
      const impatient = setTimeout(() => open.forEach((socket) => socket.destroy()), patienceMs)
      await app.close()
      clearTimeout(impatient)
    },
  }
}

/** All that are open now, also those that the HTTP server has given away to WebSockets. */
function socketsOf(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}

async function build(parts: Parts, options: HttpOptions, address: Address): Promise<App> {
  const { host, tls, trustProxy, maxUploadBytes = usualUploadBytes, webRoot, logger } = options
  const { access, version } = parts
  const fastify = Fastify({
    loggerInstance: logger,
    genReqId: () => randomUUID(),
    bodyLimit: maxBodyBytes,
    serverFactory: (handle) => createListener(handle, tls),
    ...(trustProxy && { trustProxy }),
    // A name of 64 characters, each of which may be written as %XX%XX%XX%XX.
    routerOptions: { maxParamLength: 1024 },
    // What is wrong with the address itself does not reach the error handler.
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
  })
  const app: App = fastify.withTypeProvider<ZodTypeProvider>()
  app.setSerializerCompiler(serializerCompiler)
  // A form of another site can send it without being asked, and nothing here wants it.
  app.removeContentTypeParser('text/plain')
  const cookies = new SessionCookies(address)
  const watches = new Watches(access)
  app.addHook('onClose', () => watches[Symbol.dispose]())
  addProblems(app)
  // In the order in which a request meets them.
  await addSafety(app, address, host)
  addBodyLimit(app)
  await app.register(cookie)
  await addLimits(app)
  addTrail(app, access)
  addGate(app, access, cookies)
  await addDescription(app, version)
  const services = { ...parts, address, cookies, watches, maxUploadBytes }
  for (const add of routes) add(app, services)
  await addEvents(app, services)
  await addPage(app, webRoot)
  return app
}

async function listen(app: App, { host, port }: HttpOptions): Promise<number> {
  try {
    // Of "localhost" Fastify would make several servers.
    await app.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port })
  } catch (cause) {
    await app.close()
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException
    const why = reasons[code] ?? `cannot be used (${code})`
    throw new AppError('USAGE', `Port ${port} of ${host} ${why}.`, {
      place: { host: `${host}:${port}` },
      cause,
    })
  }
  return (app.server.address() as AddressInfo).port
}

const reasons: Partial<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program; choose one with --port',
  EACCES: 'may be used only by the administrator; choose one above 1023 with --port',
}
