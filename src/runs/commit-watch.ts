import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../shared/index.ts'

/** What a server does about the statements of a commit. */
type Activity = 'busy' | 'idle'

/** Between two statements of a commit a server is idle, too, but not twice in a row for so long. */
const mostIdle = 2

interface Watch {
  label: string
  betweenLooksMs: number
  /** For a server that does not answer at all. */
  patienceMs: number
}

/**
 * Does some work of a commit as long as its server is at it. Statements may take hours in silence, and an answer that was
 * lost on its way would be waited for for ever.
 *
 * @param look asks the server, on a connection of its own
 * @throws {AppError} CONNECTION_LOST, or what the work throws
 */
export async function whileBusy<T>(
  work: (signal: AbortSignal) => Promise<T>,
  look: (signal: AbortSignal) => Promise<Activity>,
  watch: Watch,
): Promise<T> {
  const [lost, done] = [new AbortController(), new AbortController()]
  const watching = isLost(look, watch, done.signal).then((is) => {
    if (is) lost.abort()
  })
  try {
    return await work(lost.signal)
  } catch (error) {
    if (!lost.signal.aborted) throw error
    throw new AppError('CONNECTION_LOST', `No answer came from ${watch.label} about the commit.`, {
      place: { host: watch.label },
      cause: error,
    })
  } finally {
    done.abort()
    await watching
  }
}

async function isLost(
  look: (signal: AbortSignal) => Promise<Activity>,
  { betweenLooksMs, patienceMs }: Watch,
  done: AbortSignal,
): Promise<boolean> {
  let [idle, seenAt] = [0, performance.now()]
  while (idle < mostIdle && performance.now() - seenAt < patienceMs) {
    const isOver = await sleep(betweenLooksMs, false, { signal: done }).catch(() => true)
    if (isOver) return false
    const inTime = AbortSignal.any([done, AbortSignal.timeout(betweenLooksMs)])
    const seen = await look(inTime).catch(() => undefined)
    if (seen === undefined) continue
    seenAt = performance.now()
    idle = seen === 'idle' ? idle + 1 : 0
  }
  return !done.aborted
}
