import { literal } from '../sql/index.ts'
import { quotedArgument, unwrap, type TypeNode } from './type.ts'

/** What goes into a file for a column: `sql` of type `type`. */
export interface Written {
  sql: string
  type: string
}

const withoutClockChanges = /^(UTC|UCT|GMT|Zulu|Universal|Greenwich|Etc\/.*)$/

/**
 * ClickHouse writes every type so that checked reading gets the value back, but for the local times of the hour that a
 * clock change repeats: those, and only those, are written with their offset.
 *
 * @param column SQL of the column
 * @param timezone of the server that the column is from
 */
export function writtenColumn(column: string, type: TypeNode, timezone: string): Written {
  const { base, nullable } = unwrap(type)
  const plain = { sql: column, type: type.text }
  if (base.name !== 'DateTime' && base.name !== 'DateTime64') return plain
  const zone = quotedArgument(base) ?? timezone
  if (withoutClockChanges.test(zone)) return plain
  const scale = base.name === 'DateTime' ? undefined : (base.values[0] ?? '3')
  const text = `toString(${column}, ${literal(zone)})`
  const readBack =
    scale === undefined
      ? `toDateTimeOrNull(${text}, ${literal(zone)})`
      : `toDateTime64OrNull(${text}, ${scale}, ${literal(zone)})`
  const offset = `formatDateTime(${column}, '%z', ${literal(zone)})`
  return {
    sql: `if(ifNull(${readBack} != ${column}, 0), concat(${text}, ${offset}), ${text})`,
    type: nullable ? 'Nullable(String)' : 'String',
  }
}
