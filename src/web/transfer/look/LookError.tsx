import { problemOf } from '../../api/index.ts'
import { Button, EmptyState, ErrorNotice } from '../../components/index.ts'
import { useTransfer } from '../state.tsx'
import { Trouble, unreadable, useErrorCard } from '../trouble/index.ts'

interface LookErrorProps {
  error: Error
  /** What was seen before the error stands below it. */
  isAbove: boolean
  onRetry: () => void
}

/** Why there is nothing new to see; what a card above says in full is not said again. */
export function LookError({ error, isAbove, onRetry }: LookErrorProps) {
  const card = useErrorCard()(error)
  const isFile = useTransfer().draft.source.kind === 'file'
  if (card !== undefined) {
    const text = unreadable(card)
    return isAbove ? (
      <p className="fh-look-above">{text}</p>
    ) : (
      <EmptyState title="Nothing to look at yet">{text}</EmptyState>
    )
  }
  // Another attempt at what is wrong in itself would only end the same.
  const { status } = problemOf(error)
  const mayPass = status === 0 || status >= 500
  if (isFile && !mayPass) return <Trouble key={error.message} inSource error={error} onRetry={onRetry} />
  const retry = (
    <Button icon="refresh" onClick={onRetry}>
      Try again
    </Button>
  )
  return (
    <div className="fh-look-above">
      <ErrorNotice error={error} actions={mayPass && retry} />
    </div>
  )
}
