import { useState } from 'react'
import type { Transfer } from '../../shared/index.ts'
import { usePreview, type PreviewInput } from '../api/index.ts'
import { Button, DataGrid, Dialog, EmptyState, ErrorNotice, Skeleton } from '../components/index.ts'
import { firstOf } from '../transfer/ends/file-name.ts'
import { endOf, isSplit } from '../transfer-words.ts'

/** A button that shows the first rows of what a run wrote. */
export function OpenTarget({ transfer }: { transfer: Transfer }) {
  const [open, setOpen] = useState(false)
  const isFile = transfer.target.kind === 'file'
  return (
    <>
      <Button icon={isFile ? 'file' : 'table'} onClick={() => setOpen(true)}>
        {isFile ? 'Preview file' : 'Open table'}
      </Button>
      <Dialog title={endOf(transfer.target)} open={open} onClose={() => setOpen(false)} wide>
        <Rows transfer={transfer} />
      </Dialog>
    </>
  )
}

function Rows({ transfer }: { transfer: Transfer }) {
  const name = endOf(transfer.target)
  const preview = usePreview(requestOf(transfer))
  if (preview.error) {
    const again = <Button onClick={() => void preview.refetch()}>Try again</Button>
    return <ErrorNotice error={preview.error} actions={again} />
  }
  if (!preview.data) return <Skeleton label={`The first rows of ${name} are loading.`} lines={6} />
  const { columns, rows } = preview.data
  if (rows.length === 0) return <EmptyState title={`${name} is empty`} />
  return (
    <div className="fh-stack">
      <p className="fh-muted">
        {rows.length === 1 ? 'The only row' : `The first ${rows.length} rows`}, {columns.length}{' '}
        {columns.length === 1 ? 'column' : 'columns'}.
      </p>
      <DataGrid label={`First rows of ${name}`} columns={columns} rows={rows} />
    </div>
  )
}

function requestOf(transfer: Transfer): PreviewInput {
  const { target } = transfer
  if (target.kind !== 'file') return { source: target }
  return { source: isSplit(transfer) ? { ...target, path: firstOf(target.path) } : target }
}
