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
import { beginsAgain, queuedAgain, withEnd } from './left-behind.ts'
import { LiveRun, newRun, type QueuedRun } from './live-run.ts'
import type { Recovered } from './recover.ts'
import { Recovery, within } from './recovery.ts'
import type { Surroundings } from './surroundings.ts'
import { Turns, type Turn } from './turns.ts'

/** What is told of runs as it happens. */
export type RunUpdate = Exclude<LiveEvent, { type: 'heartbeat' }>

/** Starts runs, so many at once and the others when it is their turn, and knows all there ever were. */
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
  live(): (Run & Pick<StoredRun, 'log'>)[]
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
  /** How long a commit may take that is going on when the queue is closed; left out: `usualGraceMs`. */
  graceMs?: number
}

/** Opens the queue over what an earlier process left: what that one did not end is completed or interrupted. */
export async function openRunQueue(options: QueueOptions): Promise<RunQueue> {
  const queue = new Queue(options)
  await queue.takeUp()
  return queue
}

/** Of one user, queued or going on. */
const mostOfOneUser = 20
/** Whatever does not commit has ended by then, when the process is asked to stop. */
const patienceMs = 4500
const usualGraceMs = 30_000

class Queue implements RunQueue {
  readonly #store: Store
  readonly #surroundings: Surroundings
  readonly #turns: Turns
  /** Until their end is kept. */
  readonly #live = new Map<string, LiveRun>()
  readonly #listeners = new Set<(update: RunUpdate) => void>()
  /** The end of each run that has its turn, or waits for it. */
  readonly #executing = new Map<LiveRun, Promise<void>>()
  readonly #writing = new Set<Promise<void>>()
  readonly #graceMs: number
  readonly #recovery: Recovery
  readonly #hasTakenUp = Promise.withResolvers<undefined>()
  #isStopping = false

  constructor({ store, surroundings, atOnce, graceMs = usualGraceMs }: QueueOptions) {
    this.#store = store
    this.#surroundings = surroundings
    this.#turns = new Turns(atOnce)
    this.#graceMs = graceMs
    this.#recovery = new Recovery(surroundings, (recovered) => void this.#hear(recovered))
  }

  /** Gives the runs that an earlier process left their end, as far as it can be known quickly. */
  async takeUp(): Promise<void> {
    const left = Map.groupBy(await this.#recovery.begin(), ({ entry }) => entry.runId)
    const open = (await this.#store.runs.openOnes()).map(({ id }) => id)
    for (const id of new Set([...open, ...left.keys()])) await this.#settle(id, left.get(id) ?? [])
    this.#hasTakenUp.resolve(undefined)
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
    return await this.#queue(newRun(transfer, startedBy), (run) => this.#store.runs.insert(run))
  }

  async list(query: RunQuery): Promise<RunList> {
    const { runs, more } = await this.#store.runs.list(query)
    return { runs: runs.map((run) => this.#live.get(run.id)?.run ?? run), more }
  }

  async get(id: string): Promise<RunDetail> {
    const known = this.#live.get(id)?.stored ?? (await this.#store.runs.get(id))
    const run = known && shown(known)
    if (!run) throw new AppError('RUN_NOT_FOUND', `There is no run ${id}.`)
    return { ...run, command: toCommand(run.transfer), yaml: toYaml(run.transfer) }
  }

  live(): (Run & Pick<StoredRun, 'log'>)[] {
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
    const runs = [...this.#live.values()].filter((live) => !live.hasEnded)
    for (const live of runs) live.stop()
    const committing = runs.filter(({ status }) => status === 'committing')
    const others = runs.filter((live) => !committing.includes(live))
    await Promise.all([
      this.#endWithin(patienceMs, others),
      this.#endWithin(this.#graceMs, committing),
      this.#recovery.stop(),
    ])
    await Promise.all(this.#writing)
  }

  async #endWithin(ms: number, runs: LiveRun[]): Promise<void> {
    await within(ms, Promise.all(runs.map(async (live) => await this.#executing.get(live))))
    for (const live of runs) if (!live.hasEnded) live.giveUp(notInTime(live))
  }

  /** @param keep writes it down before it is told of */
  async #queue(queued: QueuedRun, keep: (run: StoredRun) => Promise<void>): Promise<Run> {
    const live: LiveRun = new LiveRun(queued, this.#turns.before(queued.startedBy), {
      onRun: () => this.#tell({ type: 'run', run: live.run }),
      onLine: (line) => this.#tell({ type: 'log', runId: live.id, lines: [line] }),
      onStatus: () => track(this.#writing, this.#keep(live)),
    })
    this.#live.set(live.id, live)
    const turn = this.#turns.take(live.startedBy, live.signal).catch(() => undefined)
    try {
      await keep(live.stored)
    } catch (error) {
      this.#live.delete(live.id)
      void turn.then((taken) => taken?.[Symbol.dispose]())
      throw error
    }
    const { run } = live
    this.#tell({ type: 'run', run })
    const executing = this.#execute(live, turn)
    this.#executing.set(
      live,
      executing.finally(() => this.#executing.delete(live)),
    )
    return run
  }

  /** Later than at the start a server could be asked what a run has left there. */
  async #hear(recovered: Recovered): Promise<void> {
    await this.#hasTakenUp.promise
    const { runId } = recovered.entry
    const live = this.#live.get(runId)
    // It goes on, in another attempt, or has just failed in its commit.
    if (live && recovered.outcome !== 'completed') return
    if (live) await this.#executing.get(live)
    // What cannot be written down now is found by the next start, in the journal or in the open run.
    const settling = this.#settle(runId, [recovered]).catch(() => undefined)
    track(this.#writing, settling)
  }

  /** Tells the end of a run by what became of what it had left, or begins it again. */
  async #settle(id: string, recovered: Recovered[]): Promise<void> {
    const run = await this.#store.runs.get(id)
    if (!run || run.status === 'completed' || run.status === 'cancelled') return
    const isCompleted = recovered.some(({ outcome }) => outcome === 'completed')
    if (run.status === 'failed' && !isCompleted) return
    if (run.endedAt !== null && recovered.every(({ outcome }) => outcome === 'unreachable')) return
    // Something else of it has to be ended first.
    const open = await this.#surroundings.journal.openRuns()
    if (!isCompleted && run.endedAt !== null && open.has(id)) return
    if (!this.#isStopping && beginsAgain(run, recovered)) {
      const again = run.status === 'queued' ? run : queuedAgain(withEnd(run, recovered))
      await this.#queue(again, (queued) => this.#store.runs.update(queued))
      return
    }
    const ended = withEnd(run, recovered)
    if (ended === run) return
    await this.#store.runs.update(ended)
    this.#tell({ type: 'run', run: shown(ended) })
  }

  /** @param taking nothing comes when the run is cancelled before it is its turn */
  async #execute(live: LiveRun, taking: Promise<Turn | undefined>): Promise<void> {
    using turn = await taking
    if (turn === undefined || live.hasEnded) return
    await live.execute(this.#surroundings, turn)
    // The next one begins when this one's end is kept and told.
    await Promise.all(this.#writing)
  }

  /** Its end is told when it is on disk: who asks again then reads the same. */
  async #keep(live: LiveRun): Promise<void> {
    const { hasEnded } = live
    if (!hasEnded) this.#tell({ type: 'run', run: live.run })
    const isKept = await this.#store.runs.update(live.kept).then(
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

/** Without what is kept only for later attempts. */
function shown(run: StoredRun): Run & Pick<StoredRun, 'log'> {
  const { id, transfer, status, createdAt, startedBy, endedAt, progress, waitsForToken, report, log } = run
  return { id, transfer, status, createdAt, startedBy, endedAt, progress, waitsForToken, report, log }
}

const notInTime = ({ status }: LiveRun): string =>
  status === 'committing'
    ? 'Flathouse was stopped while this run was committing; the commit will be completed when it is started again.'
    : 'Flathouse was stopped during this run, which did not end in time.'

/** Remembers work that does not fail until it is done. */
function track(open: Set<Promise<void>>, work: Promise<void>): void {
  const settled = work.finally(() => open.delete(settled))
  open.add(settled)
}
