import type { RunDetail } from '../../../shared/index.ts'
import { useCancelRun, useLiveStatus } from '../../api/index.ts'
import { Button, ButtonLink, ErrorNotice } from '../../components/index.ts'
import { TokenWait } from '../../connections/index.ts'
import { RunLog, RunMeter, StatusBadge } from '../../runs/index.ts'
import { sentenceOf } from '../../transfer-words.ts'
import { forPage } from '../../words.ts'

/** A run that goes on. */
export function Running({ run }: { run: RunDetail }) {
  const cancel = useCancelRun()
  return (
    <>
      <div className="fh-row fh-runbar-head">
        <StatusBadge run={run} bare />
        <bdi className="fh-ellipsis">{sentenceOf(run.transfer)}</bdi>
        <span className="fh-spacer" />
        <ButtonLink href={`/runs/${run.id}`} variant="quiet">
          Details
        </ButtonLink>
        <Button icon="stop" busy={cancel.isPending || cancel.isSuccess} onClick={() => cancel.mutate(run)}>
          Cancel
        </Button>
      </div>
      <TokenWait run={run} />
      <RunMeter run={run} />
      <FoldedLog run={run} />
      <LiveNote />
      {cancel.error && <ErrorNotice error={cancel.error} />}
    </>
  )
}

function LiveNote() {
  const status = useLiveStatus()
  if (status === 'polling')
    return <p className="fh-runbar-note">Live updates are blocked; checked every 2 s.</p>
  if (status !== 'lost') return null
  return (
    <p className="fh-runbar-note">Flathouse does not answer; this is how the run stood when it last did.</p>
  )
}

/** The newest line; the others unfold. */
function FoldedLog({ run }: { run: RunDetail }) {
  const newest = run.log.at(-1)
  if (!newest) return null
  return (
    <details className="fh-runbar-log">
      <summary>
        <span className="fh-hidden">Log: </span>
        <bdi>{forPage(newest.message)}</bdi>
      </summary>
      <RunLog lines={run.log} />
    </details>
  )
}
