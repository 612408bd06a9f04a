import { type DetailedError, Upload } from 'tus-js-client'
import type { FileHead, Uploaded } from '../../shared/index.ts'
import { ApiError, apiUrl, problem, readAnswer } from './http.ts'
import { authorised, renew } from './session.ts'

interface UploadOptions {
  onProgress: (sentBytes: number, totalBytes: number) => void
  /** Aborted: the upload is given up, and what has arrived of it is deleted. */
  signal: AbortSignal
}

const headBytes = 1024 * 1024
/** What a proxy that keeps bodies back until they are whole can cost at most when the connection is lost. */
const chunkSize = 64 * 1024 * 1024
const retryDelays = [0, 1000, 3000, 5000]
const patienceMs = 10_000

/**
 * Sends a file into the workspace. It goes on where it was when the connection, the server or this page was gone, and
 * waits for as long as nobody answers.
 *
 * @throws {ApiError}
 */
export async function uploadFile(file: File, { onProgress, signal }: UploadOptions): Promise<Uploaded> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Uploaded>()
  let waiting: ReturnType<typeof setTimeout> | undefined
  let isRefused = false
  const upload = new Upload(file, {
    endpoint: apiUrl('/files/uploads'),
    metadata: { filename: file.name },
    chunkSize,
    retryDelays,
    removeFingerprintOnSuccess: true,
    onProgress,
    onShouldRetry: (error) => {
      isRefused = statusOf(error) === 401
      return isRefused || mayPass(statusOf(error))
    },
    onBeforeRequest: async () => {
      if (isRefused) await renew()
      isRefused = false
    },
    onSuccess: ({ lastResponse }) => {
      resolve({ path: decodeURIComponent(lastResponse.getHeader('Flathouse-Path') ?? file.name) })
    },
    onError: (error) => {
      const goOn = () => {
        if (!signal.aborted) waiting = setTimeout(() => upload.start(), patienceMs)
      }
      requireUnanswered(error, file).then(goOn, reject)
    },
  })
  const giveUp = () => {
    clearTimeout(waiting)
    // What cannot be deleted now is swept later.
    upload.abort(true).catch(() => undefined)
    reject(signal.reason as Error)
  }
  signal.addEventListener('abort', giveUp, { once: true })
  const [earlier] = await upload.findPreviousUploads()
  if (earlier) upload.resumeFromPreviousUpload(earlier)
  if (!signal.aborted) upload.start()
  return promise.finally(() => signal.removeEventListener('abort', giveUp))
}

/** Sends the beginning of a file, which can be previewed under the path while the rest is on its way. */
export function sendHead(file: File, signal?: AbortSignal): Promise<FileHead> {
  const ask = () =>
    fetch(apiUrl('/files/heads', { name: file.name }), {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: file.slice(0, headBytes),
      signal: signal ?? null,
    })
  return readAnswer(authorised(ask), signal)
}

/** Undefined when there was no answer. */
function statusOf(error: Error | DetailedError): number | undefined {
  return 'originalResponse' in error ? error.originalResponse?.getStatus() : undefined
}

/** Another attempt can help: two were in each other's way, or something between us is restarting. */
function mayPass(status: number | undefined): boolean {
  const diskIsFull = 507
  return status === undefined || [409, 423].includes(status) || (status >= 500 && status !== diskIsFull)
}

/** Throws what went wrong, except when nobody answered, which passes. */
async function requireUnanswered(error: Error | DetailedError, file: File): Promise<void> {
  if (!('originalResponse' in error)) throw error
  const answer = error.originalResponse
  if (answer)
    await readAnswer(Promise.resolve(new Response(answer.getBody(), { status: answer.getStatus() })))
  // Of a file that was changed or deleted the browser says no more than that the request failed.
  await file
    .slice(0, 1)
    .arrayBuffer()
    .catch(() => {
      const hint = 'Choose the file again.'
      const sentence = `${file.name} was changed or can no longer be read.`
      throw new ApiError(problem(0, sentence, hint, 'FILE_UNREADABLE'))
    })
}
