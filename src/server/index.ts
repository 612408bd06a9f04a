import { randomUUID } from 'node:crypto'
import type { AddressInfo, Server, Socket } from 'node:net'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { AppError } from '../shared/index.ts'
import type { App } from './app-type.ts'
import type { Services } from './context.ts'
import { addDescription } from './description.ts'
import { addPage } from './page.ts'
import { addProblems, sendProblem } from './problems.ts'
import { addConnections } from './routes/connections.ts'
import { addEvents } from './routes/events.ts'
import { addFiles } from './routes/files.ts'
import { addHealth } from './routes/health.ts'
import { addPlan } from './routes/plan.ts'
import { addPreview } from './routes/preview.ts'
import { addRuns } from './routes/runs.ts'
import { addUploads } from './routes/uploads.ts'
import { addSafety, hostInUrl } from './safety.ts'

export type { Services } from './context.ts'

export interface HttpOptions {
  /** A name or address of this machine itself. */
  host: string
  /** 0: one that is free. */
  port: number
  /** The folder of the built page. */
  webRoot?: string
  logger: FastifyBaseLogger
}

export interface Http extends AsyncDisposable {
  /** Without a slash at its end. */
  url: string
}

const routes = [addHealth, addConnections, addFiles, addUploads, addPreview, addPlan, addRuns]
const maxBodyBytes = 2 * 1024 * 1024
const patienceMs = 1500

/** Serves the API, its description and the page. Disposed, it takes nothing more and ends what is open soon. */
export async function openHttp(services: Services, options: HttpOptions): Promise<Http> {
  requireLoopback(options.host)
  const app = await build(services, options)
  const open = socketsOf(app.server)
  const port = await listen(app, options)
  return {
    url: `http://${hostInUrl(options.host)}:${port}`,
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

async function build(services: Services, { host, webRoot, logger }: HttpOptions): Promise<App> {
  const fastify = Fastify({
    loggerInstance: logger,
    genReqId: () => randomUUID(),
    bodyLimit: maxBodyBytes,
    // A name of 64 characters, each of which may be written as %XX%XX%XX%XX.
    routerOptions: { maxParamLength: 1024 },
    // What is wrong with the address itself does not reach the error handler.
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
  })
  const app: App = fastify.withTypeProvider<ZodTypeProvider>()
  app.setSerializerCompiler(serializerCompiler)
  // A form of another site can send it without being asked, and nothing here wants it.
  app.removeContentTypeParser('text/plain')
  addProblems(app)
  await addSafety(app, host)
  await addDescription(app, services.version)
  for (const add of routes) add(app, services)
  await addEvents(app, services)
  await addPage(app, webRoot)
  return app
}

function requireLoopback(host: string): void {
  if (host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)) return
  const sentence = `Flathouse cannot listen on ${host}: it has no login yet, so it serves only this machine.`
  throw new AppError('USAGE', sentence, { place: { host } })
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
