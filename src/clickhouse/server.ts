import type { TableName } from '../core/sql/index.ts'
import type { AppError, Connection, Rights, Secrets } from '../shared/index.ts'
import { plain } from './errors.ts'
import { Link, type LinkOptions } from './link.ts'
import { Probe } from './probe.ts'
import { command, type QueryOptions, rows } from './query.ts'
import { countTables, readRights } from './rights.ts'
import {
  type Column,
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

const aboutSql = `SELECT version() AS version, timezone() AS timezone, currentUser() AS user,
  getSetting('readonly') != 1 AS takesSettings FORMAT JSONEachRow`

/** One ClickHouse as one user. All that it throws is an AppError that names it. */
export class Server extends Link implements AsyncDisposable {
  readonly #way: () => Way
  readonly #timeout: number
  readonly #secretKind: SignedInBy['kind']

  constructor(connection: Connection, secrets: Secrets, options: LinkOptions = {}) {
    super(connection, secrets, options)
    this.#way = () => wayTo(connection, secrets, this.label, options.reach)
    this.#timeout = connection.connectTimeout ?? defaultConnectTimeout
    this.#secretKind = secrets.password ? 'password' : secrets.cert ? 'certificate' : 'nothing'
  }

  /** Whether it can be reached and used; anything that is wrong is told as precisely as it can be known. */
  async check(): Promise<About> {
    return this.requireVersion(await this.signIn(this.database))
  }

  /** The way to it, to be gone step by step. */
  probe(): Probe {
    return new Probe(this.#way(), this)
  }

  /** Without a database it is the user's own. */
  async signIn(database = ''): Promise<About> {
    // Whoever is to bring a token may take longer.
    await this.ready()
    const signal = AbortSignal.timeout(this.#timeout * 1000)
    try {
      const { text } = await this.ask(aboutSql, { signal, database })
      const row = JSON.parse(text) as Omit<About, 'takesSettings'> & { takesSettings: number }
      return { ...row, takesSettings: row.takesSettings === 1 }
    } catch (error) {
      throw await this.#whyNot(error, signal)
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

  tables(database: string): Promise<TableSummary[]> {
    return listTables(this, database)
  }

  table(name: TableName): Promise<Table> {
    return readTable(this, name)
  }

  /** The columns of a SELECT. */
  describe(selectSql: string, options?: QueryOptions): Promise<Column[]> {
    return describe(this, `(\n${selectSql}\n)`, options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #whyNot(error: unknown, signal: AbortSignal): Promise<AppError> {
    if (signal.aborted)
      return timedOut(this.label, `No answer came from ${this.label} within ${this.#timeout} s.`)
    const known = this.toAppError(error)
    // It took the connection and hung up on the very first request.
    const hungUp = known.code === 'CONNECTION_LOST' && known.detail?.startsWith('HTTP') !== true
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

/**
 * No connection is made yet.
 *
 * @throws {AppError} HOST_NOT_FOUND, HOST_NOT_ALLOWED, TLS_CERTIFICATE
 */
export function openServer(connection: Connection, secrets: Secrets, options?: LinkOptions): Server {
  return new Server(connection, secrets, options)
}
