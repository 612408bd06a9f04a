import type { Server } from '../clickhouse/index.ts'
import { requireAllowed } from '../core/sql/index.ts'

/**
 * Checks SQL that a person wrote for the embedded server on ClickHouse's own parse of it.
 *
 * @param sql the very text that will run; EXPLAIN AST executes nothing of it
 */
export async function requireAllowedSql(embedded: Server, sql: string): Promise<void> {
  const { text } = await embedded.ask(`EXPLAIN AST ${sql}`)
  requireAllowed(text.trimEnd().split('\n'), embedded.database)
}
