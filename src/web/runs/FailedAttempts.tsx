import type { FailedAttempt } from '../../shared/index.ts'
import { Table, Ticked } from '../components/index.ts'
import { formatDuration, formatTime } from '../format.ts'
import { forPage } from '../words.ts'

/** Those that a run had before its last. */
export function FailedAttempts({ attempts }: { attempts: readonly FailedAttempt[] }) {
  if (attempts.length === 0) return null
  return (
    <section className="fh-stack" aria-labelledby="run-attempts">
      <h2 id="run-attempts">Failed attempts</h2>
      <p className="fh-muted">Each left nothing behind, and the run began again.</p>
      <Table label="Failed attempts" heads={heads}>
        {attempts.map(({ number, startedAt, durationMs, error }) => (
          <tr key={number}>
            <td className="fh-number">{number}</td>
            <td>{formatTime(startedAt)}</td>
            <td className="fh-number">{formatDuration(durationMs)}</td>
            <td>
              <bdi>
                <Ticked text={forPage(error.message)} />
              </bdi>
            </td>
          </tr>
        ))}
      </Table>
    </section>
  )
}

const heads = [
  { name: 'Attempt', className: 'fh-number' },
  { name: 'Started' },
  { name: 'Ended after', className: 'fh-number' },
  { name: 'By' },
]
