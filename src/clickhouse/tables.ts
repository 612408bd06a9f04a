import { literal, tableName, type TableName } from '../core/sql/index.ts'
import { AppError } from '../shared/index.ts'
import type { Link } from './link.ts'
import { type QueryOptions, rows } from './query.ts'

export interface Column {
  name: string
  type: string
  kind: '' | 'DEFAULT' | 'MATERIALIZED' | 'ALIAS' | 'EPHEMERAL'
  comment: string
}

export interface TableSummary {
  table: string
  engine: string
  /** null where the engine does not count. */
  totalRows: string | null
  totalBytes: string | null
}

export interface Table extends TableName {
  columns: Column[]
  /** Empty, like the next two, when the user may see the columns but not the table in system.tables. */
  engine: string
  partitionKey: string
  sortingKey: string
  totalRows: string | null
  /** Whether inserts feed materialized views. */
  hasDependents: boolean
  /** Whether rows or values vanish by themselves. */
  hasTtl: boolean
}

export async function listDatabases(link: Link): Promise<string[]> {
  const found = await rows<{ name: string }>(
    link,
    `SELECT name FROM system.databases
    WHERE name NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA') ORDER BY name`,
  )
  return found.map(({ name }) => name)
}

/** Undefined when there is no such database. */
export async function databaseEngine(
  link: Link,
  database: string,
  options?: QueryOptions,
): Promise<string | undefined> {
  const [row] = await rows<{ engine: string }>(
    link,
    `SELECT engine FROM system.databases WHERE name = ${literal(database)}`,
    options,
  )
  return row?.engine
}

export function listTables(link: Link, database: string): Promise<TableSummary[]> {
  return rows<TableSummary>(
    link,
    `SELECT name AS table, engine, toString(total_rows) AS totalRows, toString(total_bytes) AS totalBytes
    FROM system.tables WHERE database = ${literal(database)} AND NOT is_temporary ORDER BY name`,
  )
}

/** The columns that a statement has, or a table when it is one (DESCRIBE asks for no more than SHOW COLUMNS). */
export async function describe(link: Link, relation: string, options?: QueryOptions): Promise<Column[]> {
  const found = await rows<{ name: string; type: string; default_type: Column['kind']; comment: string }>(
    link,
    `DESCRIBE TABLE ${relation}`,
    options,
  )
  return found.map(({ name, type, default_type, comment }) => ({ name, type, kind: default_type, comment }))
}

export async function readTable(link: Link, name: TableName, options?: QueryOptions): Promise<Table> {
  const columns = await describe(link, tableName(name), options).catch((error: unknown) => {
    throw error instanceof AppError && error.code === 'TABLE_NOT_FOUND' ? notFound(link, name, error) : error
  })
  const seen = await readEngine(link, name, options).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'ACCESS_DENIED') return undefined
    throw error
  })
  const unseen = { engine: '', partitionKey: '', sortingKey: '', totalRows: null }
  const flags = { hasDependents: seen?.hasDependents === 1, hasTtl: seen?.hasTtl === 1 }
  return { ...name, columns, ...unseen, ...seen, ...flags }
}

type Seen = Pick<Table, 'engine' | 'partitionKey' | 'sortingKey' | 'totalRows'> &
  Record<'hasDependents' | 'hasTtl', number>

async function readEngine(
  link: Link,
  { database, table }: TableName,
  options?: QueryOptions,
): Promise<Seen | undefined> {
  const [row] = await rows<Seen>(
    link,
    `SELECT engine, partition_key AS partitionKey, sorting_key AS sortingKey, toString(total_rows) AS totalRows,
      notEmpty(dependencies_table) AS hasDependents, position(create_table_query, ' TTL ') > 0 AS hasTtl
    FROM system.tables WHERE database = ${literal(database)} AND name = ${literal(table)}`,
    options,
  )
  return row
}

function notFound(link: Link, { database, table }: TableName, cause: AppError): AppError {
  return new AppError('TABLE_NOT_FOUND', `There is no table ${database}.${table} on ${link.label}.`, {
    place: { host: link.label },
    ...(cause.detail !== undefined && { detail: cause.detail }),
    cause,
  })
}
