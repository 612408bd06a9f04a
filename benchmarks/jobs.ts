import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { ClickHouseClient } from '@clickhouse/client'
import { parse } from 'csv-parse'
import { connect } from './connect.ts'

interface Over {
  url: string
  username: string
}
interface Moves extends Over {
  file: string
  table: string
}

/** What a child process is told to do. */
export type Job =
  | { kind: 'flathouse'; argv: string[] }
  | ({ kind: 'statement'; sql: string } & Over)
  | ({ kind: 'send-csv' } & Moves)
  | ({ kind: 'fetch-csv' } & Moves)
  | ({ kind: 'send-batches' } & Moves)

/** Loads what the job needs and answers the work itself, so that only the work is measured. */
export async function prepare(job: Job, password: string): Promise<() => Promise<unknown>> {
  if (job.kind === 'flathouse') return await flathouse(job.argv)
  const { url, username } = job
  const client = connect({ url, username, password })
  switch (job.kind) {
    case 'statement':
      return () => client.command({ query: job.sql, clickhouse_settings: { wait_end_of_query: 1 } })
    case 'send-csv':
      return () => sendCsv(client, job)
    case 'fetch-csv':
      return () => fetchCsv(client, job)
    case 'send-batches':
      return () => sendBatches(client, job)
  }
}

/** The real command line. */
async function flathouse(argv: string[]) {
  const { main } = await import('../src/main/cli.ts')
  return async () => {
    const exitCode = await main(argv)
    if (exitCode !== 0) throw new Error(`flathouse ${argv.join(' ')} ended with exit code ${exitCode}`)
  }
}

async function sendCsv(client: ClickHouseClient, { file, table }: Moves): Promise<void> {
  await client.insert({ table, values: createReadStream(file), format: 'CSVWithNames' })
}

async function fetchCsv(client: ClickHouseClient, { file, table }: Moves): Promise<void> {
  const { stream } = await client.exec({ query: `SELECT * FROM ${table} FORMAT CSVWithNames` })
  await pipeline(stream, createWriteStream(file))
}

const batchSize = 10_000

/** What most web applications do: parse in JavaScript, insert objects. */
async function sendBatches(client: ClickHouseClient, { file, table }: Moves): Promise<void> {
  let batch: unknown[] = []
  const send = async () => {
    if (batch.length > 0) await client.insert({ table, values: batch, format: 'JSONEachRow' })
    batch = []
  }
  const cast = (value: string) => (value === '\\N' ? null : value)
  for await (const record of createReadStream(file).pipe(parse({ columns: true, cast }))) {
    batch.push(record)
    if (batch.length === batchSize) await send()
  }
  await send()
}
