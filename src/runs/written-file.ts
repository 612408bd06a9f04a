import type { Finished, Server } from '../clickhouse/index.ts'
import {
  isWrittenNatively,
  targetDialect,
  type FilePlan,
  type FileTargetFacts,
} from '../core/transfer/index.ts'
import {
  baseExtension,
  watchSpace,
  type Formatting,
  type Target,
  type TargetFacts,
  type TargetFile,
} from '../files/index.ts'
import { AppError, type FileEnd } from '../shared/index.ts'
import type { Movement, Servers, Watcher } from './prepared.ts'
import { wholeWrite } from './whole-write.ts'

/**
 * @param types of the columns that move
 * @param path for the server to write to, or as a person knows it
 */
export function describeTarget(
  end: FileEnd,
  file: TargetFacts,
  types: readonly string[],
  path: string,
  isSplit = false,
): FileTargetFacts {
  const dialect = targetDialect(end.dialect, baseExtension(file.name), file.name)
  const encoding = end.encoding ?? 'utf-8'
  return {
    label: file.name,
    mountPath: path,
    compression: file.compression,
    dialect,
    encoding,
    isFormatted: !isWrittenNatively(dialect, encoding, types),
    isSplit,
  }
}

export function targetFacts(end: FileEnd, file: TargetFile, types: readonly string[]): FileTargetFacts {
  const facts = describeTarget(end, file, types, file.mountPath)
  return facts.isFormatted ? { ...facts, mountPath: file.fifoPath } : facts
}

/**
 * Undefined when the server writes the file itself.
 *
 * @param source what the rows come from, as a person knows it
 */
export async function startFormatting(
  file: Target,
  { dialect, encoding, compression, isFormatted, isSplit }: FileTargetFacts,
  { written, columns }: FilePlan,
  source: string,
): Promise<Formatting | undefined> {
  if (!isFormatted && !isSplit) return undefined
  const kinds = isFormatted ? written.map(({ kind }) => kind) : null
  const contents = { source, columns: columns.map(({ target: name, type }) => ({ name, type })) }
  return file.format({ dialect, encoding, compression, kinds }, contents)
}

interface Writing {
  servers: Servers
  file: Target
  formatting: Formatting | undefined
}

/**
 * Makes sure that all of what is moved is in the file. What was written is counted where it is written: by the process
 * that makes the file, or else by the server's own INSERT.
 */
export async function writeFile(
  { servers, file, formatting }: Writing,
  watcher: Watcher,
  work: (watcher: Watcher) => Promise<Movement>,
): Promise<Movement> {
  using space = await watchSpace(file.folder, file.name)
  const watching = { ...watcher, signal: AbortSignal.any([watcher.signal, space.full]) }
  const moved = await (formatting ? formatted(formatting, watching, work) : work(watching)).catch(
    (error: unknown) => {
      throw space.full.aborted ? space.full.reason : error
    },
  )
  const seen = await requireWritten(servers.embedded, moved.writeId, file)
  return formatting ? moved : { ...moved, written: seen.writtenRows }
}

async function formatted(
  formatting: Formatting,
  watcher: Watcher,
  work: (watcher: Watcher) => Promise<Movement>,
): Promise<Movement> {
  try {
    const moved = await work({ ...watcher, signal: AbortSignal.any([watcher.signal, formatting.failed]) })
    const { rows } = await formatting.finish()
    return { ...moved, written: rows }
  } catch (error) {
    throw (await formatting.end()) ?? error
  }
}

/** @throws {AppError} DISK_FULL, or TARGET_UNWRITABLE when nobody knows why */
async function requireWritten(embedded: Server, writeId: string, file: Target): Promise<Finished> {
  const seen = await wholeWrite(embedded, writeId)
  if (seen) return seen
  await file.requireRoom()
  throw new AppError('TARGET_UNWRITABLE', `Not all of ${file.name} could be written.`, {
    place: { file: file.name },
  })
}
