import { setTimeout as sleep } from 'node:timers/promises'
import { finished, type Finished, type Server } from '../clickhouse/index.ts'
import type { Place } from '../core/transfer/index.ts'
import { AppError } from '../shared/index.ts'

const looks = 50
const pauseMs = 100

/**
 * How a query ended that wrote a file; undefined when the disk did not take all of it. ClickHouse answers such an INSERT
 * with success, and counts rows that are not there (seen on 26.7); only its own statistics of the query know.
 */
export async function wholeWrite(embedded: Server, queryId: string): Promise<Finished | undefined> {
  const seen = await statistics(embedded, queryId)
  return seen?.failedWrites === 0 ? seen : undefined
}

/**
 * Makes sure that a table holds what a query was to store there. Its parts, too, are cut on a full disk while the server
 * answers with success, and count the rows that they lack (seen on 26.7). Another's log may be closed to the user.
 *
 * @throws {AppError} DISK_FULL
 */
export async function requireStored(
  server: Server,
  place: Place,
  queryId: string,
  signal: AbortSignal,
): Promise<void> {
  const isOurs = place === 'embedded'
  // While the rows were on their way the token may have ended, and then the next one has to be waited for.
  await server.ready()
  const seen = await (isOurs ? statistics(server, queryId) : finished(server, queryId, signal))
  if (seen ? seen.failedWrites === 0 : !isOurs) return
  const sentence = `The disk of ${server.label} is full: not all rows could be stored there.`
  throw new AppError('DISK_FULL', sentence, { place: { host: server.label } })
}

/** The server answers before it writes down what the query came to: on a busy machine that takes a moment (seen). */
async function statistics(embedded: Server, queryId: string): Promise<Finished | undefined> {
  for (let look = 1; look < looks; look++) {
    const seen = await finished(embedded, queryId)
    if (seen) return seen
    await sleep(pauseMs)
  }
  return finished(embedded, queryId)
}
