import { randomUUID } from 'node:crypto'
import { addAbortSignal, type Readable } from 'node:stream'
import type { ClickHouseClient } from '@clickhouse/client'
import type { Settings } from '../core/sql/index.ts'
import type { AppError, Connection, Secrets } from '../shared/index.ts'
import { openClient } from './client.ts'
import { readAll, refusalOf, summaryOf, type Summary } from './answer.ts'
import { cancelled, isAborted, type Party, translate } from './errors.ts'
import { checkToken } from './token.ts'

export interface Call {
  settings?: Settings
  signal?: AbortSignal
  queryId?: string
  /** Data that follow the statement. */
  data?: Readable
}

/** A server's answer that is not a refusal. Its body must be read to the end or destroyed. */
export interface Answer {
  body: Readable
  /** Marks an exception in the middle of the body. */
  exceptionTag: string | undefined
  summary: Summary
}

/** One server as one user: sends statements, and says what went wrong in our own words. */
export class Link implements Party {
  readonly label: string
  readonly database: string
  readonly user: string
  protected readonly isTls: boolean
  readonly #client: ClickHouseClient
  readonly #secrets: readonly string[]

  constructor(connection: Connection, secrets: Secrets, label: string) {
    if (secrets.token !== undefined) checkToken(secrets.token, label)
    this.label = label
    this.database = connection.database
    this.user = connection.user
    this.isTls = connection.protocol === 'https'
    this.#client = openClient(connection, secrets, label)
    // A shorter one would be found in every other word, and so be told by what is hidden.
    this.#secrets = [secrets.password ?? '', secrets.token ?? ''].filter((secret) => secret.length > 3)
  }

  async send(sql: string, call: Call = {}): Promise<Answer> {
    try {
      const answer = await this.#exec(sql, call)
      const refusal = await refusalOf(answer, this)
      if (refusal !== undefined) throw refusal
      const exceptionTag = answer.response_headers['x-clickhouse-exception-tag']?.toString()
      return { body: answer.stream, exceptionTag, summary: summaryOf(answer) }
    } catch (error) {
      throw isAborted(call.signal) ? cancelled() : this.toAppError(error)
    }
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
    return this.#secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text)
  }

  toAppError(error: unknown): AppError {
    return translate(error, this)
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  #exec(sql: string, { settings, signal, queryId, data }: Call) {
    return this.#client.exec({
      query: sql,
      query_id: queryId ?? randomUUID(),
      // As a setting, because the client leaves out a database that is called "default", which need not be the user's own.
      clickhouse_settings: { ...settings, database: this.database },
      // The client's own error would not keep what we translate by: the number in the header, and the status.
      ignore_error_response: true,
      decompress_response_stream: false,
      ...(signal && { abort_signal: signal }),
      ...(data && { values: data }),
    })
  }
}
