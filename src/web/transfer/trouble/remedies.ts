import type { ErrorBody, ErrorCode, FileEnd, SniffedFile, WriteMode } from '../../../shared/index.ts'
import { forget, readingOf, reread, retype, tick } from '../columns.ts'
import { chosenColumns, type Draft } from '../draft.ts'
import { withSourceFile, withTargetFile, withTargetTable } from '../ends/choose.ts'

/** Somewhere on the screen, or doing the same once more. */
export type Place = 'retry' | 'source' | 'target' | 'layout' | 'columns' | 'connection'

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
  /** Texts that are NULL in each of its columns. */
  readAsNull: ReadonlyMap<string, readonly string[]>
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
  'HOST_LOOKUP_FAILED',
  'HOST_NOT_FOUND',
  'INTERNAL',
  'MEMORY_LIMIT',
  'RUN_INTERRUPTED',
  'SERVER_UNAVAILABLE',
  'TABLE_CHANGED',
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
  REJECT_LIMIT: overLimit,
  VALUE_UNWRITABLE: unwritable,
  FILE_ENCODING: asBytes,
  FILE_NO_RECORDS: (_error, scene) => inFile(scene, 'The first line is data', bare),
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
  if (column === undefined || !scene.names.includes(column)) return setAside(scene)
  return [
    ...asNull(column, value, expected, scene),
    ...asText(column, expected, scene),
    ...setAside(scene),
    ...leaveOut(column, scene),
  ]
}

/** The good records go on without the others. */
function setAside({ draft }: Scene): Remedy[] {
  if (draft.target.kind !== 'table' || draft.bad.onError === 'skip') return []
  const skip = (before: Draft): Draft => ({ ...before, bad: { ...before.bad, onError: 'skip' } })
  return [{ label: 'Set bad records aside', does: skip }]
}

function overLimit(): Remedy[] {
  const anyNumber = (draft: Draft): Draft => ({ ...draft, bad: { ...draft.bad, limit: {} } })
  return [
    { label: 'Allow any number of them', does: anyNumber },
    { label: 'Change the limit', does: 'target' },
  ]
}

/** UTF-8 has all letters. */
function unwritable(_error: ErrorBody, { draft }: Scene): Remedy[] {
  const { encoding } = draft.target.file
  const asUtf8 = (before: Draft) => withTargetFile(before, { encoding: null })
  return [
    { label: 'Change the file’s layout', does: 'layout' },
    ...(encoding === null || encoding.startsWith('utf-')
      ? []
      : [{ label: 'Write it as UTF-8', does: asUtf8 }]),
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
  const tokens = readingOf(scene.draft.columns, column).nullTokens ?? scene.readAsNull.get(column)
  if (value.endsWith('…') || tokens === undefined || scene.draft.target.kind === 'file') return []
  // Of this column only: in others the same text may be a value.
  const nullTokens = [...new Set([...tokens, value])]
  const does = (draft: Draft): Draft => {
    const typed = withType(draft)
    return { ...typed, columns: reread(typed.columns, column, { nullTokens }) }
  }
  return [{ label: `Treat "${value}" as NULL`, does }]
}

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
    ...setAside(scene),
  ]
}

function withoutHeader(_error: ErrorBody, scene: Scene): Remedy[] {
  const skipped = scene.draft.source.file.dialect.skipLines ?? scene.file?.dialect.skipLines ?? 0
  return inFile(scene, 'Name the columns by position', { ...bare, skipLines: skipped + 1 })
}

function asBytes(_error: ErrorBody, { draft }: Scene): Remedy[] {
  if (draft.source.kind !== 'file' || draft.source.file.encoding === 'binary') return []
  return [
    { label: 'Choose its encoding', does: 'source' },
    { label: 'Take its bytes as they are', does: (before) => withSourceFile(before, { encoding: 'binary' }) },
  ]
}

const inFile = ({ draft }: Scene, label: string, dialect: FileEnd['dialect']): Remedy[] =>
  draft.source.kind === 'file' ? [{ label, does: (before) => withDialect(before, dialect) }] : []

/** How many lines a header has may have been said before. */
const bare = { header: false, headerLines: undefined }

const withDialect = (draft: Draft, dialect: FileEnd['dialect']): Draft =>
  withSourceFile(draft, { dialect: { ...draft.source.file.dialect, ...dialect } })

function exists(_error: ErrorBody, { draft }: Scene): Remedy[] {
  const { table } = draft.target.table
  if (draft.target.kind !== 'table') return []
  const name = nextName(table)
  return [
    { label: 'Append', does: inMode('append') },
    { label: 'Replace', does: inMode('replace') },
    { label: `Use the name ${name}`, does: (before) => withTargetTable(before, { table: name }) },
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

const inMode = (mode: WriteMode) => (draft: Draft) => withTargetTable(draft, { mode })

/** A column that the table does not have stands in the error by the table's name for it. */
function unknownColumn({ place }: ErrorBody, scene: Scene): Remedy[] {
  const { draft, names } = scene
  const source = draft.columns.map.find(({ target }) => target === place?.column)?.source ?? place?.column
  const list: Remedy[] = names.length > 0 ? [{ label: 'Go to the columns', does: 'columns' }] : []
  if (source === undefined) return list
  return [...(names.includes(source) ? leaveOut(source, scene) : []), ...forgetting(source, draft), ...list]
}

/** Of a column that the file may not have any more there is no line in the list to take it back. */
function forgetting(column: string, { columns }: Draft): Remedy[] {
  const { map, types, readings, only } = columns
  const isSaid = [...types, ...readings, ...map.map(({ source }) => ({ column: source }))].some(
    (said) => said.column === column,
  )
  if (!isSaid && !only?.includes(column)) return []
  const does = (draft: Draft): Draft => ({ ...draft, columns: forget(draft.columns, column) })
  return [{ label: `Forget what was said of ${column}`, does }]
}
