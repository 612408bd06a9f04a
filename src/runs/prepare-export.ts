import type { Server } from '../clickhouse/index.ts'
import {
  exportedTypes,
  isWholeTable,
  planExport,
  type FilePlan,
  type FileTargetFacts,
  type Relation,
} from '../core/transfer/index.ts'
import { checkSpace, freeSpace, type Formatting, type Target, type Workspace } from '../files/index.ts'
import type { ExportTransfer } from '../shared/index.ts'
import {
  move,
  type Movement,
  type Outcome,
  type Preparation,
  type Prepared,
  type Servers,
  type Watcher,
} from './prepared.ts'
import { noteHelpers } from './helpers.ts'
import { findRelation } from './relation.ts'
import type { Surroundings } from './surroundings.ts'
import { openTally, type Tally } from './tally.ts'
import { openWritten } from './written-back.ts'
import { describeTarget, startFormatting, targetFacts, writeFile } from './written-file.ts'
import { verifyFile } from './verify.ts'

interface Export {
  transfer: ExportTransfer
  workspace: Workspace
  servers: Servers
  source: Relation
  file: Target
  target: FileTargetFacts
  formatting: Formatting | undefined
  tally: Tally | undefined
  plan: FilePlan
}

export async function prepareExport(
  transfer: ExportTransfer,
  surroundings: Surroundings,
  preparation: Preparation,
): Promise<Prepared> {
  await using stack = new AsyncDisposableStack()
  const { servers, source } = stack.use(await openRelation(transfer, surroundings, preparation))
  const { workspace } = surroundings
  const { file, target } = await beginTarget(transfer, exportedTypes(transfer, source), workspace, stack)
  const plan = planExport(transfer, source, target)
  const room = { folder: file.folder, target, plan, signal: preparation.signal }
  await requireSpace(transfer, source, servers[source.place], room)
  const formatting = stack.use(await startFormatting(file, target, plan, source.label))
  stack.use(
    await noteHelpers({ plan, servers, target: { name: { table: file.name } }, surroundings }, preparation),
  )
  const tally = stack.use(await openTally(plan, servers.embedded, preparation))
  const job = { transfer, workspace, servers, source, file, target, formatting, tally, plan }
  const kept = stack.move()
  return {
    plan,
    execute: (watcher) => execute(job, watcher),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function beginTarget(
  { target: end, split }: ExportTransfer,
  types: readonly string[],
  workspace: Workspace,
  stack: AsyncDisposableStack,
): Promise<{ file: Target; target: FileTargetFacts }> {
  if (!split) {
    const file = stack.use(await workspace.target(end.path))
    return { file, target: targetFacts(end, file, types) }
  }
  const file = stack.use(await workspace.splitTarget(end.path, split))
  return { file, target: describeTarget(end, file, types, file.fifoPath, true) }
}

/** Connects to both servers and finds what is to be read. */
export async function openRelation(
  transfer: Pick<ExportTransfer, 'source' | 'filter' | 'where' | 'sort' | 'limit'>,
  surroundings: Surroundings,
  { signal, onConnected }: Pick<Preparation, 'signal' | 'onConnected'>,
): Promise<{ servers: Servers; source: Relation } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const embedded = stack.use(await surroundings.server('embedded'))
  const choice = transfer.source.server
  const remote = choice === 'embedded' ? embedded : stack.use(await surroundings.server(choice))
  const about = await remote.check(signal)
  onConnected()
  const source = await findRelation(transfer, { server: remote, about, embedded, signal })
  const kept = stack.move()
  return { servers: { embedded, remote }, source, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

interface Room {
  folder: string
  target: FileTargetFacts
  plan: FilePlan
  signal: AbortSignal
}

/**
 * Refuses what surely cannot fit: a value and what ends it take a byte at least. How well a file compresses nobody knows.
 *
 * @throws {AppError} DISK_FULL
 */
async function requireSpace(
  transfer: ExportTransfer,
  source: Relation,
  server: Server,
  { folder, target, plan, signal }: Room,
): Promise<void> {
  if (source.rows === null || target.compression !== 'none' || !isWholeTable(transfer, source)) return
  const width = plan.columns.length
  if (source.rows * width <= (await freeSpace(folder))) return
  // What the user may not see, or is deleted but for a merge, is in the table's own number.
  const sql = `SELECT toString(count()) AS rows FROM ${source.from}`
  const [row] = await server.rows<{ rows: string }>(sql, { signal })
  await checkSpace(folder, Number(row?.rows ?? 0) * width)
}

async function execute(job: Export, watcher: Watcher): Promise<Outcome> {
  const { plan, servers, transfer, file, tally } = job
  const { signal } = watcher
  const moved = await writeFile(job, watcher, (watching) =>
    move(plan, servers, { totalRows: null, totalBytes: null }, watching, tally),
  )
  const counted = { mode: transfer.verify, read: rowsRead(job, moved), written: moved.written, signal }
  const left = await tally?.found(signal)
  const verification = await verifyFile({ ...counted, left }, () => writtenSide(job))
  watcher.onCommit()
  const { bytes } = await file.commit()
  return {
    rowsRead: counted.read,
    rowsWritten: moved.written,
    bytesRead: moved.piped,
    bytesWritten: bytes,
    verification,
  }
}

/** Within one server, a filter, a join or a query reads other rows than it gives: then those it gave count. */
function rowsRead({ plan, transfer, source }: Export, moved: Movement): number {
  return plan.strategy === 'pipe' || isWholeTable(transfer, source) ? moved.read : moved.given
}

const writtenSide = ({ plan, servers, source, file, target, workspace }: Export) =>
  openWritten({ plan, file, target, workspace, timezone: source.timezone, embedded: servers.embedded })
