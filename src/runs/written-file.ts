import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { finished, type Server } from '../clickhouse/index.ts'
import { checkSpace, type TargetFile } from '../files/index.ts'
import { AppError } from '../shared/index.ts'

/**
 * Fails when the disk did not take all of the file. ClickHouse answers such an INSERT with success, and counts rows
 * that are not there (seen on 26.7); only its own statistics of the query know.
 *
 * @throws {AppError} DISK_FULL, or TARGET_UNWRITABLE when there is space
 */
export async function requireWritten(embedded: Server, writeId: string, file: TargetFile): Promise<void> {
  const seen = await statistics(embedded, writeId)
  if (seen?.failedWrites === 0) return
  await checkSpace(dirname(file.path), 1_048_576)
  throw new AppError('TARGET_UNWRITABLE', `Not all of ${file.name} could be written.`, {
    place: { file: file.name },
  })
}

const looks = 50
const pauseMs = 100

/** The server answers before it writes down what the query came to: on a busy machine that takes a moment (seen). */
async function statistics(embedded: Server, queryId: string) {
  for (let look = 1; look < looks; look++) {
    const seen = await finished(embedded, queryId)
    if (seen) return seen
    await sleep(pauseMs)
  }
  return finished(embedded, queryId)
}
