import type { TableName } from '../core/sql/index.ts'
import type { AppError, Connection, Secrets } from '../shared/index.ts'
import { plain } from './errors.ts'
import { Link } from './link.ts'
import { command, type QueryOptions, rows } from './query.ts'
import {
  type Column,
  describe,
  listDatabases,
  listTables,
  readTable,
  type Table,
  type TableSummary,
} from './tables.ts'
import { isSupported } from './version.ts'

export interface About {
  version: string
  timezone: string
  /** Whether the user may send settings; one with `readonly = 1` may not. */
  takesSettings: boolean
}

const aboutSql = `SELECT version() AS version, timezone() AS timezone, getSetting('readonly') != 1 AS takesSettings FORMAT JSONEachRow`

const checkTimeoutMs = 10_000

/** One ClickHouse as one user. All that it throws is an AppError that names it. */
export class Server extends Link implements AsyncDisposable {
  /** Whether it can be reached and used; anything that is wrong is told as precisely as it can be known. */
  async check(): Promise<About> {
    const signal = AbortSignal.timeout(checkTimeoutMs)
    const about = await this.ask(aboutSql, { signal })
      .then(({ text }) => JSON.parse(text) as Omit<About, 'takesSettings'> & { takesSettings: number })
      .then((row): About => ({ ...row, takesSettings: row.takesSettings === 1 }))
      .catch((error: unknown) => {
        throw this.#whyNot(error, signal)
      })
    if (isSupported(about.version)) return about
    throw plain(
      'SERVER_TOO_OLD',
      this,
      `The ClickHouse at ${this.label} is ${about.version}, older than 23.8.`,
    )
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
  describe(selectSql: string): Promise<Column[]> {
    return describe(this, `(\n${selectSql}\n)`)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #whyNot(error: unknown, signal: AbortSignal): AppError {
    if (signal.aborted)
      return plain(
        'CONNECTION_TIMEOUT',
        this,
        `No answer came from ${this.label} within ${checkTimeoutMs / 1000} s.`,
      )
    const known = this.toAppError(error)
    // It took the connection and hung up on the very first request.
    if (known.code !== 'CONNECTION_LOST' || known.detail?.startsWith('HTTP') === true) return known
    return this.isTls
      ? plain('TLS_CERTIFICATE', this, `${this.label} hung up, as if it wanted another client certificate.`)
      : plain('NOT_CLICKHOUSE', this, `What listens at ${this.label} does not answer HTTP.`)
  }
}

/** No connection is made yet; a token's form and end are checked. */
export function openServer(
  connection: Connection,
  secrets: Secrets,
  label = `${connection.host}:${connection.port}`,
): Server {
  return new Server(connection, secrets, label)
}
