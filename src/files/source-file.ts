import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, stat, statfs } from 'node:fs/promises'
import { AppError, type Compression } from '../shared/index.ts'
import { compressionOf } from './compression.ts'
import { fileError, isDirectory, notRegular, printable, translating } from './errors.ts'
import { openReal } from './held.ts'
import type { Fence } from './locate.ts'

export interface SourceFile {
  /** As the person wrote it; `-` is "standard input". */
  readonly name: string
  /** Absolute, without a symbolic link in it. */
  readonly path: string
  readonly size: number
  readonly mtimeMs: number
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
    return { name, path, size: stats.size, mtimeMs: stats.mtimeMs, compression }
  })
}

/** The first bytes of a file, for sniffing. Compressed files are read through the embedded server. */
export async function readHead(file: SourceFile, maxBytes: number): Promise<Buffer> {
  if (file.compression !== 'none') throw new TypeError('readHead reads only files that are not compressed')
  return translating(file.name, 'source', async () => {
    await using handle = (await openRegular(file.path, file.name)).handle
    const head = Buffer.alloc(Math.min(maxBytes, file.size))
    let length = 0
    while (length < head.length) {
      const { bytesRead } = await handle.read(head, length, head.length - length, length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return head.subarray(0, length)
  })
}

/** Whether a source is no longer what was resolved: a transfer that read both states proves nothing. */
export async function fileChanged(file: SourceFile): Promise<boolean> {
  try {
    const now = await stat(file.path)
    return now.size !== file.size || now.mtimeMs !== file.mtimeMs
  } catch {
    return true
  }
}

/** Fails before a long transfer when the disk that holds `folder` certainly cannot take `bytes` more. */
export async function checkSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await translating(folder, 'data', () => statfs(folder))
  const free = bavail * bsize
  if (free >= bytes) return
  throw new AppError(
    'DISK_FULL',
    `The disk of "${printable(folder)}" has ${free} bytes free and ${bytes} are needed.`,
    { place: { file: printable(folder) } },
  )
}
