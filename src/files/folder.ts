import { createReadStream, type Stats } from 'node:fs'
import { type FileHandle, lstat, readdir, unlink } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { Readable } from 'node:stream'
import type { FileList } from '../shared/index.ts'
import { fileError, folderNotFound, notFound, translating } from './errors.ts'
import { holdFolder } from './held.ts'
import { type Fence, isInside, locate } from './locate.ts'
import { compareNaturally } from './pattern.ts'
import { partSuffix } from './part-names.ts'
import { openRegular, requireRegular } from './source-file.ts'
import { freeSpace } from './space.ts'

export type Folder = Pick<FileList, 'folder' | 'entries'>
type Entry = Folder['entries'][number]

/** What a person may see in one folder; an empty name is the workspace itself. */
export async function listFolder(fence: Fence, spec: string): Promise<Folder> {
  const { path, missing } = await locate(fence, spec === '' ? '.' : spec, 'source')
  if (missing > 0) throw folderNotFound(spec)
  const stats = await translating(spec, 'source', () => lstat(path))
  if (!stats.isDirectory()) throw folderNotFound(spec)
  const folder = relative(fence.cwd, path)
  const names = await translating(spec, 'source', () => readdir(path))
  const shown = names.filter((name) => !name.startsWith('.') && !name.endsWith(partSuffix))
  const entries = await Promise.all(shown.map((name) => describeEntry(fence, path, folder, name)))
  return { folder, entries: entries.filter((entry) => entry !== undefined).sort(foldersFirst) }
}

/** Undefined for what is neither a file nor a folder, leads out of the workspace, or has just gone. */
async function describeEntry(
  fence: Fence,
  parent: string,
  folder: string,
  name: string,
): Promise<Entry | undefined> {
  const stats = await statInside(fence, join(parent, name)).catch(() => undefined)
  if (stats === undefined || !(stats.isFile() || stats.isDirectory())) return undefined
  return {
    name,
    path: join(folder, name),
    kind: stats.isFile() ? 'file' : 'folder',
    bytes: stats.isFile() ? stats.size : 0,
    modifiedAt: stats.mtime.toISOString(),
  }
}

async function statInside(fence: Fence, path: string): Promise<Stats | undefined> {
  const stats = await lstat(path)
  if (!stats.isSymbolicLink()) return isInside(fence, path) ? stats : undefined
  const target = await locate(fence, path, 'source')
  return target.missing === 0 ? lstat(target.path) : undefined
}

function foldersFirst(a: Entry, b: Entry): number {
  if (a.kind !== b.kind) return a.kind === 'folder' ? -1 : 1
  return compareNaturally(a.name, b.name)
}

/** Deletes a file; of a symbolic link, the link. */
export async function removeFile(fence: Fence, spec: string): Promise<void> {
  const { path, missing } = await locate(fence, spec, 'target')
  if (missing > 0) throw notFound(spec)
  const stats = await translating(spec, 'target', () => lstat(path))
  requireRegular(stats, spec)
  const { path: folder } = await locate(fence, dirname(spec), 'target')
  await using held = await holdFolder(folder, { name: spec, role: 'target', fence })
  await translating(spec, 'target', () => unlink(held.at(basename(spec))))
}

/** A file that is open to be sent. Reading it to its end closes it, too. */
export interface Download extends AsyncDisposable {
  readonly name: string
  readonly size: number
  readonly mtime: Date
  /** Bytes `start` to before `end`. */
  read(start: number, end: number): Readable
}

export async function openDownload(fence: Fence, spec: string): Promise<Download> {
  const { path, missing } = await locate(fence, spec, 'source')
  if (missing > 0) throw notFound(spec)
  const { handle, stats } = await openRegular(path, spec, fence)
  return downloadOf(handle, stats, basename(spec))
}

/** Takes the handle over. */
export function downloadOf(handle: FileHandle, stats: Stats, name: string): Download {
  const close = () => handle.close()
  return {
    name,
    size: stats.size,
    mtime: stats.mtime,
    read(start, end) {
      if (start === end) return Readable.from([]).once('close', () => void close())
      const bytes = createReadStream('', { fd: handle, start, end: end - 1, highWaterMark: readBytes })
      return Readable.from(whole(bytes, end - start, name), { objectMode: false })
    },
    [Symbol.asyncDispose]: close,
  }
}

const readBytes = 512 * 1024

/** Its length has been promised: a file that was cut meanwhile must not look complete. */
async function* whole(bytes: AsyncIterable<Buffer>, length: number, name: string): AsyncGenerator<Buffer> {
  let left = length
  for await (const chunk of bytes) {
    left -= chunk.length
    yield chunk
  }
  if (left === 0) return
  throw fileError('FILE_DAMAGED', name, (shown) => `${shown} became shorter while it was being sent.`)
}

/** Of the disk, or the fuller of both, where uploads arrive and where all files end. */
export async function freeBytes({ dataDir, cwd }: Fence): Promise<number> {
  return Math.min(await freeSpace(dataDir), await freeSpace(cwd))
}
