import { createHash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { access, type FileHandle, lstat, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError, type Compression } from '../shared/index.ts'
import { compressionOf } from './compression.ts'
import { removeEntry, sweep } from './entries.ts'
import { errnoOf, fileError, folderNotFound, isDirectory, notRegular, translating } from './errors.ts'
import { startFormatting, type FormatJob, type Formatting } from './formatting.ts'
import { holdFolder, requireUnmoved } from './held.ts'
import { type Fence, locate } from './locate.ts'
import { mountPart, type MountRoot } from './mounts.ts'
import { partSuffix } from './part-names.ts'
import { kindOf, type SourceFile } from './source-file.ts'
import { syncFolder } from './sync-folder.ts'
import { isPlainName } from './upload-name.ts'

export interface TargetFacts {
  /** As the person wrote it. */
  readonly name: string
  readonly compression: Compression
}

/** What stands in an export, as its source has it. */
export interface Contents {
  source: string
  /** By their names in the file. */
  columns: readonly { name: string; type: string }[]
}

/** An export that is being written. Leaving its scope without `commit` discards it. */
export interface Target extends TargetFacts, AsyncDisposable {
  /** Where the finished files will be: absolute, without a symbolic link in it. */
  readonly folder: string
  /** For the embedded server to write to, what a formatter then makes files of. */
  readonly fifoPath: string
  /** Starts the process that formats what comes through the FIFO and writes it. */
  format(job: FormatJob, contents: Contents): Promise<Formatting>
  /** What has been written so far, to be read back. */
  unfinished(): Promise<SourceFile[]>
  /**
   * To be asked when not all could be written, of a file that is given up: it writes some more.
   *
   * @throws {AppError} DISK_FULL, … when the disk takes no more
   */
  requireRoom(): Promise<void>
  /** Makes what was written durable and then visible, all at once. */
  commit(): Promise<{ bytes: number }>
  /** Leaves no trace. After `commit` it does nothing. */
  discard(): Promise<void>
}

/** An export into one file. */
export interface TargetFile extends Target {
  /** Of the finished file. */
  readonly path: string
  readonly partPath: string
  /** For the embedded server to write the file itself. */
  readonly mountPath: string
}

/** Finds what would stop an export, and creates nothing: it may begin at this very moment. */
export async function checkTarget(fence: Fence, spec: string): Promise<TargetFacts> {
  const { path } = await resolveTarget(fence, spec)
  await sweep(fence.dataDir)
  await translating(spec, 'target', async () => {
    await access(dirname(path), constants.W_OK)
    await requireAbsent(partPathOf(path), spec)
  })
  return { name: spec, compression: compressionOf(spec) }
}

export async function beginTarget(fence: Fence, root: MountRoot, spec: string): Promise<TargetFile> {
  const { path, existing } = await resolveTarget(fence, spec)
  const partPath = partPathOf(path)
  // What a process left that died after we started: its .part would seem busy, or a later sweep take ours for its.
  await sweep(fence.dataDir)
  await using stack = new AsyncDisposableStack()
  const held = stack.use(await holdFolder(dirname(path), { name: spec, role: 'target', fence }))
  const part = held.at(basename(partPath))
  await translating(spec, 'target', () => requireAbsent(part, spec))
  const mount = await mountPart(fence, root, partPath, () => createPart(part, spec, existing))
  const file = stack.use(mount.file)
  const kept = stack.move()

  let isOpen = true
  const discard = async (): Promise<void> => {
    if (!isOpen) return
    isOpen = false
    root.open.delete(target)
    try {
      await translating(spec, 'target', () => rm(part, { force: true }))
      await removeEntry(mount.folder)
    } finally {
      await kept.disposeAsync()
    }
  }
  const commit = async (): Promise<{ bytes: number }> => {
    if (!isOpen) throw new TypeError('The export has already been committed or discarded')
    await requireUnmoved(fence, dirname(path), spec, 'target')
    const bytes = await translating(basename(partPath), 'target', () => syncPart(file, part, existing))
    await translating(spec, 'target', () => rename(part, held.at(basename(path))))
    isOpen = false
    await kept.disposeAsync()
    root.open.delete(target)
    await translating(spec, 'target', () => syncFolder(dirname(path)))
    await removeEntry(mount.folder)
    return { bytes }
  }
  const target: TargetFile = {
    name: spec,
    path,
    folder: dirname(path),
    partPath,
    mountPath: mount.path,
    fifoPath: mount.fifo.path,
    format: (job, { columns }) =>
      startFormatting({ name: spec, handle: file, fifo: mount.fifo.real, columns: namesOf(columns) }, job),
    compression: compressionOf(spec),
    unfinished: async () => {
      const { size, mtimeMs } = await file.stat()
      return [{ name: spec, path: partPath, size, mtimeMs, compression: compressionOf(spec) }]
    },
    requireRoom: async () => {
      const { size } = await file.stat()
      await translating(spec, 'target', () => writeAll(file, Buffer.alloc(1_048_576), size))
    },
    commit,
    discard,
    [Symbol.asyncDispose]: discard,
  }
  root.open.add(target)
  return target
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;)
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten
}

export const namesOf = (columns: Contents['columns']): string[] => columns.map(({ name }) => name)

export async function resolveTarget(
  fence: Fence,
  spec: string,
): Promise<{ path: string; existing: Stats | undefined }> {
  if (spec === '-') throw new AppError('USAGE', 'Standard output cannot be the target: name a file.')
  const { path, missing, tooLong } = await locate(fence, spec, 'target')
  if (missing > 1 || (missing === 1 && spec.endsWith('/'))) throw folderNotFound(folderNameOf(spec))
  if (tooLong) throw fileError('USAGE', spec, (shown) => `The name ${shown} is too long for a file.`)
  const parent = await translating(spec, 'target', () => lstat(dirname(path)))
  // A file where the folder should be.
  if (!parent.isDirectory()) throw folderNotFound(folderNameOf(spec))
  if (missing === 1) {
    if (fence.root !== undefined && !isPlainName(basename(path))) throw notPlain(spec)
    return { path, existing: undefined }
  }

  const existing = await translating(spec, 'target', () => lstat(path))
  if (existing.isDirectory()) throw isDirectory(spec)
  const kind = kindOf(existing)
  if (kind !== undefined) throw notRegular(spec, kind)
  // Renaming onto a file asks no permission of that file. Whoever made it read-only meant it, though.
  await translating(spec, 'target', () => access(path, constants.W_OK))
  return { path, existing }
}

const notPlain = (spec: string) =>
  fileError('USAGE', spec, (shown) => `${shown} is no name for a new file: not every system could have it.`)

function folderNameOf(spec: string): string {
  return spec.endsWith('/') ? spec : dirname(spec)
}

/** `<target>.part`; a name that leaves no room for the suffix is cut, and told apart by a hash. */
function partPathOf(path: string): string {
  const name = basename(path)
  const longest = 255 - Buffer.byteLength(partSuffix)
  if (Buffer.byteLength(name) <= longest) return path + partSuffix
  const hash = `-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
  let start = Array.from(name)
  while (Buffer.byteLength(start.join('')) > longest - hash.length) start = start.slice(0, -1)
  return join(dirname(path), start.join('') + hash + partSuffix)
}

export async function createPart(part: string, spec: string, existing?: Stats): Promise<FileHandle> {
  const file = await openPart(part, spec, existing)
  // Nobody may see in the unfinished file what the finished one would hide; we must be able to write it, though.
  if (existing) await translating(spec, 'target', () => file.chmod((existing.mode & 0o777) | 0o600))
  return file
}

async function openPart(part: string, spec: string, existing?: Stats): Promise<FileHandle> {
  const mode = existing ? (existing.mode & 0o777) | 0o600 : 0o666
  return translating(spec, 'target', async () => {
    try {
      return await open(part, 'wx', mode)
    } catch (error) {
      throw errnoOf(error) === 'EEXIST' ? busy(spec, error) : error
    }
  })
}

async function requireAbsent(part: string, spec: string): Promise<void> {
  try {
    await lstat(part)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return
    throw error
  }
  throw busy(spec)
}

export const busy = (spec: string, cause?: unknown): AppError =>
  fileError(
    'FILE_BUSY',
    spec,
    (shown) => `Another export is writing ${shown}: its unfinished .part file exists.`,
    cause,
  )

/** Fails when something else lies where the file was that has been written. */
export async function syncPart(file: FileHandle, part: string, existing?: Stats): Promise<number> {
  const [written, there] = [await file.stat(), await lstat(part)]
  if (written.ino !== there.ino || written.dev !== there.dev) throw replaced(basename(part))
  if (existing) await file.chmod(existing.mode & 0o7777)
  await file.sync()
  return written.size
}

export const replaced = (name: string): AppError =>
  fileError('FILE_NOT_FOUND', name, (shown) => `${shown} was replaced while it was being written.`)
