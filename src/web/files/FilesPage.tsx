import './files.css'
import { useState } from 'react'
import { useLocation, useSearchParams } from 'wouter'
import type { FileList } from '../../shared/index.ts'
import { useFiles, useMay, useRemoveFile } from '../api/index.ts'
import { useTitle } from '../app/title.ts'
import { Button, DeleteDialog, EmptyState, ErrorNotice, Skeleton, toast } from '../components/index.ts'
import { formatBytes } from '../format.ts'
import { FileTable } from './FileTable.tsx'
import { FilePreview } from './FilePreview.tsx'
import { FolderPath } from './FolderPath.tsx'
import { UploadPart } from './UploadPart.tsx'

export default function FilesPage() {
  useTitle('Files')
  const [search] = useSearchParams()
  const [, navigate] = useLocation()
  const folder = search.get('folder') ?? ''
  const shown = search.get('file') ?? undefined
  const files = useFiles(folder)
  const mayChange = useMay('operator')
  const [doomed, setDoomed] = useState<Entry>()
  return (
    <>
      <div className="fh-row">
        <h1>Files</h1>
        <span className="fh-spacer" />
        {files.data && <span className="fh-muted">{formatBytes(files.data.freeBytes)} free</span>}
      </div>
      {mayChange && <UploadPart />}
      <FolderPath folder={folder} onFolder={(next) => navigate(filesUrl(next))} />
      {files.isPending && <Skeleton label="The files are loading." />}
      {files.error && (
        <ErrorNotice
          error={files.error}
          actions={<Button onClick={() => void files.refetch()}>Try again</Button>}
        />
      )}
      {files.data?.entries.length === 0 && <NoFiles folder={folder} />}
      {files.data && files.data.entries.length > 0 && (
        <FileTable
          entries={files.data.entries}
          shown={shown}
          onFolder={(next) => navigate(filesUrl(next))}
          onPreview={(path) => navigate(filesUrl(folder, path === shown ? undefined : path))}
          onDelete={mayChange ? setDoomed : null}
        />
      )}
      {shown !== undefined && (
        <FilePreview key={`preview ${shown}`} path={shown} onClose={() => navigate(filesUrl(folder))} />
      )}
      <DeleteFile key={`delete ${doomed?.path ?? ''}`} entry={doomed} onClose={() => setDoomed(undefined)} />
    </>
  )
}

type Entry = FileList['entries'][number]

function filesUrl(folder: string, file?: string): string {
  const query = new URLSearchParams()
  if (folder !== '') query.set('folder', folder)
  if (file !== undefined) query.set('file', file)
  return query.size === 0 ? '/files' : `/files?${query.toString()}`
}

const NoFiles = ({ folder }: { folder: string }) => (
  <EmptyState title={folder === '' ? 'The workspace is empty' : 'This folder is empty'}>
    Uploaded and exported files are listed here.
  </EmptyState>
)

function DeleteFile({ entry, onClose }: { entry: Entry | undefined; onClose: () => void }) {
  const remove = useRemoveFile()
  if (!entry) return null
  const onDelete = () =>
    remove.mutate(entry.path, {
      onSuccess: () => {
        toast(`${entry.name} is deleted.`, 'ok')
        onClose()
      },
    })
  return (
    <DeleteDialog
      title="Delete this file?"
      busy={remove.isPending}
      error={remove.error}
      onDelete={onDelete}
      onClose={onClose}
    >
      <bdi>{entry.path}</bdi> ({formatBytes(entry.bytes)}) is deleted for good.
    </DeleteDialog>
  )
}
