import type { IncomingMessage } from 'node:http'
import { Server } from '@tus/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AppError } from '../../shared/index.ts'
import type { App } from '../app-type.ts'
import type { Services } from '../context.ts'
import { sendProblem } from '../problems.ts'

const path = '/api/v1/files/uploads'
/** Where the file has ended, percent-encoded: in the answer to its last bytes, and whenever it is asked for. */
const pathHeader = 'Flathouse-Path'
const byId = z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/) })
const mediaType = 'application/offset+octet-stream'
/** Whatever is done for each chunk on its way is done less often for large ones. */
const blockBytes = 1024 * 1024

/** Uploads that can be resumed, by the protocol of tus.io. */
export function addUploads(app: App, services: Services): void {
  const receive = receiver(services)
  void app.register((scope, _options, done) => {
    // The bytes are not read here: they go to the disk as they come.
    scope.addContentTypeParser(mediaType, (_request, _body, parsed) => {
      parsed(null)
    })
    const routes = scope as App
    routes.route({
      method: ['POST', 'OPTIONS'],
      url: path,
      schema: { summary: 'Begin an upload (tus.io 1.0)' },
      handler: (request, reply) => receive(request, reply, path),
    })
    routes.route({
      method: ['HEAD', 'PATCH', 'DELETE'],
      url: `${path}/:id`,
      schema: { summary: 'Ask how much of an upload is there, send more of it, or give it up', params: byId },
      handler: (request, reply) => receive(request, reply, `${path}/${request.params.id}`),
    })
    done()
  })
}

type Receive = (request: FastifyRequest, reply: FastifyReply, url: string) => Promise<FastifyReply>

function receiver({ surroundings }: Services): Receive {
  const { uploads } = surroundings.workspace
  const failures = new WeakMap<object, unknown>()
  const whereIs = async (id: string) => ({ [pathHeader]: encodeURIComponent(await uploads.finish(id)) })
  const tus = new Server({
    path,
    datastore: uploads,
    relativeLocation: true,
    allowedOrigins: [],
    exposedHeaders: [pathHeader],
    // A connection that is gone without our having noticed holds its upload no longer than this.
    lockDrainTimeout: 500,
    onUploadCreate: async (_request, { metadata, size }) => {
      if (size === undefined) throw new AppError('REQUEST_INVALID', 'The size of an upload must be known.')
      return { metadata: { filename: await uploads.admit(metadata?.['filename'] ?? '', size) } }
    },
    onUploadFinish: async (_request, { id }) => ({ headers: await whereIs(id) }),
    onResponseError: (request, error) => {
      failures.set(request, error)
      return undefined
    },
  })
  return async (request, reply, url) => {
    const asked = webRequest(request, url)
    const answer = await tus.handleWeb(asked)
    if (answer.status >= 400) {
      // A client that is still sending hears the answer only after it.
      request.raw.resume()
      return refuse(failures.get(asked), answer, request, reply)
    }
    const headers = new Map(answer.headers)
    const isComplete = headers.get('upload-offset') === headers.get('upload-length')
    if (request.method === 'HEAD' && isComplete) reply.headers(await whereIs(url.slice(path.length + 1)))
    reply.code(answer.status).headers(Object.fromEntries(headers))
    return reply.send(answer.status === 204 ? undefined : await answer.text())
  }
}

function webRequest({ raw, method }: FastifyRequest, url: string): Request {
  const headers = Object.entries(raw.headers).map(([name, value]) => [name, String(value)] as [string, string])
  const hasBody = method === 'POST' || method === 'PATCH'
  const body = hasBody && { body: ReadableStream.from(blocks(raw)), duplex: 'half' as const }
  return new Request(`http://localhost${url}`, { method, headers, ...body })
}

/** When the connection is lost, what came before is still given. */
async function* blocks(raw: IncomingMessage): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafe(blockBytes)
  let length = 0
  try {
    for await (const chunk of raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (length + chunk.length > blockBytes) {
        yield block.subarray(0, length)
        block = Buffer.allocUnsafe(Math.max(blockBytes, chunk.length))
        length = 0
      }
      length += chunk.copy(block, length)
    }
  } catch (error) {
    yield block.subarray(0, length)
    throw error
  }
  yield block.subarray(0, length)
}

async function refuse(
  failure: unknown,
  answer: Response,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (failure instanceof Error) return sendProblem(failure, request, reply)
  const words = (await answer.text()).trim()
  const sentence = `The upload cannot go on: ${words || `status ${answer.status}`}.`
  return sendProblem(new AppError('REQUEST_INVALID', sentence), request, reply, answer.status)
}
