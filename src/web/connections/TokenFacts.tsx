import { useEffect, useState } from 'react'
import { Badge } from '../components/index.ts'
import { formatDuration } from '../format.ts'
import { readToken } from './jwt.ts'

const lookAgainMs = 15_000
/** About to end. */
const shortMs = 5 * 60_000

/** Who issued a pasted JWT, for whom, and how long it holds. It is read in this page only. */
export function TokenFacts({ token }: { token: string }) {
  const now = useNow()
  const facts = readToken(token, now)
  if (!facts)
    return (
      <span className="fh-row">
        <Badge tone="warning" icon="warning">
          Not a JWT
        </Badge>
        <span className="fh-muted">A JWT has three parts with dots between them.</span>
      </span>
    )
  const { issuer, subject, leftMs } = facts
  return (
    <span className="fh-row">
      <TimeLeft leftMs={leftMs} />
      <span className="fh-muted">
        {issuer !== undefined && (
          <>
            issued by <bdi>{issuer}</bdi>{' '}
          </>
        )}
        {subject !== undefined && (
          <>
            for <bdi>{subject}</bdi>
          </>
        )}
      </span>
    </span>
  )
}

interface TimeLeftProps {
  /** Milliseconds, negative when it has ended; undefined when nothing is said of an end. */
  leftMs: number | undefined
  /** Where that is not plain: "token". */
  what?: string
}

export function TimeLeft({ leftMs, what = '' }: TimeLeftProps) {
  if (leftMs === undefined) return <Badge>no end given</Badge>
  if (leftMs <= 0)
    return (
      <Badge tone="error" icon="error">
        {what} expired {spanOf(-leftMs)} ago
      </Badge>
    )
  const isShort = leftMs < shortMs
  return (
    <Badge tone={isShort ? 'warning' : 'ok'} icon={isShort ? 'warning' : 'clock'}>
      {what} {spanOf(leftMs)} left
    </Badge>
  )
}

/** To the minute: nobody looks more often. */
function spanOf(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return 'less than a minute'
  return minutes < 60 ? `${minutes} min` : formatDuration(ms)
}

export function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), lookAgainMs)
    return () => clearInterval(timer)
  }, [])
  return now
}
