import type { About, Server } from '../clickhouse/index.ts'
import { identifier, tableName } from '../core/sql/index.ts'
import {
  checkedReader,
  checkedSelect,
  planExport,
  targetDialect,
  type FileTargetFacts,
  type Plan,
  type Relation,
} from '../core/transfer/index.ts'
import { baseExtension, type TargetFile } from '../files/index.ts'
import type { ExportTransfer, FileEnd } from '../shared/index.ts'
import { requireAllowedSql } from './guard.ts'
import {
  move,
  type Movement,
  type Outcome,
  type Preparation,
  type Prepared,
  type Servers,
  type Watcher,
} from './prepared.ts'
import type { Surroundings } from './surroundings.ts'
import { placeOf } from './table.ts'
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
  { onConnected }: Preparation,
): Promise<Prepared> {
  await using stack = new AsyncDisposableStack()
  const embedded = stack.use(await surroundings.server('embedded'))
  const choice = transfer.source.server
  const remote = choice === 'embedded' ? embedded : stack.use(await surroundings.server(choice))
  const about = await remote.check()
  onConnected()
  const source = await findRelation(transfer, remote, about)
  const file = stack.use(await surroundings.workspace.target(transfer.target.path))
  const target = describeTarget(transfer.target, file)
  const plan = planExport(transfer, source, target)
  const servers = { embedded, remote }
  const kept = stack.move()
  return {
    plan,
    execute: (watcher) => execute({ transfer, servers, source, file, target, plan }, watcher),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

export const describeTarget = (end: FileEnd, file: TargetFile): FileTargetFacts => ({
  label: file.name,
  mountPath: file.mountPath,
  compression: file.compression,
  dialect: targetDialect(end.dialect, baseExtension(file.name), file.name),
})

/** The table or query, and the columns it gives. What a person wrote is checked before the embedded server sees it. */
async function findRelation(
  { source, where }: ExportTransfer,
  server: Server,
  { timezone, takesSettings }: About,
): Promise<Relation> {
  const place = placeOf(source.server)
  const from =
    source.kind === 'table'
      ? tableName({ database: source.database ?? server.database, table: source.table })
      : `(\n${source.sql}\n)`
  const filter = where === undefined ? '' : ` WHERE (${where}\n)`
  if (place === 'embedded' && (source.kind === 'query' || where !== undefined)) {
    await requireAllowedSql(server, `SELECT * FROM ${from}${filter}`)
  }
  if (source.kind === 'query') {
    return {
      label: 'The query',
      place,
      timezone,
      takesSettings,
      from,
      columns: await server.describe(source.sql),
    }
  }
  const name = { database: source.database ?? server.database, table: source.table }
  const { columns } = await server.table(name)
  const label = `${name.database}.${name.table}`
  return { label, place, timezone, takesSettings, from, columns }
}

async function execute(job: Export, watcher: Watcher): Promise<Outcome> {
  const { plan, servers, transfer, file } = job
  const moved = await move(plan, servers, { totalRows: null, totalBytes: null }, watcher)
  await requireWritten(servers.embedded, moved.writeId, file)
  const { signal } = watcher
  const counted = { mode: transfer.verify, read: rowsRead(job, moved), written: moved.written, signal }
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

/** Within one server, a filter or a query reads other rows than it gives: then those it gave count. */
function rowsRead({ plan, transfer }: Export, moved: Movement): number {
  const isWhole = transfer.source.kind === 'table' && transfer.where === undefined
  return plan.strategy === 'pipe' || isWhole ? moved.read : moved.written
}

function sourceSide({ plan, servers, source, transfer }: Export): Side {
  const columns = plan.columns.map(
    ({ source: from, target }) => `${identifier(from)} AS ${identifier(target)}`,
  )
  const filter = transfer.where === undefined ? '' : ` WHERE (${transfer.where}\n)`
  return {
    server: servers[source.place],
    from: `(SELECT ${columns.join(', ')} FROM ${source.from}${filter})`,
    columns: plan.columns.map(({ target }) => target),
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
