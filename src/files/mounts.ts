import { type FileHandle, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { AppError } from '../shared/index.ts'
import { claimEntry, removeEntry } from './entries.ts'
import { printable, translating } from './errors.ts'
import { pathOf } from './held.ts'
import type { Fence } from './locate.ts'
import { partLinkOf } from './part-names.ts'
import { openRegular, type SourceFile } from './source-file.ts'

/** Files under names that mean nothing special to ClickHouse. */
export interface Mount extends AsyncDisposable {
  /**
   * For `file()`. Several files are written as `…/{000001,000002,…}`: ClickHouse reads such a list in its order, while
   * `*` and `{000001..000002}` come in the order of the directory (seen on 26.7; with one thread the order is exact).
   */
  readonly path: string
  /** By the server's `_path` or `_file`, or by number from 1. */
  fileOf(server: string | number): SourceFile | undefined
}

const writtenLink = 'written'
const fifoName = 'fifo'

/** What `file()` takes for more than a name: globs, and a file inside an archive. */
const special = /[*?{}]|::/

/** Where the embedded server looks for mounts: the data folder, or a link to it when its own name is a pattern. */
export interface MountRoot extends AsyncDisposable {
  readonly path: string
  /** What is in use now, and ends with the workspace. */
  readonly open: Set<AsyncDisposable>
}

function mountRootAt(path: string, removeLink: () => Promise<void>): MountRoot {
  const open = new Set<AsyncDisposable>()
  return {
    path,
    open,
    [Symbol.asyncDispose]: async () => {
      // A stack ends all of them, also when one fails.
      await using stack = new AsyncDisposableStack()
      stack.defer(removeLink)
      for (const resource of open) stack.use(resource)
    },
  }
}

export async function openMountRoot(dataDir: string): Promise<MountRoot> {
  const mounts = join(dataDir, 'mounts')
  if (!special.test(mounts)) return mountRootAt(mounts, () => Promise.resolve())
  const folder = await translating(tmpdir(), 'data', () => mkdtemp(join(tmpdir(), 'flathouse-')))
  const path = join(folder, 'mounts')
  const dispose = () => rm(folder, { recursive: true, force: true })
  if (special.test(path)) {
    await dispose()
    const shown = printable(dataDir)
    throw new AppError('USAGE', `The path of the data folder "${shown}" holds one of * ? { } or "::".`, {
      place: { file: shown },
    })
  }
  await translating(dataDir, 'data', () => symlink(mounts, path))
  return mountRootAt(path, dispose)
}

export async function mountSources(fence: Fence, root: MountRoot, files: SourceFile[]): Promise<Mount> {
  if (files.length === 0) throw new TypeError('A mount needs at least one file')
  const folder = claimEntry(fence.dataDir, 'mounts')
  const width = Math.max(6, String(files.length).length)
  const names = files.map((_, index) => String(index + 1).padStart(width, '0'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => removeEntry(folder))
  await translating(fence.dataDir, 'data', () => mkdir(folder, { mode: 0o700 }))
  for (const [index, file] of files.entries()) {
    const path = await lastingPath(fence, file, stack)
    await translating(fence.dataDir, 'data', () => symlink(path, join(folder, names[index] ?? '')))
  }
  const kept = stack.move()
  const inRoot = join(root.path, basename(folder))
  const mount: Mount = {
    path: join(inRoot, files.length === 1 ? (names[0] ?? '') : `{${names.join(',')}}`),
    fileOf: (server) => files[(typeof server === 'number' ? server : Number(basename(server))) - 1],
    [Symbol.asyncDispose]: async () => {
      await kept.disposeAsync()
      root.open.delete(mount)
    },
  }
  root.open.add(mount)
  return mount
}

/** The server opens it later, so within a workspace it is given what we hold open and not a path that can change. */
export async function lastingPath(
  fence: Fence,
  file: SourceFile,
  stack: AsyncDisposableStack,
): Promise<string> {
  // A spooled copy is ours and lies in the data folder, outside the fence.
  if (fence.root === undefined || isSpooled(fence, file)) return file.path
  const { handle } = await openRegular(file.path, file.name, fence)
  stack.use(handle)
  return pathOf(handle, file.path)
}

function isSpooled(fence: Fence, file: SourceFile): boolean {
  return file.path.startsWith(join(fence.dataDir, 'spool') + '/')
}

export interface PartMount {
  folder: string
  /** Unfinished. Whoever has the mount closes it. */
  file: FileHandle
  /** For the server, as `fifo.path` is. */
  path: string
  /** Not made yet. */
  fifo: { real: string; path: string }
}

/**
 * The mount of an export: a link by whose name a sweep knows that its file is ours to delete, which is there before the
 * file is, and one for the server to write through.
 *
 * @param create makes the unfinished file
 */
export async function mountPart(
  fence: Fence,
  root: MountRoot,
  part: string,
  create: () => Promise<FileHandle>,
): Promise<PartMount> {
  const folder = claimEntry(fence.dataDir, 'mounts')
  const inData = (work: () => Promise<void>) => translating(fence.dataDir, 'data', work)
  await using stack = new AsyncDisposableStack()
  stack.defer(() => removeEntry(folder))
  await inData(async () => {
    await mkdir(folder, { mode: 0o700 })
    await symlink(part, join(folder, partLinkOf()))
  })
  const file = await create()
  stack.defer(() => rm(part, { force: true }))
  stack.use(file)
  await inData(() => symlink(pathOf(file, part), join(folder, writtenLink)))
  stack.move()
  const inRoot = join(root.path, basename(folder))
  return {
    folder,
    file,
    path: join(inRoot, writtenLink),
    fifo: { real: join(folder, fifoName), path: join(inRoot, fifoName) },
  }
}
