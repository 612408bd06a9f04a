import { existsSync } from 'node:fs'
import { join, sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyRequest } from 'fastify'
import { AppError } from '../shared/index.ts'
import type { App } from './app-type.ts'
import { isApi } from './gate.ts'
import { sendProblem, withoutQuery } from './problems.ts'

const start = 'index.html'
const notBuilt = 'The page has not been built: run "npm start" in the checkout.\n'

/** The built page. An address that it makes up itself (`/runs/…`) is answered with its beginning. */
export async function addPage(app: App, webRoot: string | undefined): Promise<void> {
  const isBuilt = webRoot !== undefined && existsSync(join(webRoot, start))
  if (isBuilt) await addFiles(app, webRoot)
  app.setNotFoundHandler((request, reply) => {
    if (!isForPage(request)) return sendProblem(notFound(request), request, reply)
    return isBuilt ? reply.sendFile(start) : reply.code(503).type('text/plain; charset=utf-8').send(notBuilt)
  })
}

async function addFiles(app: App, root: string): Promise<void> {
  await app.register(fastifyStatic, {
    root,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      // Vite names a file in there by its content.
      const isHashed = path.includes(`${sep}assets${sep}`)
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}

function isForPage({ method, url, headers }: FastifyRequest): boolean {
  const isRead = method === 'GET' || method === 'HEAD'
  return isRead && !isApi(url) && (headers.accept ?? '').includes('text/html')
}

const notFound = ({ method, url }: FastifyRequest): AppError =>
  new AppError('ROUTE_NOT_FOUND', `There is no ${method} ${withoutQuery(url)}.`)
