import { useState } from 'react'
import { Link } from 'wouter'
import type { RunDetail } from '../../shared/index.ts'
import { api, useCancelRun, useLiveRun, useMay } from '../api/index.ts'
import { useTitle } from '../app/title.ts'
import {
  announce,
  Button,
  ButtonLink,
  CodeBlock,
  ErrorNotice,
  Icon,
  Notice,
  Skeleton,
  Sparkline,
  Tabs,
  Ticked,
} from '../components/index.ts'
import { NewToken, TokenWait } from '../connections/index.ts'
import { formatRate } from '../format.ts'
import { fromTransfer } from '../transfer/draft.ts'
import { addressOf } from '../transfer/use-draft.ts'
import { isNamed, savedNameOf, sentenceOf, unnamedText } from '../transfer-words.ts'
import { isEnded } from '../words.ts'
import { DownloadTarget } from './DownloadTarget.tsx'
import { FailedAttempts } from './FailedAttempts.tsx'
import { OpenTarget } from './OpenTarget.tsx'
import { Proof } from './Proof.tsx'
import { Rejects } from './Rejects.tsx'
import { RunFacts, RunFigures } from './RunFacts.tsx'
import { RunLog } from './RunLog.tsx'
import { RunMeter } from './RunMeter.tsx'
import { whatStays } from './run-words.ts'
import { StatusBadge } from './StatusBadge.tsx'

export default function RunPage({ id }: { id: string }) {
  const run = useLiveRun(id)
  useTitle(run.data ? sentenceOf(run.data.transfer) : 'Run')
  return (
    <>
      <Link href="/runs" className="fh-run-back">
        <Icon name="back" /> All runs
      </Link>
      {run.error && !run.data && (
        <ErrorNotice
          error={run.error}
          actions={<Button onClick={() => void run.refetch()}>Try again</Button>}
        />
      )}
      {run.isPending && <Skeleton label="The run is loading." lines={6} />}
      {run.data && <RunView run={run.data} />}
    </>
  )
}

const RunView = ({ run }: { run: RunDetail }) => (
  <>
    <div className="fh-row">
      <h1 className="fh-run-title">
        <bdi>{sentenceOf(run.transfer)}</bdi>
      </h1>
      <StatusBadge run={run} bare />
      <span className="fh-spacer" />
      {isEnded(run.status) ? <Actions run={run} /> : <Cancel run={run} />}
    </div>
    <TokenWait run={run} />
    {!isEnded(run.status) && <RunMeter run={run} />}
    <Outcome run={run} />
    {isEnded(run.status) && !isNamed(run.transfer) && <Notice tone="info" title={unnamedText} />}
    {run.report && <RunFigures report={run.report} />}
    <Rejects run={run} />
    {run.report && <FailedAttempts attempts={run.report.failedAttempts} />}
    <RunFacts run={run} />
    {run.report && <Proof verification={run.report.verification} />}
    <Curve run={run} />
    <section className="fh-stack" aria-labelledby="run-log">
      <h2 id="run-log">Log</h2>
      <RunLog lines={run.log} />
    </section>
    <Document run={run} />
  </>
)

function Cancel({ run }: { run: RunDetail }) {
  const cancel = useCancelRun()
  if (!useMay('operator')) return null
  return (
    <>
      <Button icon="stop" busy={cancel.isPending || cancel.isSuccess} onClick={() => cancel.mutate(run)}>
        Cancel
      </Button>
      {cancel.error && <ErrorNotice error={cancel.error} />}
    </>
  )
}

function Actions({ run }: { run: RunDetail }) {
  const { transfer, report, status } = run
  const isDone = status === 'completed'
  const mayRun = useMay('operator')
  return (
    <>
      {mayRun && isNamed(transfer) && (
        <ButtonLink href={addressOf(fromTransfer(transfer))} icon="refresh">
          Run again
        </ButtonLink>
      )}
      {isDone && (mayRun || transfer.target.kind === 'file') && <OpenTarget transfer={transfer} />}
      {isDone && <DownloadTarget transfer={transfer} label="Download file" />}
      {report && (
        <ButtonLink href={api.reportUrl(run.id)} icon="download" download>
          Download report
        </ButtonLink>
      )}
    </>
  )
}

function Outcome({ run: { report, status, transfer } }: { run: RunDetail }) {
  if (!report) return null
  const stays = whatStays(report, transfer)
  return (
    <>
      {status === 'failed' && report.error && (
        <ErrorNotice
          error={report.error}
          actions={
            <NewToken
              code={report.error.code}
              server={savedNameOf(transfer)}
              onGiven={() => announce(again)}
            />
          }
        />
      )}
      {stays !== '' && <p>{stays}</p>}
      {(status === 'cancelled' || status === 'interrupted') && (
        <Notice tone={status === 'cancelled' ? 'info' : 'warning'} title={report.error?.message} />
      )}
      {report.warnings.map((warning) => (
        <Notice key={warning} tone="warning" title={<Ticked text={warning} />} />
      ))}
    </>
  )
}

const again = 'The token is saved. Run the transfer again when ready.'

function Curve({ run: { progress, status } }: { run: RunDetail }) {
  if (!isEnded(status) || progress.rates.length < 2) return null
  const most = formatRate(Math.max(...progress.rates))
  return (
    <figure className="fh-run-curve">
      <Sparkline label={`Speed over time, at most ${most}`} values={progress.rates} width={480} height={56} />
      <figcaption className="fh-muted">Rows per second over time, at most {most}</figcaption>
    </figure>
  )
}

function Document({ run }: { run: RunDetail }) {
  const [shown, setShown] = useState<'command' | 'yaml'>('command')
  return (
    <Tabs
      label="The transfer as text"
      value={shown}
      onChange={setShown}
      tabs={[
        {
          value: 'command',
          label: 'As a command',
          content: <CodeBlock label="command" language="shell" code={run.command} wrap />,
        },
        {
          value: 'yaml',
          label: 'As YAML',
          content: <CodeBlock label="YAML" language="yaml" code={run.yaml} />,
        },
      ]}
    />
  )
}
