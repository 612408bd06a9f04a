import { setTimeout as sleep } from 'node:timers/promises'
import { literal } from '../core/sql/index.ts'
import { cancelled, isAborted } from './errors.ts'
import type { Link } from './link.ts'

export interface Query {
  link: Link
  queryId: string
}

/** A cancelled run must end within 2 s (DESIGN §4), whether the servers answer or not. */
const patienceMs = 1500
const betweenTriesMs = 150

/** Does the work; when it fails or is cancelled, first sees to it that its queries end on their servers. */
export async function orKill<T>(
  queries: readonly Query[],
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (isAborted(signal)) throw cancelled()
  try {
    return await work()
  } catch (error) {
    const aborted = isAborted(signal)
    // A cancelled statement may still be on its way to the server: look for it more than once.
    await Promise.all(queries.map((query) => kill(query, aborted ? 3 : 1)))
    throw aborted ? cancelled() : error
  }
}

async function kill({ link, queryId }: Query, tries: number): Promise<void> {
  const signal = AbortSignal.timeout(patienceMs)
  const sql = `KILL QUERY WHERE query_id = ${literal(queryId)} SYNC`
  try {
    for (let left = tries; left > 0; left--) {
      const { text } = await link.ask(sql, { signal, isAside: true })
      if (text !== '') return
      await sleep(betweenTriesMs, undefined, { signal })
    }
  } catch {
    // The server is gone, or does not let us: its own detection of a closed connection has to do.
  }
}
