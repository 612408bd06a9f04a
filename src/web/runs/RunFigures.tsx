import './run.css'
import type { RunDetail } from '../../shared/index.ts'
import { ProgressBar, Sparkline } from '../components/index.ts'
import { formatBytes, formatCount, formatDuration, formatRate } from '../format.ts'
import { isEnded, statusWords } from '../words.ts'

/** How far it is, or how it ended, in numbers. */
export function RunFigures({ run }: { run: RunDetail }) {
  const { progress, report, status } = run
  const seconds = Math.max((report?.durationMs ?? progress.elapsedMs) / 1000, 0.001)
  const rows = report?.rowsWritten ?? progress.rows
  const figures: [string, string][] = [
    ['Rows', formatCount(rows)],
    ['Rejected', report ? formatCount(report.rowsRejected) : '–'],
    ['Read', formatBytes(report?.bytesRead ?? progress.bytes)],
    ['Time', formatDuration(report?.durationMs ?? progress.elapsedMs)],
    ['Speed', formatRate(report ? rows / seconds : progress.rowsPerSecond)],
  ]
  return (
    <section className="fh-figures" aria-label="Figures">
      {!isEnded(status) && <ProgressBar label={statusWords[status].label} value={progress.fraction} />}
      <dl>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <Sparkline label="Rows per second so far" values={progress.rates} width={160} height={40} />
      </dl>
    </section>
  )
}
