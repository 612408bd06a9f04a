import { useEffect, useRef } from 'react'
import type { Report, RunDetail } from '../../shared/index.ts'
import { api, useMay, usePreview, useRejects } from '../api/index.ts'
import { Button, ButtonLink, ErrorNotice, Skeleton } from '../components/index.ts'
import { formatCount, formatNoun } from '../format.ts'
import { addressOf } from '../transfer/use-draft.ts'
import { endOf, isNamed } from '../transfer-words.ts'
import { correction } from './correction.ts'
import { RejectTable } from './RejectTable.tsx'
import { hasRejects } from './run-words.ts'

const shown = 100

/** The records that a run refused, and how they get where the others are. */
export function Rejects({ run }: { run: RunDetail }) {
  const { report } = run
  return report && hasRejects(report) ? <Section run={run} report={report} /> : null
}

interface PartProps {
  run: RunDetail
  report: Report
}

function Section({ run, report }: PartProps) {
  const section = useRef<HTMLElement>(null)
  useEffect(() => {
    if (location.hash === '#rejects') section.current?.scrollIntoView()
  }, [])
  return (
    <section ref={section} className="fh-stack" aria-labelledby="run-rejects">
      <h2 id="run-rejects">Rejected records</h2>
      <List run={run} report={report} />
    </section>
  )
}

function List({ run, report }: PartProps) {
  const list = useRejects(run.id, shown)
  if (list.error) {
    const again = <Button onClick={() => void list.refetch()}>Try again</Button>
    return <ErrorNotice error={list.error} actions={again} />
  }
  if (!list.data) return <Skeleton label="The rejected records are loading." lines={6} />
  const { total, rejects } = list.data
  if (total === 0)
    return <p className="fh-muted">They are not kept any more: those of the newest runs are.</p>
  return (
    <>
      <p>{balance(report)}</p>
      <Downloads run={run} />
      <div className="fh-rejects">
        <RejectTable rejects={rejects} />
      </div>
      {total > rejects.length && (
        <p className="fh-muted">
          The first {formatCount(rejects.length)} of {formatCount(total)}; all of them are in the files above.
        </p>
      )}
      {report.status === 'completed' && <GoOn run={run} report={report} />}
    </>
  )
}

function balance({ status, rowsRead, rowsWritten, rowsRejected }: Report): string {
  if (status !== 'completed')
    return `${formatCount(rowsRejected)} of ${formatNoun(rowsRead, 'record')} did not fit.`
  return `${formatNoun(rowsRead, 'record')} read = ${formatCount(rowsWritten)} written + ${formatCount(rowsRejected)} rejected.`
}

const Downloads = ({ run: { id } }: { run: RunDetail }) => (
  <div className="fh-row">
    <ButtonLink href={api.rejectsUrl(id, 'report')} icon="download" download>
      What is wrong (CSV)
    </ButtonLink>
    <ButtonLink href={api.rejectsUrl(id, 'records')} icon="download" download>
      Records to correct (same layout as the file)
    </ButtonLink>
  </div>
)

function GoOn({ run: { transfer }, report: { readings } }: PartProps) {
  const mayRun = useMay('operator')
  const first = usePreview(
    transfer.source.kind === 'file' ? { source: transfer.source, records: 1 } : undefined,
  )
  if (!mayRun || !isNamed(transfer)) return null
  const address = addressOf(correction(transfer, first.data?.file ?? undefined, readings))
  return (
    <div className="fh-reject-next">
      <h3>How to get them in, too</h3>
      <ol>
        <li>
          Download the records to correct, and correct them in an editor. Leave the first lines as they are.
        </li>
        <li>
          Import that file into the same table, <bdi>{endOf(transfer.target)}</bdi>: it goes beside the rows
          that are there.
        </li>
      </ol>
      <div className="fh-row">
        {!first.isPending && (
          <ButtonLink href={address} icon="upload">
            Import the corrected records
          </ButtonLink>
        )}
      </div>
    </div>
  )
}
