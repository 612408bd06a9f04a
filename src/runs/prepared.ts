import { randomUUID } from 'node:crypto'
import { pipe, progress, run, type Server, type Statement } from '../clickhouse/index.ts'
import type { Plan, Place, PlannedStatement } from '../core/transfer/index.ts'
import type { Progress, Verification } from '../shared/index.ts'
import { watch, type Totals, type Watched } from './watch.ts'

/** What an execution tells while it goes on. */
export interface Watcher {
  signal: AbortSignal
  onProgress: (progress: Progress) => void
  /** Nothing can be cancelled from here on. */
  onCommit: () => void
}

export interface Outcome {
  rowsRead: number
  rowsWritten: number
  bytesRead: number
  bytesWritten: number
  verification: Verification
}

/** What preparing needs besides the transfer itself. */
export interface Preparation {
  runId: string
  signal: AbortSignal
  /** The servers answer; what the two ends are is being looked at. */
  onConnected: () => void
  onProgress: (progress: Progress) => void
}

/** A transfer of which everything is known but the rows. Nothing has been changed yet. */
export interface Prepared extends AsyncDisposable {
  plan: Plan
  execute(watcher: Watcher): Promise<Outcome>
}

export type Servers = Record<Place, Server>

export interface Movement {
  /** Rows that the reading side took from the source. */
  read: number
  written: number
  /** Bytes that the reading side took; for the size of a pipe, see `piped`. */
  piped: number
  /** By which the query log knows the reading side. */
  readId: string
  writeId: string
}

/** Executes the plan's statements: one INSERT … SELECT, or a SELECT piped into an INSERT. */
export async function move(
  plan: Plan,
  servers: Servers,
  totals: Totals,
  watcher: Watcher,
): Promise<Movement> {
  const write = statement(plan.write)
  const read = plan.read && statement(plan.read)
  const reading = read ?? write
  const server = servers[(plan.read ?? plan.write).place]
  const poll = watch(
    { server, queryId: reading.queryId, totals, ...arrivals(plan, servers, write) },
    watcher.onProgress,
  )
  try {
    if (read === undefined || plan.read === undefined) {
      const done = await run(servers[plan.write.place], write, watcher.signal)
      return {
        read: done.readRows,
        written: done.writtenRows,
        piped: 0,
        readId: reading.queryId,
        writeId: write.queryId,
      }
    }
    const { signal } = watcher
    const from = servers[plan.read.place]
    const done = await pipe({ from, read, to: servers[plan.write.place], write, signal })
    return {
      read: done.received,
      written: done.received,
      piped: done.bytes,
      readId: reading.queryId,
      writeId: write.queryId,
    }
  } finally {
    await poll.stop()
  }
}

/** An import takes every row it reads; what goes into a file may be filtered or made by a query. */
function arrivals(plan: Plan, servers: Servers, write: Statement): Pick<Watched, 'arrived'> {
  if (plan.commit !== 'file-rename') return {}
  if (plan.read === undefined) return { arrived: ({ writtenRows }) => Promise.resolve(writtenRows) }
  return {
    arrived: async () => (await progress(servers[plan.write.place], write.queryId))?.readRows,
  }
}

const statement = ({ sql, settings }: PlannedStatement): Statement => ({
  sql,
  settings,
  queryId: randomUUID(),
})
