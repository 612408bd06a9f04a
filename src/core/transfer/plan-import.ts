import { AppError, type Commit, type ImportTransfer, type WriteMode } from '../../shared/index.ts'
import { identifier, tableName, type FileColumn, type TableName } from '../sql/index.ts'
import { checkedReader, checkedSelect, type FileReader, type WantedField } from './checked.ts'
import type { FileFacts, TableFacts, TableTarget } from './facts.ts'
import { chooseColumns, mapOntoTable } from './mapping.ts'
import type { Plan, PlannedStatement } from './plan.ts'

export interface ImportFacts {
  runId: string
  file: FileFacts
  target: TableTarget
  /** The types of the file's fields, in order; needed when a table is created. */
  inferred: string[]
  /** Whether the user may create a table beside the target and move it there. */
  mayStage: boolean
}

export interface ImportPlan extends Plan {
  /** The fields that are read, for `checkedReader`. */
  wanted: WantedField[]
}

/**
 * @throws {AppError} TABLE_EXISTS, TABLE_NOT_FOUND, COLUMN_NOT_FOUND, COLUMN_MISSING, TYPE_UNSUPPORTED
 */
export function planImport(transfer: ImportTransfer, facts: ImportFacts): ImportPlan {
  const { target } = facts
  const mode = modeOf(transfer, target)
  // What is loaded in place of a table is loaded like it; a new one is made from the file.
  const table = mode === 'create' ? undefined : target.table
  const wanted = table ? mapped(transfer, facts, table) : created(transfer, facts)
  if (!table) requireKey(transfer)
  const commit = commitOf(mode, table, facts.mayStage)
  const into = commit === 'direct' ? target.name : stagingName(target.name, facts.runId)
  const columns = wanted.map((field) => ({ source: field.source, target: field.target, type: field.type }))
  const reader = checkedReader(facts.file, wanted, target.timezone)
  return {
    commit,
    columns,
    wanted,
    ...(commit !== 'direct' && {
      staging: { name: into, create: createStaging(transfer, facts, into, mode, columns) },
    }),
    ...movement(reader, into, target),
    warnings: [
      ...facts.file.warnings,
      ...commitWarnings(commit, table, facts),
      ...verifyWarnings(transfer, commit, table),
      ...(table ? unusedWarnings(transfer, target.name, table) : []),
    ],
  }
}

/** `replace` of a table that is not there creates it. */
function modeOf(transfer: ImportTransfer, { table, name }: TableTarget): WriteMode {
  const mode = transfer.mode ?? (table ? 'append' : 'create')
  if (mode === 'create' && table) {
    throw new AppError('TABLE_EXISTS', `The table ${shown(name)} exists already.`)
  }
  if (mode === 'append' && !table) {
    throw new AppError('TABLE_NOT_FOUND', `There is no table ${shown(name)} to append to.`)
  }
  return table ? mode : 'create'
}

function created(transfer: ImportTransfer, { file, inferred }: ImportFacts): WantedField[] {
  return chooseColumns(file.names, transfer, file.label).map((moved) => ({
    ...moved,
    type: inferred[moved.index] ?? 'String',
  }))
}

function mapped(transfer: ImportTransfer, { file, target }: ImportFacts, table: TableFacts): WantedField[] {
  return mapOntoTable(file, table, transfer, shown(target.name)).map(({ column, ...moved }) => ({
    ...moved,
    type: column.type,
  }))
}

/** Engines whose partitions can be moved; those that are replicated need more than `CREATE TABLE … AS`. */
const movable =
  /^(Replacing|Summing|Aggregating|Collapsing|VersionedCollapsing|Graphite|Coalescing)?MergeTree$/

function commitOf(mode: WriteMode, table: TableFacts | undefined, mayStage: boolean): Commit {
  if (!table) return 'rename'
  if (mode === 'replace') return 'exchange'
  return mayStage && movable.test(table.engine) && !table.hasDependents ? 'partition-move' : 'direct'
}

function commitWarnings(
  commit: Commit,
  table: TableFacts | undefined,
  { target, mayStage }: ImportFacts,
): string[] {
  const name = shown(target.name)
  if (!table || commit === 'partition-move') return []
  if (commit === 'exchange') {
    const unseen = `The materialized views on ${name} do not see rows that replace the table.`
    return table.hasDependents ? [unseen] : []
  }
  const reason = table.hasDependents
    ? 'it feeds materialized views'
    : mayStage
      ? `its engine is ${table.engine}`
      : 'this user may not create a staging table'
  return [`Rows go straight into ${name}, because ${reason}: if the run fails, rows sent until then stay.`]
}

function verifyWarnings({ verify, engine }: ImportTransfer, commit: Commit, table?: TableFacts): string[] {
  if (verify !== 'checksum') return []
  if (commit === 'direct') {
    return [
      'Rows that go straight into a table cannot be told from those that were there: only counts are compared.',
    ]
  }
  return keepsEveryRow(table?.engine ?? engine)
    ? []
    : ['The engine of the table merges rows of equal key at any moment: only counts are compared.']
}

/** Whether a table of the engine holds as many rows as were written into it. Left out: that of a new table. */
export const keepsEveryRow = (engine = 'MergeTree'): boolean => engine === 'MergeTree'

/** What was said about a new table, and there is one already. */
function unusedWarnings(
  { types = [], engine, orderBy }: ImportTransfer,
  name: TableName,
  table: TableFacts,
): string[] {
  const isOtherKey = orderBy.length > 0 && orderBy.join(', ') !== table.sortingKey.replaceAll('`', '')
  const said = [
    ...(types.length > 0 ? ['types'] : []),
    ...(engine !== undefined && engine !== table.engine ? ['engine'] : []),
    ...(isOtherKey ? ['sorting key'] : []),
  ]
  return said.length > 0
    ? [`${shown(name)} is there and keeps its own ${said.join(', ')}; those chosen are not used.`]
    : []
}

/** With no key, all rows of such a table would be one. */
function requireKey({ engine, orderBy, target }: ImportTransfer): void {
  if (engine !== 'ReplacingMergeTree' || orderBy.length > 0) return
  throw new AppError(
    'USAGE',
    `${target.table} as a ReplacingMergeTree needs a sorting key, the columns by which rows are the same (--order-by).`,
  )
}

/** Beside the target, under a name that says whose it is. */
const stagingName = ({ database }: TableName, runId: string): TableName => ({
  database,
  table: `__flathouse_${runId.replaceAll('-', '')}`,
})

function createStaging(
  transfer: ImportTransfer,
  { target }: ImportFacts,
  staging: TableName,
  mode: WriteMode,
  columns: { target: string; type: string }[],
): PlannedStatement {
  const { place } = target
  if (mode !== 'create') {
    return { place, sql: `CREATE TABLE ${tableName(staging)} AS ${tableName(target.name)}`, settings: {} }
  }
  const list = columns.map(({ target: name, type }) => `${identifier(name)} ${type}`).join(', ')
  const key = sortingKey(transfer.orderBy, columns)
  const engine = transfer.engine ?? 'MergeTree'
  const sql = `CREATE TABLE ${tableName(staging)} (${list}) ENGINE = ${engine} ORDER BY ${key}`
  return { place, sql, settings: key.includes('Nullable') ? { allow_nullable_key: 1 } : {} }
}

function sortingKey(orderBy: string[], columns: { target: string }[]): string {
  const names = columns.map(({ target }) => target)
  const unknown = orderBy.find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new AppError(
      'COLUMN_NOT_FOUND',
      `The sorting key names ${JSON.stringify(unknown)}, which is not among the columns that move.`,
      { place: { column: unknown } },
    )
  }
  return orderBy.length === 0 ? 'tuple()' : `(${orderBy.map(identifier).join(', ')})`
}

/** One statement when the file and the table are on the same server, otherwise one on each. */
function movement(
  reader: FileReader,
  into: TableName,
  { place, table }: TableTarget,
): Pick<Plan, 'strategy' | 'read' | 'write'> {
  const columns: FileColumn[] = reader.fields.map(({ target, type }) => ({ name: target, type }))
  const list = columns.map(({ name }) => identifier(name)).join(', ')
  const insert = `INSERT INTO ${tableName(into)} (${list})`
  const select = checkedSelect(reader)
  // Within one server the counts of a read are not told from those of the views that the insert feeds.
  if (place === 'embedded' && !table?.hasDependents) {
    const settings = { ...reader.settings, ...insertSettings }
    return { strategy: 'pushdown', write: { place, sql: `${insert} ${select}`, settings } }
  }
  return {
    strategy: 'pipe',
    read: { place: 'embedded', sql: select, settings: reader.settings },
    write: { place, sql: insert, settings: insertSettings },
  }
}

/** A second import of the same file is meant: replicated tables must not take its blocks for a retry. */
const insertSettings = { async_insert: 0, insert_deduplicate: 0 }

const shown = ({ database, table }: TableName) => `${database}.${table}`
