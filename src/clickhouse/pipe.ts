import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../core/sql/index.ts'
import { AppError } from '../shared/index.ts'
import { cancelled, numberOf, plain, ServerRefusal } from './errors.ts'
import { Gate } from './gate.ts'
import { orKill } from './cancel.ts'
import { usualIdleMs, whileMoving, type Moving } from './idle.ts'
import type { Link } from './link.ts'
import { twice } from './twice.ts'
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
  /** Takes the same rows, and sets the pace when it is slower than the writing side. */
  copy?: { to: Link; write: Statement } | undefined
  /** Called for every chunk with its size in bytes (compressed). */
  onChunk?: (bytes: number) => void
  /** How long nothing may move; left out: five minutes. */
  idleMs?: number
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
  const { from, read, to, write, copy, signal, idleMs = usualIdleMs } = options
  const [reading, writing] = [
    { link: from, queryId: read.queryId },
    { link: to, queryId: write.queryId },
  ]
  const copying = copy ? [{ link: copy.to, queryId: copy.write.queryId }] : []
  return orKill([reading, writing, ...copying], signal, async () => {
    // While one waits for a token, no answer may stand open and nobody take it.
    await to.ready(signal)
    const flow: Flow = { gate: undefined }
    return await whileMoving(
      {
        queries: [reading, writing],
        moved: () => flow.gate?.bytes ?? 0,
        stood: () => stoodIn(flow, from, to),
      },
      { signal, idleMs },
      async (going) => {
        const piped = await flowing(options, flow, going)
        await requireWhole(options, flow, piped, going)
        return piped
      },
    )
  })
}

interface Flow {
  /** Undefined until the reading side answers. */
  gate: Gate | undefined
}

function stoodIn({ gate }: Flow, from: Link, to: Link): ReturnType<Moving['stood']> {
  const isReading = gate === undefined || gate.isWaiting
  return isReading ? { label: from.label, done: 'sent' } : { label: to.label, done: 'taken' }
}

async function flowing(options: PipeOptions, flow: Flow, signal: AbortSignal): Promise<Piped> {
  const { from, read } = options
  const settings = { ...read.settings, compress: 1 }
  const answer = await from.send(`${read.sql}\nFORMAT Native`, { settings, queryId: read.queryId, signal })
  const gate = new Gate(answer, options.onChunk)
  flow.gate = gate
  const stop = () => gate.destroy(cancelled())
  signal.addEventListener('abort', stop)
  try {
    return await feedAll(options, gate, signal)
  } catch (error) {
    const failure = signal.aborted ? undefined : await gate.lateFailure()
    if (failure !== undefined) throw from.toAppError(failure)
    throw gate.complete && damages.has(numberOf(error) ?? 0) ? cut(from, error) : error
  } finally {
    signal.removeEventListener('abort', stop)
    gate.close()
  }
}

async function feedAll({ to, write, copy }: PipeOptions, gate: Gate, signal: AbortSignal): Promise<Piped> {
  if (!copy) return await feed(to, write, gate, gate, signal)
  const [data, same] = twice(gate)
  const [piped] = await Promise.all([
    feed(to, write, gate, data, signal),
    feed(copy.to, copy.write, gate, same, signal),
  ])
  return piped
}

/** What a server says of blocks that are no whole ones: the end of a file, a checksum, a frame that cannot be read. */
const damages = new Set([3, 32, 33, 40, 97, 271])

const cut = (from: Link, cause?: unknown): AppError =>
  new AppError('CONNECTION_LOST', `The answer of ${from.label} was cut on its way.`, {
    place: { host: from.label },
    cause,
  })

/**
 * Blocks have no last one, so an answer that somebody cut between two of them and ended in good form looks whole: the
 * server's query log knows how many rows it sent.
 */
async function requireWhole(
  { from, read }: PipeOptions,
  { gate }: Flow,
  { received }: Piped,
  signal: AbortSignal,
): Promise<void> {
  const sent = await finished(from, read.queryId, signal).catch(() => undefined)
  if (signal.aborted) throw cancelled()
  const isWhole = sent ? sent.resultRows <= received : gate?.hasMarkedEnd
  if (isWhole !== true) throw cut(from)
}

/** Ends well only if both sides did. */
async function feed(
  to: Link,
  write: Statement,
  gate: Gate,
  data: Readable,
  signal: AbortSignal,
): Promise<Piped> {
  // Collecting small inserts, ClickHouse's default since 26, would collect the whole stream in memory.
  const settings = { ...write.settings, async_insert: 0, decompress: 1 }
  const call = { settings, queryId: write.queryId, signal, data }
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
export async function refusalInLog(to: Link, queryId: string, answered: AbortSignal): Promise<never> {
  for (;;) {
    await sleep(betweenLooksMs, undefined, { signal: answered })
    const end = await endOf(to, queryId, answered).catch(() => undefined)
    if (end?.exception) throw to.toAppError(new ServerRefusal(end.exception.number, end.exception.message))
  }
}

const endOf = async (to: Link, queryId: string, signal: AbortSignal): Promise<Finished | undefined> =>
  (await progress(to, queryId, signal)) === undefined ? await finished(to, queryId, signal) : undefined
