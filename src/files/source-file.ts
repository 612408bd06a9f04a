import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, stat } from 'node:fs/promises'
import type { AppError, Compression } from '../shared/index.ts'
import { compressionOf } from './compression.ts'
import { fileError, isDirectory, notRegular, translating } from './errors.ts'
import { openReal } from './held.ts'
import type { Fence } from './locate.ts'

export interface SourceFile {
  /** As the person wrote it; `-` is "standard input". */
  readonly name: string
  /** Absolute, without a symbolic link in it. */
  readonly path: string
  readonly size: number
  readonly mtimeMs: number
  /** By which the file system knows it, also when another takes its name; undefined of one that is not there yet. */
  readonly inode?: number
  readonly compression: Compression
}

/** What a file is, when it is nothing that can be read twice. */
export function kindOf(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined
  if (stats.isFIFO()) return 'a FIFO'
  if (stats.isSocket()) return 'a socket'
  return 'a device'
}

export function requireRegular(stats: Stats, name: string): void {
  if (stats.isDirectory()) throw isDirectory(name)
  const kind = kindOf(stats)
  if (kind !== undefined) throw notRegular(name, kind)
}

export function emptyFile(name: string): AppError {
  return fileError('FILE_EMPTY', name, (shown) => `${shown} is empty (0 bytes).`)
}

/** `path` is real already. Whether it may be read is known only by opening it. */
export async function openRegular(
  path: string,
  name: string,
  fence?: Fence,
): Promise<{ handle: FileHandle; stats: Stats }> {
  // Before it is opened, because opening a device can do something to it.
  requireRegular(await translating(name, 'source', () => lstat(path)), name)
  const handle = await openReal(path, { name, role: 'source', flags: constants.O_RDONLY, fence })
  try {
    const stats = await handle.stat()
    requireRegular(stats, name)
    return { handle, stats }
  } catch (error) {
    await handle.close()
    throw error
  }
}

export async function describeFile(path: string, name: string): Promise<SourceFile> {
  return translating(name, 'source', async () => {
    const { handle, stats } = await openRegular(path, name)
    await handle.close()
    if (stats.size === 0) throw emptyFile(name)
    const named = compressionOf(name)
    // A link may have the telling name, or lead to it.
    const compression = named === 'none' ? compressionOf(path) : named
    return { name, path, size: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino, compression }
  })
}

/** The first bytes of a file, for sniffing. Compressed files are read through the embedded server. */
export function readHead(file: SourceFile, maxBytes: number): Promise<Buffer> {
  return readPart(file, 0, Math.min(maxBytes, file.size))
}

/** At most so many of its last bytes, from an even place on. */
export function readTail(file: SourceFile, maxBytes: number): Promise<Buffer> {
  const from = Math.max(0, file.size - maxBytes)
  return readPart(file, from + (from % 2), file.size - from - (from % 2))
}

/** So many bytes of a file that is not compressed, or fewer at its end. */
export async function readPart(file: SourceFile, from: number, size: number): Promise<Buffer> {
  if (file.compression !== 'none') throw new TypeError('Only files that are not compressed can be read')
  return translating(file.name, 'source', async () => {
    await using handle = (await openRegular(file.path, file.name)).handle
    const part = Buffer.alloc(size)
    let length = 0
    while (length < size) {
      const { bytesRead } = await handle.read(part, length, size - length, from + length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return part.subarray(0, length)
  })
}

/** All of a file that is not compressed, in parts from its end on; each stands where the one before stood. */
export async function* partsFromEnd(
  file: SourceFile,
  size: number,
): AsyncGenerator<{ part: Buffer; isFirst: boolean }> {
  await using handle = (await openRegular(file.path, file.name)).handle
  const buffer = Buffer.alloc(Math.min(size, file.size))
  for (let end = file.size; end > 0;) {
    const from = Math.max(0, end - size)
    const reading = handle.read(buffer, 0, end - from, from)
    const { bytesRead } = await translating(file.name, 'source', () => reading)
    yield { part: buffer.subarray(0, bytesRead), isFirst: from === 0 }
    end = from
  }
}

/** Why sources are no longer what was resolved: a transfer that read both states proves nothing. */
export async function changeOf(files: readonly SourceFile[]): Promise<AppError | undefined> {
  for (const file of files) {
    if (!(await isChanged(file))) continue
    return fileError(
      'VERIFICATION_FAILED',
      file.name,
      (shown) => `${shown} was changed while it was being read.`,
    )
  }
  return undefined
}

async function isChanged(file: SourceFile): Promise<boolean> {
  try {
    const now = await stat(file.path)
    const isOther = file.inode !== undefined && now.ino !== file.inode
    return isOther || now.size !== file.size || now.mtimeMs !== file.mtimeMs
  } catch {
    return true
  }
}
