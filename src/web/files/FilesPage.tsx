import '../table.css'
import { Link, useSearchParams } from 'wouter'
import type { FileList } from '../../shared/index.ts'
import { api, useFiles } from '../api/index.ts'
import { useTitle } from '../app/title.ts'
import { Button, EmptyState, ErrorNotice, Icon, Skeleton } from '../components/index.ts'
import { formatAgo, formatBytes, formatTime } from '../format.ts'

export default function FilesPage() {
  useTitle('Files')
  const [search] = useSearchParams()
  const folder = search.get('folder') ?? ''
  const files = useFiles(folder)
  return (
    <>
      <div className="fh-row">
        <h1>Files</h1>
        <span className="fh-muted">{folder}</span>
        <span className="fh-spacer" />
        {files.data && <span className="fh-muted">{formatBytes(files.data.freeBytes)} free</span>}
      </div>
      {files.isPending && <Skeleton label="The files are loading." />}
      {files.error && (
        <ErrorNotice
          error={files.error}
          actions={<Button onClick={() => void files.refetch()}>Try again</Button>}
        />
      )}
      {files.data && <FileTable list={files.data} />}
    </>
  )
}

function FileTable({ list }: { list: FileList }) {
  if (list.entries.length === 0 && list.folder === '') {
    return (
      <EmptyState title="The workspace is empty">Uploaded and exported files are listed here.</EmptyState>
    )
  }
  return (
    <div className="fh-table-box" tabIndex={0} role="region" aria-label="Files">
      <table className="fh-table">
        <thead>
          <tr>
            <th>Name</th>
            <th className="fh-number">Size</th>
            <th>Changed</th>
          </tr>
        </thead>
        <tbody>
          {list.folder !== '' && (
            <tr>
              <td colSpan={3}>
                <Link href={folderUrl(list.folder.split('/').slice(0, -1).join('/'))}>Up one folder</Link>
              </td>
            </tr>
          )}
          {list.entries.map((entry) => (
            <tr key={entry.path}>
              <td className="fh-table-main">
                <span className="fh-row">
                  <Icon name={entry.kind === 'folder' ? 'folder' : 'file'} label={entry.kind} />
                  <EntryLink entry={entry} />
                </span>
              </td>
              <td className="fh-number">{entry.kind === 'file' ? formatBytes(entry.bytes) : '–'}</td>
              <td title={formatTime(entry.modifiedAt)}>{formatAgo(entry.modifiedAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const folderUrl = (folder: string) =>
  folder === '' ? '/files' : `/files?folder=${encodeURIComponent(folder)}`

function EntryLink({ entry }: { entry: FileList['entries'][number] }) {
  return entry.kind === 'folder' ? (
    <Link href={folderUrl(entry.path)}>
      <bdi>{entry.name}</bdi>
    </Link>
  ) : (
    <a href={api.contentUrl(entry.path)} download>
      <bdi>{entry.name}</bdi>
    </a>
  )
}
