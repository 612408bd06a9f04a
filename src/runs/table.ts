import type { Server, Table } from '../clickhouse/index.ts'
import { identifier, tableName, type TableName } from '../core/sql/index.ts'
import type { Place } from '../core/transfer/index.ts'
import { AppError, type ServerChoice, type TableEnd, type WriteMode } from '../shared/index.ts'
import type { Surroundings } from './surroundings.ts'

export const placeOf = (server: ServerChoice): Place => (server === 'embedded' ? 'embedded' : 'remote')

/** The table that a target names, if it is there, and the time zone in which its server reads times. */
export async function lookAtTable(target: TableEnd, server: Surroundings['server']) {
  await using remote = await server(target.server)
  const { timezone } = await remote.check()
  const name = { database: target.database ?? remote.database, table: target.table }
  return { table: await findTable(remote, name), timezone }
}

/** Undefined when there is no such table, or no such database. */
export async function findTable(
  server: Server,
  name: TableName,
  signal?: AbortSignal,
): Promise<Table | undefined> {
  try {
    return await server.table(name, signal && { signal })
  } catch (error) {
    if (error instanceof AppError && error.code === 'TABLE_NOT_FOUND') return undefined
    throw error
  }
}

/** What is to become of the staging table, and what it is. */
interface Staged {
  mode: WriteMode
  engine: string
}

const onTarget: Record<WriteMode, string[]> = {
  create: ['CREATE TABLE', 'INSERT'],
  append: ['SELECT', 'INSERT'],
  replace: ['CREATE TABLE', 'DROP TABLE', 'SELECT', 'INSERT'],
}

/** The first right that the user lacks to load a staging table beside the target and commit it; null when there is none. */
export async function missingRight(
  server: Server,
  { database, table }: TableName,
  { mode, engine }: Staged,
  signal: AbortSignal,
): Promise<string | null> {
  const of = [
    'CREATE TABLE',
    'DROP TABLE',
    'SELECT',
    'INSERT',
    ...(mode === 'append' ? ['ALTER DELETE'] : []),
  ]
  const has = (right: string) => isGranted(server, right, signal)
  const missing = await Promise.all([
    // Somebody may have been given tables of this name only.
    firstMissing(has, of, tableName({ database, table: '__flathouse_' }), `${database}.*`),
    firstMissing(has, onTarget[mode], tableName({ database, table }), `${database}.${table}`),
    firstMissing(has, ['TABLE ENGINE'], identifier(engine), engine),
  ])
  return missing.find((right) => right !== null) ?? null
}

async function firstMissing(
  has: (right: string) => Promise<boolean>,
  rights: readonly string[],
  on: string,
  label: string,
): Promise<string | null> {
  if (await has(`${rights.join(', ')} ON ${on}`)) return null
  for (const right of rights) {
    if (!(await has(`${right} ON ${on}`))) return `${right} ON ${label}`
  }
  return null
}

/** A server that does not know the statement (before 24.10) is asked by trying. */
async function isGranted(server: Server, right: string, signal: AbortSignal): Promise<boolean> {
  try {
    // The statement takes no FORMAT clause.
    const { text } = await server.ask(`CHECK GRANT ${right}`, { signal })
    return text.trim() === '1'
  } catch (error) {
    if (error instanceof AppError && error.code === 'QUERY_INVALID') return true
    throw error
  }
}
