import { finished, type Server } from '../clickhouse/index.ts'
import type { TableName } from '../core/sql/index.ts'
import { checkedReader, planImport, type ImportPlan, type TableTarget } from '../core/transfer/index.ts'
import { fileChanged } from '../files/index.ts'
import { AppError, type ImportTransfer } from '../shared/index.ts'
import { explainFault } from './locate.ts'
import {
  move,
  type Movement,
  type Outcome,
  type Preparation,
  type Prepared,
  type Servers,
  type Watcher,
} from './prepared.ts'
import { noRecords, openSource, type OpenSource } from './source-file.ts'
import { createStaging } from './staging.ts'
import { findTable, mayStage, placeOf } from './table.ts'
import type { Surroundings } from './surroundings.ts'
import { typesOfNew, wholeFile, type Infer } from './types.ts'
import { verifyImport } from './verify.ts'

/** Everything an import needs but the rows. */
interface Import {
  transfer: ImportTransfer
  surroundings: Surroundings
  servers: Servers
  source: OpenSource
  target: TableTarget
  plan: ImportPlan
}

export async function prepareImport(
  transfer: ImportTransfer,
  surroundings: Surroundings,
  preparation: Preparation,
): Promise<Prepared> {
  const opened = await openImport(transfer, surroundings, preparation, wholeFile(surroundings, preparation))
  return {
    plan: opened.plan,
    execute: (watcher) => execute(opened, watcher),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

/** Looks at both ends and plans. Nothing has been changed when it returns. */
export async function openImport(
  transfer: ImportTransfer,
  surroundings: Surroundings,
  { runId, signal, onConnected }: Omit<Preparation, 'onProgress'>,
  infer: Infer,
): Promise<Import & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const embedded = stack.use(await surroundings.server('embedded'))
  const place = placeOf(transfer.target.server)
  const remote =
    place === 'embedded' ? embedded : stack.use(await surroundings.server(transfer.target.server))
  const { timezone } = await remote.check()
  onConnected()
  const source = stack.use(await openSource(transfer.source, surroundings.workspace, embedded, signal))
  const target = await findTarget(transfer, remote, timezone)
  const inferred = target.table ? [] : await typesOfNew(transfer, { source, embedded, timezone }, infer)
  const staged = target.table ? await mayStage(remote, target.name) : true
  const plan = planImport(transfer, { runId, file: source.facts, target, inferred, mayStage: staged })
  const servers = { embedded, remote }
  const kept = stack.move()
  return {
    ...{ transfer, surroundings, servers, source, target, plan },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** A table that is not there is no error yet: the write mode decides. */
async function findTarget(
  { target }: ImportTransfer,
  server: Server,
  timezone: string,
): Promise<TableTarget> {
  const name: TableName = { database: target.database ?? server.database, table: target.table }
  const table = await findTable(server, name)
  if (!table) await requireDatabase(server, name)
  return { place: placeOf(target.server), timezone, name, table }
}

async function requireDatabase(server: Server, { database }: TableName): Promise<void> {
  if ((await server.databases()).includes(database)) return
  throw new AppError('TABLE_NOT_FOUND', `There is no database ${database} on ${server.label}.`, {
    place: { host: server.label },
  })
}

async function execute(job: Import, watcher: Watcher): Promise<Outcome> {
  const { plan, servers, source, target, transfer } = job
  const server = servers[target.place]
  await using staging = await createStaging(plan, server, target.name)
  const moved = await moveChecked(job, watcher)
  const rowsRead = await rowsReadFrom(servers, moved)
  if (rowsRead === 0) throw noRecords(source.facts.label)
  for (const file of source.files) {
    if (await fileChanged(file)) {
      throw new AppError('VERIFICATION_FAILED', `${file.name} was changed while it was being read.`, {
        place: { file: file.name },
      })
    }
  }
  const { signal } = watcher
  // A server counts what its views write, too: of a direct insert only too few rows are a fault.
  const written = plan.commit === 'direct' ? Math.min(moved.written, rowsRead) : moved.written
  const counted = { mode: transfer.verify, read: rowsRead, written, signal, engine: transfer.engine }
  const verification = await verifyImport(counted, plan, source.facts, servers, target)
  watcher.onCommit()
  await staging.commit()
  return {
    rowsRead,
    rowsWritten: written,
    bytesRead: source.bytes,
    bytesWritten: moved.piped,
    verification,
  }
}

async function moveChecked(job: Import, watcher: Watcher): Promise<Movement> {
  const { plan, servers, source, target, surroundings } = job
  try {
    return await move(plan, servers, { totalRows: null, totalBytes: source.bytes }, watcher)
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
