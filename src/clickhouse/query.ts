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
}

/**
 * The rows of a small result. A 64-bit integer that may be large must be asked for as a string: no setting is sent that
 * the caller did not ask for, because a user with `readonly = 1` may change none.
 */
export async function rows<Row>(link: Link, sql: string, options: QueryOptions = {}): Promise<Row[]> {
  const text = await ask(link, `${sql}\nFORMAT JSONEachRow`, options)
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row)
}

export async function command(link: Link, sql: string, options: QueryOptions = {}): Promise<void> {
  await ask(link, sql, options)
}

async function ask(link: Link, sql: string, options: QueryOptions): Promise<string> {
  const { signal, queryId = randomUUID() } = options
  if (signal === undefined) return (await link.ask(sql, { ...options, queryId })).text
  return await orKill(
    [{ link, queryId }],
    signal,
    async () => (await link.ask(sql, { ...options, queryId })).text,
  )
}
