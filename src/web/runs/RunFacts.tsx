import './run.css'
import type { Report, RunDetail } from '../../shared/index.ts'
import { formatBytes, formatCount, formatDuration, formatRate, formatTime } from '../format.ts'
import { endOf } from '../transfer-words.ts'
import { commitWords, directionWords, strategyWords, verificationWords } from './run-words.ts'

type Facts = readonly (readonly [name: string, value: string, isBad?: boolean])[]

/** What a run came to. */
export const RunFigures = ({ report }: { report: Report }) => (
  <List label="Figures" look="figures" facts={figures(report)} />
)

/** What it was, and how it was done. */
export const RunFacts = ({ run }: { run: RunDetail }) => (
  <List label="Facts" look="facts" facts={facts(run)} />
)

const List = ({ label, look, facts }: { label: string; look: string; facts: Facts }) => (
  <dl className={`fh-run-${look}-list`} aria-label={label}>
    {facts.map(([name, value, isBad]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd className={isBad ? 'fh-run-rejected' : undefined}>
          <bdi>{value}</bdi>
        </dd>
      </div>
    ))}
  </dl>
)

function figures(report: Report): Facts {
  const seconds = Math.max(report.durationMs / 1000, 0.001)
  return [
    ['Read', formatCount(report.rowsRead)],
    ['Written', formatCount(report.rowsWritten)],
    ['Rejected', formatCount(report.rowsRejected), report.rowsRejected > 0],
    // Nothing is counted for a table.
    ...(report.bytesRead > 0 ? [['Bytes read', formatBytes(report.bytesRead)] as const] : []),
    ...(report.bytesWritten > 0 ? [['Bytes written', formatBytes(report.bytesWritten)] as const] : []),
    ['Duration', formatDuration(report.durationMs)],
    ['Speed', formatRate(report.rowsRead / seconds)],
  ]
}

function facts({ id, transfer, report, createdAt, startedBy, endedAt }: RunDetail): Facts {
  const { direction, source, target } = transfer
  const isDone = report?.status === 'completed'
  return [
    ['Direction', directionWords[direction]],
    ['Source', endOf(source)],
    ['Target', endOf(target)],
    ...(direction === 'import' && transfer.mode ? [['Mode', transfer.mode] as const] : []),
    ['Columns', transfer.columns ? formatCount(transfer.columns.length) : 'all'],
    ['Started', formatTime(createdAt)],
    ...(startedBy === null ? [] : [['Started by', startedBy] as const]),
    ...(endedAt === null ? [] : [['Ended', formatTime(endedAt)] as const]),
    ...(report?.strategy ? [['Strategy', strategyWords[report.strategy]] as const] : []),
    ...(report?.commit ? [['Commit', commitWords[report.commit]] as const] : []),
    ...(report?.commitReason ? [['Reason', report.commitReason] as const] : []),
    ...(isDone ? [['Verification', verificationWords(report.verification)] as const] : []),
    ['Run', id],
  ]
}
