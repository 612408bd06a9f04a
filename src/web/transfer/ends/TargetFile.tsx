import type { Compression } from '../../../shared/index.ts'
import { useFiles, useLiveRun } from '../../api/index.ts'
import { Notice, Select, TextField } from '../../components/index.ts'
import { formatAgo, formatBytes } from '../../format.ts'
import { bodyOf } from '../../words.ts'
import { useTransfer } from '../state.tsx'
import { useSettled } from '../use-settled.ts'
import { withTargetFile, withTyped } from './choose.ts'
import { folderOf, formatOf, partsOf, withCompression, withFormat, type FileFormat } from './file-name.ts'
import { PromiseFields } from './PromiseFields.tsx'
import { SplitFields } from './SplitFields.tsx'
import { TargetLayout } from './TargetLayout.tsx'

const formats: readonly { value: FileFormat; label: string }[] = [
  { value: 'csv', label: 'CSV' },
  { value: 'tsv', label: 'TSV (tabs)' },
  { value: 'psv', label: 'PSV (pipes)' },
]
const compressions: readonly { value: Compression; label: string }[] = [
  { value: 'none', label: 'none' },
  { value: 'gzip', label: 'gzip (.gz)' },
  { value: 'zstd', label: 'Zstandard (.zst)' },
  { value: 'xz', label: 'xz (.xz)' },
  { value: 'lz4', label: 'LZ4 (.lz4)' },
]

/** Of a conversion. */
const valueWays = [
  { value: 'text', label: 'as they stand' },
  { value: 'typed', label: 'checked, by type' },
] as const

/** The file's name says its format and compression; the choices beside it edit the name. */
export function TargetFile() {
  const { draft, change, runId } = useTransfer()
  const { path } = draft.target.file
  const run = useLiveRun(runId).data
  const isOwn =
    run?.status === 'completed' && 'path' in run.transfer.target && run.transfer.target.path === path
  const setPath = (next: string) => change((before) => withTargetFile(before, { path: next }))
  const isNamed = partsOf(path).stem !== ''
  return (
    <div className="fh-ends-chosen">
      <TextField
        label="File name"
        mono
        value={path}
        placeholder="sales.csv.gz"
        error={nameError(path, draft.source.kind === 'file' ? draft.source.file.path : '')}
        hint="In the workspace; it can be downloaded from here afterwards."
        onChange={setPath}
      />
      {/* That the run on screen has written it is said there. */}
      {path !== '' && !isOwn && <Present path={path} />}
      <div className="fh-ends-form fh-ends-form_dense">
        <Select
          label="Format"
          value={formatOf(path)}
          options={formats}
          disabled={!isNamed}
          onChange={(format) => {
            setPath(withFormat(path, format))
            change((before) => withTargetFile(before, { dialect: {} }))
          }}
        />
        <Select
          label="Compression"
          value={partsOf(path).compression}
          options={compressions}
          disabled={!isNamed}
          onChange={(compression) => setPath(withCompression(path, compression))}
        />
        {draft.source.kind === 'table' && <SplitFields />}
        {draft.source.kind === 'file' && (
          <Select
            label="Values"
            value={draft.typed ? 'typed' : 'text'}
            options={valueWays}
            hint={draft.typed ? 'Each is checked, and written as ClickHouse writes it.' : null}
            onChange={(next) => change((before) => withTyped(before, next === 'typed'))}
          />
        )}
      </div>
      <PromiseFields />
      <TargetLayout />
    </div>
  )
}

function nameError(path: string, sourcePath: string): string | null {
  if (path === '') return null
  if (path === sourcePath) return 'This is the file that is read: give another name.'
  if (path.endsWith('/')) return 'A file name is missing after the folder.'
  if (partsOf(path).compression === 'bz2')
    return 'bzip2 can be read but not written: choose another compression.'
  return null
}

/** What is there under that name already. */
function Present({ path }: { path: string }) {
  const files = useFiles(useSettled(folderOf(path)))
  const there = files.data?.entries.find((entry) => entry.path === path)
  if (files.error && bodyOf(files.error).code === 'FILE_NOT_FOUND')
    return <Notice tone="warning" title={`There is no folder ${folderOf(path)} in the workspace.`} />
  if (!there) return null
  if (there.kind === 'folder')
    return <Notice tone="warning" title={`${path} is a folder: give a file name.`} />
  return (
    <Notice tone="warning" title={`${path} exists already: it will be replaced.`}>
      {formatBytes(there.bytes)}, changed {formatAgo(there.modifiedAt)}. It stays until the new one is
      complete.
    </Notice>
  )
}
