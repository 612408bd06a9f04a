import { problemOf } from '../../api/index.ts'
import { Button, ErrorNotice } from '../../components/index.ts'
import { useErrorCard } from '../trouble/index.ts'

/** Why there is nothing new to see; what a card above says in full is not said again. */
export function LookError({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const card = useErrorCard()(error)
  if (card !== undefined)
    return <p className="fh-look-above">The {card} cannot be read yet: see the message there.</p>
  // Another attempt at what is wrong in itself would only end the same.
  const { status } = problemOf(error)
  const mayPass = status === 0 || status >= 500
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
