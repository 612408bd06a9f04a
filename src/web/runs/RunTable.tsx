import '../table.css'
import './run.css'
import { Link } from 'wouter'
import type { Run } from '../../shared/index.ts'
import { formatAgo, formatCount, formatDuration, formatTime } from '../format.ts'
import { endOf } from '../transfer-words.ts'
import { bodyOf } from '../words.ts'
import { directionWords } from './run-words.ts'
import { StatusBadge } from './StatusBadge.tsx'

export const RunTable = ({ runs }: { runs: readonly Run[] }) => (
  <div className="fh-table-box" tabIndex={0} role="region" aria-label="Runs">
    <table className="fh-table">
      <thead>
        <tr>
          <th>Status</th>
          <th>Source → target</th>
          <th className="fh-run-wide">Direction</th>
          <th className="fh-number">Rows</th>
          <th className="fh-number fh-run-wide">Rejected</th>
          <th className="fh-number fh-run-wide">Duration</th>
          <th className="fh-run-wide">Started</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <Line key={run.id} run={run} />
        ))}
      </tbody>
    </table>
  </div>
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
        <div className="fh-run-why fh-run-narrow">{formatAgo(run.createdAt)}</div>
        {report?.error && <div className="fh-run-why fh-ellipsis">{bodyOf(report.error).message}</div>}
      </td>
      <td className="fh-run-wide">{directionWords[transfer.direction]}</td>
      <td className="fh-number">{formatCount(report?.rowsWritten ?? progress.rows)}</td>
      <td className="fh-number fh-run-wide">{report ? formatCount(report.rowsRejected) : '–'}</td>
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
