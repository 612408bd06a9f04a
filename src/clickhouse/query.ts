import { randomUUID } from 'node:crypto'
import type { Settings } from '../core/sql/index.ts'
import { orKill } from './cancel.ts'
import type { Link } from './link.ts'

export interface QueryOptions {
  settings?: Settings
  signal?: AbortSignal
  queryId?: string
  /** See `Call`. */
  isAside?: boolean
  /** Who does not wait for it any more leaves it to the server to end it; left out: it is killed. */
  goesOn?: boolean
}

/**
 * The rows of a small result. A 64-bit integer that may be large must be asked for as a string: no setting is sent that
 * the caller did not ask for, because a user with `readonly = 1` may change none.
 */
export async function rows<Row>(link: Link, sql: string, options: QueryOptions = {}): Promise<Row[]> {
  // Unlike a row for each line, one object shows whether it is whole.
  const text = await ask(link, `${sql}\nFORMAT JSON`, options)
  try {
    return (JSON.parse(text) as { data: Row[] }).data
  } catch (error) {
    throw link.toAppError(error)
  }
}

export async function command(link: Link, sql: string, options: QueryOptions = {}): Promise<void> {
  await ask(link, sql, options)
}

async function ask(link: Link, sql: string, options: QueryOptions): Promise<string> {
  const { signal, queryId = randomUUID(), goesOn = false } = options
  if (signal === undefined || goesOn) return (await link.ask(sql, { ...options, queryId })).text
  return await orKill(
    [{ link, queryId }],
    signal,
    async () => (await link.ask(sql, { ...options, queryId })).text,
  )
}
