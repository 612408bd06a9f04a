import type { Server } from '../clickhouse/index.ts'
import { requireAllowed } from '../core/sql/index.ts'
import { AppError } from '../shared/index.ts'

/**
 * The one setting that SQL may bring along, as the SQL that we make of joins does. What is checked is the text without
 * it, because EXPLAIN AST does not tell which settings there are; inside a text or a name a space in its place changes
 * nothing that is checked.
 */
const ownSetting = /\bSETTINGS\s+join_use_nulls\s*=\s*1\b/gi

/**
 * Checks SQL that a person wrote for the embedded server on ClickHouse's own parse of it.
 *
 * @param sql the very text that will run; EXPLAIN AST executes nothing of it
 */
export async function requireAllowedSql(embedded: Server, sql: string): Promise<void> {
  const { text } = await embedded.ask(`EXPLAIN AST ${sql.replaceAll(ownSetting, ' ')}`)
  requireAllowed(text.trimEnd().split('\n'), embedded.database)
}

/**
 * An expression must be one by itself: text that closes the parentheses around it could go on with anything. Here it
 * would have to close a bracket, too.
 */
export async function requireExpression(server: Server, text: string): Promise<void> {
  try {
    await server.ask(`EXPLAIN AST SELECT [\n${text}\n]`)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'QUERY_INVALID') throw error
    throw new AppError(
      'QUERY_INVALID',
      `The condition ${JSON.stringify(shorten(text))} is no whole SQL expression.`,
      {
        ...(error.detail !== undefined && { detail: error.detail }),
        cause: error,
      },
    )
  }
}

const shorten = (text: string) => (text.length > 100 ? `${text.slice(0, 100)}…` : text)

export async function requireQuery(server: Server, sql: string): Promise<void> {
  await server.ask(`EXPLAIN AST ${sql}`)
}
