import { extname } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Download } from '../../files/index.ts'
import { inspectFile } from '../../runs/index.ts'
import {
  AppError,
  fileHeadSchema,
  fileListSchema,
  inspectionSchema,
  inspectRequestSchema,
  maxHeadBytes,
} from '../../shared/index.ts'
import type { App } from '../app-type.ts'
import { clientSignal } from '../client-signal.ts'
import type { Services } from '../context.ts'
import { problemAnswer, sendProblem } from '../problems.ts'
import { rangeOf } from '../range.ts'

const ofFile = z.strictObject({ path: z.string().min(1) })

export function addFiles(app: App, services: Services): void {
  addList(app, services)
  addContent(app, services)
  addLook(app, services)
}

function addList(app: App, { surroundings: { workspace } }: Services): void {
  app.get(
    '/api/v1/files',
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'The files and folders in a folder of the workspace',
        querystring: z.strictObject({ folder: z.string().default('') }),
        response: { 200: fileListSchema, ...problemAnswer },
      },
    },
    async ({ query }) => ({
      ...(await workspace.list(query.folder)),
      freeBytes: await workspace.freeBytes(),
    }),
  )
  app.delete(
    '/api/v1/files',
    {
      config: { needs: 'operator', audit: 'file.delete' },
      schema: {
        summary: 'Delete a file of the workspace',
        querystring: ofFile,
        response: { 204: z.undefined().describe('It is deleted.'), ...problemAnswer },
      },
    },
    async (request, reply) => {
      const { path } = request.query
      request.subject = path
      await workspace.remove(path)
      return reply.code(204).send()
    },
  )
}

function addContent(app: App, { surroundings: { workspace } }: Services): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/api/v1/files/content',
    exposeHeadRoute: false,
    config: { needs: 'viewer' },
    schema: { summary: 'Download a file of the workspace, or a part of it', querystring: ofFile },
    handler: async (request, reply) => {
      const file = await workspace.open(request.query.path)
      return sendFile(file, request, reply)
    },
  })
}

async function sendFile(file: Download, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { size, mtime } = file
  const tag = `"${size.toString(36)}-${mtime.getTime().toString(36)}"`
  const known = request.headers['if-range'] ?? tag
  const range = known === tag || known === mtime.toUTCString() ? rangeOf(request.headers.range, size) : 'all'
  if (range === 'none') {
    await file[Symbol.asyncDispose]()
    reply.header('content-range', `bytes */${size}`)
    const sentence = `"${file.name}" has ${size} bytes and not the part that was asked for.`
    return sendProblem(new AppError('REQUEST_INVALID', sentence), request, reply, 416)
  }
  const { start, end } = range === 'all' ? { start: 0, end: size } : range
  if (range !== 'all') reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${size}`)
  reply.headers({
    'content-type': extname(file.name).toLowerCase() === '.csv' ? 'text/csv' : 'application/octet-stream',
    'content-disposition': disposition(file.name),
    'content-length': end - start,
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
    'last-modified': mtime.toUTCString(),
    'cache-control': 'private, no-cache',
    etag: tag,
  })
  if (request.method === 'GET') return reply.send(file.read(start, end))
  await file[Symbol.asyncDispose]()
  return reply.send()
}

/** RFC 6266: the plain name is for those who do not know the other. */
function disposition(name: string): string {
  const plain = name.replace(/[^ -~]|["\\%]/gu, '_')
  const encoded = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}

function addLook(app: App, { surroundings }: Services): void {
  app.post(
    '/api/v1/files/inspect',
    {
      config: { needs: 'viewer', audit: null, limit: 'costly' },
      schema: {
        summary: 'Read a whole file and say what is in each column',
        body: inspectRequestSchema,
        response: { 200: inspectionSchema, ...problemAnswer },
      },
    },
    ({ body }, reply) =>
      inspectFile(body.source, surroundings, { signal: clientSignal(reply), onProgress: () => undefined }),
  )
  void app.register((scope, _options, done) => {
    const options = { parseAs: 'buffer', bodyLimit: maxHeadBytes } as const
    scope.addContentTypeParser('application/octet-stream', options, (_request, body, parsed) => {
      parsed(null, body)
    })
    addHeads(scope, surroundings.workspace)
    done()
  })
}

function addHeads(app: App, workspace: Services['surroundings']['workspace']): void {
  app.post(
    '/api/v1/files/heads',
    {
      bodyLimit: maxHeadBytes,
      config: { needs: 'operator', audit: null },
      schema: {
        summary: 'Send the beginning of a file, to preview it before all of it has arrived',
        consumes: ['application/octet-stream'],
        querystring: z.strictObject({ name: z.string().min(1).max(1000) }),
        body: z.instanceof(Buffer),
        response: { 200: fileHeadSchema, ...problemAnswer },
      },
    },
    async ({ query, body }) => ({ path: await workspace.keepHead(query.name, body) }),
  )
}
