import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'
import { ErrorNotice } from './ErrorNotice.tsx'

interface DeleteDialogProps {
  title: string
  /** The word on the button, where it is not `Delete`. */
  action?: string
  busy: boolean
  error: Error | null
  onDelete: () => void
  onClose: () => void
  /** What is lost. */
  children: ReactNode
}

/** Asks before something is destroyed; nothing else is worth a dialog. */
export const DeleteDialog = ({
  title,
  action = 'Delete',
  busy,
  error,
  onDelete,
  onClose,
  children,
}: DeleteDialogProps) => (
  <Dialog
    title={title}
    open
    onClose={onClose}
    actions={
      <>
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" busy={busy} onClick={onDelete}>
          {action}
        </Button>
      </>
    }
  >
    <p>{children}</p>
    {error && <ErrorNotice error={error} />}
  </Dialog>
)
