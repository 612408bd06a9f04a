import { AppError, type Commit, type WriteMode } from '../../shared/index.ts'
import type { Settings, TableName } from '../sql/index.ts'
import type { TableFacts, TableTarget } from './facts.ts'

/** What besides the target decides how loaded rows become visible in it. */
export interface CommitFacts {
  mode: WriteMode
  /** Of what staging needs, the first right that the user does not have, such as `CREATE TABLE ON shop.*`. */
  missingRight: string | null
  /** Bytes of the source without compression; null when that is not known. */
  plainBytes: number | null
  /** Every record must fit, or the import fails. */
  isStrict: boolean
}

export interface CommitChoice {
  commit: Commit
  /** Why it is this one, as a sentence; null where it is the usual one. */
  reason: string | null
}

/** All rows of an INSERT, as one block. */
export const asOneBlock: Settings = {
  min_insert_block_size_rows: 1e15,
  min_insert_block_size_bytes: 1e15,
  max_insert_threads: 1,
}

/** A statement gives all rows or fails, whatever is usual for its user. */
export const wholeOrError: Settings = {
  limit: 0,
  offset: 0,
  ...Object.fromEntries(
    ['read', 'result', 'timeout', 'transfer', 'group_by', 'sort', 'distinct', 'set', 'join'].map((of) => [
      `${of}_overflow_mode`,
      'throw',
    ]),
  ),
}

/** A source of at most so many bytes is sent as one block, which the server holds in memory. */
const mostOfOneBlock = 32 * 1024 * 1024

/**
 * @throws {AppError} TABLE_UNSUITABLE or ACCESS_DENIED where rows cannot get into the target as they should
 */
export function chooseCommit(target: TableTarget, facts: CommitFacts): CommitChoice {
  const { table } = target
  if (!table) return create(target, facts)
  if (takesNothing.has(table.engine)) {
    throw unsuitable(`${label(target)} is a ${table.engine}, which takes no rows`)
  }
  return facts.mode === 'replace' ? replace(target, table, facts) : append(target, table, facts)
}

const plainMergeTree =
  /^(Replacing|Summing|Aggregating|Collapsing|VersionedCollapsing|Graphite|Coalescing)?MergeTree$/
const sharedMergeTree = /^(Replicated|Shared)\w*MergeTree$/
/** They keep what is inserted as it is, in a place of their own. */
const plainStores = new Set(['Log', 'StripeLog', 'TinyLog', 'Memory'])
/** They hold their rows themselves as well, by keys. */
const keyedStores = new Set(['Set', 'Join', 'EmbeddedRocksDB'])
const takesNothing = new Set([
  ...[
    'View',
    'LiveView',
    'WindowView',
    'Dictionary',
    'Merge',
    'Loop',
    'GenerateRandom',
    'FuzzJSON',
    'FuzzQuery',
  ],
])

const isMergeTree = (engine: string) => plainMergeTree.test(engine) || sharedMergeTree.test(engine)

/** Whether partitions can be moved there. A moved part triggers no view. */
export const isMovable = ({ engine, hasDependents }: Pick<TableFacts, 'engine' | 'hasDependents'>): boolean =>
  plainMergeTree.test(engine) && !hasDependents

/** An INSERT of a replicated or shared table that is repeated with its token is not done twice. */
export const knowsTokens = (engine: string): boolean => sharedMergeTree.test(engine)

function create(target: TableTarget, { missingRight }: CommitFacts): CommitChoice {
  if (target.databaseEngine === 'Memory') {
    throw unsuitable(
      `A table cannot be loaded under another name in ${target.name.database}, because a database of the engine Memory renames none`,
    )
  }
  requireRight(target, missingRight)
  return { commit: 'rename', reason: null }
}

/** Databases in which two tables can be exchanged at once. An engine that cannot be seen is believed to. */
const exchanging = new Set(['Atomic', 'Replicated', 'Shared', ''])

function replace(target: TableTarget, table: TableFacts, { missingRight }: CommitFacts): CommitChoice {
  const { databaseEngine } = target
  if (!exchanging.has(databaseEngine)) {
    throw unsuitable(
      `${label(target)} cannot be replaced at once, because its database is of the engine ${databaseEngine}: append to it after a TRUNCATE, or move it to an Atomic database`,
    )
  }
  if (!isMergeTree(table.engine) && !plainStores.has(table.engine) && !keyedStores.has(table.engine)) {
    throw unsuitable(
      `${label(target)} cannot be replaced, because a table of the engine ${table.engine || 'that cannot be seen'} keeps its rows elsewhere: replace the table that it writes to`,
    )
  }
  if (table.engine.startsWith('Replicated') && databaseEngine !== 'Replicated') {
    throw unsuitable(
      `${label(target)} cannot be replaced, because only one of its replicas would be: append to it after a TRUNCATE, or keep it in a Replicated database`,
    )
  }
  requireRight(target, missingRight)
  return { commit: 'exchange', reason: null }
}

function append(target: TableTarget, table: TableFacts, facts: CommitFacts): CommitChoice {
  const { engine, hasDependents } = table
  const name = label(target)
  if (facts.missingRight !== null) return unstaged(target, table, facts)
  if (isMovable(table)) return { commit: 'partition-move', reason: null }
  if (!isMergeTree(engine) && !plainStores.has(engine)) return unstaged(target, table, facts)
  const because = hasDependents
    ? `${name} feeds materialized views, which see inserted rows only`
    : knowsTokens(engine)
      ? `${name} is a ${engine}, whose replicas learn of inserted rows only`
      : `${name} is a ${engine}, which has no partitions to move`
  return {
    commit: 'insert-select',
    reason: `Rows are loaded into a staging table and inserted from there by the server, because ${because}.`,
  }
}

/** One block arrives whole or not at all where it becomes one part. */
function unstaged(
  target: TableTarget,
  table: TableFacts,
  { missingRight, plainBytes, isStrict }: CommitFacts,
): CommitChoice {
  const { engine, partitionKey, hasDependents } = table
  const because = whyUnstaged(table, missingRight)
  const isSmall = plainBytes !== null && plainBytes <= mostOfOneBlock
  const isOnePart = isMergeTree(engine) && partitionKey === '' && !hasDependents
  if (isSmall && isOnePart && isStrict) {
    return {
      commit: 'single-block',
      reason: `Rows go into ${label(target)} as one block, which arrives whole or not at all, because ${because}.`,
    }
  }
  return {
    commit: 'direct',
    reason: `Rows go straight into ${label(target)}, because ${because}: if the run fails, rows sent until then stay.`,
  }
}

function whyUnstaged({ engine }: TableFacts, missingRight: string | null): string {
  if (engine === '') return 'this user may not see its engine'
  if (!isMergeTree(engine) && !plainStores.has(engine)) return `its engine is ${engine}`
  return `this user may not commit a staging table (lacking ${missingRight ?? 'a right'})`
}

function requireRight(target: TableTarget, missingRight: string | null): void {
  if (missingRight === null) return
  throw new AppError(
    'ACCESS_DENIED',
    `${label(target)} is loaded under another name and renamed at the end, for which the user lacks ${missingRight}.`,
  )
}

/** Whether a table of the engine holds as many rows as were written into it. */
export const countsRows = (engine: string): boolean =>
  ['MergeTree', 'ReplicatedMergeTree', 'SharedMergeTree'].includes(engine) || plainStores.has(engine)

/** Whether the staging table of a commit holds as many rows as were written into it. */
export function keepsEveryRow(commit: Commit, table: TableFacts | undefined, engine = 'MergeTree'): boolean {
  if (commit === 'insert-select') return true
  // Where a table has a TTL nothing is merged while it is staged, except when it is to take the other's place.
  if (commit === 'exchange' && table?.hasTtl === true) return false
  return countsRows(table?.engine ?? engine)
}

const unsuitable = (sentence: string) => new AppError('TABLE_UNSUITABLE', `${sentence}.`)

const label = ({ name: { database, table } }: { name: TableName }) => `${database}.${table}`
