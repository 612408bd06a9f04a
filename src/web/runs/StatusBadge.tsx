import type { Run } from '../../shared/index.ts'
import { Badge } from '../components/index.ts'
import { formatPercent } from '../format.ts'
import { isEnded, statusWords } from '../words.ts'

const waiting = { label: 'Waits for a token', tone: 'warning', icon: 'clock' } as const

/** The percentage is left out where it stands beside the badge already. */
export function StatusBadge({ run, bare = false }: { run: Run; bare?: boolean }) {
  const { label, tone, icon } = run.waitsForToken ? waiting : statusWords[run.status]
  const { fraction } = run.progress
  const percent =
    bare || run.waitsForToken || isEnded(run.status) || !fraction ? '' : ` ${formatPercent(fraction)}`
  return (
    <Badge tone={tone} icon={icon}>
      {label}
      {percent}
    </Badge>
  )
}
