import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../core/sql/index.ts'
import { cancelled, plain, ServerRefusal } from './errors.ts'
import { Gate } from './gate.ts'
import { orKill } from './cancel.ts'
import type { Link } from './link.ts'
import { finished, progress, type Finished } from './watch.ts'

/** One statement of a transfer, without a FORMAT clause. The id is what progress and cancel find it by. */
export interface Statement {
  sql: string
  settings: Settings
  queryId: string
}

export interface PipeOptions {
  from: Link
  read: Statement
  to: Link
  write: Statement
  signal: AbortSignal
  /** Called for every chunk with its size in bytes (compressed). */
  onChunk?: (bytes: number) => void
}

export interface Piped {
  /** Compressed bytes that went from one server to the other. */
  bytes: number
  /** Rows the writing server took out of the stream. Where materialized views read them again, they count again. */
  received: number
  /** Rows it wrote; where materialized views write, these count, too. */
  written: number
}

/** Moves rows from one server to another as Native blocks with LZ4. */
export function pipe(options: PipeOptions): Promise<Piped> {
  const { from, read, to, write, signal } = options
  const queries = [
    { link: from, queryId: read.queryId },
    { link: to, queryId: write.queryId },
  ]
  return orKill(queries, signal, async () => {
    // While one waits for a token, no answer may stand open and nobody take it.
    await to.ready(signal)
    const settings = { ...read.settings, compress: 1 }
    const answer = await from.send(`${read.sql}\nFORMAT Native`, { settings, queryId: read.queryId, signal })
    const gate = new Gate(answer, options.onChunk)
    const stop = () => gate.destroy(cancelled())
    signal.addEventListener('abort', stop)
    try {
      return await feed(to, write, gate, signal)
    } catch (error) {
      const failure = signal.aborted ? undefined : await gate.lateFailure()
      throw failure === undefined ? error : from.toAppError(failure)
    } finally {
      signal.removeEventListener('abort', stop)
      gate.close()
    }
  })
}

/** Ends well only if both sides did. */
async function feed(to: Link, write: Statement, gate: Gate, signal: AbortSignal): Promise<Piped> {
  // Collecting small inserts, ClickHouse's default since 26, would collect the whole stream in memory.
  const settings = { ...write.settings, async_insert: 0, decompress: 1 }
  const call = { settings, queryId: write.queryId, signal, data: gate }
  const answered = new AbortController()
  try {
    const refused = refusalInLog(to, write.queryId, answered.signal)
    const { summary } = await Promise.race([to.ask(`${write.sql}\nFORMAT Native`, call), refused])
    if (!gate.complete) throw plain('CONNECTION_LOST', to, `${to.label} answered before it had all data.`)
    return { bytes: gate.bytes, received: summary.readRows, written: summary.writtenRows }
  } finally {
    answered.abort()
  }
}

const betweenLooksMs = 1000

/**
 * A server that refuses in the middle first takes all that is still to come, and then says so (seen on 26.7); its query
 * log knows at once. Where the log cannot be read, the answer must be waited for.
 */
async function refusalInLog(to: Link, queryId: string, answered: AbortSignal): Promise<never> {
  for (;;) {
    await sleep(betweenLooksMs, undefined, { signal: answered })
    const end = await endOf(to, queryId).catch(() => undefined)
    if (end?.exception) throw to.toAppError(new ServerRefusal(end.exception.number, end.exception.message))
  }
}

const endOf = async (to: Link, queryId: string): Promise<Finished | undefined> =>
  (await progress(to, queryId)) === undefined ? await finished(to, queryId) : undefined
