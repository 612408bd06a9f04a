import type { Server } from '../clickhouse/index.ts'
import {
  isWhole,
  literal,
  requireAllowed,
  type Settings,
  type TableName,
  type Token,
} from '../core/sql/index.ts'
import { AppError } from '../shared/index.ts'

/**
 * SQL that a person wrote, before any server runs it. The embedded server takes it apart, also for another server:
 * there it runs with the person's own rights, but must still be the part of a SELECT that it was meant to be.
 */
export interface Written {
  kind: 'condition' | 'query'
  text: string
}

/**
 * @param sql what is made of the text and runs on `server`; EXPLAIN AST executes nothing of it
 * @throws {AppError} QUERY_INVALID
 */
export async function requireWhole(
  written: Written,
  { server, embedded, signal }: { server: Server; embedded: Server; signal: AbortSignal },
): Promise<void> {
  const { kind, text } = written
  if (!isWhole(await tokensOf(literal(text), embedded))) throw notWhole(written)
  // In brackets an expression cannot go on as another clause; only in parentheses is a SELECT without INTO and FORMAT.
  const [before, after] = kind === 'query' ? ['* FROM (', ')'] : ['[', ']']
  try {
    await server.ask(`EXPLAIN AST SELECT ${before}\n${text}\n${after}`, { signal })
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'QUERY_INVALID') throw error
    throw notWhole(written, error)
  }
}

function notWhole({ kind, text }: Written, cause?: AppError): AppError {
  const whole = kind === 'query' ? 'SELECT' : 'SQL expression'
  return new AppError('QUERY_INVALID', `The ${kind} ${JSON.stringify(shorten(text))} is no whole ${whole}.`, {
    ...(cause?.detail !== undefined && { detail: cause.detail }),
    ...(cause && { cause }),
  })
}

const shorten = (text: string) => (text.length > 100 ? `${text.slice(0, 100)}…` : text)

/** The others tell of the server and of everybody's work on it. */
export function requireOwnDatabase({ database, table }: TableName, embedded: Server): void {
  if (database === embedded.database) return
  const sentence = `${database}.${table} is not a table of the embedded database, which is called ${embedded.database}.`
  throw new AppError('QUERY_NOT_ALLOWED', sentence)
}

/** For what somebody waits for. A run may take hours, and whoever is tired of it can cancel it. */
export const bounded: Settings = { max_execution_time: 30 }

/**
 * Checks SQL made of such texts, for the embedded server.
 *
 * @throws {AppError} QUERY_NOT_ALLOWED or QUERY_INVALID
 */
export async function requireAllowedSql(embedded: Server, sql: string): Promise<void> {
  const tokens = await tokensOf(`formatQuerySingleLine(${literal(sql)})`, embedded)
  const { text } = await embedded.ask(`EXPLAIN AST ${sql}`)
  requireAllowed({ tokens, nodes: text.trimEnd().split('\n') }, embedded.database)
}

async function tokensOf(text: string, embedded: Server): Promise<Token[]> {
  const [row] = await embedded.rows<{ tokens: Token[] }>(
    `WITH ${text} AS sql SELECT arrayMap(
       token -> [toString(token.type), substring(sql, token.begin + 1, token.end - token.begin)],
       arrayFilter(token -> token.type NOT IN ('Whitespace', 'Comment'), tokenizeQuery(sql))
     ) AS tokens`,
  )
  return row?.tokens ?? []
}
