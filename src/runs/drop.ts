import type { Server } from '../clickhouse/index.ts'
import { tableName, type Settings, type TableName } from '../core/sql/index.ts'
import { AppError } from '../shared/index.ts'

/** Drops a table that Flathouse has made, or what is left of one that it has replaced. */
export const dropTable = (server: Server, name: TableName, isAside = false): Promise<void> =>
  withoutLimit((settings) =>
    server.command(`DROP TABLE IF EXISTS ${tableName(name)} SYNC`, { settings, isAside }),
  )

/** A server drops nothing of more than 50 GB, or of what it is set to, unless it is told to. */
export async function withoutLimit(drop: (settings: Settings) => Promise<void>): Promise<void> {
  try {
    await drop({ max_table_size_to_drop: 0, max_partition_size_to_drop: 0 })
  } catch (error) {
    if (!(error instanceof AppError) || error.canPass || error.code === 'CANCELLED') throw error
    // An old server does not know the settings, and some users may set none.
    await drop({})
  }
}
