import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from '../clickhouse/index.ts'
import { tableName } from '../core/sql/index.ts'
import type { CommitMark } from '../core/transfer/index.ts'
import { AppError, toAppError } from '../shared/index.ts'
import type { JournalEntry } from '../store/index.ts'
import { commitMarked, isUntouched, markCommit, noMerges, rollForward } from './commit.ts'
import { CommitSession, type CommitTables } from './commit-tables.ts'
import { whileBusy } from './commit-watch.ts'
import { brokenOff, goneStaging, unclearCommit, unwritten } from './commit-words.ts'
import { dropTable } from './drop.ts'
import type { Import } from './import-job.ts'
import type { Outcome, Watcher } from './prepared.ts'

/** The staging table of one attempt, dropped when its scope is left. */
export interface StagingTable extends AsyncDisposable {
  /**
   * Makes what was loaded visible in the target.
   *
   * @throws {AppError} RUN_INTERRUPTED when the commit has begun and cannot be completed now
   */
  commit(outcome: Outcome): Promise<void>
}

/** Creates the staging table of the plan; without one, rows go straight into the target. */
export async function createStaging(
  job: Import,
  attempt: { runId: string; attempt: number },
  watcher: Watcher,
): Promise<StagingTable> {
  const { plan, servers, target, transfer } = job
  const { staging } = plan
  if (!staging) {
    const commit = () => {
      watcher.onCommit()
      return Promise.resolve()
    }
    return { commit, [Symbol.asyncDispose]: () => Promise.resolve() }
  }
  await using stack = new AsyncDisposableStack()
  const entry: JournalEntry = {
    runId: attempt.runId,
    attempt: attempt.attempt,
    server: transfer.target.server,
    label: servers[target.place].label,
    database: staging.name.database,
    staging: staging.name.table,
    target: target.name.table,
    commit: plan.commit,
    committing: null,
    startedAt: new Date().toISOString(),
  }
  await job.surroundings.journal.begin(entry)
  const staged = stack.use(new Staged(job, entry, watcher))
  await staged.create()
  stack.move()
  return staged
}

/** So long a commit is completed by this run when its server goes away; later, by whoever finds it in the journal. */
const patienceMs = 60_000
const betweenLooksMs = 5000
const [firstWaitMs, longestWaitMs] = [50, 5000]
const betweenTurnsMs = 100

/** Nobody cancels a commit: a statement of it that was killed, perhaps by an order of ours that came late, is repeated. */
const mayGoOn = ({ canPass, code }: AppError): boolean => canPass || code === 'CANCELLED'

/** So long is waited for the drop of a staging table. */
const dropMs = 10_000
/** A cancelled run must end within 2 s (DESIGN §4). */
const cancelMs = 1800
const leastDropMs = 200

class Staged implements StagingTable {
  readonly #job: Import
  readonly #watcher: Watcher
  readonly #tables: CommitTables
  readonly #reopened = new AsyncDisposableStack()
  #entry: JournalEntry
  #server: Server
  #isKept = false
  #cancelledAt: number | undefined

  constructor(job: Import, entry: JournalEntry, watcher: Watcher) {
    const { database, staging, target } = entry
    this.#job = job
    this.#entry = entry
    this.#watcher = watcher
    this.#server = job.servers[job.target.place]
    this.#tables = { staging: { database, table: staging }, target: { database, table: target } }
    watcher.signal.addEventListener('abort', () => (this.#cancelledAt = performance.now()), { once: true })
  }

  get #name(): string {
    return tableName(this.#tables.staging)
  }

  async create(): Promise<void> {
    const { plan, target } = this.#job
    const { signal } = this.#watcher
    if (!plan.staging) return
    const { sql, settings } = plan.staging.create
    await this.#server.command(sql, { settings, signal })
    if (plan.commit !== 'partition-move') return
    // Where rows expire, none may do so before they are counted.
    const more = target.table?.hasTtl === true ? `, ${noMerges}` : ''
    const alter = `ALTER TABLE ${this.#name} MODIFY SETTING assign_part_uuids = 1${more}`
    await this.#server.command(alter, { signal }).catch((error: unknown) => {
      // Without the right to, or the setting, only rows are counted after a crash.
      if (!(error instanceof AppError) || error.canPass || error.code === 'CANCELLED') throw error
    })
  }

  async commit(outcome: Outcome): Promise<void> {
    const turn = await this.#turn()
    try {
      await this.#commit(outcome)
    } finally {
      await turn[Symbol.asyncDispose]()
    }
  }

  async #commit(outcome: Outcome): Promise<void> {
    const { signal } = this.#watcher
    const mark = await markCommit(this.#server, this.#job.plan, this.#tables, signal)
    const committing = { mark, report: this.#watcher.completed(outcome) }
    this.#watcher.onCommit()
    await this.#begin(committing)
    try {
      await this.#whileBusy((lost) => commitMarked(this.#server, this.#tables, mark, lost))
    } catch (error) {
      await this.#complete(mark, toAppError(error))
    }
    await this.#noteComplete(committing)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { journal } = this.#job.surroundings
    try {
      if (this.#isKept || !(await this.#drop())) await journal.release(this.#entry)
      else await journal.end(this.#entry)
    } catch {
      // What this process has left in the journal is found when it has ended.
    } finally {
      await this.#reopened[Symbol.asyncDispose]()
    }
  }

  /** Of two commits into one table at once either could undo what the other has done so far. */
  async #turn(): Promise<AsyncDisposable> {
    const { signal } = this.#watcher
    for (let isFirst = true; ; isFirst = false) {
      signal.throwIfAborted()
      const turn = await this.#job.surroundings.journal.takeTurn(this.#entry)
      if (turn) return turn
      if (isFirst) this.#watcher.onWait()
      await sleep(betweenTurnsMs, undefined, { signal })
    }
  }

  async #begin(committing: NonNullable<JournalEntry['committing']>): Promise<void> {
    try {
      await this.#job.surroundings.journal.beginCommit(this.#entry, committing)
    } catch (error) {
      // It may have been written all the same.
      await this.#undo()
      throw error
    }
    this.#entry = { ...this.#entry, committing }
  }

  /** As long as the journal may say that the commit has begun, the staging table has to be there. */
  async #undo(): Promise<void> {
    this.#isKept = true
    this.#entry = { ...this.#entry, committing: null }
    await this.#job.surroundings.journal.undoCommit(this.#entry).catch((error: unknown) => {
      throw unwritten(this.#tables, this.#entry.label, toAppError(error))
    })
    this.#isKept = false
  }

  async #noteComplete(committing: NonNullable<JournalEntry['committing']>): Promise<void> {
    try {
      await this.#job.surroundings.journal.completeCommit(this.#entry)
      this.#entry = { ...this.#entry, committing: { ...committing, isComplete: true } }
    } catch {
      // By the staging table, empty as it is, it is found to be complete.
      this.#isKept = true
    }
  }

  /** Tries until the server is there again and has all. */
  async #complete(mark: CommitMark, failure: AppError): Promise<void> {
    let since = performance.now()
    const { label } = this.#entry
    let error = failure
    for (let wait = firstWaitMs; mayGoOn(error); wait = Math.min(wait * 2, longestWaitMs)) {
      if (performance.now() + wait - since > patienceMs) break
      await sleep(wait)
      const next = await this.#goOn(mark).catch(toAppError)
      if (next === 'completed') return
      if (next === 'gone') throw goneStaging(this.#tables, label)
      if (next === 'unclear') {
        this.#isKept = true
        throw unclearCommit(this.#tables, label)
      }
      error = next
      // It is still at what it was asked for before.
      if (error.code === 'ALREADY_RUNNING') since = performance.now()
    }
    throw await this.#giveUp(mark, error)
  }

  async #goOn(mark: CommitMark): ReturnType<typeof rollForward> {
    this.#server = await this.#reopen()
    return await this.#whileBusy((signal) => rollForward(this.#server, this.#tables, mark, signal))
  }

  /** A server that refuses and has taken nothing yet can be left as it is. */
  async #giveUp(mark: CommitMark, error: AppError): Promise<AppError> {
    const nothing = await this.#whileBusy((signal) =>
      isUntouched(this.#server, this.#tables, mark, signal),
    ).catch(() => false)
    if (!nothing) {
      this.#isKept = true
      return brokenOff(this.#tables, this.#entry.label, mark, error)
    }
    await this.#undo()
    return error
  }

  #whileBusy<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const look = async (signal: AbortSignal) => {
      await using server = await this.#job.surroundings.server(this.#entry.server)
      return (await new CommitSession(server, this.#tables, signal).isBusy()) ? 'busy' : 'idle'
    }
    return whileBusy(work, look, { label: this.#entry.label, patienceMs, betweenLooksMs })
  }

  async #reopen(): Promise<Server> {
    return this.#reopened.use(await this.#job.surroundings.server(this.#entry.server))
  }

  /** A server that cannot be asked may be later on; one that refuses needs somebody to see to it. */
  #tellLeft(error: AppError): void {
    if (error.canPass) return
    const { database, table } = this.#tables.staging
    this.#watcher.onLeft(`The table ${database}.${table} could not be dropped: ${error.message}`)
  }

  /** @returns whether the table is gone */
  async #drop(): Promise<boolean> {
    const drop = dropTable(this.#server, this.#tables.staging, true)
    const { signal } = this.#watcher
    const since = this.#cancelledAt ?? performance.now()
    const left = signal.aborted ? Math.max(leastDropMs, since + cancelMs - performance.now()) : dropMs
    const done = new AbortController()
    const late = sleep(left, false, { signal: done.signal }).catch(() => false)
    const dropped = drop.then(
      () => true,
      (error: unknown) => {
        this.#tellLeft(toAppError(error))
        return false
      },
    )
    const isGone = await Promise.race([dropped, late])
    done.abort()
    return isGone
  }
}
