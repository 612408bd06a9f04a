import { randomUUID } from 'node:crypto'
import { addAbortSignal, type Readable } from 'node:stream'
import type { ClickHouseClient } from '@clickhouse/client'
import type { Settings } from '../core/sql/index.ts'
import { AppError, type Connection, type Secrets } from '../shared/index.ts'
import { openClient } from './client.ts'
import { bodyOf, hasMarkedEnd, readAll, refusalOf, summaryOf, type Summary } from './answer.ts'
import { cancelled, isAborted, type Party, plain, translate } from './errors.ts'
import { formsOf, hide } from './hide.ts'
import type { Reach } from './reach.ts'
import { requestedTokens } from './token-source.ts'
import { givenToken, type TokenNeed, type TokenProvider } from './token.ts'

export interface Call {
  settings?: Settings
  signal?: AbortSignal
  queryId?: string
  /** Data that follow the statement. They cannot be sent twice. */
  data?: Readable
  /** Another than the connection's; '' is the user's own. */
  database?: string
  /** A look at what goes on, or tidying up: when the token has ended, nobody waits for another one. */
  isAside?: boolean
}

export interface LinkOptions {
  /** What the server is called in sentences; its host and port when it is left out. */
  label?: string
  /** Where the tokens of its requests come from; the secrets say it when it is left out. */
  tokens?: TokenProvider
  /** Where connections may lead; anywhere when it is left out. */
  reach?: Reach | undefined
  /** How long a statement that can be cancelled may stand still; left out: five minutes. */
  idleMs?: number
}

/** A server's answer that is not a refusal. Its body must be read to the end or destroyed. */
export interface Answer {
  body: Readable
  /** Marks an exception in the middle of the body. */
  exceptionTag: string | undefined
  /** Its length is told beforehand, or its last piece says that it is the last. */
  hasMarkedEnd: boolean
  summary: Summary
}

/** One server as one user: sends statements, and says what went wrong in our own words. */
export class Link implements Party {
  readonly label: string
  readonly database: string
  readonly user: string
  protected readonly isTls: boolean
  readonly #client: ClickHouseClient
  /** They go with every statement. */
  protected settings: Settings
  readonly #tokens: TokenProvider | undefined
  readonly #secrets: readonly string[]
  /** Tokens that answers may still be about, the latest last. */
  #sentTokens: readonly string[] = []

  constructor(connection: Connection, secrets: Secrets, options: LinkOptions = {}) {
    const { label = `${connection.host}:${connection.port}`, tokens, reach } = options
    this.label = label
    this.database = connection.database
    this.user = connection.user
    this.isTls = connection.protocol === 'https'
    this.#client = openClient(connection, secrets, label, reach)
    this.settings = connection.settings ?? {}
    this.#tokens = tokens ?? givenToken(secrets, label) ?? requestedTokens(connection, secrets, reach)
    const { password = '', clientSecret = '' } = secrets
    this.#secrets = [...formsOf(password, connection.user), ...formsOf(clientSecret)]
  }

  /** Of the requests so far. */
  protected get lastToken(): string | undefined {
    return this.#sentTokens.at(-1)
  }

  async send(sql: string, call: Call = {}): Promise<Answer> {
    try {
      return await this.#sendWithToken(sql, call)
    } catch (error) {
      throw isAborted(call.signal) ? cancelled() : this.toAppError(error)
    }
  }

  /**
   * Comes back when a statement could be sent: there is a token, if there has to be one.
   *
   * @throws {AppError} TOKEN_EXPIRED, TOKEN_MALFORMED, IDENTITY_PROVIDER or CANCELLED
   */
  async ready(signal?: AbortSignal): Promise<void> {
    await this.#token({}, signal)
  }

  /** Sends, and reads the answer whole: for answers that are small. */
  async ask(sql: string, call: Call = {}): Promise<{ text: string; summary: Summary }> {
    // The server then answers only when all is done, so a refusal is never in the middle of an answer.
    const answer = await this.send(sql, { ...call, settings: { ...call.settings, wait_end_of_query: 1 } })
    try {
      if (call.signal !== undefined) addAbortSignal(call.signal, answer.body)
      return { text: (await readAll(answer.body)).toString('utf8'), summary: answer.summary }
    } catch (error) {
      throw isAborted(call.signal) ? cancelled() : this.toAppError(error)
    }
  }

  hide(text: string): string {
    return hide(text, [...this.#secrets, ...this.#sentTokens])
  }

  toAppError(error: unknown): AppError {
    return translate(error, this)
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  /** Who refuses a token has done nothing yet, so with another one the statement is sent again. */
  async #sendWithToken(sql: string, call: Call): Promise<Answer> {
    const { signal, data, isAside = false } = call
    const token = await this.#token({ isAside }, signal)
    try {
      return await this.#sendOnce(sql, call, token)
    } catch (error) {
      if (token === undefined || !(error instanceof AppError) || error.code !== 'AUTH_FAILED') throw error
      const other = await this.#token({ refused: token, isAside: isAside || data !== undefined }, signal)
      if (other === token || data !== undefined) throw error
      return await this.#sendOnce(sql, call, other)
    }
  }

  async #sendOnce(sql: string, call: Call, token: string | undefined): Promise<Answer> {
    // The client only notices a signal that comes later.
    call.signal?.throwIfAborted()
    const answer = await this.#exec(sql, call, token)
    const refusal = await refusalOf(answer, this)
    if (refusal !== undefined) throw this.#refused(this.toAppError(refusal), token)
    const exceptionTag = answer.response_headers['x-clickhouse-exception-tag']?.toString()
    return {
      body: bodyOf(answer),
      exceptionTag,
      hasMarkedEnd: hasMarkedEnd(answer),
      summary: summaryOf(answer),
    }
  }

  #refused(error: AppError, token: string | undefined): AppError {
    if (token === undefined || error.code !== 'AUTH_FAILED') return error
    return plain('AUTH_FAILED', this, `${this.label} does not accept the token.`, error.detail)
  }

  async #token(need: TokenNeed, signal: AbortSignal | undefined): Promise<string | undefined> {
    if (this.#tokens === undefined) return undefined
    const token = await orAborted(this.#tokens(need), signal)
    if (!this.#sentTokens.includes(token)) this.#sentTokens = [...this.#sentTokens.slice(-2), token]
    return token
  }

  #exec(sql: string, call: Call, token: string | undefined) {
    const { settings, signal, queryId, data, database = this.database } = call
    return this.#client.exec({
      query: sql,
      query_id: queryId ?? randomUUID(),
      // As a setting, because the client leaves out a database that is called "default", which need not be the user's own.
      clickhouse_settings: { ...this.settings, ...settings, database },
      // The client's own error would not keep what we translate by: the number in the header, and the status.
      ignore_error_response: true,
      decompress_response_stream: false,
      ...(token !== undefined && { auth: { access_token: token } }),
      ...(signal && { abort_signal: signal }),
      ...(data && { values: data }),
    })
  }
}

/** Nobody waits any longer than until the signal. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  const stop = () => {
    reject(cancelled())
  }
  if (isAborted(signal)) stop()
  signal?.addEventListener('abort', stop)
  try {
    return await Promise.race([stopped, work])
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}
