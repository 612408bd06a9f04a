import type { FileList } from '../../shared/index.ts'
import { api } from '../api/index.ts'
import { ButtonLink, Icon, IconButton, Table } from '../components/index.ts'
import { formatAgo, formatBytes, formatTime } from '../format.ts'
import { fileSourceUrl } from '../transfer/index.ts'

type Entry = FileList['entries'][number]

interface FileTableProps {
  entries: readonly Entry[]
  /** The path of the file that is previewed. */
  shown: string | undefined
  onFolder: (path: string) => void
  onPreview: (path: string) => void
  /** Null: whoever looks may neither use nor delete them. */
  onDelete: ((entry: Entry) => void) | null
}

const heads = [
  { name: 'Name' },
  { name: 'Size', className: 'fh-number' },
  { name: 'Changed', className: 'fh-file-changed' },
  { name: 'Actions', hidden: true },
]

export function FileTable({ entries, ...actions }: FileTableProps) {
  return (
    <Table label="Files" heads={heads}>
      {entries.map((entry) => (
        <tr key={entry.path} aria-current={entry.path === actions.shown || undefined}>
          <NameCell entry={entry} {...actions} />
          <td className="fh-number">{entry.kind === 'file' ? formatBytes(entry.bytes) : '–'}</td>
          <td className="fh-file-changed" title={formatTime(entry.modifiedAt)}>
            {formatAgo(entry.modifiedAt)}
          </td>
          <td>{entry.kind === 'file' && <Actions entry={entry} onDelete={actions.onDelete} />}</td>
        </tr>
      ))}
    </Table>
  )
}

function NameCell({ entry, shown, onFolder, onPreview }: Omit<FileTableProps, 'entries'> & { entry: Entry }) {
  const { name, path, kind } = entry
  return (
    <td className="fh-table-main fh-file-cell">
      <button
        type="button"
        className="fh-file-name"
        title={kind === 'folder' ? `Open ${name}` : `Preview ${name}`}
        aria-expanded={kind === 'file' ? path === shown : undefined}
        onClick={() => (kind === 'folder' ? onFolder(path) : onPreview(path))}
      >
        <Icon name={kind} label={kind} />
        <bdi className="fh-ellipsis">{name}</bdi>
      </button>
    </td>
  )
}

const Actions = ({ entry, onDelete }: Pick<FileTableProps, 'onDelete'> & { entry: Entry }) => (
  <span className="fh-file-actions">
    {onDelete && (
      <ButtonLink variant="quiet" icon="arrow" href={fileSourceUrl(entry.path)}>
        <span className="fh-file-word">Use as source</span>
      </ButtonLink>
    )}
    <ButtonLink variant="quiet" icon="download" href={api.contentUrl(entry.path)} download>
      <span className="fh-file-word">Download</span>
    </ButtonLink>
    {onDelete && <IconButton icon="trash" label={`Delete ${entry.name}`} onClick={() => onDelete(entry)} />}
  </span>
)
