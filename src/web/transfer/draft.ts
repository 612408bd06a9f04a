import type {
  DialectChoice,
  Encoding,
  Engine,
  Filter,
  Join,
  Mapping,
  RelationEnd,
  Sort,
  Transfer,
  TransferInput,
  TypeChoice,
  VerifyMode,
  WriteMode,
} from '../../shared/index.ts'

/** What the screen holds of a transfer that is not complete yet. Both kinds of each end are kept, so that switching loses nothing. */
export interface Draft {
  source: { kind: EndKind; file: FileDraft; table: RelationDraft }
  target: { kind: EndKind; file: FileDraft; table: TargetTableDraft }
  columns: ColumnsDraft
  verify: VerifyMode
}

export type EndKind = 'file' | 'table'

export interface FileDraft {
  path: string
  dialect: DialectChoice
  encoding: Encoding
}

export interface RelationDraft {
  server: string
  /** Empty: the connection's own. */
  database: string
  table: string
  joins: Join[]
  /** A SELECT in place of tables; null where tables are picked. */
  sql: string | null
  filter: Filter
  sort: Sort
  limit: number | null
}

interface TargetTableDraft {
  server: string
  database: string
  table: string
  /** Null: append when the table is there, create when it is not. */
  mode: WriteMode | null
  engine: Engine
  orderBy: string[]
}

/** The source's columns that a person left out, moved, renamed or retyped; the rest is as the source has it. */
export interface ColumnsDraft {
  off: string[]
  /** All of the source's columns in the order chosen; null: the source's own. */
  order: string[] | null
  /** Of a transfer that ran before: the columns that moved, while those that did not are not known. */
  only: string[] | null
  map: Mapping[]
  types: TypeChoice[]
}

const emptyFile: FileDraft = { path: '', dialect: {}, encoding: 'utf-8' }
export const emptyColumns: ColumnsDraft = { off: [], order: null, only: null, map: [], types: [] }
export const emptyRelation: RelationDraft = {
  server: 'embedded',
  database: '',
  table: '',
  joins: [],
  sql: null,
  filter: { match: 'all', rules: [] },
  sort: [],
  limit: null,
}

export const emptyDraft: Draft = {
  source: { kind: 'file', file: emptyFile, table: emptyRelation },
  target: {
    kind: 'table',
    file: emptyFile,
    table: { server: 'embedded', database: '', table: '', mode: null, engine: 'MergeTree', orderBy: [] },
  },
  columns: emptyColumns,
  verify: 'count',
}

/** All of the source's columns in the chosen order. Columns that the order does not know come last. */
export function orderedColumns({ order, only }: ColumnsDraft, names: readonly string[]): string[] {
  const wanted = order ?? only
  if (wanted === null) return [...names]
  const present = new Set(names)
  const placed = wanted.filter((name) => present.has(name))
  const known = new Set(placed)
  return [...placed, ...names.filter((name) => !known.has(name))]
}

/** The same choice with every column of the source accounted for: the form in which it can be changed. */
export function settledColumns(columns: ColumnsDraft, names: readonly string[]): ColumnsDraft {
  if (columns.only === null) return columns
  const kept = new Set(columns.only)
  const off = names.filter((name) => !kept.has(name))
  return { ...columns, only: null, order: orderedColumns(columns, names), off }
}

export function chosenColumns(columns: ColumnsDraft, names: readonly string[]): string[] {
  const settled = settledColumns(columns, names)
  const off = new Set(settled.off)
  return orderedColumns(settled, names).filter((name) => !off.has(name))
}

/** What the first thing is that a person has still to say, in words for the footer; undefined when nothing is missing. */
export function whatIsMissing({ source, target }: Draft): string | undefined {
  if (source.kind === 'file' && source.file.path === '') return 'Choose the file to read.'
  if (source.kind === 'table') {
    if (source.table.sql === null && source.table.table === '') return 'Choose the table to read.'
    if (source.table.sql?.trim() === '') return 'Write the SELECT to read.'
    const open = source.table.filter.rules.find((rule) => !isComplete(rule))
    if (open) return `Give a value for the filter on ${open.column}.`
  }
  if (target.kind === 'file' && target.file.path === '') return 'Name the file to write.'
  if (target.kind === 'table' && target.table.table === '') return 'Name the table to write.'
  if (source.kind === 'table' && target.kind === 'table')
    return 'A table goes into a file: choose Flat file as the target.'
  return undefined
}

/**
 * The transfer that the draft describes.
 *
 * @param names the source's columns when they are known: without them, all of them move
 * @returns undefined while something is missing
 */
export function toTransfer(draft: Draft, names: readonly string[]): TransferInput | undefined {
  if (whatIsMissing(draft) !== undefined) return undefined
  const moved = movedPart(draft, names)
  if (moved.columns?.length === 0) return undefined
  const { source, target } = draft
  if (source.kind === 'table') {
    return {
      direction: 'export',
      source: relationEnd(source.table),
      target: fileEnd(target.file),
      ...rowChoice(source.table),
      ...moved,
    }
  }
  if (target.kind === 'file') {
    return { direction: 'convert', source: fileEnd(source.file), target: fileEnd(target.file), ...moved }
  }
  const { table, mode, engine, orderBy } = target.table
  return {
    direction: 'import',
    source: fileEnd(source.file),
    target: { kind: 'table', table, ...place(target.table) },
    ...(mode !== null && { mode }),
    ...(engine !== 'MergeTree' && { engine }),
    ...(orderBy.length > 0 && { orderBy }),
    ...(draft.columns.types.length > 0 && { types: draft.columns.types }),
    ...moved,
  }
}

function movedPart({ columns, verify }: Draft, names: readonly string[]) {
  if (names.length === 0) return { ...(columns.only && { columns: columns.only }), map: columns.map, verify }
  const chosen = chosenColumns(columns, names)
  const isAll = chosen.length === names.length && chosen.every((name, index) => name === names[index])
  const taken = new Set(chosen)
  return {
    ...(!isAll && { columns: chosen }),
    map: columns.map.filter(({ source }) => taken.has(source)),
    verify,
  }
}

export const fileEnd = ({ path, dialect, encoding }: FileDraft) => ({
  kind: 'file' as const,
  path,
  dialect,
  encoding,
})

const place = ({ server, database }: { server: string; database: string }) => ({
  server,
  ...(database !== '' && { database }),
})

export function relationEnd(relation: RelationDraft): RelationEnd {
  if (relation.sql !== null) return { kind: 'query', server: relation.server, sql: relation.sql }
  const { table, joins } = relation
  return { kind: 'table', table, ...place(relation), ...(joins.length > 0 && { joins }) }
}

/** What can be used of it already. */
export function rowChoice({ filter, sort, limit }: RelationDraft) {
  const rules = filter.rules.filter(isComplete)
  return {
    ...(rules.length > 0 && { filter: { ...filter, rules } }),
    ...(sort.length > 0 && { sort }),
    ...(limit !== null && { limit }),
  }
}

/** A rule without the value that it needs cannot be used yet. */
export const isComplete = ({ operator, values }: Filter['rules'][number]): boolean =>
  operator === 'is null' || operator === 'is not null' || values.length > 0

/** The draft of a transfer that ran before; a connection that was not saved cannot be shown and becomes the embedded one. */
export function fromTransfer(transfer: Transfer): Draft {
  const columns: ColumnsDraft = {
    ...emptyColumns,
    only: transfer.columns ?? null,
    map: transfer.map,
    types: transfer.direction === 'import' ? (transfer.types ?? []) : [],
  }
  const draft: Draft = { ...emptyDraft, columns, verify: transfer.verify }
  const { source, target } = transfer
  const sourceSide =
    source.kind === 'file'
      ? { ...draft.source, kind: 'file' as const, file: fileDraft(source) }
      : { ...draft.source, kind: 'table' as const, table: relationDraft(transfer) }
  const targetSide =
    target.kind === 'file'
      ? { ...draft.target, kind: 'file' as const, file: fileDraft(target) }
      : {
          ...draft.target,
          kind: 'table' as const,
          table: {
            ...emptyDraft.target.table,
            ...placeDraft(target),
            ...(transfer.direction === 'import' && {
              // The table is there by now, or can be made just the same.
              mode: transfer.mode === 'create' ? null : (transfer.mode ?? null),
              engine: transfer.engine ?? ('MergeTree' as const),
              orderBy: transfer.orderBy,
            }),
          },
        }
  return { ...draft, source: sourceSide, target: targetSide }
}

const fileDraft = ({ path, dialect, encoding }: FileDraft): FileDraft => ({ path, dialect, encoding })

const placeDraft = (end: { server: unknown; database?: string | undefined; table: string }) => ({
  server: typeof end.server === 'string' ? end.server : 'embedded',
  database: end.database ?? '',
  table: end.table,
})

function relationDraft(transfer: Transfer): RelationDraft {
  if (transfer.direction !== 'export') return emptyRelation
  const { source, filter, sort, limit } = transfer
  const rows = { filter: filter ?? emptyRelation.filter, sort: sort ?? [], limit: limit ?? null }
  if (source.kind === 'query') {
    const server = typeof source.server === 'string' ? source.server : 'embedded'
    return { ...emptyRelation, ...rows, server, sql: source.sql }
  }
  return { ...emptyRelation, ...rows, ...placeDraft(source), joins: source.joins ?? [] }
}
