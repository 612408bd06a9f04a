import { identifier } from '../core/sql/index.ts'
import {
  checkedReader,
  checkedSelect,
  isWholeTable,
  planExport,
  rowClauses,
  targetDialect,
  type FileTargetFacts,
  type Plan,
  type Relation,
} from '../core/transfer/index.ts'
import { baseExtension, type TargetFacts, type TargetFile } from '../files/index.ts'
import type { ExportTransfer, FileEnd } from '../shared/index.ts'
import {
  move,
  type Movement,
  type Outcome,
  type Preparation,
  type Prepared,
  type Servers,
  type Watcher,
} from './prepared.ts'
import { findRelation } from './relation.ts'
import type { Surroundings } from './surroundings.ts'
import { requireWritten } from './written-file.ts'
import { verifyExport, type Side } from './verify.ts'

interface Export {
  transfer: ExportTransfer
  servers: Servers
  source: Relation
  file: TargetFile
  target: FileTargetFacts
  plan: Plan
}

export async function prepareExport(
  transfer: ExportTransfer,
  surroundings: Surroundings,
  preparation: Preparation,
): Promise<Prepared> {
  await using stack = new AsyncDisposableStack()
  const { servers, source } = stack.use(await openRelation(transfer, surroundings, preparation))
  const file = stack.use(await surroundings.workspace.target(transfer.target.path))
  const target = describeTarget(transfer.target, file, file.mountPath)
  const plan = planExport(transfer, source, target)
  const kept = stack.move()
  return {
    plan,
    execute: (watcher) => execute({ transfer, servers, source, file, target, plan }, watcher),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
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
  const about = await remote.check()
  onConnected()
  const source = await findRelation(transfer, { server: remote, about, embedded, signal })
  const kept = stack.move()
  return { servers: { embedded, remote }, source, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

export const describeTarget = (end: FileEnd, file: TargetFacts, mountPath: string): FileTargetFacts => ({
  label: file.name,
  mountPath,
  compression: file.compression,
  dialect: targetDialect(end.dialect, baseExtension(file.name), file.name),
})

async function execute(job: Export, watcher: Watcher): Promise<Outcome> {
  const { plan, servers, transfer, file } = job
  const moved = await move(plan, servers, { totalRows: null, totalBytes: null }, watcher)
  await requireWritten(servers.embedded, moved.writeId, file)
  const { signal } = watcher
  // Read a second time, a limit may let other rows through.
  const mode = transfer.limit !== undefined && transfer.verify === 'checksum' ? 'count' : transfer.verify
  const counted = { mode, read: rowsRead(job, moved), written: moved.written, signal }
  const verification = await verifyExport(counted, sourceSide(job), writtenSide(job))
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
  return plan.strategy === 'pipe' || isWholeTable(transfer, source) ? moved.read : moved.written
}

/** Under its own names: to rename columns here would let a condition speak of the wrong ones. */
function sourceSide({ plan, servers, source, transfer }: Export): Side {
  const columns = plan.columns.map((column) => column.source)
  const clauses = rowClauses({ ...transfer, sort: [] }, source.columns, source.label)
  return {
    server: servers[source.place],
    from: `(SELECT ${columns.map(identifier).join(', ')} FROM ${source.from}${clauses})`,
    columns,
  }
}

/** The unfinished file, read back as what was written to it. */
function writtenSide({ plan, servers, source, target }: Export): Side {
  const names = plan.columns.map((column) => column.target)
  const headerLines = target.dialect.header ? names.join('').split('\n').length : 0
  const facts = { ...target, names, skip: headerLines, utf8: false, warnings: [] }
  const wanted = plan.columns.map((column, index) => ({ ...column, index }))
  const reader = checkedReader(facts, wanted, source.timezone)
  return {
    server: servers.embedded,
    from: `(${checkedSelect(reader)})`,
    columns: names,
    settings: reader.settings,
  }
}
