import {
  AppError,
  type Commit,
  type ImportTransfer,
  type Mapping,
  type Reading,
  type WriteMode,
} from '../../shared/index.ts'
import { identifier, tableName, type Settings, type TableName } from '../sql/index.ts'
import { checkedReader, checkedSelect, type FileReader, type WantedField } from './checked.ts'
import type { FileFacts, TableFacts, TableTarget } from './facts.ts'
import { chooseColumns, mapOntoTable } from './mapping.ts'
import { asOneBlock, chooseCommit, keepsEveryRow, type CommitChoice } from './commit.ts'
import { createHeap, createTable, creationSettings, partitionKeyOf, type NewColumn } from './new-table.ts'
import { insertSettings, type Plan, type PlannedStatement } from './plan.ts'
import { divide, planDivision, type Division } from './rejects.ts'

export interface ImportFacts {
  runId: string
  file: FileFacts
  target: TableTarget
  /** The types of the file's fields, in order; needed when a table is created. */
  inferred: string[]
  /** How the file's fields are read, in order; left out: as ClickHouse writes values. */
  readings?: readonly (Reading | undefined)[]
  /** From 1. */
  attempt: number
  /** Of what a staging table needs, the first right that the user does not have; null when there is none. */
  missingRight: string | null
  /** Bytes of the source without compression; null when that is not known. */
  plainBytes: number | null
  /** What the embedded database is called. */
  ownDatabase: string
}

export interface ImportPlan extends Plan {
  /** The fields that are read, for `checkedReader`. */
  wanted: WantedField[]
  /** Of an import that goes on after a record that cannot be moved. */
  division?: Division
}

/**
 * @throws {AppError} TABLE_EXISTS, TABLE_NOT_FOUND, TABLE_UNSUITABLE, ACCESS_DENIED, COLUMN_NOT_FOUND, COLUMN_MISSING or
 *   TYPE_UNSUPPORTED
 */
export function planImport(transfer: ImportTransfer, facts: ImportFacts): ImportPlan {
  const { target } = facts
  const mode = modeOf(transfer, target)
  // What is loaded in place of a table is loaded like it; a new one is made from the file.
  const table = mode === 'create' ? undefined : target.table
  const wanted = table ? mapped(transfer, facts, table) : created(transfer, facts)
  if (!table) requireKey(transfer)
  const { commit, reason } = chooseCommit(target, { ...facts, mode, isStrict: transfer.onError === 'stop' })
  const isStaged = commit !== 'direct' && commit !== 'single-block'
  const into = isStaged ? stagingName(target.name, facts) : target.name
  const columns = wanted.map((field) => ({ source: field.source, target: field.target, type: field.type }))
  const reader = checkedReader(facts.file, wanted, target.timezone)
  const isExact = isStaged && keepsEveryRow(commit, table, transfer.engine)
  const isHashed = transfer.verify === 'checksum' && isExact
  const loading: Loading = { into, isStaged, isHashed, settings: settingsOf(commit, facts) }
  return {
    commit,
    ...(reason !== null && commit !== 'direct' && { commitReason: reason }),
    columns,
    wanted,
    ...(isStaged && {
      staging: { name: into, create: createStaging(transfer, facts, into, commit, columns) },
    }),
    ...(transfer.onError === 'skip'
      ? dividedMovement(reader, loading, facts)
      : movement(reader, loading, target)),
    warnings: [
      ...facts.file.warnings,
      ...commitWarnings({ commit, reason }, target),
      ...(transfer.verify === 'checksum' && !isExact ? [countsOnly(isStaged)] : []),
      ...(table ? unusedWarnings(transfer, target.name, table, columns) : []),
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

function created(transfer: ImportTransfer, { file, inferred, readings }: ImportFacts): WantedField[] {
  return chooseColumns(file.names, transfer, file.label).map((moved) => ({
    ...moved,
    type: inferred[moved.index] ?? 'String',
    reading: readings?.[moved.index],
  }))
}

function mapped(
  transfer: ImportTransfer,
  { file, target, readings }: ImportFacts,
  table: TableFacts,
): WantedField[] {
  return mapOntoTable(file, table, transfer, shown(target.name)).map(({ column, ...moved }) => ({
    ...moved,
    type: column.type,
    reading: readings?.[moved.index],
  }))
}

function commitWarnings({ commit, reason }: CommitChoice, { name, table }: TableTarget): string[] {
  if (commit === 'direct' && reason !== null) return [reason]
  if (commit !== 'exchange' || table?.hasDependents !== true) return []
  return [`The materialized views on ${shown(name)} do not see rows that replace the table.`]
}

const countsOnly = (isStaged: boolean): string =>
  isStaged
    ? 'Rows of the table are merged or vanish by themselves: only counts are compared.'
    : 'Rows that go straight into a table cannot be told from those that were there: only counts are compared.'

/** What was said about a new table, and there is one already. */
function unusedWarnings(
  { types = [], engine, orderBy, partitionBy }: ImportTransfer,
  name: TableName,
  table: TableFacts,
  columns: (Mapping & { type: string })[],
): string[] {
  const isOtherKey =
    orderBy.length > 0 && orderBy.join(', ') !== table.sortingKey.replaceAll(/^\(|\)$|`/g, '')
  const own = new Map(columns.map(({ source, type }) => [source, plain(type)]))
  const parted = partitionBy && partitionKeyOf(columns, partitionBy)
  const said = [
    ...(types.some(({ column, type }) => own.get(column) !== plain(type)) ? ['types'] : []),
    ...(engine !== undefined && engine !== table.engine ? ['engine'] : []),
    ...(isOtherKey ? ['sorting key'] : []),
    ...(partitionBy && plain(parted) !== plain(table.partitionKey) ? ['partitions'] : []),
  ]
  return said.length > 0
    ? [`${shown(name)} is there and keeps its own ${said.join(', ')}; those chosen are not used.`]
    : []
}

/** As far as spelling tells nothing. */
const plain = (sql = '') => sql.replaceAll(/[\s`]/g, '')

/** With no key, all rows of such a table would be one. */
function requireKey({ engine, orderBy, target }: ImportTransfer): void {
  if (engine !== 'ReplacingMergeTree' || orderBy.length > 0) return
  throw new AppError(
    'USAGE',
    `${target.table} as a ReplacingMergeTree needs a sorting key, the columns by which rows are the same (--order-by).`,
  )
}

/** Beside the target, under a name that says whose it is. */
const stagingName = (
  { database }: Pick<TableName, 'database'>,
  { runId, attempt }: Pick<ImportFacts, 'runId' | 'attempt'>,
): TableName => ({ database, table: `__flathouse_${runId.replaceAll('-', '')}_${attempt}` })

function createStaging(
  transfer: ImportTransfer,
  { target }: ImportFacts,
  staging: TableName,
  commit: Commit,
  columns: NewColumn[],
): PlannedStatement {
  const { place, name, table } = target
  const creating = (of: readonly { type: string }[], sql: string): PlannedStatement => {
    return { place, sql, settings: creationSettings(of.map(({ type }) => type)) }
  }
  if (!table) return creating(columns, createTable(staging, columns, transfer))
  if (commit === 'insert-select') return creating(table.columns, createHeap(staging, name, table))
  return creating(table.columns, `CREATE TABLE ${tableName(staging)} AS ${tableName(name)}`)
}

/** What rows are loaded into, and how. */
interface Loading {
  into: TableName
  isStaged: boolean
  isHashed: boolean
  settings: Settings
}

/** One statement when the file and the table are on the same server, otherwise one on each. */
function movement(
  reader: FileReader,
  loading: Loading,
  target: TableTarget,
): Pick<Plan, 'strategy' | 'read' | 'write' | 'hashed'> {
  const { isHashed, settings } = loading
  const insert = insertInto(loading, reader)
  const select = checkedSelect(reader)
  // Only what passes through Flathouse can be hashed on its way; else all of the file would have to be read twice.
  if (isPushed(target, loading) && !isHashed) {
    const write = {
      place: 'embedded' as const,
      sql: `${insert} ${select}`,
      settings: { ...reader.settings, ...settings },
    }
    return { strategy: 'pushdown', write }
  }
  return {
    strategy: 'pipe',
    read: { place: 'embedded', sql: select, settings: reader.settings },
    ...(isHashed && { hashed: reader.fields.map(({ target: name, type }) => ({ name, type })) }),
    write: { place: target.place, sql: insert, settings },
  }
}

/** The same where records that cannot be moved are kept: the embedded server divides what it reads. */
function dividedMovement(
  reader: FileReader,
  loading: Loading,
  facts: ImportFacts,
): Pick<ImportPlan, 'strategy' | 'read' | 'write' | 'division'> {
  const { target, ownDatabase } = facts
  const { into, isHashed, settings } = loading
  const base = stagingName({ database: ownDatabase }, facts)
  const isOne = isPushed(target, loading)
  const division = planDivision(reader, base, { into: isOne ? into : undefined, isHashed })
  const read = divide(division, reader, 1, '')
  if (isOne) return { strategy: 'pushdown', write: read, division }
  const write = { place: target.place, sql: insertInto(loading, reader), settings }
  return { strategy: 'pipe', read, write, division }
}

/** Within one server the counts of a read are not told from those of the views that the insert feeds. */
const isPushed = ({ place, table }: TableTarget, { isStaged }: Loading): boolean =>
  place === 'embedded' && (isStaged || !table?.hasDependents)

const insertInto = ({ into }: Loading, { fields }: FileReader): string =>
  `INSERT INTO ${tableName(into)} (${fields.map(({ target }) => identifier(target)).join(', ')})`

function settingsOf(commit: Commit, { runId, attempt, target }: ImportFacts): Settings {
  return {
    ...insertSettings(`${runId}_${attempt}`),
    ...(commit === 'single-block' && asOneBlock),
    // By the name that 23.8 knows, and later ones still do: the answer comes when all shards have the rows.
    ...(target.table?.engine === 'Distributed' && { insert_distributed_sync: 1 }),
  }
}

const shown = ({ database, table }: TableName) => `${database}.${table}`
