import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from '../clickhouse/index.ts'
import { literal, tableName, type FileColumn, type Settings, type TableName } from '../core/sql/index.ts'
import { wholeOrError } from '../core/transfer/index.ts'
import { AppError } from '../shared/index.ts'

/** The two tables of a commit. They are in one database. */
export interface CommitTables {
  staging: TableName
  target: TableName
}

/** Active parts of the staging table that have rows, by name. */
export interface Part {
  name: string
  partition: string
  uuid: string
  rows: bigint
}

interface SeenParts {
  staging: Part[]
  /** Rows in the target, by partition. */
  rows: ReadonlyMap<string, bigint>
  /** Ids of parts of the target. */
  uuids: ReadonlySet<string>
  /** Whether these are also the ids of parts that have been merged into others. */
  hasMerged: boolean
}

interface PartRow {
  table: string
  name: string
  partition: string
  uuid: string
  rows: string
  active: number
}

/**
 * The tables of one commit, as a server shows them. All statements have one and the same id, and a server executes only
 * one of that id: what was asked for on a connection that was lost is over before it is looked at what came of it.
 */
export class CommitSession {
  readonly tables: CommitTables
  readonly queryId: string
  readonly #server: Server
  /** What was begun is for the server to end: half of it may be there already. */
  readonly #options: { queryId: string; goesOn: true; settings: Settings; signal?: AbortSignal }

  constructor(server: Server, tables: CommitTables, signal?: AbortSignal) {
    this.tables = tables
    this.#server = server
    this.queryId = `flathouse-commit-${tables.staging.table}`
    const { queryId } = this
    this.#options = { queryId, goesOn: true, settings: wholeOrError, ...(signal && { signal }) }
  }

  command(sql: string, more: Settings = {}): Promise<void> {
    const settings = { ...wholeOrError, ...more }
    return this.#once(() => this.#server.command(sql, { ...this.#options, settings }))
  }

  /** @returns how many rows were written, those of views included */
  async insert(sql: string, more: Settings): Promise<number> {
    const settings = { ...wholeOrError, ...more, log_queries: 1 }
    const { summary } = await this.#once(() => this.#server.ask(sql, { ...this.#options, settings }))
    return summary.writtenRows
  }

  rows<Row>(sql: string): Promise<Row[]> {
    return this.#once(() => this.#server.rows<Row>(sql, this.#options))
  }

  /** Whether the server executes one of them now. */
  async isBusy(): Promise<boolean> {
    try {
      // A look that is given up must not kill what has its id, which is the commit.
      await this.#server.ask('SELECT 1', this.#options)
      return false
    } catch (error) {
      if (isRunning(error)) return true
      throw error
    }
  }

  /** Undefined where the user may not ask. */
  async rowsIfAllowed<Row>(sql: string): Promise<Row[] | undefined> {
    return await this.rows<Row>(sql).catch(unlessDenied)
  }

  /** SQL of a condition on system tables: those of one of the tables. */
  is({ database, table }: TableName, column = 'table'): string {
    return `database = ${literal(database)} AND ${column} = ${literal(table)}`
  }

  /** The id of either table; undefined where there is none. In some databases tables have none but zeros. */
  async uuids(): Promise<Record<keyof CommitTables, string | undefined>> {
    const { staging, target } = this.tables
    const found = await this.rows<{ name: string; uuid: string }>(
      `SELECT name, toString(uuid) AS uuid FROM system.tables
       WHERE (${this.is(staging, 'name')}) OR (${this.is(target, 'name')})`,
    )
    const byName = new Map(found.map(({ name, uuid }) => [name, uuid]))
    return { staging: byName.get(staging.table), target: byName.get(target.table) }
  }

  /** What the table of an id is called by now; undefined where there is none any more. */
  async named(uuid: string): Promise<TableName | undefined> {
    const [table] = await this.rows<TableName>(
      `SELECT database, name AS table FROM system.tables WHERE uuid = toUUID(${literal(uuid)})`,
    )
    return table
  }

  /** The columns that can be given to the target from the staging table; the others are computed there anew. */
  async given(): Promise<FileColumn[]> {
    const found = await this.rows<FileColumn & { default_type: string }>(
      `DESCRIBE TABLE ${tableName(this.tables.staging)}`,
    )
    return found.filter(({ default_type: kind }) => kind === '' || kind === 'DEFAULT')
  }

  /** Seconds since 1970 to the microsecond, by the server's clock. */
  async now(): Promise<number> {
    const [row] = await this.rows<{ now: string }>('SELECT toString(toUnixTimestamp64Micro(now64(6))) AS now')
    return Number(row?.now) / 1e6
  }

  async count(table: TableName): Promise<bigint> {
    const [row] = await this.rows<{ rows: string }>(
      `SELECT toString(count()) AS rows FROM ${tableName(table)}`,
    )
    return BigInt(row?.rows ?? 0)
  }

  async parts(): Promise<SeenParts> {
    const { staging, target } = this.tables
    const all = await this.rowsIfAllowed<PartRow>(
      `SELECT table, name, partition_id AS partition, toString(uuid) AS uuid, toString(rows) AS rows, active
       FROM system.parts WHERE (${this.is(staging)}) OR (${this.is(target)})`,
    )
    const seen = all ?? [...(await this.#activeParts(staging)), ...(await this.#activeParts(target))]
    return { ...sorted(seen, staging.table), hasMerged: all !== undefined }
  }

  /** Also for whoever may not look into system.parts. */
  #activeParts(table: TableName): Promise<PartRow[]> {
    return this.rows<PartRow>(
      `SELECT ${literal(table.table)} AS table, _part AS name, _partition_id AS partition,
       toString(_part_uuid) AS uuid, toString(count()) AS rows, 1 AS active
       FROM ${tableName(table)} GROUP BY ALL`,
    )
  }

  /** For a moment a server takes what it has just answered for something that it still executes (seen on 26.7). */
  async #once<T>(work: () => Promise<T>): Promise<T> {
    for (let left = 5; ; left--) {
      try {
        return await work()
      } catch (error) {
        if (left === 0 || !isRunning(error)) throw error
        await sleep(10)
      }
    }
  }
}

/** Undefined where the user may not ask, or there is no such thing. */
export function unlessDenied(error: unknown): undefined {
  if (error instanceof AppError && (error.code === 'ACCESS_DENIED' || error.code === 'TABLE_NOT_FOUND'))
    return
  throw error
}

const isRunning = (error: unknown): boolean => error instanceof AppError && error.code === 'ALREADY_RUNNING'

const zeros = '00000000-0000-0000-0000-000000000000'

/** Whether something has an id of its own. */
export const isId = (uuid: string | undefined): boolean => uuid !== undefined && uuid !== zeros

function sorted(seen: readonly PartRow[], stagingTable: string): Omit<SeenParts, 'hasMerged'> {
  const own = seen.filter(({ table, active, rows }) => table === stagingTable && active === 1 && rows !== '0')
  const theirs = seen.filter(({ table }) => table !== stagingTable)
  const rows = new Map<string, bigint>()
  for (const part of theirs) {
    if (part.active === 1) rows.set(part.partition, (rows.get(part.partition) ?? 0n) + BigInt(part.rows))
  }
  const staging = own.map(({ name, partition, uuid, rows: text }) => ({
    ...{ name, partition, uuid },
    rows: BigInt(text),
  }))
  staging.sort((a, b) => (a.name < b.name ? -1 : 1))
  return { staging, rows, uuids: new Set(theirs.map(({ uuid }) => uuid).filter(isId)) }
}
