import type { ColumnList, Inspection, Preview, ValueLayout } from '../../../shared/index.ts'
import { formatNoun } from '../../format.ts'
import { chosenColumns, orderedColumns, type ColumnsDraft } from '../draft.ts'

/** Where columns go. Of a new table the types can be chosen; those of a table that is there are given. */
export type Goal =
  | { kind: 'file' }
  | { kind: 'new' }
  | { kind: 'table'; name: string; columns: ColumnList['columns']; byPosition: boolean }

/** One column of the source: what it is, whether it moves, and what it becomes. */
export interface ColumnLine {
  name: string
  type: string
  comment: string
  /** Of a file's values, as it was found. */
  layout: ValueLayout | null
  /** Texts that are NULL among a file's values. */
  readAsNull: readonly string[]
  /** What is known of its values besides, in sentences. */
  notes: readonly string[]
  /** Its place in the preview. */
  at: number
  isChosen: boolean
  target: string
  /** Null where the target has no such column. */
  targetType: string | null
  problem: LineProblem | null
  /** Rows of the preview whose value does not fit. */
  unfit: readonly number[]
}

/** `absent` and `computed` are of a table that is there. */
type LineProblem = 'twice' | 'absent' | 'computed'

/** A cell of the preview, by its row and the source column's name. */
export interface Cell {
  row: number
  name: string
}

export type Step = 'up' | 'down' | 'top' | 'end'

/** All columns of the source in the order chosen. */
export function columnLines(
  preview: Preview,
  draft: ColumnsDraft,
  goal: Goal,
  notes?: ReadonlyMap<string, readonly string[]>,
): ColumnLine[] {
  const names = preview.columns.map(({ name }) => name)
  const places = new Map(names.map((name, index) => [name, index]))
  const chosen = new Set(chosenColumns(draft, names))
  const renamed = new Map(draft.map.map(({ source, target }) => [source, target]))
  const there = new Map(goal.kind === 'table' ? goal.columns.map((column) => [column.name, column]) : [])
  const unfit = Map.groupBy(preview.unfit, ({ column }) => column)
  const positions = goal.kind === 'table' && goal.byPosition ? writable(goal.columns) : []
  const targetOf = (name: string) => renamed.get(name) ?? positions[places.get(name) ?? -1]?.name ?? name
  const uses = Map.groupBy([...chosen].map(targetOf), (target) => target)
  return orderedColumns(draft, names).map((name) => {
    const at = places.get(name) ?? 0
    const { type = '', comment = '', layout = null, readAsNull = [] } = preview.columns[at] ?? {}
    const target = targetOf(name)
    const column = there.get(target)
    return {
      name,
      type,
      comment,
      layout,
      readAsNull,
      notes: notes?.get(name) ?? [],
      at,
      isChosen: chosen.has(name),
      target,
      targetType: goal.kind === 'table' ? (column?.type ?? null) : type,
      problem: chosen.has(name) ? problemOf(goal, column, uses.get(target)?.length ?? 0) : null,
      unfit: unfit.get(at)?.map(({ row }) => row) ?? [],
    }
  })
}

/** The same with what all records said, where the first ones said something else. */
export function refined(preview: Preview, whole: Inspection | undefined): Preview {
  if (!whole || !preview.file) return preview
  const found = new Map(whole.columns.map((column) => [column.name, column]))
  const columns = preview.columns.map((column) => {
    const { type, layout, readAsNull } = found.get(column.name) ?? column
    return { ...column, type, layout, readAsNull }
  })
  return { ...preview, columns, file: { ...preview.file, sampled: whole.records, isWhole: true } }
}

/** What all records said of each column besides its type. */
export const notesOf = ({ columns }: Inspection): Map<string, string[]> =>
  new Map(
    columns.map(({ name, notes, nullTokens, readAsNull }) => {
      const open = nullTokens.filter(({ token }) => !readAsNull.includes(token))
      return [name, [...notes, ...open.map(tokenNote)]]
    }),
  )

const tokenNote = ({ token, count }: Inspection['columns'][number]['nullTokens'][number]): string =>
  `${token === '' ? 'An empty field' : `“${token}”`} stands here ${formatNoun(Number(count), 'time')} and may mean NULL`

type TableColumn = ColumnList['columns'][number]

function problemOf(goal: Goal, column: TableColumn | undefined, uses: number): LineProblem | null {
  if (uses > 1) return 'twice'
  if (goal.kind !== 'table') return null
  if (!column) return 'absent'
  return isWritable(column) ? null : 'computed'
}

const isWritable = ({ kind }: TableColumn) => kind === '' || kind === 'DEFAULT'

export const writable = (columns: readonly TableColumn[]) => columns.filter(isWritable)

/** Without a header and without a word about names, fields go to the table's columns one by one. */
export function isByPosition(
  preview: Preview,
  draft: ColumnsDraft,
  columns: readonly TableColumn[],
): boolean {
  const isBare = preview.file?.dialect.header === false && draft.map.length === 0
  return isBare && preview.columns.length === writable(columns).length
}

/** The same choice with the names written down, so that it can be changed one by one. */
export function named(draft: ColumnsDraft, lines: readonly ColumnLine[], goal: Goal): ColumnsDraft {
  if (goal.kind !== 'table' || !goal.byPosition) return draft
  const map = lines.map(({ name, target }) => ({ source: name, target }))
  return { ...draft, map: map.filter(({ source, target }) => source !== target) }
}

/** Columns of the table that no chosen column goes to. */
export function unfilled(lines: readonly ColumnLine[], goal: Goal): string[] {
  if (goal.kind !== 'table') return []
  const filled = new Set(lines.filter(({ isChosen }) => isChosen).map(({ target }) => target))
  return writable(goal.columns)
    .map(({ name }) => name)
    .filter((name) => !filled.has(name))
}

/** Up to three different values, as an idea of what is in a column. */
export function samplesOf(rows: Preview['rows'], at: number): string[] {
  const samples = new Set<string>()
  for (const row of rows) {
    const value = row[at]
    if (value !== null && value !== undefined && value !== '') samples.add(value)
    if (samples.size === 3) break
  }
  return [...samples]
}

/** The place where a column comes to stand that goes one up (−1) or down (1) among those in sight. */
export function placeBeside(order: readonly string[], shown: readonly string[], name: string, step: -1 | 1) {
  const neighbour = shown[shown.indexOf(name) + step]
  return neighbour === undefined ? undefined : order.indexOf(neighbour)
}

/** The place where a column comes to stand that is dropped before or after another. */
export function placeOfDrop(order: readonly string[], name: string, onto: string, isAfter: boolean): number {
  const to = order.indexOf(onto) + (isAfter ? 1 : 0)
  return order.indexOf(name) < to ? to - 1 : to
}
