import { constants, existsSync } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { fileError, outsideWorkspace, type Role, translating } from './errors.ts'
import { type Fence, isInside } from './locate.ts'

/** Linux has a path for what is open, which leads there whatever is put in the file's place meanwhile. */
const hasPaths = existsSync('/proc/self/fd')

/** Leads to what is open for as long as it is, also for another process of this user. */
export const pathOf = (handle: FileHandle, path: string): string =>
  hasPaths ? `/proc/${process.pid}/fd/${handle.fd}` : path

interface Opening {
  /** What a person calls it. */
  name: string
  role: Role
  flags: number
  /** Tells what now lies outside from what was only moved. */
  fence?: Fence | undefined
}

/** Opens what lies at a real path: nothing that a symbolic link leads to, which was put there since it was resolved. */
export function openReal(path: string, { name, role, flags, fence }: Opening): Promise<FileHandle> {
  return translating(name, role, async () => {
    const handle = await open(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      // Asked of what is open, and not of the path, which may have changed twice.
      requireSame(hasPaths ? await readlink(pathOf(handle, path)) : await realpath(path), path, name, fence)
      return handle
    } catch (error) {
      await handle.close()
      throw error
    }
  })
}

/** Fails when a folder on the way has become a symbolic link since the path was resolved. */
export async function requireUnmoved(fence: Fence, path: string, name: string, role: Role): Promise<void> {
  requireSame(await translating(name, role, () => realpath(path)), path, name, fence)
}

function requireSame(now: string, path: string, name: string, fence: Fence | undefined): void {
  if (now === path) return
  if (fence && !isInside(fence, now)) throw outsideWorkspace(name)
  throw fileError('FILE_NOT_FOUND', name, (shown) => `${shown} was moved while it was being used.`)
}

/** A folder that is held open. What is done at `at(name)` is done in it, wherever its own path leads by then. */
export interface HeldFolder extends AsyncDisposable {
  at(name: string): string
}

// Asks for no right to read the folder. Node has no name for it.
const pathOnly = hasPaths ? 0o10000000 : 0

export async function holdFolder(path: string, opening: Omit<Opening, 'flags'>): Promise<HeldFolder> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | pathOnly
  const handle = await openReal(path, { ...opening, flags })
  return {
    at: (name) => `${pathOf(handle, path)}/${name}`,
    [Symbol.asyncDispose]: () => handle.close(),
  }
}
