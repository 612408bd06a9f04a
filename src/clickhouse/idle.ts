import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../shared/index.ts'
import type { Query } from './cancel.ts'
import { progress } from './watch.ts'
import { timedOut } from './way.ts'

/** What stands still for so long does so for good. */
export const usualIdleMs = 300_000
const longestPauseMs = 30_000
/** For a server that is asked how far its query is. */
const patienceMs = 5000

export interface Moving {
  queries: readonly Query[]
  /** How many bytes have passed; undefined while none need. Left out: none do, and only the queries tell. */
  moved?: () => number | undefined
  /** Who stands still, and what it has not done. */
  stood: () => { label: string; done: 'sent' | 'taken' | 'answered' }
}

/**
 * Does the work as long as something moves: bytes pass, or at least one of its queries has another account in
 * `system.processes` than before. What a server does not tell, because it is not reached or the user may not look, has
 * not changed; but where no bytes tell either, a query that the user may not look at is taken to go on.
 *
 * @throws {AppError} CONNECTION_TIMEOUT, when nothing has moved for `idleMs`
 */
export async function whileMoving<T>(
  moving: Moving,
  { signal, idleMs }: { signal: AbortSignal; idleMs: number },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const [ended, stood] = [new AbortController(), new AbortController()]
  let error: AppError | undefined
  void standsStill(moving, idleMs, ended.signal).then(
    () => {
      error = stalled(moving, idleMs)
      stood.abort()
    },
    // It has ended before.
    () => undefined,
  )
  try {
    return await work(AbortSignal.any([signal, stood.signal]))
  } catch (thrown) {
    throw error ?? thrown
  } finally {
    ended.abort()
  }
}

/** Comes back when it does. */
async function standsStill({ queries, moved }: Moving, idleMs: number, ended: AbortSignal): Promise<void> {
  const known = queries.map(() => '')
  let [bytes, seen, since]: [number | undefined, string, number] = [-1, '', performance.now()]
  while (performance.now() - since < idleMs) {
    await sleep(Math.min(longestPauseMs, idleMs / 5), undefined, { signal: ended })
    const passed = moved ? moved() : 0
    if (passed === bytes)
      await Promise.all(
        queries.map(async (query, index) => {
          known[index] = (await account(query, moved === undefined, ended)) ?? known[index] ?? ''
        }),
      )
    const now = known.join(' ')
    if (passed === undefined || passed !== bytes || now !== seen)
      [bytes, seen, since] = [passed, now, performance.now()]
  }
}

/** Another one than before when the query goes on; undefined when that is not known. */
async function account(
  { link, queryId }: Query,
  isOnlySign: boolean,
  ended: AbortSignal,
): Promise<string | undefined> {
  const signal = AbortSignal.any([ended, AbortSignal.timeout(patienceMs)])
  try {
    const now = await progress(link, queryId, signal)
    return now && JSON.stringify(now)
  } catch (error) {
    const isDenied = error instanceof AppError && error.code === 'ACCESS_DENIED'
    return isDenied && isOnlySign ? String(performance.now()) : undefined
  }
}

function stalled({ stood }: Moving, idleMs: number): AppError {
  const seconds = Math.round(idleMs / 1000)
  const { label, done } = stood()
  return timedOut(label, `${label} has ${done} nothing for ${seconds} s, and no query goes on.`)
}
