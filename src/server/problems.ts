import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { AppError, issueSentence, problemSchema, type Problem } from '../shared/index.ts'
import type { App } from './app-type.ts'

const mediaType = 'application/problem+json'

/** What every route may answer instead: for the `response` of its schema. */
export const problemAnswer = {
  default: { description: 'What went wrong.', content: { [mediaType]: { schema: problemSchema } } },
}

/** Every answer that is an error is a problem (RFC 9457), and what nobody foresaw is told only in the log. */
export function addProblems(app: App): void {
  app.setValidatorCompiler(({ schema, httpPart = 'body' }) => (value) => {
    const parsed = (schema as z.ZodType).safeParse(value)
    if (parsed.success) return { value: parsed.data }
    const sentence = `The request’s ${parts[httpPart] ?? httpPart} is not valid: ${issueSentence(parsed.error)}`
    return { error: new AppError('REQUEST_INVALID', sentence) }
  })
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply))
}

const parts: Partial<Record<string, string>> = { querystring: 'query', params: 'path' }

/** `status`: where the protocol has a more exact one than the catalogue. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  status?: number,
): FastifyReply {
  const known = fromFastify(error) ?? unforeseen(error, request)
  const problem = toProblem(known.error, request.id, status ?? known.status)
  request.refusal = problem.code
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  // Past the serializer, which would choose by the status among the route's answers.
  return reply.code(problem.status).type(mediaType).serializer(JSON.stringify).send(problem)
}

/** `status`: where the protocol has a more exact one than the catalogue. */
function toProblem(error: AppError, requestId: string, status = error.status): Problem {
  const { code, message, hint, place, detail } = error.toBody()
  const words = code.toLowerCase().replaceAll('_', ' ')
  return {
    type: `urn:flathouse:error:${code}`,
    title: words.charAt(0).toUpperCase() + words.slice(1),
    status,
    detail: message,
    instance: requestId,
    code,
    hint,
    ...(place && { place }),
    ...(detail !== undefined && { technical: detail }),
  }
}

interface Known {
  error: AppError
  status?: number
}

const sentences: Partial<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The request’s body is too large.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The request’s body is of a kind that is not taken here; JSON is.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The request’s body is empty.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The request’s body is not JSON.',
}

function fromFastify(error: unknown): Known | undefined {
  if (error instanceof AppError) return { error }
  const { statusCode = 500, code = '' } = error as { statusCode?: number; code?: string }
  if (statusCode >= 500 || !(error instanceof Error)) return undefined
  const sentence = sentences[code] ?? 'The request cannot be understood.'
  const detail = error.message
  return { error: new AppError('REQUEST_INVALID', sentence, { detail }), status: statusCode }
}

function unforeseen(error: unknown, { id, log, method, url }: FastifyRequest): Known {
  log.error({ err: error, method, url: withoutQuery(url) }, 'unforeseen')
  return { error: new AppError('INTERNAL', `Something unexpected happened; the log tells more under ${id}.`) }
}

/** An identity provider sends browsers back with a code in the query; a fragment, which holds one in a link, should not come. */
export const withoutQuery = (url: string): string => url.replace(/[?#].*/s, '')
