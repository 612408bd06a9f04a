import { finished, type Server } from '../clickhouse/index.ts'
import { checkSpace, type TargetFile } from '../files/index.ts'
import { AppError } from '../shared/index.ts'
import { dirname } from 'node:path'

/**
 * Fails when the disk did not take all of the file. ClickHouse answers such an INSERT with success, and counts rows
 * that are not there (seen on 26.7); only its own statistics of the query know.
 *
 * @throws {AppError} DISK_FULL, or TARGET_UNWRITABLE when there is space
 */
export async function requireWritten(embedded: Server, writeId: string, file: TargetFile): Promise<void> {
  const seen = await finished(embedded, writeId)
  if (seen?.failedWrites === 0) return
  await checkSpace(dirname(file.path), 1_048_576)
  throw new AppError('TARGET_UNWRITABLE', `Not all of ${file.name} could be written.`, {
    place: { file: file.name },
  })
}
