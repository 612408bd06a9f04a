import type { Partition, Suggestion } from '../../../shared/index.ts'
import { chosenColumns } from '../draft.ts'
import type { Draft } from '../draft.ts'

/** The columns of a table that is made, by the names they will have, and what they were called in the source. */
export function targetColumns({ columns }: Draft, names: readonly string[]) {
  const renamed = new Map(columns.map.map(({ source, target }) => [source, target]))
  return chosenColumns(columns, names).map((source) => ({ source, name: renamed.get(source) ?? source }))
}

const partWords: Record<Partition['by'], string> = {
  month: 'month of ',
  year: 'year of ',
  day: 'day of ',
  value: '',
}

export const partitionText = ({ column, by }: Partition): string => `${partWords[by]}${column}`

/** Those of a column: a date by its parts, too. */
export const partitionsOf = (column: string, type: string): Partition[] => [
  ...(/\bDate/.test(type) ? (['month', 'year', 'day'] as const).map((by) => ({ column, by })) : []),
  { column, by: 'value' },
]

export type Keys = Pick<Draft['target']['table'], 'orderBy' | 'partitionBy'>

type TargetColumn = ReturnType<typeof targetColumns>[number]

/**
 * A suggestion for the table that is made; undefined when nothing of it is left.
 *
 * @param by the names by which it speaks of the columns: an inspection by the file's (`source`), a plan by the table's
 */
export function keysOf(
  suggestion: Suggestion,
  columns: readonly TargetColumn[],
  by: keyof TargetColumn,
): Keys | undefined {
  const targets = new Map(columns.map((column) => [column[by], column.name]))
  const orderBy = suggestion.orderBy.flatMap((name) => targets.get(name) ?? [])
  const { partitionBy: part } = suggestion
  const column = part === null ? undefined : targets.get(part.column)
  const partitionBy = part === null || column === undefined ? null : { ...part, column }
  return orderBy.length === 0 && partitionBy === null ? undefined : { orderBy, partitionBy }
}

/** "ORDER BY origin, date · PARTITION BY month of date" */
export const keysText = ({ orderBy, partitionBy }: Keys): string =>
  [
    ...(orderBy.length > 0 ? [`ORDER BY ${orderBy.join(', ')}`] : []),
    ...(partitionBy === null ? [] : [`PARTITION BY ${partitionText(partitionBy)}`]),
  ].join(' · ')
