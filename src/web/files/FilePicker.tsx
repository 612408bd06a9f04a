import { useState } from 'react'
import type { FileList } from '../../shared/index.ts'
import { useFiles } from '../api/index.ts'
import { Button, Dialog, EmptyState, ErrorNotice, SearchList, Skeleton } from '../components/index.ts'
import type { ListOption } from '../components/index.ts'
import { formatAgo, formatBytes } from '../format.ts'
import { FolderPath } from './FolderPath.tsx'

interface FilePickerProps {
  open: boolean
  onClose: () => void
  onPick: (path: string) => void
}

/** The workspace, folder by folder: type to search, arrows to move, Enter to open a folder or to take a file. */
export function FilePicker({ open, onClose, onPick }: FilePickerProps) {
  return (
    <Dialog title="Choose a file of the workspace" open={open} onClose={onClose} wide>
      {open && <Folder onPick={onPick} />}
    </Dialog>
  )
}

function Folder({ onPick }: { onPick: (path: string) => void }) {
  const [folder, setFolder] = useState('')
  const files = useFiles(folder)
  return (
    <div className="fh-stack">
      <FolderPath folder={folder} onFolder={setFolder} />
      {files.isPending && <Skeleton label="The files are being listed." />}
      {files.error && (
        <ErrorNotice
          error={files.error}
          actions={<Button onClick={() => void files.refetch()}>Try again</Button>}
        />
      )}
      {files.data?.entries.length === 0 && (
        <EmptyState title={folder === '' ? 'The workspace is empty' : 'This folder is empty'}>
          Files that are dropped or exported are kept here.
        </EmptyState>
      )}
      {files.data && files.data.entries.length > 0 && (
        <SearchList
          key={folder}
          label="Files"
          placeholder="Search this folder"
          height={360}
          inputRef={focusIt}
          value={null}
          options={files.data.entries.map(optionOf)}
          onChange={(path) => {
            const isFolder = files.data.entries.some(
              (entry) => entry.path === path && entry.kind === 'folder',
            )
            if (isFolder) setFolder(path)
            else onPick(path)
          }}
        />
      )}
    </div>
  )
}

/** Each folder's list takes the focus, so that the keyboard goes on; one that is known before the dialog opens, then. */
function focusIt(field: HTMLInputElement | null) {
  field?.toggleAttribute('autofocus', true)
  field?.focus()
}

function optionOf({ path, name, kind, bytes, modifiedAt }: FileList['entries'][number]): ListOption {
  if (kind === 'folder') return { value: path, label: name, icon: 'folder', detail: formatAgo(modifiedAt) }
  const detail = `${formatBytes(bytes)} · ${formatAgo(modifiedAt)}`
  return { value: path, label: name, icon: 'file', detail }
}
