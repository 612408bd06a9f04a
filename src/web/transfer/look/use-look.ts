import { useMemo } from 'react'
import type { ColumnList, Preview } from '../../../shared/index.ts'
import type { ColumnsDraft, Draft } from '../draft.ts'
import { useTransfer } from '../state.tsx'
import { columnLines, isByPosition, named, notesOf, refined, type ColumnLine, type Goal } from './lines.ts'

export interface Look {
  preview: Preview
  lines: readonly ColumnLine[]
  goal: Goal
  /** The source's columns, in its own order. */
  names: readonly string[]
  columns: ColumnsDraft
  change: (update: (columns: ColumnsDraft) => ColumnsDraft) => void
}

/** What is known of the source's columns; undefined while nothing is. */
export function useLook(): Look | undefined {
  const { draft, preview, wholeFile, names, targetTable, change } = useTransfer()
  const whole = wholeFile.data
  const goal = useMemo(
    () => goalOf(draft, preview.data, targetTable.data),
    [draft, preview.data, targetTable.data],
  )
  const data = useMemo(() => preview.data && refined(preview.data, whole), [preview.data, whole])
  const lines = useMemo(
    () => (data ? columnLines(data, draft.columns, goal, whole && notesOf(whole)) : []),
    [data, draft.columns, goal, whole],
  )
  if (!data) return undefined
  const changeColumns: Look['change'] = (update) =>
    change((before) => ({ ...before, columns: update(named(before.columns, lines, goal)) }))
  return { preview: data, lines, goal, names, columns: draft.columns, change: changeColumns }
}

function goalOf(
  { source, target, columns }: Draft,
  preview: Preview | undefined,
  table: ColumnList | undefined,
): Goal {
  if (source.kind === 'table' || target.kind === 'file') return { kind: 'file' }
  if (!preview || !table || target.table.table === '' || target.table.mode === 'create')
    return { kind: 'new' }
  const { database, table: name } = target.table
  return {
    kind: 'table',
    name: database === '' ? name : `${database}.${name}`,
    columns: table.columns,
    byPosition: isByPosition(preview, columns, table.columns),
  }
}
