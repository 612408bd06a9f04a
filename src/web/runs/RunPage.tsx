import { Link } from 'wouter'
import type { RunDetail } from '../../shared/index.ts'
import { api, useCancelRun, useLiveRun } from '../api/index.ts'
import { useTitle } from '../app/title.ts'
import { Button, CodeBlock, ErrorNotice, Skeleton } from '../components/index.ts'
import { sentenceOf } from '../transfer-words.ts'
import { isEnded } from '../words.ts'
import { RunFigures } from './RunFigures.tsx'
import { RunLog } from './RunLog.tsx'
import { StatusBadge } from './StatusBadge.tsx'

export default function RunPage({ id }: { id: string }) {
  const run = useLiveRun(id)
  useTitle(run.data ? sentenceOf(run.data.transfer) : 'Run')
  if (run.error && !run.data) {
    return <ErrorNotice error={run.error} actions={<Link href="/runs">See all runs</Link>} />
  }
  return run.data ? <RunView run={run.data} /> : <Skeleton label="The run is loading." lines={6} />
}

function RunView({ run }: { run: RunDetail }) {
  const cancel = useCancelRun()
  return (
    <>
      <div className="fh-row">
        <h1>{sentenceOf(run.transfer)}</h1>
        <StatusBadge run={run} />
        <span className="fh-spacer" />
        {isEnded(run.status) ? (
          <a href={api.reportUrl(run.id)} download>
            Download the report
          </a>
        ) : (
          <Button icon="stop" variant="danger" busy={cancel.isPending} onClick={() => cancel.mutate(run)}>
            Cancel
          </Button>
        )}
      </div>
      {cancel.error && <ErrorNotice error={cancel.error} />}
      {run.report?.error && <ErrorNotice error={run.report.error} />}
      <RunFigures run={run} />
      <RunLog lines={run.log} />
      <h2>As a command</h2>
      <CodeBlock label="command" language="shell" code={run.command} wrap />
      <h2>As a document</h2>
      <CodeBlock label="YAML" language="yaml" code={run.yaml} />
    </>
  )
}
