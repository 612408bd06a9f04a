import { emptyColumns, emptyRelation, type Draft, type EndKind, type FileDraft } from '../draft.ts'
import { fileNameFor, tableNameFor } from './file-name.ts'

/** What a person chooses of the two ends, and what follows from it. */

/** The table takes the file's name, unless a person named it. */
export function proposeTable(draft: Draft, path: string): Draft {
  const { table } = draft.target
  const isFree = table.table === '' || table.table === tableNameFor(draft.source.file.path)
  if (!isFree) return draft
  const named = { ...table, table: tableNameFor(path), orderBy: [], partitionBy: null }
  return { ...draft, target: { ...draft.target, table: named } }
}

/** A table goes into a file and a file into a table, unless a person says otherwise afterwards. */
export function withSourceKind(draft: Draft, kind: EndKind): Draft {
  if (kind === draft.source.kind) return draft
  const target = { ...draft.target, kind: kind === 'table' ? ('file' as const) : ('table' as const) }
  return { ...draft, columns: emptyColumns, source: { ...draft.source, kind }, target }
}

export const withTargetKind = (draft: Draft, kind: EndKind): Draft => ({
  ...draft,
  target: { ...draft.target, kind },
})

/** Another table: what was said about the rows and columns of the old one does not hold. */
export function withSourceTable(
  draft: Draft,
  place: { server: string; database: string; table: string },
): Draft {
  const { file } = draft.target
  const isFree = file.path === '' || file.path === fileNameFor(draft.source.table.table)
  return {
    ...draft,
    columns: emptyColumns,
    source: { ...draft.source, kind: 'table', table: { ...emptyRelation, ...place } },
    target: {
      ...draft.target,
      file: isFree ? { ...file, path: fileNameFor(place.table) } : file,
    },
  }
}

type TargetTable = Draft['target']['table']

export const withTargetTable = (draft: Draft, part: Partial<TargetTable>): Draft => ({
  ...draft,
  target: { ...draft.target, table: { ...draft.target.table, ...part } },
})

/** Somewhere else, another table may be there: how to write is decided anew. */
export const atOtherPlace = (draft: Draft, part: Partial<TargetTable>): Draft =>
  withTargetTable(draft, { ...part, mode: null })

export const withSourceFile = (draft: Draft, part: Partial<FileDraft>): Draft => ({
  ...draft,
  source: { ...draft.source, file: { ...draft.source.file, ...part } },
})

export const withTargetFile = (draft: Draft, part: Partial<FileDraft>): Draft => ({
  ...draft,
  target: { ...draft.target, file: { ...draft.target.file, ...part } },
})

/** A part of the dialect set by hand; undefined lets it be found out again. */
export function withPart<K extends keyof FileDraft['dialect']>(
  dialect: FileDraft['dialect'],
  part: K,
  value: FileDraft['dialect'][K],
): FileDraft['dialect'] {
  const next = { ...dialect, [part]: value }
  if (value === undefined) Reflect.deleteProperty(next, part)
  return next
}

/** Whether a conversion checks values; texts that are kept as they stand have no layout of their own. */
export function withTyped(draft: Draft, typed: boolean): Draft {
  if (typed) return { ...draft, typed }
  const { dialect } = draft.target.file
  const asText = withPart(withPart(dialect, 'decimal', undefined), 'dateLayout', undefined)
  return withTargetFile({ ...draft, typed }, { dialect: asText })
}

/** A SELECT to be written in place of a table. */
export const withSourceQuery = (draft: Draft): Draft => ({
  ...draft,
  columns: emptyColumns,
  source: { ...draft.source, kind: 'table', table: { ...draft.source.table, sql: '' } },
})
