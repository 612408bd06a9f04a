import { AppError, type ImportTransfer, type Partition } from '../../shared/index.ts'
import { identifier, tableName, type Settings, type TableName } from '../sql/index.ts'
import type { TableFacts } from './facts.ts'

export interface NewColumn {
  target: string
  type: string
}

/**
 * The statement that creates a table for the columns that move.
 *
 * @throws {AppError} COLUMN_NOT_FOUND, or USAGE when a column has no dates to be partitioned by
 */
export function createTable(
  name: TableName,
  columns: readonly NewColumn[],
  { orderBy, partitionBy, engine = 'MergeTree' }: ImportTransfer,
): string {
  const list = columns.map(({ target, type }) => `${identifier(target)} ${type}`).join(', ')
  const keyed = orderBy.map((column) => find(columns, column, 'sorting key'))
  const names = keyed.map(({ target }) => identifier(target)).join(', ')
  const key = keyed.length === 0 ? 'tuple()' : keyed.length === 1 ? names : `(${names})`
  const parted = partitionBy && find(columns, partitionBy.column, 'partition key')
  const partition = parted ? ` PARTITION BY ${partitionKey(parted, partitionBy)}` : ''
  const isNullable = [...keyed, ...(parted ? [parted] : [])].some(({ type }) => type.includes('Nullable'))
  const settings = isNullable ? ' SETTINGS allow_nullable_key = 1' : ''
  return `CREATE TABLE ${tableName(name)} (${list}) ENGINE = ${engine}${partition} ORDER BY ${key}${settings}`
}

/**
 * The statement that creates a table which keeps rows as they come: they are inserted into the target from there, part
 * by part. It has the target's constraints and expressions, so that what they refuse is refused while rows are loaded. In
 * it nothing is merged, so that its parts stay the same; each of them is in one partition of the target, so that the
 * insert of one makes one part there, which arrives whole or not at all.
 */
export function createHeap(name: TableName, like: TableName, table: TableFacts): string {
  const partition = table.partitionKey === '' ? '' : ` PARTITION BY ${table.partitionKey}`
  // The key by which the target samples is taken over with its columns, and has to be in that by which rows are sorted.
  const key = table.sortingKey === '' ? 'tuple()' : `(${table.sortingKey})`
  const isReverse = / DESC\b/.test(table.sortingKey)
  const settings = Object.entries({ ...unmerged, ...(isReverse && { allow_experimental_reverse_key: 1 }) })
  const list = settings.map(([setting, value]) => `${setting} = ${value}`).join(', ')
  return `CREATE TABLE ${tableName(name)} AS ${tableName(like)} ENGINE = MergeTree${partition} ORDER BY ${key} SETTINGS ${list}`
}

const unmerged = {
  allow_nullable_key: 1,
  max_bytes_to_merge_at_max_space_in_pool: 1,
  max_number_of_merges_with_ttl_in_pool: 0,
  parts_to_delay_insert: 1_000_000,
  parts_to_throw_insert: 1_000_000,
}

/** What a server needs to be told before it creates a table with such types. */
export const creationSettings = (types: readonly string[]): Settings =>
  Object.fromEntries(
    unusual.flatMap(([type, setting]) => (types.some((text) => type.test(text)) ? [[setting, 1]] : [])),
  )

const unusual: [RegExp, string][] = [
  [/LowCardinality\((?!(Nullable\()?(Fixed)?String)/, 'allow_suspicious_low_cardinality_types'],
  [/FixedString\(\d{3,}\)/, 'allow_suspicious_fixed_string_types'],
  [/\bTime(64)?\b/, 'enable_time_time64_type'],
  [/Nullable\(Tuple/, 'enable_nullable_tuple_type'],
]

/** The key as the server writes it; undefined where the column is none that can be partitioned so. */
export function partitionKeyOf(columns: readonly NewColumn[], { column, by }: Partition): string | undefined {
  const parted = columns.find(({ target }) => target === column)
  return parted && (by === 'value' || parted.type.includes('Date'))
    ? partitionKey(parted, { column, by })
    : undefined
}

function partitionKey({ target, type }: NewColumn, { by }: Partition): string {
  const column = identifier(target)
  if (by === 'value') return column
  if (!type.includes('Date')) {
    const sentence = `The table cannot be partitioned by the ${by} of ${JSON.stringify(target)}, which is no date but ${type}.`
    throw new AppError('USAGE', sentence, { place: { column: target } })
  }
  if (by === 'month') return `toYYYYMM(${column})`
  if (by === 'year') return `toYear(${column})`
  // A day of a wide type may lie before or after all that a Date holds.
  return /Date32|DateTime64/.test(type) ? `toDate32(${column})` : `toDate(${column})`
}

function find(columns: readonly NewColumn[], name: string, key: string): NewColumn {
  const found = columns.find(({ target }) => target === name)
  if (found) return found
  throw new AppError(
    'COLUMN_NOT_FOUND',
    `The ${key} names ${JSON.stringify(name)}, which is not among the columns that move.`,
    { place: { column: name } },
  )
}
