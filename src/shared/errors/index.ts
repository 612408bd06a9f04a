import type { ErrorBody, Place } from './body.ts'
import { catalogue, type ErrorCode } from './catalogue.ts'

export * from './body.ts'
export * from './issue.ts'
export type { ErrorCode }

export interface AppErrorOptions {
  place?: Place
  /** The technical text behind the sentence, such as the server's own message. Never holds a secret. */
  detail?: string
  cause?: unknown
}

/** The only error that crosses a folder's edge: a literal code and one sentence a person can act on. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly place: Place | undefined
  readonly detail: string | undefined

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.place = options.place
    this.detail = options.detail
  }

  get exitCode(): number {
    return catalogue[this.code].exit
  }

  /** Of an HTTP answer. */
  get status(): number {
    return catalogue[this.code].status
  }

  /** Whether the same may succeed later without any change by the user. */
  get canPass(): boolean {
    return catalogue[this.code].retry
  }

  get hint(): string {
    return catalogue[this.code].hint
  }

  toBody(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      hint: this.hint,
      ...(this.place && { place: this.place }),
      ...(this.detail !== undefined && { detail: this.detail }),
    }
  }
}

/** Everything unknown becomes INTERNAL, so that no edge has to guess. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new AppError('INTERNAL', `Something unexpected happened: ${message}`, {
    cause: error,
    ...(error instanceof Error && error.stack !== undefined && { detail: error.stack }),
  })
}
