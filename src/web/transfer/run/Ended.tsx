import type { RefObject } from 'react'
import type { ErrorBody, Report, RunDetail } from '../../../shared/index.ts'
import { api } from '../../api/index.ts'
import { announce, Button, ButtonLink, Icon, IconButton, Notice, Ticked } from '../../components/index.ts'
import {
  attemptWords,
  CopyAction,
  DownloadTarget,
  hasRejects,
  OpenTarget,
  processed,
  rejectedText,
  resultFigures,
  StatusBadge,
  verificationWords,
  whatStays,
} from '../../runs/index.ts'
import { isNamed, sentenceOf } from '../../transfer-words.ts'
import { emptyDraft } from '../draft.ts'
import { useTransfer } from '../state.tsx'
import { swap } from '../swap.ts'
import { Trouble } from '../trouble/index.ts'
import type { Starting } from './use-start.ts'

interface EndedProps {
  run: RunDetail
  starting: Starting
  startButton: RefObject<HTMLButtonElement | null>
}

/** How a run ended, and what to do next. */
export function Ended({ run, starting, startButton }: EndedProps) {
  const { follow } = useTransfer()
  const { report, status, transfer } = run
  return (
    <div className="fh-runbar-ended">
      <div className="fh-runbar-outcome">
        {report && status === 'completed' && <Done run={run} report={report} />}
        {status !== 'completed' && (
          <div className="fh-row fh-runbar-head">
            <StatusBadge run={run} />
            <bdi className="fh-ellipsis">{sentenceOf(transfer)}</bdi>
          </div>
        )}
        {status === 'failed' && (
          <Trouble
            error={report?.error ?? unknown}
            onRetry={() => starting.begin(transfer)}
            onChanged={() => startButton.current?.focus()}
          >
            {report && <Stays text={whatStays(report, transfer)} />}
          </Trouble>
        )}
        {(status === 'cancelled' || status === 'interrupted') && (
          <Notice
            tone={status === 'cancelled' ? 'info' : 'warning'}
            title={<bdi>{report?.error?.message}</bdi>}
          />
        )}
        <Actions run={run} />
      </div>
      <IconButton icon="close" label="Close the result" onClick={() => follow(undefined)} />
    </div>
  )
}

/** Only while the end has been told and the report has not arrived yet. */
const unknown: ErrorBody = { code: 'INTERNAL', message: 'The run failed.', hint: 'Its report is on its way.' }

const Stays = ({ text }: { text: string }) => (text === '' ? null : <p>{text}</p>)

const Done = ({ run, report }: { run: RunDetail; report: Report }) => (
  <>
    <p className="fh-runbar-done">
      <StatusBadge run={run} />
      <strong>{processed(report)}</strong>
      <span className={report.rowsRejected > 0 ? 'fh-run-rejected' : undefined}>{rejectedText(report)}</span>
      {[...resultFigures(report), verificationWords(report.verification), ...attemptWords(report)].map(
        (figure) => (
          <span key={figure}>{figure}</span>
        ),
      )}
    </p>
    {report.warnings.length > 0 && (
      <ul className="fh-runbar-warnings">
        {report.warnings.map((warning) => (
          <li key={warning}>
            <Icon name="warning" size={14} label="Warning" /> <Ticked text={warning} />
          </li>
        ))}
      </ul>
    )}
  </>
)

function Actions({ run }: { run: RunDetail }) {
  const { change, follow, preview } = useTransfer()
  const leave = (to: Parameters<typeof change>[0], said: string) => {
    follow(undefined)
    change(to)
    announce(said)
  }
  const isDone = run.status === 'completed'
  return (
    <div className="fh-row fh-runbar-actions">
      {isDone && <OpenTarget transfer={run.transfer} />}
      {run.report && hasRejects(run.report) && (
        <ButtonLink href={`/runs/${run.id}#rejects`} icon="warning">
          Rejected records
        </ButtonLink>
      )}
      {isDone && <DownloadTarget transfer={run.transfer} label="Download" />}
      {isDone && isNamed(run.transfer) && (
        <Button
          variant="quiet"
          icon="swap"
          onClick={() =>
            leave((draft) => swap(draft, preview.data?.columns ?? []), 'Source and target are swapped.')
          }
        >
          Swap
        </Button>
      )}
      <CopyAction label="Copy as command" text={run.command} />
      <CopyAction label="Copy as YAML" text={run.yaml} />
      {run.report && (
        <ButtonLink href={api.reportUrl(run.id)} variant="quiet" icon="download" download>
          Report
        </ButtonLink>
      )}
      <ButtonLink href={`/runs/${run.id}`} variant="quiet">
        Details
      </ButtonLink>
      <Button variant="quiet" icon="plus" onClick={() => leave(() => emptyDraft, 'A new transfer begins.')}>
        New transfer
      </Button>
    </div>
  )
}
