import { chosenColumns, orderedColumns, settledColumns, type ColumnsDraft } from './draft.ts'

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

/** An empty type is the inferred one again. */
export function retype(columns: ColumnsDraft, column: string, type: string): ColumnsDraft {
  const types = columns.types.filter((one) => one.column !== column)
  return { ...columns, types: type === '' ? types : [...types, { column, type }] }
}
