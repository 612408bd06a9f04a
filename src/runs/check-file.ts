import { AppError, type ErrorCode, type FileCheck, type ImportTransfer } from '../shared/index.ts'
import { findExamples } from './check-examples.ts'
import { countNative, countPlaced } from './count-faults.ts'
import type { Import } from './import-job.ts'
import { openImport } from './prepare-import.ts'
import { mayEndInQuotes } from './open-quote.ts'
import type { Preparation } from './prepared.ts'
import { normalised } from './source-file.ts'
import type { Surroundings } from './surroundings.ts'
import { wholeFile } from './types.ts'

type Watcher = Pick<Preparation, 'signal' | 'onProgress'>

/**
 * How many records of the whole file would be rejected, and why. Nothing moves.
 *
 * @throws {AppError} what looking at both ends throws, and FILE_DAMAGED
 */
export async function checkFile(
  transfer: ImportTransfer,
  surroundings: Surroundings,
  watcher: Watcher,
): Promise<FileCheck> {
  // Records at fault are what is looked for: none of them ends the reading.
  const tolerant: ImportTransfer = { ...transfer, onError: 'skip' }
  const options = { runId: 'check', attempt: 1, signal: watcher.signal, onConnected: () => undefined }
  await using opened = await openImport(
    tolerant,
    surroundings,
    options,
    wholeFile(surroundings, watcher, 'skip'),
  )
  return await checkAll(opened, watcher)
}

/**
 * A file that the server reads itself is counted so, which is fast. When there is anything to be shown, the normaliser has
 * to give the file: it knows which record stands where, and where the one after a malformed one begins.
 */
async function checkAll(job: Import, watcher: Watcher): Promise<FileCheck> {
  const { source, surroundings, servers } = job
  const isNative = source.facts.reading.by === 'clickhouse'
  const look = { ...surroundings, embedded: servers.embedded, signal: watcher.signal }
  const isQuick = isNative && !(await mayEndInQuotes(source, look))
  const quick = isQuick ? await countNative(job, watcher).catch(unlessLost) : undefined
  const counted = quick?.malformed === 0 ? quick : undefined
  if (counted?.columns.every(({ misfits }) => misfits === 0)) return counted
  await using stack = new AsyncDisposableStack()
  const placed = isNative
    ? stack.use(await normalised(source, surroundings.workspace, servers.embedded, watcher.signal))
    : source
  return await findExamples(job, placed, counted ?? (await countPlaced(job, placed, watcher)), watcher.signal)
}

/** A server that gives up, though faults are allowed, sees no end of a record. */
function unlessLost(error: unknown): undefined {
  if (!(error instanceof AppError) || !lost.has(error.code)) throw error
}

const lost = new Set<ErrorCode>([
  'RECORD_MALFORMED',
  'RECORD_TOO_LARGE',
  'MEMORY_LIMIT',
  'SERVER_UNAVAILABLE',
])
