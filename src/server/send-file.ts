import { extname } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Download } from '../files/index.ts'
import { AppError } from '../shared/index.ts'
import { sendProblem } from './problems.ts'
import { rangeOf } from './range.ts'

/** A file as a download, whole or the part that was asked for. */
export async function sendFile(
  file: Download,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
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
