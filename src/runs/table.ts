import type { Server, Table } from '../clickhouse/index.ts'
import { identifier, type TableName } from '../core/sql/index.ts'
import type { Place } from '../core/transfer/index.ts'
import { AppError, type ServerChoice } from '../shared/index.ts'

export const placeOf = (server: ServerChoice): Place => (server === 'embedded' ? 'embedded' : 'remote')

/** Undefined when there is no such table, or no such database. */
export async function findTable(server: Server, name: TableName): Promise<Table | undefined> {
  try {
    return await server.table(name)
  } catch (error) {
    if (error instanceof AppError && error.code === 'TABLE_NOT_FOUND') return undefined
    throw error
  }
}

/** Whether the user may create a staging table beside the target and move its partitions there. */
export async function mayStage(server: Server, { database, table }: TableName): Promise<boolean> {
  const beside = `${identifier(database)}.*`
  const rights = [
    `CREATE TABLE, DROP TABLE, SELECT, INSERT, ALTER DELETE ON ${beside}`,
    `INSERT ON ${identifier(database)}.${identifier(table)}`,
  ]
  for (const right of rights) {
    if (!(await isGranted(server, right))) return false
  }
  return true
}

/** A server that does not know the statement (before 24.10) is asked by trying. */
async function isGranted(server: Server, right: string): Promise<boolean> {
  try {
    // The statement takes no FORMAT clause.
    const { text } = await server.ask(`CHECK GRANT ${right}`)
    return text.trim() === '1'
  } catch (error) {
    if (error instanceof AppError && error.code === 'QUERY_INVALID') return true
    throw error
  }
}
