import { randomUUID } from 'node:crypto'
import type { Settings } from '../core/sql/index.ts'
import { orKill } from './cancel.ts'
import type { Link } from './link.ts'

export interface QueryOptions {
  settings?: Settings
  signal?: AbortSignal
  queryId?: string
}

/** The rows of a small result. 64-bit and wider integers are strings. */
export async function rows<Row>(link: Link, sql: string, options: QueryOptions = {}): Promise<Row[]> {
  const settings = { ...options.settings, output_format_json_quote_64bit_integers: 1 }
  const text = await ask(link, `${sql}\nFORMAT JSONEachRow`, { ...options, settings })
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
