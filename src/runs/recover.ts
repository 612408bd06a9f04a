import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from '../clickhouse/index.ts'
import { literal } from '../core/sql/index.ts'
import { AppError, toAppError, type ServerChoice } from '../shared/index.ts'
import type { Journal, JournalEntry } from '../store/index.ts'
import { rollForward } from './commit.ts'
import type { CommitTables } from './commit-tables.ts'
import { dropTable } from './drop.ts'
import type { Surroundings } from './surroundings.ts'

/** A statement that is asked to end may take so long; it goes on ending after that. */
const endingMs = 30_000

/** What became of something that a run has left on a server. */
export interface Recovered {
  entry: JournalEntry
  /**
   * - `dropped`: it had committed nothing, and its staging table is gone.
   * - `completed`: its commit had begun, and is complete.
   * - `unclear`: whether its rows arrived cannot be told; the staging table, which holds them, is kept.
   * - `abandoned`: its commit had begun, and somebody else has dropped the staging table: what is missing is not known.
   * - `unreachable`: its server could not be asked, or refused; it is tried again later.
   */
  outcome: 'dropped' | 'completed' | 'unclear' | 'abandoned' | 'unreachable'
  /** Why it is tried again later, where that is known; when it is `completed`, to drop the table that is left. */
  problem?: AppError
}

interface RecoverOptions {
  /** Whether a server may be asked with what this process was given; left out: all may. */
  mayAsk?: (server: ServerChoice) => boolean
  /**
   * How long a server may take to answer at all; left out: as its connection says. The embedded one has to be started
   * first, and who recovers needs it anyway.
   */
  patienceMs?: number
  /** Nothing more is begun after it. */
  signal?: AbortSignal
  onRecovered?: (recovered: Recovered) => void
}

/**
 * Brings to an end what runs have left behind whose process has ended, or that could not end it themselves.
 *
 * @throws {AppError} STATE_UNUSABLE when the journal cannot be read
 */
export async function recover(surroundings: Surroundings, options?: RecoverOptions): Promise<Recovered[]> {
  return recoverAll(await surroundings.journal.takeOrphans(), surroundings, options)
}

/** The same for entries that this process has taken up. Whatever is wrong with one of them keeps none of the others. */
export async function recoverAll(
  entries: JournalEntry[],
  surroundings: Surroundings,
  options: RecoverOptions = {},
): Promise<Recovered[]> {
  const places = Object.values(Object.groupBy(entries, ({ server }) => JSON.stringify(server)))
  const recovered = await Promise.all(places.map((some = []) => recoverAt(some, surroundings, options)))
  // Left where they are they are only unused tables.
  if (options.signal?.aborted !== true) await dropHelpers(surroundings).catch(() => undefined)
  return recovered.flat()
}

/** All entries are of one server. */
async function recoverAt(
  entries: JournalEntry[],
  surroundings: Surroundings,
  options: RecoverOptions,
): Promise<Recovered[]> {
  const { journal } = surroundings
  await using server = entries[0] && (await reach(entries[0].server, surroundings, options))
  const recovered: Recovered[] = []
  for (const entry of entries) {
    const mayGoOn = server !== undefined && options.signal?.aborted !== true
    const end: End = mayGoOn
      ? await endOne(entry, server, surroundings).catch((error: unknown) => refused(toAppError(error)))
      : { outcome: 'unreachable' }
    // Where even that cannot be written down, it is found when this process has ended.
    if (end.problem || end.outcome === 'unclear' || end.outcome === 'unreachable')
      await journal.release(entry).catch(() => undefined)
    recovered.push({ entry, ...end })
    options.onRecovered?.({ entry, ...end })
  }
  return recovered
}

/** The server, when it answers in time. */
async function reach(
  choice: ServerChoice,
  surroundings: Surroundings,
  { mayAsk, patienceMs }: RecoverOptions,
): Promise<Server | undefined> {
  if (mayAsk?.(choice) === false) return undefined
  const opening = surroundings.server(choice)
  const answering = opening.then(async (server) => {
    await server.check()
    return server
  })
  const done = new AbortController()
  const isPatient = patienceMs === undefined || choice === 'embedded'
  const patience = isPatient ? [] : [tooLate(patienceMs, done.signal)]
  try {
    return await Promise.race([answering, ...patience])
  } catch {
    // Also when it comes too late.
    answering.catch(() => undefined)
    void opening.then((server) => server[Symbol.asyncDispose]()).catch(() => undefined)
    return undefined
  } finally {
    done.abort()
  }
}

async function tooLate(ms: number, signal: AbortSignal): Promise<never> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
  throw new AppError('CONNECTION_TIMEOUT', `No answer came within ${ms / 1000} s.`)
}

type End = Omit<Recovered, 'entry'>

const refused = (problem: AppError): End => ({ outcome: 'unreachable', problem })

async function endOne(entry: JournalEntry, server: Server, { journal }: Surroundings): Promise<End> {
  // A saved connection may lead to another server by now.
  if (server.label !== entry.label) return { outcome: 'unreachable' }
  const { committing } = entry
  if (!committing) {
    await endStatements(server, entry)
    return await clear(entry, server, journal)
  }
  if (!committing.isComplete) {
    await using turn = await journal.takeTurn(entry)
    if (!turn) return refused(notItsTurn(entry))
    const next = await rollForward(server, tablesOf(entry), committing.mark)
    if (next === 'unclear') return { outcome: 'unclear' }
    if (next === 'gone') {
      await journal.end(entry)
      return { outcome: 'abandoned' }
    }
    await journal.completeCommit(entry)
  }
  return await clear({ ...entry, committing: { ...committing, isComplete: true } }, server, journal)
}

/** Of an entry that has nothing left to commit. */
async function clear(entry: JournalEntry, server: Server, journal: Journal): Promise<End> {
  const { committing } = entry
  try {
    await dropTable(server, tablesOf(entry).staging)
    await journal.end(entry)
    return { outcome: committing ? 'completed' : 'dropped' }
  } catch (error) {
    return { outcome: committing ? 'completed' : 'unreachable', problem: toAppError(error) }
  }
}

const tablesOf = ({ database, staging, target }: JournalEntry): CommitTables => ({
  staging: { database, table: staging },
  target: { database, table: target },
})

const notItsTurn = ({ database, target }: JournalEntry): AppError =>
  new AppError('ALREADY_RUNNING', `Another run commits into ${database}.${target} now.`)

/** Statements go on where their client has ended; of those that name `…_1` none that name `…_10`. */
const namesIt = ({ staging }: JournalEntry) =>
  `query_id != queryID() AND match(query, ${literal(`${staging}([^0-9]|$)`)})`

async function endStatements(server: Server, entry: JournalEntry): Promise<void> {
  const signal = AbortSignal.timeout(endingMs)
  // Without the right to, or where one does not end in time, dropping waits for them.
  await server
    .command(`KILL QUERY WHERE ${namesIt(entry)} SYNC`, { signal, goesOn: true })
    .catch(() => undefined)
}

const ours = /^__flathouse_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})(_|$)/
const runOf = (table: string): string | undefined => ours.exec(table)?.slice(1, 6).join('-')

/** Drops the tables in the embedded database by which records were divided, of runs that are not in the journal. */
async function dropHelpers({ server, journal }: Surroundings): Promise<void> {
  await using embedded = await server('embedded')
  const { database } = embedded
  // Before the journal is asked: whoever makes a table has written it down there first.
  const tables = (await embedded.tables(database)).filter(({ table }) => ours.test(table))
  if (tables.length === 0) return
  const open = await journal.openRuns()
  const left = tables.filter(({ table }) => !open.has(runOf(table) ?? ''))
  // Views go before what they read and write.
  const [views, others] = [left.filter(isView), left.filter((table) => !isView(table))]
  for (const { table } of [...views, ...others]) {
    await dropTable(embedded, { database, table })
  }
}

const isView = ({ engine }: { engine: string }): boolean => engine === 'MaterializedView'
