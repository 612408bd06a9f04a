import type {
  DialectChoice,
  Encoding,
  Engine,
  FileEnd,
  ErrorPolicy,
  Filter,
  Join,
  Mapping,
  Partition,
  Reading,
  RejectLimit,
  RelationEnd,
  ServerChoice,
  Sort,
  Split,
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
  /** What an import does with records that do not fit. */
  bad: { onError: ErrorPolicy; limit: RejectLimit }
  /** Whether a conversion checks every value and writes it as ClickHouse does, rather than keep its text. */
  typed: boolean
  verify: VerifyMode
  retry: RetryDraft
  /** Of an export; null: one file. */
  split: SplitDraft | null
}

/** Null: as usual. */
interface RetryDraft {
  attempts: number | null
  afterRestart: boolean
}

/** When the next file begins; null: not by this. */
export interface SplitDraft {
  rows: number | null
  bytes: number | null
}

export type EndKind = 'file' | 'table'

export interface FileDraft {
  path: string
  dialect: DialectChoice
  /** Null: sniffed (source), UTF-8 (target). */
  encoding: Encoding | null
}

export interface RelationDraft {
  server: string
  /** Empty: the connection's own. */
  database: string
  table: string
  /** What the table is called in the conditions of joins; null: by its name. */
  as: string | null
  joins: Join[]
  /** A SELECT in place of tables; null where tables are picked. */
  sql: string | null
  filter: Filter
  /** A condition in SQL besides the filter; null where there is none. */
  where: string | null
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
  partitionBy: Partition | null
}

/** The source's columns that a person left out, moved, renamed, retyped or has read in a way; the rest is as it was found. */
export interface ColumnsDraft {
  off: string[]
  /** All of the source's columns in the order chosen; null: the source's own. */
  order: string[] | null
  /** Of a transfer that ran before: the columns that moved, while those that did not are not known. */
  only: string[] | null
  map: Mapping[]
  types: TypeChoice[]
  readings: Reading[]
}

const emptyFile: FileDraft = { path: '', dialect: {}, encoding: null }
export const emptyColumns: ColumnsDraft = {
  off: [],
  order: null,
  only: null,
  map: [],
  types: [],
  readings: [],
}
export const emptyRelation: RelationDraft = {
  server: 'embedded',
  database: '',
  table: '',
  as: null,
  joins: [],
  sql: null,
  filter: { match: 'all', rules: [] },
  where: null,
  sort: [],
  limit: null,
}

export const emptyDraft: Draft = {
  source: { kind: 'file', file: emptyFile, table: emptyRelation },
  target: {
    kind: 'table',
    file: emptyFile,
    table: {
      server: 'embedded',
      database: '',
      table: '',
      mode: null,
      engine: 'MergeTree',
      orderBy: [],
      partitionBy: null,
    },
  },
  columns: emptyColumns,
  bad: { onError: 'stop', limit: {} },
  typed: false,
  verify: 'count',
  retry: { attempts: null, afterRestart: false },
  split: null,
}

export const usualAttempts = 3

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
export function whatIsMissing({ source, target, split }: Draft): string | undefined {
  if (source.kind === 'file' && source.file.path === '') return 'Choose the file to read.'
  if (source.kind === 'table') {
    if (source.table.sql === null && source.table.table === '') return 'Choose the table to read.'
    if (source.table.sql?.trim() === '') return 'Write the SELECT to read.'
    const open = source.table.filter.rules.find((rule) => !isComplete(rule))
    if (open) return `Give a value for the filter on ${open.column}.`
    if (source.table.where?.trim() === '') return 'Write the SQL condition, or remove it.'
  }
  if (target.kind === 'file' && target.file.path === '') return 'Name the file to write.'
  if (target.kind === 'table' && target.table.table === '') return 'Name the table to write.'
  if (source.kind === 'table' && target.kind === 'table')
    return 'A table goes into a file: choose Flat file as the target.'
  if (source.kind === 'table' && split?.rows === null && split.bytes === null)
    return 'Say after how many rows, or how much, a new file begins.'
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
      ...splitPart(draft.split),
      ...rowChoice(source.table),
      ...moved,
    }
  }
  if (target.kind === 'file') {
    const ends = { source: fileEnd(source.file), target: fileEnd(target.file) }
    return { direction: 'convert', ...ends, ...(draft.typed && { types: true }), ...moved }
  }
  const { table, mode, engine, orderBy, partitionBy } = target.table
  const { types, readings } = draft.columns
  return {
    direction: 'import',
    source: fileEnd(source.file),
    target: { kind: 'table', table, ...place(target.table) },
    ...(mode !== null && { mode }),
    ...(engine !== 'MergeTree' && { engine }),
    ...(orderBy.length > 0 && { orderBy }),
    ...(partitionBy !== null && { partitionBy }),
    ...(types.length > 0 && { types }),
    ...(readings.length > 0 && { readings }),
    ...badPart(draft.bad),
    ...moved,
  }
}

function badPart({ onError, limit }: Draft['bad']) {
  if (onError === 'stop') return {}
  return { onError, ...(Object.keys(limit).length > 0 && { rejectLimit: limit }) }
}

function splitPart(split: SplitDraft | null) {
  if (!split) return {}
  const { rows, bytes } = split
  return { split: { ...(rows !== null && { rows }), ...(bytes !== null && { bytes }) } }
}

function retryPart({ attempts, afterRestart }: RetryDraft) {
  if (attempts === null && !afterRestart) return {}
  return { retry: { attempts: attempts ?? usualAttempts, afterRestart } }
}

function movedPart({ columns, verify, retry }: Draft, names: readonly string[]) {
  const rest = { verify, ...retryPart(retry) }
  if (names.length === 0) return { ...(columns.only && { columns: columns.only }), map: columns.map, ...rest }
  const chosen = chosenColumns(columns, names)
  const isAll = chosen.length === names.length && chosen.every((name, index) => name === names[index])
  const taken = new Set(chosen)
  return {
    ...(!isAll && { columns: chosen }),
    map: columns.map.filter(({ source }) => taken.has(source)),
    ...rest,
  }
}

export const fileEnd = ({ path, dialect, encoding }: FileDraft) => ({
  kind: 'file' as const,
  path,
  dialect,
  ...(encoding !== null && { encoding }),
})

const place = ({ server, database }: { server: string; database: string }) => ({
  server,
  ...(database !== '' && { database }),
})

export function relationEnd(relation: RelationDraft): RelationEnd {
  if (relation.sql !== null) return { kind: 'query', server: relation.server, sql: relation.sql }
  const { table, as, joins } = relation
  const called = as === null ? {} : { as }
  return { kind: 'table', table, ...place(relation), ...called, ...(joins.length > 0 && { joins }) }
}

/** What can be used of it already. */
export function rowChoice({ filter, where, sort, limit }: RelationDraft) {
  const rules = filter.rules.filter(isComplete)
  return {
    ...(rules.length > 0 && { filter: { ...filter, rules } }),
    ...(where !== null && where.trim() !== '' && { where }),
    ...(sort.length > 0 && { sort }),
    ...(limit !== null && { limit }),
  }
}

/** A rule without the value that it needs cannot be used yet. */
export const isComplete = ({ operator, values }: Filter['rules'][number]): boolean =>
  operator === 'is null' || operator === 'is not null' || values.length > 0

/** The draft of a transfer that ran before, whose connections have a name (`isNamed`). */
export function fromTransfer(transfer: Transfer): Draft {
  const columns: ColumnsDraft = {
    ...emptyColumns,
    only: transfer.columns ?? null,
    map: transfer.map,
    ...(transfer.direction === 'import' && {
      types: transfer.types ?? [],
      readings: transfer.readings ?? [],
    }),
  }
  const bad =
    transfer.direction === 'import'
      ? { onError: transfer.onError, limit: transfer.rejectLimit ?? {} }
      : emptyDraft.bad
  const { verify, retry = emptyDraft.retry } = transfer
  const typed = transfer.direction === 'convert' && transfer.types
  const split = transfer.direction === 'export' && transfer.split ? splitDraft(transfer.split) : null
  const draft: Draft = { ...emptyDraft, columns, bad, typed, verify, retry, split }
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
              partitionBy: transfer.partitionBy ?? null,
            }),
          },
        }
  return { ...draft, source: sourceSide, target: targetSide }
}

const fileDraft = ({ path, dialect, encoding }: FileEnd): FileDraft => ({
  path,
  dialect,
  encoding: encoding ?? null,
})

const splitDraft = ({ rows, bytes }: Split): SplitDraft => ({ rows: rows ?? null, bytes: bytes ?? null })

/** Another one in its place would be another transfer. */
function nameOf(server: ServerChoice): string {
  if (typeof server === 'string') return server
  throw new TypeError('A connection without a name is no part of a draft')
}

const placeDraft = (end: { server: ServerChoice; database?: string | undefined; table: string }) => ({
  server: nameOf(end.server),
  database: end.database ?? '',
  table: end.table,
})

function relationDraft(transfer: Transfer): RelationDraft {
  if (transfer.direction !== 'export') return emptyRelation
  const { source, filter = emptyRelation.filter, where = null, sort = [], limit = null } = transfer
  const rows = { ...emptyRelation, filter, where, sort, limit }
  if (source.kind === 'query') return { ...rows, server: nameOf(source.server), sql: source.sql }
  return { ...rows, ...placeDraft(source), as: source.as ?? null, joins: source.joins ?? [] }
}
