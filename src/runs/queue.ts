import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'
import { toCommand, toYaml } from '../core/transfer/index.ts'
import {
  AppError,
  type LiveEvent,
  type Run,
  type RunDetail,
  type RunList,
  type RunQuery,
  type Transfer,
} from '../shared/index.ts'
import type { Store, StoredRun } from '../store/index.ts'
import { LiveRun } from './live-run.ts'
import { killedLine } from './run-words.ts'
import { emptyReport } from './run.ts'
import type { Surroundings } from './surroundings.ts'

/** What is told of runs as it happens. */
export type RunUpdate = Exclude<LiveEvent, { type: 'heartbeat' }>

/** Starts runs, so many at once and the others in their order, and knows all there ever were. */
export interface RunQueue extends AsyncDisposable {
  /**
   * Answers when the run is kept, not when it has ended.
   *
   * @throws {AppError} TOO_MANY_RUNS of the same user that have not ended
   */
  start(transfer: Transfer, startedBy: string | null): Promise<Run>
  list(query: RunQuery): Promise<RunList>
  /** @throws {AppError} RUN_NOT_FOUND */
  get(id: string): Promise<RunDetail>
  /** Those that have not ended, the oldest first. */
  live(): StoredRun[]
  /** @throws {AppError} RUN_NOT_FOUND or RUN_ENDED */
  cancel(id: string): Promise<Run>
  /** The result ends the subscription. */
  subscribe(listener: (update: RunUpdate) => void): () => void
}

interface QueueOptions {
  store: Store
  surroundings: Surroundings
  /** How many runs go on at the same time. */
  atOnce: number
}

/** Opens the queue over what an earlier process left: what that one did not end is interrupted. */
export async function openRunQueue(options: QueueOptions): Promise<RunQueue> {
  for (const run of await options.store.runs.openOnes()) await options.store.runs.update(killed(run))
  return new Queue(options)
}

function killed(run: StoredRun): StoredRun {
  const at = new Date().toISOString()
  const message = killedLine(run.status)
  const error = new AppError('RUN_INTERRUPTED', message).toBody()
  const report = {
    ...emptyReport(run.id),
    status: 'interrupted' as const,
    durationMs: run.progress.elapsedMs,
    error,
  }
  const number = (run.log.at(-1)?.number ?? 0) + 1
  const log = [...run.log, { number, at, level: 'warning' as const, message }].slice(-200)
  const progress = { ...run.progress, rowsPerSecond: 0, bytesPerSecond: 0, secondsLeft: null }
  return { ...run, status: 'interrupted', endedAt: at, progress, report, log }
}

/** Of one user, queued or going on. */
const mostOfOneUser = 20
/** A process that is asked to stop has ended by then. */
const patienceMs = 4500

class Queue implements RunQueue {
  readonly #store: Store
  readonly #surroundings: Surroundings
  readonly #turns: PQueue
  /** Until their end is kept. */
  readonly #live = new Map<string, LiveRun>()
  readonly #listeners = new Set<(update: RunUpdate) => void>()
  readonly #executing = new Set<Promise<void>>()
  readonly #writing = new Set<Promise<void>>()
  #isStopping = false

  constructor({ store, surroundings, atOnce }: QueueOptions) {
    this.#store = store
    this.#surroundings = surroundings
    this.#turns = new PQueue({ concurrency: atOnce })
  }

  async start(transfer: Transfer, startedBy: string | null): Promise<Run> {
    if (this.#isStopping) {
      throw new AppError('RUN_INTERRUPTED', 'Flathouse is being stopped; this run was not started.')
    }
    const others = [...this.#live.values()].filter((other) => !other.hasEnded)
    if (others.filter((other) => other.startedBy === startedBy).length >= mostOfOneUser) {
      const sentence = `${mostOfOneUser} runs of ${startedBy ?? 'nobody'} have not ended, and no more can be queued.`
      throw new AppError('TOO_MANY_RUNS', sentence)
    }
    const before = others.length >= this.#turns.concurrency ? others.length : 0
    const live: LiveRun = new LiveRun(transfer, startedBy, before, {
      onRun: () => this.#tell({ type: 'run', run: live.run }),
      onLine: (line) => this.#tell({ type: 'log', runId: live.id, lines: [line] }),
      onStatus: () => track(this.#writing, this.#keep(live)),
    })
    this.#live.set(live.id, live)
    try {
      await this.#store.runs.insert(live.stored)
    } catch (error) {
      this.#live.delete(live.id)
      throw error
    }
    const { run } = live
    this.#tell({ type: 'run', run })
    track(
      this.#executing,
      this.#turns.add(() => this.#execute(live)),
    )
    return run
  }

  async list(query: RunQuery): Promise<RunList> {
    const { runs, more } = await this.#store.runs.list(query)
    return { runs: runs.map((run) => this.#live.get(run.id)?.run ?? run), more }
  }

  async get(id: string): Promise<RunDetail> {
    const run = this.#live.get(id)?.stored ?? (await this.#store.runs.get(id))
    if (!run) throw new AppError('RUN_NOT_FOUND', `There is no run ${id}.`)
    return { ...run, command: toCommand(run.transfer), yaml: toYaml(run.transfer) }
  }

  live(): StoredRun[] {
    return [...this.#live.values()].map((live) => live.stored)
  }

  async cancel(id: string): Promise<Run> {
    const live = this.#live.get(id)
    if (!live || live.hasEnded) {
      const { status } = await this.get(id)
      throw new AppError('RUN_ENDED', `The run ${id} is ${status}: it has ended already.`)
    }
    live.cancel()
    return live.run
  }

  subscribe(listener: (update: RunUpdate) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true
    for (const live of this.#live.values()) if (!live.hasEnded) live.stop()
    const patience = new AbortController()
    const { signal } = patience
    await Promise.race([Promise.all(this.#executing), sleep(patienceMs, undefined, { signal })])
    patience.abort()
    for (const live of this.#live.values()) {
      if (!live.hasEnded) live.giveUp('Flathouse was stopped during this run, which did not end in time.')
    }
    await Promise.all(this.#writing)
  }

  async #execute(live: LiveRun): Promise<void> {
    if (live.hasEnded) return
    await live.execute(this.#surroundings)
    // The next one begins when this one's end is kept and told.
    await Promise.all(this.#writing)
  }

  /** Its end is told when it is on disk: who asks again then reads the same. */
  async #keep(live: LiveRun): Promise<void> {
    const { stored } = live
    const hasEnded = stored.endedAt !== null
    if (!hasEnded) this.#tell({ type: 'run', run: live.run })
    const isKept = await this.#store.runs.update(stored).then(
      () => true,
      () => false,
    )
    if (!hasEnded) return
    // A state file that cannot be written ends no run: it stays in memory.
    if (isKept) this.#live.delete(live.id)
    this.#tell({ type: 'run', run: live.run })
  }

  #tell(update: RunUpdate): void {
    for (const listener of this.#listeners) listener(update)
  }
}

/** Remembers work that does not fail until it is done. */
function track(open: Set<Promise<void>>, work: Promise<void>): void {
  const settled = work.finally(() => open.delete(settled))
  open.add(settled)
}
