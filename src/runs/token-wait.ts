import { setTimeout as sleep } from 'node:timers/promises'
import { checkToken, tokenEnd, type TokenProvider } from '../clickhouse/index.ts'
import type { Pause } from './attempts.ts'

/** A run waits for a new token of a saved connection. */
export interface TokenWait {
  connection: string
  endedAt: Date
  until: Date
}

/** Who waits when the token of a saved connection has ended, rather than fail. */
export interface TokenWaiter {
  /** Ends the wait at once. */
  signal: AbortSignal
  patienceMs: number
  /** Goes around the waiting. */
  pause: Pause
  /** Null when a new one has come. */
  onWait: (wait: TokenWait | null) => void
}

interface SavedToken {
  connection: string
  label: string
  /** Undefined when there is none any more that may go to the same server. */
  read: () => Promise<string | undefined>
}

/** A token may be saved by another process, which tells nobody. */
const betweenLooksMs = 500

/** The token of a saved connection as it is at the time of each request; `given` is what it was at first. */
export function savedToken(saved: SavedToken, given: string, waiter: TokenWaiter | undefined): TokenProvider {
  let last = given
  let waiting: Promise<string> | undefined
  let isPatient = waiter !== undefined
  const newest = async () => (last = (await saved.read()) ?? last)
  const look = async ({ signal, patienceMs }: TokenWaiter): Promise<void> => {
    const end = performance.now() + patienceMs
    while (hasEnded(await newest()) && performance.now() < end)
      await sleep(betweenLooksMs, undefined, { signal })
    checkToken(last, saved.label)
  }
  const wait = async (waiter: TokenWaiter): Promise<string> => {
    const { patienceMs, pause, onWait } = waiter
    const [endedAt, until] = [tokenEnd(last) ?? new Date(), new Date(Date.now() + patienceMs)]
    onWait({ connection: saved.connection, endedAt, until })
    // Should none come, what is asked after that is about the end of the run.
    isPatient = false
    await pause(() => look(waiter))
    isPatient = true
    onWait(null)
    return last
  }
  return async ({ isAside = false }) => {
    const token = await newest()
    if (!waiter || isAside || !hasEnded(token)) return checkToken(token, saved.label)
    if (isPatient) waiting = wait(waiter).finally(() => (waiting = undefined))
    return (await waiting) ?? checkToken(token, saved.label)
  }
}

const hasEnded = (token: string): boolean => (tokenEnd(token)?.getTime() ?? Infinity) <= Date.now()
