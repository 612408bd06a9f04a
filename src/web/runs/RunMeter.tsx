import './run.css'
import type { Run } from '../../shared/index.ts'
import { ProgressBar, Sparkline } from '../components/index.ts'
import { formatPercent, formatRate } from '../format.ts'
import { statusWords } from '../words.ts'
import { progressFigures } from './run-words.ts'

/** How far a run is that goes on: the bar, the figures, and the speed so far. */
export function RunMeter({ run }: { run: Run }) {
  const { progress, status, waitsForToken } = run
  const { fraction, rates } = progress
  const stands = status === 'queued' || waitsForToken !== null
  return (
    <div className="fh-run-meter">
      <div className="fh-run-bar">
        <ProgressBar label={statusWords[status].label} value={stands ? (fraction ?? 0) : fraction} />
        <span className="fh-run-percent">{fraction === null ? '' : formatPercent(fraction)}</span>
      </div>
      <div className="fh-row">
        <Figures of={progressFigures(progress)} />
        <span className="fh-spacer" />
        {rates.length > 1 && (
          <Sparkline
            label={`Rows per second so far, at most ${formatRate(Math.max(...rates))}`}
            values={rates}
            width={160}
          />
        )}
      </div>
    </div>
  )
}

const Figures = ({ of }: { of: readonly string[] }) => (
  <p className="fh-run-figures">
    {of.map((figure, index) => (
      <span key={index}>{figure} </span>
    ))}
  </p>
)
