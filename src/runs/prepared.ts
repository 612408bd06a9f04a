import { randomUUID } from 'node:crypto'
import { pipe, progress, run, type Server, type Statement } from '../clickhouse/index.ts'
import type { Plan, Place, PlannedStatement } from '../core/transfer/index.ts'
import type { Progress, Reading, Report, Verification } from '../shared/index.ts'
import type { Tally } from './tally.ts'
import { watch, type Totals, type Watched } from './watch.ts'

/** What an execution tells while it goes on. */
export interface Watcher {
  signal: AbortSignal
  onProgress: (progress: Progress) => void
  /** The run fails, but so many rows that went straight into the table stay there. */
  onStay: (rows: number) => void
  /** Nothing can be cancelled from here on. */
  onCommit: () => void
  /** The report that it ends with when its commit succeeds. */
  completed: (outcome: Outcome) => Report
  /** The commit waits until another run's commit into the same table has ended. */
  onWait: () => void
  /** Something stays on a server that was to be dropped. */
  onLeft: (message: string) => void
  /** Records were rejected and are kept; whether too many is said after. */
  onRejects: (found: { rowsRead: number; rowsRejected: number }) => void
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
  /** From 1; each loads a staging table of its own. */
  attempt: number
  signal: AbortSignal
  /** The servers answer; what the two ends are is being looked at. */
  onConnected: () => void
  onProgress: (progress: Progress) => void
}

/** A transfer of which everything is known but the rows. Nothing has been changed yet. */
export interface Prepared extends AsyncDisposable {
  plan: Plan
  /** How an import reads the values of its columns, where that is not plain. */
  readings?: Reading[]
  execute(watcher: Watcher): Promise<Outcome>
}

export type Servers = Record<Place, Server>

export interface Movement {
  /** Rows that the reading side took from the source. */
  read: number
  /** Those of them that it gave: a condition leaves some out. */
  given: number
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
  tally?: Tally,
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
        given: done.writtenRows,
        written: done.writtenRows,
        piped: 0,
        readId: reading.queryId,
        writeId: write.queryId,
      }
    }
    const { signal } = watcher
    const from = servers[plan.read.place]
    const to = servers[plan.write.place]
    const done = await pipe({ from, read, to, write, signal, copy: tally?.copy })
    return {
      read: done.received,
      given: done.received,
      written: done.received,
      piped: done.bytes,
      readId: reading.queryId,
      writeId: write.queryId,
    }
  } finally {
    poll.stop()
  }
}

/** An import takes every row it reads; what goes into a file may be filtered or made by a query. */
function arrivals(plan: Plan, servers: Servers, write: Statement): Pick<Watched, 'arrived'> {
  if (plan.commit !== 'file-rename') return {}
  if (plan.read === undefined) return { arrived: ({ writtenRows }) => Promise.resolve(writtenRows) }
  return {
    arrived: async (_, signal) =>
      (await progress(servers[plan.write.place], write.queryId, signal))?.readRows,
  }
}

const statement = ({ sql, settings }: PlannedStatement): Statement => ({
  sql,
  settings,
  queryId: randomUUID(),
})
