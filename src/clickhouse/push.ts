import type { Readable } from 'node:stream'
import { orKill } from './cancel.ts'
import { usualIdleMs, whileMoving } from './idle.ts'
import type { Link } from './link.ts'
import { refusalInLog, type Statement } from './pipe.ts'

export interface PushOptions {
  to: Link
  write: Statement
  /** Native blocks. When it breaks, the server never sees a clean end. */
  data: Readable
  signal: AbortSignal
  /** How long none of it may be taken; left out: five minutes. */
  idleMs?: number
}

/** Sends blocks that are there already to a server, and answers how many rows it took out of them. */
export function push(options: PushOptions): Promise<{ received: number }> {
  const { to, write, data, signal, idleMs = usualIdleMs } = options
  const query = { link: to, queryId: write.queryId }
  let taken = 0
  data.on('data', (chunk: Buffer) => (taken += chunk.length)).pause()
  const flow = {
    queries: [query],
    // While there is nothing to be taken, nothing need move.
    moved: () => (data.readableLength === 0 && !data.readableEnded ? undefined : taken),
    stood: () => ({ label: to.label, done: 'taken' as const }),
  }
  return orKill([query], signal, () => whileMoving(flow, { signal, idleMs }, (going) => send(options, going)))
}

async function send({ to, write, data }: PushOptions, signal: AbortSignal): Promise<{ received: number }> {
  const answered = new AbortController()
  try {
    const call = { settings: write.settings, queryId: write.queryId, signal, data }
    const refused = refusalInLog(to, write.queryId, answered.signal)
    const { summary } = await Promise.race([to.ask(`${write.sql}\nFORMAT Native`, call), refused])
    return { received: summary.readRows }
  } finally {
    answered.abort()
  }
}
