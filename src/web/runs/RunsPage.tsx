import '../table.css'
import { useState } from 'react'
import { Link } from 'wouter'
import type { Run, Transfer } from '../../shared/index.ts'
import { useRuns, type RunFilter } from '../api/index.ts'
import { useTitle } from '../app/title.ts'
import { Button, EmptyState, ErrorNotice, Select, Skeleton } from '../components/index.ts'
import { formatAgo, formatCount, formatDuration, formatTime } from '../format.ts'
import { sentenceOf } from '../transfer-words.ts'
import { StatusBadge } from './StatusBadge.tsx'

type Direction = Transfer['direction'] | 'all'

const directions: readonly { value: Direction; label: string }[] = [
  { value: 'all', label: 'All directions' },
  { value: 'import', label: 'Imports' },
  { value: 'export', label: 'Exports' },
  { value: 'convert', label: 'Conversions' },
]

const statuses = [
  { value: 'all', label: 'Every status' },
  { value: 'completed', label: 'Completed' },
  { value: 'failed', label: 'Failed' },
  { value: 'cancelled', label: 'Cancelled' },
  { value: 'interrupted', label: 'Interrupted' },
] as const

export default function RunsPage() {
  useTitle('Runs')
  const [direction, setDirection] = useState<Direction>('all')
  const [status, setStatus] = useState<(typeof statuses)[number]['value']>('all')
  const filter: RunFilter = {
    ...(direction !== 'all' && { direction }),
    ...(status !== 'all' && { status }),
  }
  const runs = useRuns(filter)
  const shown = runs.data?.pages.flatMap((page) => page.runs) ?? []
  return (
    <>
      <div className="fh-row">
        <h1>Runs</h1>
        <span className="fh-spacer" />
        <Select
          label="Direction"
          labelHidden
          value={direction}
          options={directions}
          onChange={setDirection}
        />
        <Select label="Status" labelHidden value={status} options={statuses} onChange={setStatus} />
      </div>
      {runs.error && (
        <ErrorNotice
          error={runs.error}
          actions={<Button onClick={() => void runs.refetch()}>Try again</Button>}
        />
      )}
      {runs.isPending && <Skeleton label="The runs are loading." lines={6} />}
      {shown.length > 0 && <RunTable runs={shown} />}
      {runs.data && shown.length === 0 && <NoRuns isFiltered={direction !== 'all' || status !== 'all'} />}
      {runs.hasNextPage && (
        <Button busy={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>
          Show older runs
        </Button>
      )}
    </>
  )
}

const NoRuns = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <EmptyState title="No run fits these choices" />
  ) : (
    <EmptyState title="Nothing has run yet" actions={<Link href="/">Start a transfer</Link>}>
      Every transfer that was started is listed here, with its report.
    </EmptyState>
  )

const RunTable = ({ runs }: { runs: readonly Run[] }) => (
  <div className="fh-table-box" tabIndex={0} role="region" aria-label="Runs">
    <table className="fh-table">
      <thead>
        <tr>
          <th>Status</th>
          <th>Transfer</th>
          <th className="fh-number">Rows</th>
          <th className="fh-number">Rejected</th>
          <th className="fh-number">Time</th>
          <th>Started</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <RunLine key={run.id} run={run} />
        ))}
      </tbody>
    </table>
  </div>
)

function RunLine({ run }: { run: Run }) {
  const { progress, report } = run
  return (
    <tr>
      <td>
        <StatusBadge run={run} />
      </td>
      <td>
        <Link href={`/runs/${run.id}`}>{sentenceOf(run.transfer)}</Link>
      </td>
      <td className="fh-number">{formatCount(report?.rowsWritten ?? progress.rows)}</td>
      <td className="fh-number">{report ? formatCount(report.rowsRejected) : '–'}</td>
      <td className="fh-number">{formatDuration(report?.durationMs ?? progress.elapsedMs)}</td>
      <td title={formatTime(run.createdAt)}>{formatAgo(run.createdAt)}</td>
    </tr>
  )
}
