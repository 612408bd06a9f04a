import { toleratedOf } from '../core/transfer/index.ts'
import { AppError, type RejectLimit, type Reject } from '../shared/index.ts'
import type { OpenDivision } from './division.ts'
import { nativeHead, nativeRejects } from './rejects-native.ts'
import { besideRecords, normalisedRejects } from './rejects-normalised.ts'
import type { Import } from './import-job.ts'

/** What was kept of a run. */
export interface KeptRejects {
  rejected: number
  /** Lines without anything, which are no records. */
  blanks: number
  first: Reject | undefined
}

export const noRejects: KeptRejects = { rejected: 0, blanks: 0, first: undefined }

/** Writes all rejects of an import down, in both forms; nothing when all are blank lines. */
export async function keepRejects(
  job: Import,
  runId: string,
  open: OpenDivision,
  signal: AbortSignal,
): Promise<KeptRejects> {
  const { surroundings, source } = job
  let [rejected, blanks] = [0, 0]
  let first: Reject | undefined
  await using writer = await surroundings.workspace.rejects.begin(runId, source.facts.label)
  const isNormalised = source.facts.reading.by === 'normaliser'
  const rejects = isNormalised ? normalisedRejects(job, open, signal) : nativeRejects(job, open, signal)
  const beside = once(async () =>
    isNormalised
      ? await besideRecords(job, open, signal)
      : { head: await nativeHead(job), tail: Buffer.alloc(0) },
  )
  for await (const found of rejects) {
    if (found === 'blank') {
      blanks += 1
      continue
    }
    const { reject, record } = found
    if (rejected === 0) await writer.begin((await beside()).head)
    first ??= reject
    rejected += 1
    await writer.add(reject, record)
  }
  if (rejected > 0) await writer.commit((await beside()).tail)
  return { rejected, blanks, first }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined
  return () => (done ??= work())
}

/** @throws {AppError} REJECT_LIMIT */
export function requireTolerated(
  { rejected, first }: Pick<KeptRejects, 'rejected' | 'first'>,
  read: number,
  limit: RejectLimit = {},
): void {
  const most = toleratedOf(rejected, read, limit)
  if (most === undefined) return
  const what =
    most === 'none'
      ? `None of ${count(read)} records can be moved`
      : `${count(rejected)} of ${count(read)} records cannot be moved, and no more than ${most} may be rejected`
  if (!first) throw new AppError('REJECT_LIMIT', `${what}.`)
  const { file, line, reason, column } = first
  const where = `${file}, line ${line}${column === null ? '' : `, column ${JSON.stringify(column)}`}`
  const place = { file, line, ...(column !== null && { column }) }
  throw new AppError('REJECT_LIMIT', `${what}; the first is ${where}: ${reason}.`, { place })
}

const count = (value: number): string => value.toLocaleString('en-US')
