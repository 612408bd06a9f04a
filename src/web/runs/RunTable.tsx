import './run.css'
import { Link } from 'wouter'
import type { Run } from '../../shared/index.ts'
import { Table } from '../components/index.ts'
import { formatAgo, formatCount, formatDuration, formatTime } from '../format.ts'
import { endOf } from '../transfer-words.ts'
import { bodyOf } from '../words.ts'
import { directionWords, hasRejects } from './run-words.ts'
import { StatusBadge } from './StatusBadge.tsx'

const heads = [
  { name: 'Status' },
  { name: 'Source → target' },
  { name: 'Direction', className: 'fh-run-wide' },
  { name: 'Rows', className: 'fh-number' },
  { name: 'Rejected', className: 'fh-number fh-run-wide' },
  { name: 'Duration', className: 'fh-number fh-run-wide' },
  { name: 'Started', className: 'fh-run-wide' },
]

export const RunTable = ({ runs }: { runs: readonly Run[] }) => (
  <Table label="Runs" heads={heads}>
    {runs.map((run) => (
      <Line key={run.id} run={run} />
    ))}
  </Table>
)

function Line({ run }: { run: Run }) {
  const { progress, report, transfer } = run
  const source = endOf(transfer.source)
  const target = endOf(transfer.target)
  return (
    <tr>
      <td>
        <StatusBadge run={run} />
      </td>
      <td className="fh-table-main">
        <Link href={`/runs/${run.id}`} title={`${source} → ${target}`}>
          <bdi>{source}</bdi> → <bdi>{target}</bdi>
        </Link>
        <div className="fh-run-why fh-run-narrow">
          {formatAgo(run.createdAt)}
          {report && hasRejects(report) && `, ${formatCount(report.rowsRejected)} rejected`}
        </div>
        {report?.error && <div className="fh-run-why fh-ellipsis">{bodyOf(report.error).message}</div>}
      </td>
      <td className="fh-run-wide">{directionWords[transfer.direction]}</td>
      <td className="fh-number">{formatCount(report?.rowsWritten ?? progress.rows)}</td>
      <td className={`fh-number fh-run-wide ${report && hasRejects(report) ? 'fh-run-rejected' : ''}`}>
        {report ? formatCount(report.rowsRejected) : '–'}
      </td>
      <td className="fh-number fh-run-wide">{formatDuration(report?.durationMs ?? progress.elapsedMs)}</td>
      <td className="fh-run-wide" title={formatTime(run.createdAt)}>
        {formatAgo(run.createdAt)}
        {run.startedBy !== null && (
          <span className="fh-muted">
            {' '}
            by <bdi>{run.startedBy}</bdi>
          </span>
        )}
      </td>
    </tr>
  )
}
