import type { Partition, Suggestion } from '../../shared/index.ts'
import type { ColumnProfile } from './column-profile.ts'

/** Few enough that rows with the same value lie side by side for long. */
const mostGroups = 1000
const groupsInKey = 2
/** Below this a table is read so fast that partitions only make more parts. */
const largeTable = 10_000_000
const mostPartitions = 1000

/**
 * How a table for the columns would be sorted and partitioned; null when nothing speaks for any key.
 *
 * @param profile of the columns that move
 * @param rows how many the table will have, where that is known
 */
export function suggest(profile: readonly ColumnProfile[], rows: number | null): Suggestion | null {
  const records = Number(profile[0]?.records ?? 0)
  const keys = profile.filter(
    (column) => !column.nullable && Number(column.distinct) > 1 && isKey(column.type),
  )
  const groups = keys
    .filter(({ type, distinct }) => !isTime(type) && Number(distinct) <= Math.min(mostGroups, records / 10))
    .sort((a, b) => Number(a.distinct) - Number(b.distinct))
    .slice(0, groupsInKey)
  const time = keys.find(({ type }) => isTime(type))
  const id = keys.find(({ type, distinct }) => !isTime(type) && Number(distinct) >= records * 0.95)
  const last = time ?? id
  if (groups.length === 0 && !last) return null
  const partition = time && rows !== null && rows >= largeTable ? partitionOf(time, rows) : undefined
  return {
    orderBy: [...groups, ...(last ? [last] : [])].map(({ name }) => name),
    partitionBy: partition?.by ?? null,
    reasons: [
      ...groups.map(
        ({ name, distinct }) =>
          `${quoted(name)} has only ${count(Number(distinct), 'value')}, so equal ones lie together`,
      ),
      ...(time ? [`${quoted(time.name)} is a time: rows of one span lie together`] : []),
      ...(last && last === id ? [`${quoted(last.name)} tells the rows apart`] : []),
      ...(partition ? [partition.reason] : []),
    ],
  }
}

const isTime = (type: string) => type.startsWith('Date')
/** A float is seldom asked for by its value. */
const isKey = (type: string) => !/Float|Bool/.test(type)

function partitionOf(time: ColumnProfile, rows: number): { by: Partition; reason: string } | undefined {
  if (time.min === null || time.max === null) return undefined
  const [from, to] = [monthOf(time.min), monthOf(time.max)]
  const months = to - from + 1
  const years = Math.floor(to / 12) - Math.floor(from / 12) + 1
  const [by, parts] = months <= mostPartitions ? (['month', months] as const) : (['year', years] as const)
  if (!(parts > 1 && parts <= mostPartitions)) return undefined
  return {
    by: { column: time.name, by },
    reason: `${count(rows, 'row')} make ${count(parts, 'partition')} by the ${by} of ${quoted(time.name)}, of which old ones can be dropped at once`,
  }
}

/** Since the year 0, of `YYYY-MM…`. */
const monthOf = (time: string) => Number(time.slice(0, 4)) * 12 + Number(time.slice(5, 7)) - 1

const quoted = (name: string) => JSON.stringify(name)
const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`
