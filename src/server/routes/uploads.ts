import { PassThrough, Readable } from 'node:stream'
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
/** The network goes on while the disk writes. */
const bufferBytes = 1024 * 1024

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
      config: { needs: 'operator', audit: 'file.upload', isUpload: true },
      schema: { summary: 'Begin an upload (tus.io 1.0)' },
      handler: (request, reply) => receive(request, reply, path),
    })
    routes.route({
      method: ['HEAD', 'PATCH', 'DELETE'],
      url: `${path}/:id`,
      config: { needs: 'operator', audit: null, isUpload: true },
      schema: { summary: 'Ask how much of an upload is there, send more of it, or give it up', params: byId },
      handler: (request, reply) => receive(request, reply, `${path}/${request.params.id}`),
    })
    done()
  })
}

type Receive = (request: FastifyRequest, reply: FastifyReply, url: string) => Promise<FastifyReply>

function receiver({ surroundings, maxUploadBytes }: Services): Receive {
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
      const filename = await uploads.admit(metadata?.['filename'] ?? '', size)
      if (size > maxUploadBytes) throw tooLarge(filename, size, maxUploadBytes)
      return { metadata: { filename } }
    },
    onUploadFinish: async (_request, { id }) => ({ headers: await whereIs(id) }),
    onResponseError: (request, error) => {
      failures.set(request, error)
      return undefined
    },
  })
  return async (request, reply, url) => {
    request.subject = nameOf(request)
    const body = new PassThrough({ highWaterMark: bufferBytes })
    const asked = webRequest(request, url, body)
    const answer = await tus.handleWeb(asked)
    if (answer.status >= 400) {
      // Many a client hears the answer only when it has sent everything.
      request.raw.unpipe(body).resume()
      return refuse(failures.get(asked), answer, request, reply)
    }
    const headers = new Map(answer.headers)
    const isComplete = headers.get('upload-offset') === headers.get('upload-length')
    if (request.method === 'HEAD' && isComplete) reply.headers(await whereIs(url.slice(path.length + 1)))
    reply.code(answer.status).headers(Object.fromEntries(headers))
    return reply.send(answer.status === 204 ? undefined : await answer.text())
  }
}

/** Of a new upload, as it was sent. */
function nameOf({ headers }: FastifyRequest): string | null {
  const [, encoded] = /(?:^|,)\s*filename ([\w+/=]+)/.exec(String(headers['upload-metadata'] ?? '')) ?? []
  return encoded === undefined ? null : Buffer.from(encoded, 'base64').toString('utf8')
}

function tooLarge(file: string, size: number, most: number): AppError {
  const sentence = `"${file}" has ${size} bytes, and an upload may have ${most}.`
  return new AppError('UPLOAD_TOO_LARGE', sentence, { place: { file } })
}

function webRequest({ raw, method }: FastifyRequest, url: string, body: PassThrough): Request {
  const headers = Object.entries(raw.headers).map(
    ([name, value]) => [name, String(value)] as [string, string],
  )
  const given = { method, headers }
  if (method !== 'POST' && method !== 'PATCH') return new Request(`http://localhost${url}`, given)
  // When the connection is lost, what has come is kept, and the rest is sent later.
  raw.once('error', () => body.end())
  raw.pipe(body)
  return new Request(`http://localhost${url}`, { ...given, body: Readable.toWeb(body), duplex: 'half' })
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
