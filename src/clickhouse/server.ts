import { randomUUID } from 'node:crypto'
import type { TableName } from '../core/sql/index.ts'
import type { AppError, Connection, Rights, Secrets } from '../shared/index.ts'
import { cancelled, isAborted, plain } from './errors.ts'
import { usualIdleMs, whileMoving } from './idle.ts'
import { Link, type Call, type LinkOptions } from './link.ts'
import { Probe } from './probe.ts'
import { allRows, curtailing, requireAllRows } from './all-rows.ts'
import { command, type QueryOptions, rows } from './query.ts'
import { countTables, readRights } from './rights.ts'
import {
  type Column,
  databaseEngine,
  describe,
  listDatabases,
  listTables,
  readTable,
  type Table,
  type TableSummary,
} from './tables.ts'
import { tokenEnd, tokenIssuer } from './token.ts'
import { isSupported } from './version.ts'
import { defaultConnectTimeout, timedOut, type Way, wayTo } from './way.ts'

export interface About {
  version: string
  timezone: string
  /** As the server calls whoever signed in. */
  user: string
  /** Whether the user may send settings; one with `readonly = 1` may not. */
  takesSettings: boolean
}

/** By what a user signs in. */
export interface SignedInBy {
  kind: 'password' | 'token' | 'certificate' | 'nothing'
  /** What a token says of itself. */
  issuer?: string | undefined
  endsAt?: Date | undefined
}

interface AboutRow extends Omit<About, 'takesSettings'> {
  takesSettings: number
  curtailing: string[]
  fixed: string[]
}

const aboutSql = `SELECT version() AS version, timezone() AS timezone, currentUser() AS user,
  getSetting('readonly') != 1 AS takesSettings, 
  (${curtailing(false)}) AS curtailing, (${curtailing(true)}) AS fixed FORMAT JSONEachRow`

/** One ClickHouse as one user. All that it throws is an AppError that names it. */
export class Server extends Link implements AsyncDisposable {
  readonly #way: () => Way
  readonly #timeout: number
  readonly #secretKind: SignedInBy['kind']
  readonly #idleMs: number
  /** What leaves out rows, and the user may not change. */
  #fixed: readonly string[] = []

  constructor(connection: Connection, secrets: Secrets, options: LinkOptions = {}) {
    super(connection, secrets, options)
    requireAllRows(connection, this.label)
    this.settings = { ...allRows, ...this.settings }
    this.#idleMs = options.idleMs ?? usualIdleMs
    this.#way = () => wayTo(connection, secrets, this.label, options.reach)
    this.#timeout = connection.connectTimeout ?? defaultConnectTimeout
    this.#secretKind = secrets.password ? 'password' : secrets.cert ? 'certificate' : 'nothing'
  }

  /**
   * Whether it can be reached and used; anything that is wrong is told as precisely as it can be known.
   *
   * @throws {AppError} ACCESS_DENIED when the user's settings leave out rows and stay; SERVER_TOO_OLD, …
   */
  async check(signal?: AbortSignal): Promise<About> {
    const about = this.requireVersion(await this.signIn(this.database, signal))
    if (this.#fixed.length === 0) return about
    const sentence = `The settings of ${about.user} at ${this.label} leave out rows without a word, and may not be changed: ${this.#fixed.join(', ')}.`
    throw plain('ACCESS_DENIED', this, sentence)
  }

  /** A statement that can be cancelled is also given up when it stands still. */
  override async ask(sql: string, call: Call = {}): ReturnType<Link['ask']> {
    const { signal, data, isAside, queryId = randomUUID() } = call
    if (!signal || data || isAside) return await super.ask(sql, call)
    const moving = {
      queries: [{ link: this, queryId }],
      stood: () => ({ label: this.label, done: 'answered' as const }),
    }
    return await whileMoving(moving, { signal, idleMs: this.#idleMs }, (going) =>
      super.ask(sql, { ...call, queryId, signal: going }),
    )
  }

  /** The way to it, to be gone step by step. */
  probe(): Probe {
    return new Probe(this.#way(), this)
  }

  /** Without a database it is the user's own. */
  async signIn(database = '', cancel?: AbortSignal): Promise<About> {
    // Whoever is to bring a token may take longer.
    await this.ready(cancel)
    const late = AbortSignal.timeout(this.#timeout * 1000)
    const signal = cancel ? AbortSignal.any([late, cancel]) : late
    const about = () => this.#about(signal, database)
    try {
      return await about().catch((error: unknown) => {
        // What was cut by chance must not look like somebody who always hangs up.
        if (signal.aborted || !isCut(this.toAppError(error))) throw error
        return about()
      })
    } catch (error) {
      if (isAborted(cancel)) throw cancelled()
      throw await this.#whyNot(error, late)
    }
  }

  signedInBy(): SignedInBy {
    const token = this.lastToken
    if (token === undefined) return { kind: this.#secretKind }
    return { kind: 'token', issuer: tokenIssuer(token), endsAt: tokenEnd(token) }
  }

  /** @throws {AppError} SERVER_TOO_OLD */
  requireVersion(about: About): About {
    if (isSupported(about.version)) return about
    const sentence = `The ClickHouse at ${this.label} is ${about.version}, older than 23.8.`
    throw plain('SERVER_TOO_OLD', this, sentence)
  }

  /** How many tables the user sees in its database; null when that is not told. */
  tableCount(): Promise<number | null> {
    return countTables(this)
  }

  /** What the user may do in its database. */
  rights(): Promise<Rights> {
    return readRights(this)
  }

  rows<Row>(sql: string, options?: QueryOptions): Promise<Row[]> {
    return rows<Row>(this, sql, options)
  }

  command(sql: string, options?: QueryOptions): Promise<void> {
    return command(this, sql, options)
  }

  databases(): Promise<string[]> {
    return listDatabases(this)
  }

  /** Undefined when there is no such database. */
  databaseEngine(database: string, options?: QueryOptions): Promise<string | undefined> {
    return databaseEngine(this, database, options)
  }

  tables(database: string): Promise<TableSummary[]> {
    return listTables(this, database)
  }

  table(name: TableName, options?: QueryOptions): Promise<Table> {
    return readTable(this, name, options)
  }

  /** The columns of a SELECT. */
  describe(selectSql: string, options?: QueryOptions): Promise<Column[]> {
    return describe(this, `(\n${selectSql}\n)`, options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #about(signal: AbortSignal, database: string): Promise<About> {
    const { text } = await this.ask(aboutSql, { signal, database })
    const { curtailing: found, fixed, takesSettings, ...about } = JSON.parse(text) as AboutRow
    this.settings = { ...this.settings, ...Object.fromEntries(found.map((name) => [name, 'throw'])) }
    this.#fixed = fixed
    return { ...about, takesSettings: takesSettings === 1 }
  }

  async #whyNot(error: unknown, signal: AbortSignal): Promise<AppError> {
    if (signal.aborted)
      return timedOut(this.label, `No answer came from ${this.label} within ${this.#timeout} s.`)
    const known = this.toAppError(error)
    // It took the connection and hung up on the very first request.
    const hungUp = known.code === 'CONNECTION_LOST' && isCut(known)
    if (this.isTls)
      return hungUp
        ? plain('TLS_CLIENT', this, `${this.label} hung up, as if it wanted another client certificate.`)
        : known
    if (!hungUp && known.code !== 'NOT_CLICKHOUSE') return known
    if (await this.probe().speaksTls())
      return plain('NOT_CLICKHOUSE', this, `${this.label} speaks TLS: connect by https.`)
    return hungUp
      ? plain('NOT_CLICKHOUSE', this, `What listens at ${this.label} does not answer HTTP.`)
      : known
  }
}

/** Nobody has said why. */
const isCut = ({ code, detail }: AppError): boolean =>
  code === 'TLS_FAILED' || (code === 'CONNECTION_LOST' && detail?.startsWith('HTTP') !== true)

/**
 * No connection is made yet.
 *
 * @throws {AppError} HOST_NOT_FOUND, HOST_NOT_ALLOWED, TLS_CERTIFICATE
 */
export function openServer(connection: Connection, secrets: Secrets, options?: LinkOptions): Server {
  return new Server(connection, secrets, options)
}
