import { literal } from '../core/sql/index.ts'
import { AppError, type ErrorCode } from '../shared/index.ts'
import { cancelled, isAborted } from './errors.ts'
import { orAborted, type Link } from './link.ts'

/** How far a running query is. */
export interface QueryProgress {
  readRows: number
  readBytes: number
  writtenRows: number
  /** bytes */
  memory: number
  /** ClickHouse's estimate; 0 when it has none. */
  totalRowsApprox: number
}

/** undefined when the query does not run (yet, or any more), or the user may not see it. */
export async function progress(
  link: Link,
  queryId: string,
  signal?: AbortSignal,
): Promise<QueryProgress | undefined> {
  const [row] = await look<Record<keyof QueryProgress, string>>(
    link,
    `SELECT read_rows AS readRows, read_bytes AS readBytes, written_rows AS writtenRows,
      memory_usage AS memory, total_rows_approx AS totalRowsApprox
    FROM system.processes WHERE query_id = ${literal(queryId)} AND is_initial_query`,
    signal,
  )
  return row && toNumbers(row)
}

export interface Finished {
  readRows: number
  resultRows: number
  writtenRows: number
  /** How often the disk did not take what a file was to hold: `file()` itself does not tell (seen on 26.7). */
  failedWrites: number
  exception?: { number: number; message: string }
}

/** How a query ended, from the query log. undefined: not known (yet), or the user may not read the log. */
export async function finished(
  link: Link,
  queryId: string,
  signal?: AbortSignal,
): Promise<Finished | undefined> {
  // Who may not do this has to wait for some seconds until the server does it by itself.
  await unlessDenied(askAside(link, 'SYSTEM FLUSH LOGS query_log', signal))
  const found = look<Record<keyof Omit<Finished, 'exception'> | 'number' | 'message', string>>(
    link,
    `SELECT read_rows AS readRows, result_rows AS resultRows, written_rows AS writtenRows,
      ProfileEvents['WriteBufferFromFileDescriptorWriteFailed'] AS failedWrites,
      toString(exception_code) AS number, exception AS message
    FROM system.query_log
    WHERE query_id = ${literal(queryId)} AND is_initial_query AND type != 'QueryStart' AND event_date >= today() - 1
    ORDER BY event_time_microseconds DESC LIMIT 1`,
    signal,
  )
  const [row] = (await unlessDenied(found)) ?? []
  if (row === undefined) return undefined
  const { number, message, ...counts } = row
  return { ...toNumbers(counts), ...(message !== '' && { exception: { number: Number(number), message } }) }
}

async function look<Row>(link: Link, sql: string, signal: AbortSignal | undefined): Promise<Row[]> {
  const text = await askAside(link, `${sql}\nFORMAT JSON`, signal)
  try {
    return (JSON.parse(text) as { data: Row[] }).data
  } catch (error) {
    throw link.toAppError(error)
  }
}

/** For the answer to a look that nobody waits for any more. */
const lingerMs = 1000

/**
 * Comes back at the signal. The connection of a server that answers is not broken off: by that a `clickhouse local` of 26.7
 * can end as a whole (ClickHouse issue 115666).
 */
async function askAside(link: Link, sql: string, signal: AbortSignal | undefined): Promise<string> {
  if (isAborted(signal)) throw cancelled()
  const late = new AbortController()
  const linger = () => void setTimeout(() => late.abort(), lingerMs).unref()
  signal?.addEventListener('abort', linger, { once: true })
  const asked = link.ask(sql, { isAside: true, signal: late.signal })
  return (await orAborted(asked, signal).finally(() => signal?.removeEventListener('abort', linger))).text
}

const denials = new Set<ErrorCode>(['ACCESS_DENIED', 'TABLE_NOT_FOUND'])

/** undefined where the user has not the right, or there is no such log. */
async function unlessDenied<T>(asked: Promise<T>): Promise<T | undefined> {
  return await asked.catch((error: unknown) => {
    if (error instanceof AppError && denials.has(error.code)) return undefined
    throw error
  })
}

function toNumbers<Key extends string>(row: Record<Key, string>): Record<Key, number> {
  return Object.fromEntries(
    Object.entries<string>(row).map(([key, value]) => [key, Number(value)]),
  ) as Record<Key, number>
}
