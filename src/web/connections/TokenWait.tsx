import { useEffect } from 'react'
import type { Run } from '../../shared/index.ts'
import { useConnections, useMay } from '../api/index.ts'
import { announce, Notice } from '../components/index.ts'
import { formatTime } from '../format.ts'
import { GiveToken } from './GiveToken.tsx'

/** A run that stands still until its connection has a new token; nothing beside any other run. */
export function TokenWait({ run }: { run: Run }) {
  const { connection: name, until } = run.waitsForToken ?? {}
  const { data = [] } = useConnections()
  const saved = data.find((each) => each.name === name)
  const mayGive = useMay('admin')
  useEffect(() => {
    if (name !== undefined) announce(`The token of ${name} has ended. The run waits for a new one.`)
  }, [name])
  if (name === undefined || until === undefined) return null
  const who = mayGive ? 'you give' : 'an administrator gives'
  return (
    <Notice
      tone="warning"
      title={
        <>
          The token of <bdi>{name}</bdi> has ended. The run goes on when {who} a new one, until{' '}
          <time dateTime={until}>{formatTime(until).slice(11, 16)}</time>.
        </>
      }
    >
      {mayGive && saved && <GiveToken saved={saved} onGiven={() => announce('The run goes on.')} />}
    </Notice>
  )
}
