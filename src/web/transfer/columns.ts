import type { Reading } from '../../shared/index.ts'
import { chosenColumns, orderedColumns, settledColumns, type ColumnsDraft } from './draft.ts'
import { takesLayout } from './layouts.ts'

/** Changes of the choice of columns. `names` are the source's columns; `shown` those that a filter leaves in sight. */

export function tick(columns: ColumnsDraft, names: readonly string[], shown: readonly string[], on: boolean) {
  const settled = settledColumns(columns, names)
  const off = new Set(settled.off)
  for (const name of shown) {
    if (on) off.delete(name)
    else off.add(name)
  }
  return { ...settled, off: [...off] }
}

export function invert(columns: ColumnsDraft, names: readonly string[], shown: readonly string[]) {
  const chosen = new Set(chosenColumns(columns, names))
  const on = shown.filter((name) => !chosen.has(name))
  const off = shown.filter((name) => chosen.has(name))
  return tick(tick(columns, names, on, true), names, off, false)
}

/** Moves a column so that it stands at the place (from 0) among all columns. */
export function moveColumn(columns: ColumnsDraft, names: readonly string[], name: string, to: number) {
  const settled = settledColumns(columns, names)
  const order = orderedColumns(settled, names).filter((other) => other !== name)
  order.splice(Math.max(0, Math.min(to, order.length)), 0, name)
  return { ...settled, order }
}

/** An empty new name, or the old one, takes the renaming back. */
export function rename(columns: ColumnsDraft, source: string, target: string): ColumnsDraft {
  const map = columns.map.filter((one) => one.source !== source)
  return { ...columns, map: target === '' || target === source ? map : [...map, { source, target }] }
}

/** An empty type is the inferred one again. A layout that the type cannot have goes. */
export function retype(columns: ColumnsDraft, column: string, type: string): ColumnsDraft {
  const others = columns.types.filter((one) => one.column !== column)
  if (type === '') return { ...columns, types: others }
  const typed = { ...columns, types: [...others, { column, type }] }
  const { layout } = readingOf(columns, column)
  const isLeft = layout === undefined || takesLayout(type, layout)
  return isLeft ? typed : reread(typed, column, { layout: undefined })
}

export const typeOf = ({ types }: ColumnsDraft, column: string): string | undefined =>
  types.find((one) => one.column === column)?.type

/** NULL in place of a value needs a type that has it: an inferred one gets it by itself, one that was chosen here. */
export function withMisfit(columns: ColumnsDraft, column: string, misfit: Reading['misfit']): ColumnsDraft {
  const type = typeOf(columns, column)
  const typed = misfit === 'null' && type !== undefined ? retype(columns, column, nullable(type)) : columns
  return reread(typed, column, { misfit })
}

const nullable = (type: string): string =>
  type.includes('Nullable(')
    ? type
    : type.startsWith('LowCardinality(')
      ? type.replace(/^LowCardinality\((.*)\)$/, 'LowCardinality(Nullable($1))')
      : `Nullable(${type})`

/** Nothing that was said of a column any more. */
export function forget(columns: ColumnsDraft, column: string): ColumnsDraft {
  const others = (names: string[] | null) => names?.filter((name) => name !== column) ?? null
  const { off, order, only, map, types, readings } = columns
  return {
    off: off.filter((name) => name !== column),
    order: others(order),
    only: others(only),
    map: map.filter(({ source }) => source !== column),
    types: types.filter((one) => one.column !== column),
    readings: readings.filter((one) => one.column !== column),
  }
}

/** Changes how a column's values are read; what is undefined is found out, as it is without a reading. */
export function reread(columns: ColumnsDraft, column: string, part: Partial<Reading>): ColumnsDraft {
  const before = readingOf(columns, column)
  const { layout, nullTokens, misfit } = { ...before, ...part }
  const isPlain = layout === undefined && nullTokens === undefined && misfit === 'reject'
  const others = columns.readings.filter((one) => one.column !== column)
  const next = { column, ...(layout && { layout }), ...(nullTokens && { nullTokens }), misfit }
  return { ...columns, readings: isPlain ? others : [...others, next] }
}

export const readingOf = ({ readings }: ColumnsDraft, column: string): Reading =>
  readings.find((one) => one.column === column) ?? { column, misfit: 'reject' }
