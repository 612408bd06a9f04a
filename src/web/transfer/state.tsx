import { createContext, useContext, useMemo, useState, type ReactNode } from 'react'
import type { ColumnList, Preview, TransferInput } from '../../shared/index.ts'
import { useColumns, usePreview, useTables, type InspectInput, type PreviewInput } from '../api/index.ts'
import {
  emptyColumns,
  fileEnd,
  relationEnd,
  rowChoice,
  toTransfer,
  whatIsMissing,
  type Draft,
} from './draft.ts'
import { useDraft } from './use-draft.ts'
import { useSettled } from './use-settled.ts'
import { useUpload, type Uploading } from './use-upload.ts'
import { useWholeFile, type WholeFile } from './use-whole-file.ts'

export interface TransferState {
  draft: Draft
  change: (update: (draft: Draft) => Draft) => void
  /** The first records of the source with all its columns. */
  preview: ReturnType<typeof useSamePreview>
  wholeFile: WholeFile
  /** The source's columns; empty while they are not known. */
  names: string[]
  targetTable: TargetTable
  /** Undefined while something is missing. */
  transfer: TransferInput | undefined
  /** What a person has still to say, as a sentence. */
  missing: string | undefined
  /** The run that the screen shows. */
  runId: string | undefined
  follow: (runId: string | undefined) => void
  uploading: Uploading
}

/** The table that the target names. */
interface TargetTable {
  /** `unknown` while it is asked for, and when it cannot be told. */
  state: 'exists' | 'new' | 'unknown'
  /** Of one that exists. */
  data: ColumnList | undefined
  error: Error | null
  refetch: () => void
}

const Context = createContext<TransferState | undefined>(undefined)

/** The state of the transfer screen, for the parts inside `TransferProvider`. */
export function useTransfer(): TransferState {
  const state = useContext(Context)
  if (!state) throw new TypeError('useTransfer is used outside of TransferProvider')
  return state
}

export function TransferProvider({ children }: { children: ReactNode }) {
  const { draft, change, runId, follow } = useDraft()
  const { arrived, ...uploading } = useUploading(change)
  const { upload } = uploading
  const request = useMemo(() => previewOf(draft, upload?.head), [draft, upload?.head])
  const preview = useSamePreview(useSettled(request, subjectOf(request)), arrived)
  const names = useMemo(() => preview.data?.columns.map(({ name }) => name) ?? [], [preview.data])
  const targetTable = useTargetTable(draft.target)
  const isReadWell = preview.isSuccess && !preview.isPlaceholderData && targetTable.state === 'new'
  const isNarrow = names.length <= manyColumns
  const isThere = targetTable.state === 'exists'
  const inspection = useMemo(() => inspectionOf(draft, isThere), [draft, isThere])
  const wholeFile = useWholeFile(inspection, isReadWell && isNarrow ? preview.data.file?.bytes : undefined)
  const missing = upload ? whileUploading(upload.problem !== undefined) : whatIsMissing(draft)
  const transfer = useMemo(
    () => (missing === undefined ? toTransfer(draft, names) : undefined),
    [draft, names, missing],
  )
  const state = {
    draft,
    change,
    preview,
    wholeFile,
    names,
    targetTable,
    transfer,
    missing,
    runId,
    follow,
    uploading,
  }
  return <Context value={state}>{children}</Context>
}

/** Finding out the types of more keeps the machine busy, however short the file is. */
const manyColumns = 1000

/** The list of tables tells which are there, so that asking for a new one's columns is not answered with an error. */
function useTargetTable({ kind, table }: Draft['target']): TargetTable {
  const place = { connection: table.server, database: table.database }
  const tables = useTables(kind === 'table' && table.table !== '' ? place : undefined)
  const isThere = tables.data?.some((one) => one.table === table.table)
  const columns = useColumns(isThere ? { ...place, table: table.table } : undefined)
  return {
    state: columns.data ? 'exists' : isThere === false ? 'new' : 'unknown',
    data: columns.data,
    error: tables.error ?? columns.error,
    refetch: () => void (tables.error ? tables.refetch() : columns.refetch()),
  }
}

/**
 * While a choice is being looked at, and when it cannot be, what was seen before stays, unless it was of another source.
 *
 * @param arrived the path of a file that was seen by its beginning while it was on its way
 */
function useSamePreview(request: PreviewInput | undefined, arrived: string | undefined) {
  const preview = usePreview(request)
  const source = request && sourceKey(request)
  const [seen, setSeen] = useState<{ source: string | undefined; data: Preview }>()
  const isFresh = preview.isSuccess && !preview.isPlaceholderData
  if (isFresh && seen?.data !== preview.data) setSeen({ source, data: preview.data })
  const isOther = seen?.source !== source && source !== arrived
  if (preview.isPlaceholderData && isOther) return { ...preview, data: undefined, isPending: true }
  return preview.isError && !isOther ? { ...preview, data: seen?.data } : preview
}

/** What is typed in a form is waited for; another file or table is looked at at once. */
function subjectOf(request: PreviewInput | undefined): string {
  const source = request?.source
  if (source === undefined || source.kind === 'query') return ''
  return source.kind === 'file' ? source.path : JSON.stringify([source.server, source.database, source.table])
}

const sourceKey = ({ source }: PreviewInput): string =>
  source.kind === 'file' ? source.path : JSON.stringify(source)

const whileUploading = (failed: boolean) =>
  failed ? 'The file could not be uploaded.' : 'The file is still on its way.'

/** An upload into the draft: what is chosen while it is on its way stays when it has arrived. */
function useUploading(change: TransferState['change']): Uploading & { arrived: string | undefined } {
  const [arrived, setArrived] = useState<string>()
  const uploading = useUpload((path) => {
    setArrived(path)
    change((draft) => atPath(draft, path))
  })
  return { ...uploading, arrived }
}

/**
 * Another file: what was said about the columns and the dialect of the old one does not hold. What was said before there
 * was any, as for corrected records, is about the one to come.
 */
export const withFile = (draft: Draft, path: string): Draft =>
  path !== '' && draft.source.file.path === '' ? atPath(draft, path) : withOther(draft, path)

const withOther = (draft: Draft, path: string): Draft => ({
  ...draft,
  columns: emptyColumns,
  source: { ...draft.source, kind: 'file', file: { path, dialect: {}, encoding: null } },
})

const atPath = (draft: Draft, path: string): Draft => ({
  ...draft,
  source: { ...draft.source, file: { ...draft.source.file, path } },
})

/** What to look at: the source, and for a file the table it goes to, whose types it has to fit. */
function previewOf(draft: Draft, head: string | undefined): PreviewInput | undefined {
  const { source } = draft
  if (source.kind === 'table') {
    const { sql, table } = source.table
    if (sql === null ? table === '' : sql.trim() === '') return undefined
    return { source: relationEnd(source.table), ...rowChoice(source.table) }
  }
  const path = head ?? source.file.path
  if (path === '') return undefined
  const isText = draft.target.kind === 'file' && !draft.typed
  return { ...fileLook(draft, path), ...(isText && { asTexts: true }) }
}

/** The same of all records. What a table that is made is called, and its columns, says nothing of them. */
function inspectionOf(draft: Draft, isThere: boolean): InspectInput | undefined {
  const { kind, file } = draft.source
  if (kind === 'table' || file.path === '') return undefined
  const { target, map, ...look } = fileLook(draft, file.path)
  return isThere && target ? { ...look, target, map } : look
}

function fileLook({ source, target, columns }: Draft, path: string): InspectInput {
  const { server, database, table } = target.table
  const isKnown = target.kind === 'table' && table !== '' && target.table.mode !== 'create'
  return {
    source: fileEnd({ ...source.file, path }),
    map: columns.map,
    ...(columns.types.length > 0 && { types: columns.types }),
    ...(columns.readings.length > 0 && { readings: columns.readings }),
    ...(isKnown && { target: { kind: 'table', server, table, ...(database !== '' && { database }) } }),
  }
}
