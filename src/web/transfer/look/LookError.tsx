import { problemOf } from '../../api/index.ts'
import { Button, ErrorNotice } from '../../components/index.ts'
import type { Draft } from '../draft.ts'
import { errorPlace } from '../relation/index.ts'

interface LookErrorProps {
  error: Error
  draft: Draft
  onRetry: () => void
}

/** Why there is nothing new to see; what comes from a filter, a join or a query is said beside that. */
export function LookError({ error, draft: { source }, onRetry }: LookErrorProps) {
  const problem = problemOf(error)
  if (source.kind === 'table' && errorPlace(problem, source.table) !== undefined)
    return <p className="fh-look-above">What was chosen above cannot be read yet: see the message there.</p>
  // Another attempt at what is wrong in itself would only end the same.
  const mayPass = problem.status === 0 || problem.status >= 500
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
