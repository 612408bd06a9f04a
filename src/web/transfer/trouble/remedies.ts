import type { ErrorBody, ErrorCode, FileEnd, SniffedFile, WriteMode } from '../../../shared/index.ts'
import { retype, tick } from '../columns.ts'
import { chosenColumns, type Draft } from '../draft.ts'

/** Somewhere on the screen, or doing the same once more. */
export type Place = 'retry' | 'source' | 'target' | 'columns' | 'connection'

/** What can be done about an error: a change of the draft, or a place to go to. */
export interface Remedy {
  label: string
  does: Place | ((draft: Draft) => Draft)
}

export interface Scene {
  draft: Draft
  /** The source's columns. */
  names: readonly string[]
  /** What was found out about the source when it is a file. */
  file: SniffedFile | undefined
  /** Whether the target's table is there already, or that is not known. */
  tableExists: boolean
}

/** Buttons for an error, the most promising first. */
export function remedies(error: ErrorBody, scene: Scene): Remedy[] {
  return (byCode[error.code]?.(error, scene) ?? []).concat(retryable.has(error.code) ? [tryAgain] : [])
}

export const tryAgain: Remedy = { label: 'Try again', does: 'retry' }

/** Where the same may succeed later without any change. */
const retryable: ReadonlySet<ErrorCode> = new Set([
  'CONNECTION_LOST',
  'CONNECTION_REFUSED',
  'CONNECTION_TIMEOUT',
  'DISK_FULL',
  'FILE_BUSY',
  'HOST_NOT_FOUND',
  'INTERNAL',
  'MEMORY_LIMIT',
  'RUN_INTERRUPTED',
  'UPLOAD_UNFINISHED',
  'VERIFICATION_FAILED',
])

type Finder = (error: ErrorBody, scene: Scene) => Remedy[]

/** The connection of a transfer; there is at most one besides the embedded database. */
export const serverOf = ({ source, target }: Draft): string =>
  source.kind === 'table' ? source.table.server : target.table.server

const editConnection: Finder = (_error, { draft }) =>
  serverOf(draft) === 'embedded' ? [] : [{ label: 'Edit connection', does: 'connection' }]

const goTo =
  (label: string, does: Place): Finder =>
  () => [{ label, does }]

const byCode: Partial<Record<ErrorCode, Finder>> = {
  VALUE_REJECTED: rejected,
  RECORD_MALFORMED: malformed,
  RECORD_TOO_LARGE: malformed,
  FILE_ENCODING: asBytes,
  FILE_NO_RECORDS: (_error, scene) => inFile(scene, 'The first line is data', { header: false }),
  HEADER_DUPLICATE: withoutHeader,
  FILE_NOT_FOUND: (_error, { draft }) =>
    draft.source.kind === 'file'
      ? [{ label: 'Choose another file', does: 'source' }]
      : [{ label: 'Change the file’s name', does: 'target' }],
  FILE_EMPTY: goTo('Choose another file', 'source'),
  FILE_DAMAGED: goTo('Choose another file', 'source'),
  DIALECT_UNSUPPORTED: goTo('Change delimiter or quotes', 'source'),
  QUERY_INVALID: goTo('Change the source', 'source'),
  QUERY_NOT_ALLOWED: goTo('Change the source', 'source'),
  TABLE_EXISTS: exists,
  TABLE_NOT_FOUND: absent,
  COLUMN_NOT_FOUND: unknownColumn,
  COLUMN_MISSING: goTo('Map a column to it', 'columns'),
  TYPE_UNKNOWN: goTo('Change the type', 'columns'),
  TYPE_UNSUPPORTED: (error, scene) => leaveOut(error.place?.column, scene),
  AUTH_FAILED: editConnection,
  TOKEN_EXPIRED: editConnection,
  TOKEN_MALFORMED: editConnection,
  TLS_FAILED: editConnection,
  TLS_CERTIFICATE: editConnection,
  NOT_CLICKHOUSE: editConnection,
  HOST_NOT_FOUND: editConnection,
  CONNECTION_REFUSED: editConnection,
  CONNECTION_TIMEOUT: editConnection,
  CONNECTION_NOT_FOUND: goTo('Choose a connection', 'target'),
  ACCESS_DENIED: editConnection,
}

function rejected({ place }: ErrorBody, scene: Scene): Remedy[] {
  const { column, value, expected = '' } = place ?? {}
  if (column === undefined || !scene.names.includes(column)) return []
  return [
    ...asNull(column, value, expected, scene),
    ...asText(column, expected, scene),
    ...leaveOut(column, scene),
  ]
}

/** Only a table that is created can be given a type that takes a NULL; and a shortened text is not the value. */
function asNull(column: string, value: string | undefined, expected: string, scene: Scene): Remedy[] {
  const takesNull = /^(?:LowCardinality\()?Nullable\(/.test(expected)
  const isNew = isNewTable(scene)
  if (!takesNull && (!isNew || !/^\w+(?:\([^()]*\))?$/.test(expected))) return []
  const withType = (draft: Draft): Draft =>
    takesNull ? draft : { ...draft, columns: retype(draft.columns, column, `Nullable(${expected})`) }
  if (value === undefined) return [{ label: `Allow NULL in ${column}`, does: withType }]
  if (value.endsWith('…') || !scene.file) return []
  const nullTokens = [...new Set([...tokensOf(scene), value])]
  return [
    { label: `Treat "${value}" as NULL`, does: (draft) => withDialect(withType(draft), { nullTokens }) },
  ]
}

const tokensOf = ({ draft, file }: Scene): readonly string[] =>
  draft.source.file.dialect.nullTokens ?? file?.dialect.nullTokens ?? []

function asText(column: string, expected: string, scene: Scene): Remedy[] {
  const type = expected.includes('Nullable(') ? 'Nullable(String)' : 'String'
  if (!isNewTable(scene) || expected === type) return []
  return [
    {
      label: `Change type of ${column} to String`,
      does: (draft) => ({ ...draft, columns: retype(draft.columns, column, type) }),
    },
  ]
}

const isNewTable = ({ draft, tableExists }: Scene): boolean =>
  draft.target.kind === 'table' && draft.target.table.mode !== 'append' && !tableExists

function leaveOut(column: string | undefined, { draft, names }: Scene): Remedy[] {
  const chosen = chosenColumns(draft.columns, names)
  if (column === undefined || chosen.length < 2 || !chosen.includes(column)) return []
  const without = (before: Draft) => ({ ...before, columns: tick(before.columns, names, [column], false) })
  return [{ label: `Leave ${column} out`, does: without }]
}

function malformed(_error: ErrorBody, scene: Scene): Remedy[] {
  const quote = scene.draft.source.file.dialect.quote ?? scene.file?.dialect.quote
  return [
    { label: 'Change delimiter or quotes', does: 'source' },
    ...(quote == null ? [] : inFile(scene, 'Read quotes as plain text', { quote: null, escape: null })),
  ]
}

function withoutHeader(_error: ErrorBody, scene: Scene): Remedy[] {
  const skipped = scene.draft.source.file.dialect.skipLines ?? scene.file?.dialect.skipLines ?? 0
  return inFile(scene, 'Name the columns by position', { header: false, skipLines: skipped + 1 })
}

function asBytes(_error: ErrorBody, { draft }: Scene): Remedy[] {
  if (draft.source.kind !== 'file' || draft.source.file.encoding === 'binary') return []
  return [{ label: 'Take its bytes as they are', does: (before) => withFile(before, { encoding: 'binary' }) }]
}

const inFile = ({ draft }: Scene, label: string, dialect: FileEnd['dialect']): Remedy[] =>
  draft.source.kind === 'file' ? [{ label, does: (before) => withDialect(before, dialect) }] : []

const withDialect = (draft: Draft, dialect: FileEnd['dialect']): Draft =>
  withFile(draft, { dialect: { ...draft.source.file.dialect, ...dialect } })

const withFile = (draft: Draft, part: Partial<FileEnd>): Draft => ({
  ...draft,
  source: { ...draft.source, file: { ...draft.source.file, ...part } },
})

function exists(_error: ErrorBody, { draft }: Scene): Remedy[] {
  const { table } = draft.target.table
  if (draft.target.kind !== 'table') return []
  const name = nextName(table)
  return [
    { label: 'Append', does: inMode('append') },
    { label: 'Replace', does: inMode('replace') },
    { label: `Use the name ${name}`, does: (before) => withTable(before, { table: name }) },
  ]
}

/** flights → flights_2 → flights_3 */
function nextName(name: string): string {
  const [, base = name, number] = /^(.+)_(\d{1,6})$/.exec(name) ?? []
  return `${base}_${number === undefined ? 2 : Number(number) + 1}`
}

function absent(_error: ErrorBody, { draft }: Scene): Remedy[] {
  if (draft.source.kind === 'table') return [{ label: 'Choose another table', does: 'source' }]
  return [{ label: 'Create the table', does: inMode('create') }]
}

const inMode = (mode: WriteMode) => (draft: Draft) => withTable(draft, { mode })

const withTable = (draft: Draft, part: Partial<Draft['target']['table']>): Draft => ({
  ...draft,
  target: { ...draft.target, table: { ...draft.target.table, ...part } },
})

/** A column that the table does not have stands in the error by the table's name for it. */
function unknownColumn({ place }: ErrorBody, scene: Scene): Remedy[] {
  const { draft, names } = scene
  const source = draft.columns.map.find(({ target }) => target === place?.column)?.source ?? place?.column
  const known = source !== undefined && names.includes(source) ? leaveOut(source, scene) : []
  return [...known, { label: 'Go to the columns', does: 'columns' }]
}
