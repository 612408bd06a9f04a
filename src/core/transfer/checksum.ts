import { parseType, type TypeNode } from '../schema/index.ts'
import { identifier, inputTable, tableName, type FileColumn, type TableName } from '../sql/index.ts'

/**
 * SQL of a number that is the same for the same rows in any order, whichever ClickHouse computes it and whatever the
 * columns are called.
 */
const checksumOf = (columns: readonly FileColumn[]): string =>
  `sum(cityHash64(tuple(${columns.map(({ name, type }) => hashed(identifier(name), parseType(type))).join(', ')})))`

/**
 * Rows and checksum of what can stand after FROM, as texts.
 *
 * No name is given to either: it could be that of a column.
 */
export const selectSums = (columns: readonly FileColumn[], from: string): string =>
  `SELECT toString(count()), toString(${checksumOf(columns)}) FROM ${from}`

/** A table for the rows and checksums of parts. */
export const sumsTable = (name: TableName): string =>
  `CREATE TABLE ${tableName(name)} (rows UInt64, sum UInt64) ENGINE = Log`

/** SQL of what goes into it; no column may be called like one of its own. */
export const partOfSums = (columns: readonly FileColumn[]): string =>
  `count() AS rows, ${checksumOf(columns)} AS sum`

/** Takes those of what follows the statement as Native blocks. */
export const takeSums = (name: TableName, columns: FileColumn[]): string =>
  `INSERT INTO ${tableName(name)} SELECT count(), ${checksumOf(columns)} FROM ${inputTable(columns)}`

/** Rows and checksum of all parts, as texts. */
export const addSums = (name: TableName): string =>
  `SELECT toString(sum(s.rows)), toString(sum(s.sum)) FROM ${tableName(name)} AS s`

/**
 * What stands for a value in its row's hash. Older servers cannot hash a NULL inside of a tuple (seen on 23.10 and 24.8),
 * and a NaN has many bit patterns, of which a file keeps one.
 */
function hashed(value: string, type: TypeNode, depth = 0): string {
  if (!isFragile(type)) return value
  const [first, second] = type.types
  const item = `x${depth}`
  const each = (list: string, of: TypeNode | undefined) =>
    of && isFragile(of) ? `arrayMap(${item} -> ${hashed(item, of, depth + 1)}, ${list})` : list
  switch (type.name) {
    case 'Float32':
    case 'Float64':
      return `if(isNaN(${value}), to${type.name}('nan'), ${value})`
    case 'BFloat16':
      return hashed(`toFloat32(${value})`, { ...type, name: 'Float32' }, depth)
    case 'Array':
      return each(value, first)
    case 'Map':
      return `tuple(${each(`mapKeys(${value})`, first)}, ${each(`mapValues(${value})`, second)})`
    case 'Tuple':
      return `tuple(${type.types.map((one, n) => hashed(`tupleElement(${value}, ${n + 1})`, one, depth)).join(', ')})`
    case 'Nested':
      return each(value, { ...type, name: 'Tuple' })
    case 'LowCardinality':
    case 'SimpleAggregateFunction':
      return first ? hashed(value, first, depth) : value
    default:
      // A hash of 0 could be that of a value as well, but no more likely than any other.
      return `ifNull(cityHash64(${first ? hashed(value, first, depth) : value}), 0)`
  }
}

const isFragile = ({ name, types }: TypeNode): boolean =>
  name === 'Nullable' || /^B?Float\d+$/.test(name) || types.some(isFragile)
