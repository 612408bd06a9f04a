import { finished, type Server } from '../clickhouse/index.ts'
import type { TableName } from '../core/sql/index.ts'
import {
  checkedReader,
  firstReject,
  isMovable,
  planImport,
  toleratedOf,
  typesFromTable,
  type Division,
  type TableTarget,
} from '../core/transfer/index.ts'
import { AppError, type ImportTransfer, type RejectLimit } from '../shared/index.ts'
import { findExamples } from './check-examples.ts'
import { countPlaced } from './count-faults.ts'
import { openDivision, Unclear, type Divided } from './division.ts'
import { noteHelpers } from './helpers.ts'
import type { Import } from './import-job.ts'
import { explainFault } from './locate.ts'
import { mayEndInQuotes, requireClosedQuotes } from './open-quote.ts'
import {
  move,
  type Movement,
  type Outcome,
  type Preparation,
  type Prepared,
  type Servers,
  type Watcher,
} from './prepared.ts'
import { keepRejects, noRejects, requireTolerated, type KeptRejects } from './rejects.ts'
import {
  noRecords,
  normalised,
  openSource,
  requireUnchanged,
  unlessChanged,
  type OpenSource,
} from './source-file.ts'
import { createStaging } from './staging.ts'
import { findTable, missingRight, placeOf } from './table.ts'
import type { Surroundings } from './surroundings.ts'
import {
  columnsOfExisting,
  columnsOfNew,
  wholeFile,
  type FileColumns,
  type Infer,
  type TypeSource,
} from './types.ts'
import { openTally, type Tally } from './tally.ts'
import { verifyImport, type Found } from './verify.ts'
import { requireStored } from './whole-write.ts'

export async function prepareImport(
  transfer: ImportTransfer,
  surroundings: Surroundings,
  preparation: Preparation,
): Promise<Prepared> {
  const infer = wholeFile(surroundings, preparation, transfer.onError)
  const opened = await openImport(transfer, surroundings, preparation, infer)
  return {
    plan: opened.plan,
    readings: opened.plan.wanted.flatMap(({ reading }) => reading ?? []),
    execute: (watcher) =>
      execute(opened, preparation, watcher).catch(async (error: unknown) => {
        throw await unlessChanged(error, opened.source)
      }),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

/** Looks at both ends and plans. Nothing has been changed when it returns. */
export async function openImport(
  transfer: ImportTransfer,
  surroundings: Surroundings,
  { runId, attempt: number, signal, onConnected }: Omit<Preparation, 'onProgress'>,
  infer: Infer,
): Promise<Import & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const embedded = stack.use(await surroundings.server('embedded'))
  const place = placeOf(transfer.target.server)
  const remote =
    place === 'embedded' ? embedded : stack.use(await surroundings.server(transfer.target.server))
  const { timezone } = await remote.check(signal)
  onConnected()
  const source = stack.use(await openSource(transfer.source, surroundings.workspace, embedded, signal))
  const target = await findTarget(transfer, remote, timezone, signal)
  const columns = await columnsOf(transfer, { source, embedded, timezone }, target, infer)
  const { types: inferred, readings, warnings } = columns
  const plan = planImport(transfer, {
    ...{ runId, attempt: number, file: source.facts, target, inferred, readings },
    missingRight: await missingRight(remote, target.name, stagedFor(transfer, target), signal),
    plainBytes: plainBytes(source),
    ownDatabase: embedded.database,
  })
  const servers = { embedded, remote }
  const kept = stack.move()
  return {
    ...{ transfer, surroundings, servers, source, target, columns },
    plan: { ...plan, warnings: [...plan.warnings, ...warnings] },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function columnsOf(
  transfer: ImportTransfer,
  from: TypeSource,
  { table }: TableTarget,
  infer: Infer,
): Promise<FileColumns> {
  if (!table) return await columnsOfNew(transfer, from, infer)
  const types = typesFromTable(from.source.facts, table, transfer.map)
  // What the table has no column for is an error of the plan, and need not be looked at.
  const columns = from.source.facts.names.filter((_, index) => types[index] !== undefined)
  const { readings } = transfer
  return await columnsOfExisting({ columns: transfer.columns ?? columns, readings }, types, from, infer)
}

/** Rows that are to be inserted from a staging table are kept in a plain one; else it is like the target. */
function stagedFor({ mode = 'append', engine = 'MergeTree' }: ImportTransfer, { table }: TableTarget) {
  if (!table) return { mode: 'create' as const, engine }
  const isLike = mode === 'replace' || isMovable(table)
  return { mode, engine: isLike ? table.engine : 'MergeTree' }
}

const plainBytes = ({ files, bytes }: OpenSource): number | null =>
  bytes > 0 && files.every(({ compression }) => compression === 'none') ? bytes : null

/** A table that is not there is no error yet: the write mode decides. */
async function findTarget(
  { target }: ImportTransfer,
  server: Server,
  timezone: string,
  signal: AbortSignal,
): Promise<TableTarget> {
  const name: TableName = { database: target.database ?? server.database, table: target.table }
  const table = await findTable(server, name, signal)
  const databaseEngine = await server.databaseEngine(name.database, { signal })
  if (!table && databaseEngine === undefined) {
    throw new AppError('TABLE_NOT_FOUND', `There is no database ${name.database} on ${server.label}.`, {
      place: { host: server.label },
    })
  }
  return { place: placeOf(target.server), timezone, name, databaseEngine: databaseEngine ?? '', table }
}

/** What came of moving: all that was read was written or rejected. */
interface Arrived {
  read: number
  written: number
  rejected: number
  piped: number
  /** Rows and checksum of what left the file, when they were to be taken. */
  left: Found | undefined
}

/** Which attempt of which run it is. */
type Attempt = Pick<Preparation, 'runId' | 'attempt'>

/** For a server that is asked what stayed; a cancel must end soon. */
const patienceMs = 5000
const cancelMs = 300

async function execute(job: Import, id: Attempt, watcher: Watcher): Promise<Outcome> {
  const { plan, servers, target } = job
  if (plan.commit !== 'direct') return await executeAll(job, id, watcher)
  // Unknown to some engines.
  const held = async (signal: AbortSignal) =>
    Number((await findTable(servers[target.place], target.name, signal))?.totalRows ?? NaN)
  const before = await held(watcher.signal)
  try {
    return await executeAll(job, id, watcher)
  } catch (error) {
    const patience = AbortSignal.timeout(watcher.signal.aborted ? cancelMs : patienceMs)
    const stayed = (await held(patience).catch(() => NaN)) - before
    if (stayed > 0) watcher.onStay(stayed)
    throw error
  }
}

async function executeAll(job: Import, id: Attempt, watcher: Watcher): Promise<Outcome> {
  const { source, surroundings, servers } = job
  if (!(await isUnclear(job, watcher.signal))) {
    try {
      return await attempt(job, id, watcher)
    } catch (error) {
      if (!(error instanceof Unclear)) throw error
    }
  }
  const { workspace } = surroundings
  await using placed = await normalised(source, workspace, servers.embedded, watcher.signal)
  return await attempt({ ...job, source: placed }, id, watcher)
}

/** Whether the rejects of a file can be told for sure only when the normaliser reads it. */
async function isUnclear(
  { plan, source, surroundings, servers }: Import,
  signal: AbortSignal,
): Promise<boolean> {
  if (!plan.division || source.facts.reading.by === 'normaliser') return false
  // What went straight into the table could not be taken back for a second reading.
  if (!plan.staging || source.facts.dialect.lineTerminator === '\r') return true
  return await mayEndInQuotes(source, { ...surroundings, embedded: servers.embedded, signal })
}

/** @throws {Unclear} */
async function attempt(job: Import, id: Attempt, watcher: Watcher): Promise<Outcome> {
  const { plan, servers, source, target, transfer } = job
  if (plan.division && !plan.staging && transfer.rejectLimit)
    await requireTolerable(job, transfer.rejectLimit, watcher)
  await using stack = new AsyncDisposableStack()
  stack.use(await noteHelpers(job, id))
  const staging = stack.use(await createStaging(job, id, watcher))
  const { read, written, rejected, piped, left } = plan.division
    ? await moveDivided(job, plan.division, id.runId, watcher)
    : await moveWhole(job, id, watcher)
  const { signal } = watcher
  const { verify: mode, engine } = transfer
  const counted = { mode, read: read - rejected, written, left, signal, engine }
  const verification = await verifyImport(counted, plan, servers[target.place], target)
  const outcome = {
    rowsRead: read,
    rowsWritten: written,
    bytesRead: source.bytes,
    bytesWritten: piped,
    verification,
  }
  await staging.commit(outcome)
  return outcome
}

/** What goes straight into the table cannot be taken back, so the rejects are counted before. */
async function requireTolerable(job: Import, limit: RejectLimit, watcher: Watcher): Promise<void> {
  const { source, transfer } = job
  const counted = await countPlaced(job, source, watcher)
  const { records, rejected } = counted
  if (toleratedOf(rejected, records, limit) === undefined) return
  const examples = await findExamples(job, source, counted, watcher.signal)
  requireTolerated({ rejected, first: firstReject(examples, transfer.readings) }, records, limit)
}

async function moveWhole(job: Import, id: Attempt, watcher: Watcher): Promise<Arrived> {
  const { plan, servers, source, surroundings } = job
  await using tally = await openTally(plan, servers.embedded, id)
  await requireClosedQuotes(source, { ...surroundings, embedded: servers.embedded, signal: watcher.signal })
  const moved = await moveChecked(job, watcher, tally)
  const read = await rowsReadFrom(servers, moved)
  if (read === 0) throw noRecords(source.facts.label)
  await requireUnchanged(source)
  // A server counts what its views write, too: of a direct insert only too few rows are a fault.
  const written = plan.commit === 'direct' ? Math.min(moved.written, read) : moved.written
  return { read, written, rejected: 0, piped: moved.piped, left: await tally?.found(watcher.signal) }
}

async function moveDivided(
  job: Import,
  planned: Division,
  runId: string,
  watcher: Watcher,
): Promise<Arrived> {
  const { source, transfer } = job
  await using open = await openDivision(job, planned)
  const moved = await open.move(watcher)
  if (moved.parsed + moved.malformed === 0) throw noRecords(source.facts.label)
  const hasAll = moved.parsed + moved.malformed === moved.fitting
  const kept = hasAll ? noRejects : await keepRejects(job, runId, open, watcher.signal)
  await requireUnchanged(source)
  requireAll(moved, kept, source.facts.label)
  const read = moved.fitting + kept.rejected
  if (kept.rejected > 0) watcher.onRejects({ rowsRead: read, rowsRejected: kept.rejected })
  requireTolerated(kept, read, transfer.rejectLimit)
  const left = await open.left(watcher.signal)
  return { read, written: moved.fitting, rejected: kept.rejected, piped: moved.piped, left }
}

/** Every record that was read went on or was written down as rejected; those that went on have arrived. */
function requireAll(moved: Divided, { rejected, blanks }: KeptRejects, label: string): void {
  const { parsed, malformed, fitting, received = fitting } = moved
  // A server counts what its views read, too.
  if (parsed + malformed === fitting + rejected + blanks && received >= fitting) return
  throw new AppError(
    'VERIFICATION_FAILED',
    `Of ${parsed + malformed - blanks} records of ${label}, ${Math.min(received, fitting)} were written and ${rejected} rejected.`,
    { place: { file: label } },
  )
}

async function moveChecked(job: Import, watcher: Watcher, tally: Tally | undefined): Promise<Movement> {
  const { plan, servers, source, target, surroundings } = job
  try {
    const totals = { totalRows: null, totalBytes: source.bytes, bytesRead: source.bytesRead }
    const moved = await move(plan, servers, totals, watcher, tally)
    await requireStored(servers[target.place], target.place, moved.writeId, watcher.signal)
    return moved
  } catch (error) {
    const { workspace } = surroundings
    const scope = { embedded: servers.embedded, workspace, source, signal: watcher.signal }
    throw await explainFault(error, scope, (facts) => checkedReader(facts, plan.wanted, target.timezone))
  }
}

/** As the reading server counted them, not as the writing one did. */
async function rowsReadFrom({ embedded }: Servers, moved: Movement): Promise<number> {
  const seen = await finished(embedded, moved.readId)
  return seen?.readRows ?? moved.read
}
