import type { Kysely } from 'kysely'
import type { CommitMark } from '../core/transfer/index.ts'
import { AppError, type Commit, type Report, type ServerChoice } from '../shared/index.ts'
import { openStateFile, type StateFile, type Tables } from './database.ts'
import { Owners } from './owners.ts'
import { Turns } from './turns.ts'

/** What an attempt makes on a server and has to end there: written down before it is done. */
export interface JournalEntry {
  runId: string
  /** From 1. */
  attempt: number
  /** Holds no secret. */
  server: ServerChoice
  /** The server as a person knows it. */
  label: string
  database: string
  /** The staging table, beside the target. */
  staging: string
  target: string
  commit: Commit
  /**
   * Null until the commit begins; from then on it is only ever completed. When it is, only the table that is left under
   * the staging table's name is still to be dropped.
   */
  committing: { mark: CommitMark; report: Report; isComplete?: true } | null
  /** ISO 8601 */
  startedAt: string
}

export interface Journal {
  begin(entry: JournalEntry): Promise<void>
  /** The point of no return: when it comes back, a commit that breaks off is completed by whoever finds it. */
  beginCommit(entry: JournalEntry, committing: NonNullable<JournalEntry['committing']>): Promise<void>
  /** Nothing of the commit has been done, and nothing will be: it has not begun. */
  undoCommit(entry: JournalEntry): Promise<void>
  /** Written before the staging table is dropped: without that table nothing else could tell that it was complete. */
  completeCommit(entry: JournalEntry): Promise<void>
  /** Nothing of it is left on the server. When its commit is complete its run has the report of it. */
  end(entry: JournalEntry): Promise<void>
  /** This process is at it no longer, and somebody else, or this process later, may take it up. */
  release(entry: JournalEntry): Promise<void>
  /** Takes up all that nobody is at: processes that have ended, and what was released. The caller is at them then. */
  takeOrphans(): Promise<JournalEntry[]>
  /** Runs that have entries, whoever is at them. */
  openRuns(): Promise<ReadonlySet<string>>
  /**
   * The turn to commit into the target of the entry, until it is disposed of or this process ends. Undefined while
   * somebody else, in this process or another one of the same data folder, has it.
   */
  takeTurn(entry: JournalEntry): Promise<AsyncDisposable | undefined>
}

/**
 * Opens the journal of a data folder. Its entries are this process's as long as it lives, and what it is still at when
 * the journal is closed stays its own until the kernel says that it has ended.
 *
 * @throws {AppError} STATE_UNUSABLE or DISK_FULL
 */
export async function openJournal(dataDir: string): Promise<Journal & AsyncDisposable> {
  const file = await openStateFile(dataDir)
  const owners = new Owners(dataDir)
  return {
    ...journalStore(file, owners, new Turns(dataDir)),
    async [Symbol.asyncDispose]() {
      await file.atOnce((db) => leave(db, owners)).finally(() => file.db.destroy())
    },
  }
}

// Whoever looks at the files of the owners, or of the turns, is alone with the state.
const journalStore = ({ ask, db, atOnce }: StateFile, owners: Owners, turns: Turns): Journal => ({
  async begin(entry) {
    const { runId: run, attempt } = entry
    await atOnce(async (held) => {
      const row = { run, attempt, owner: owners.me(), entry: JSON.stringify(entry) }
      await held.insertInto('journal').values(row).execute()
    })
  },
  async beginCommit(entry, committing) {
    const changed = { entry: JSON.stringify({ ...entry, committing } satisfies JournalEntry) }
    const { numUpdatedRows } = await ask(
      where(db.updateTable('journal').set(changed), entry).executeTakeFirst(),
    )
    if (numUpdatedRows === 1n) return
    const sentence = `The run ${entry.runId} is no longer in the journal, so its commit was not begun.`
    throw new AppError('STATE_UNUSABLE', sentence)
  },
  async undoCommit(entry) {
    const changed = { entry: JSON.stringify({ ...entry, committing: null } satisfies JournalEntry) }
    await ask(where(db.updateTable('journal').set(changed), entry).execute())
  },
  async completeCommit(entry) {
    const committing = entry.committing && { ...entry.committing, isComplete: true as const }
    const changed = { entry: JSON.stringify({ ...entry, committing } satisfies JournalEntry) }
    await ask(where(db.updateTable('journal').set(changed), entry).execute())
  },
  async end(entry) {
    await atOnce(async (held) => {
      await where(held.deleteFrom('journal'), entry).execute()
      if (entry.committing?.isComplete !== true) return
      // Should this process end before it can say how the run has ended.
      const report = JSON.stringify(entry.committing.report)
      const run = held.updateTable('runs').set({ report }).where('id', '=', entry.runId)
      await run.where('ended_at', 'is', null).execute()
    })
  },
  async release(entry) {
    await ask(where(db.updateTable('journal').set({ owner: null }), entry).execute())
  },
  async takeOrphans() {
    const [any] = await ask(db.selectFrom('journal').select('run').limit(1).execute())
    if (!any && owners.known().length === 0) return []
    return await atOnce((held) => {
      turns.clear()
      return takeOrphans(held, owners)
    })
  },
  async openRuns() {
    const rows = await ask(db.selectFrom('journal').select('run').execute())
    return new Set(rows.map(({ run }) => run))
  },
  async takeTurn(entry) {
    const turn = await atOnce(() => Promise.resolve(turns.take(entry)))
    return (
      turn && {
        async [Symbol.asyncDispose]() {
          // A file that cannot be removed is taken again by the next.
          const forget = () => Promise.resolve().then(turn.forget)
          await atOnce(forget).catch(() => undefined)
          turn.end()
        },
      }
    )
  },
})

async function takeOrphans(db: Kysely<Tables>, owners: Owners): Promise<JournalEntry[]> {
  const living = owners.living()
  const rows = await db.selectFrom('journal').selectAll().execute()
  const orphans = rows.filter(({ owner }) => owner === null || !living.has(owner))
  const entries = orphans.map(({ entry }) => JSON.parse(entry) as JournalEntry)
  for (const entry of entries)
    await where(db.updateTable('journal').set({ owner: owners.me() }), entry).execute()
  return entries
}

async function leave(db: Kysely<Tables>, owners: Owners): Promise<void> {
  const { own } = owners
  if (own === undefined) return
  const [mine] = await db.selectFrom('journal').select('run').where('owner', '=', own).limit(1).execute()
  if (!mine) owners.leave()
}

/** The row of an entry. */
const where = <Query extends OfJournal<Query>>(query: Query, { runId, attempt }: JournalEntry): Query =>
  query.where('run', '=', runId).where('attempt', '=', attempt)

interface OfJournal<Query> {
  where(column: 'run', is: '=', value: string): Query
  where(column: 'attempt', is: '=', value: number): Query
}
