import { chmod, mkdir, readdir, readlink, realpath, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, translating } from './errors.ts'
import { releaseFifo } from './fifo.ts'
import { isPartLink, partSuffix } from './part-names.ts'
import { complete, notedCommit } from './split-commit.ts'

/**
 * What a process keeps in the data folder is named `<pid>-<n>`, so that any later process can see that its owner is
 * gone. `mounts` holds folders of symbolic links, `spool` copies of streams, `rejects` what runs that have not ended have
 * rejected so far.
 */
const folders = ['mounts', 'spool', 'rejects'] as const
export type EntryFolder = (typeof folders)[number]

const namePattern = /^(\d+)-\d+$/

// In a container every start may have the same pid: only what this very process claimed is alive under its own.
const claimed = new Set<string>()
let counter = 0

/** A path that nobody else uses. It is not created. */
export function claimEntry(dataDir: string, folder: EntryFolder): string {
  counter += 1
  const path = join(dataDir, folder, `${process.pid}-${counter}`)
  claimed.add(path)
  return path
}

export async function removeEntry(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
  claimed.delete(path)
}

/** Creates the folders (only their owner may enter) and returns the real path of the data folder. */
export async function prepareDataDir(dataDir: string): Promise<string> {
  return translating(dataDir, 'data', async () => {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    const real = await realpath(dataDir)
    for (const folder of folders) {
      await mkdir(join(real, folder), { recursive: true, mode: 0o700 })
      await chmod(join(real, folder), 0o700)
    }
    return real
  })
}

/** Removes what dead processes left, unfinished export files included, and completes what was being committed. */
export async function sweep(dataDir: string): Promise<void> {
  await translating(dataDir, 'data', async () => {
    for (const folder of folders) {
      for (const name of await readdir(join(dataDir, folder))) await sweepEntry(dataDir, folder, name)
    }
  })
}

async function sweepEntry(dataDir: string, folder: EntryFolder, name: string): Promise<void> {
  const path = join(dataDir, folder, name)
  const owner = namePattern.exec(name)?.[1]
  if (owner === undefined || claimed.has(path) || isOtherAlive(Number(owner))) return
  // Of several processes that sweep at once, the one whose rename succeeds does it: a slow one could otherwise
  // delete the .part of an export that began after a fast one had swept.
  const mine = claimEntry(dataDir, folder)
  try {
    await rename(path, mine)
    await settle(mine)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  } finally {
    await removeEntry(mine)
  }
}

function isOtherAlive(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, as another user.
    return errnoOf(error) !== 'ESRCH'
  }
}

async function settle(mount: string): Promise<void> {
  try {
    await releaseFifos(mount)
    const commit = await notedCommit(mount)
    if (commit) await complete(commit)
    else await removeParts(mount)
  } catch (error) {
    // A folder that is gone or closed to us now is nothing that should keep Flathouse from starting.
    const expected = ['ENOENT', 'ENOTDIR', 'EINVAL', 'EACCES', 'EPERM', 'EROFS']
    if (!expected.includes(errnoOf(error) ?? '')) throw error
  }
}

/** The embedded server may wait at one for a process that has ended, and no kill of a query would end that. */
async function releaseFifos(mount: string): Promise<void> {
  for (const entry of await readdir(mount, { withFileTypes: true }))
    if (entry.isFIFO()) releaseFifo(join(mount, entry.name))
}

async function removeParts(mount: string): Promise<void> {
  for (const name of await readdir(mount)) {
    if (!isPartLink(name)) continue
    const part = await readlink(join(mount, name))
    if (part.endsWith(partSuffix)) await rm(part, { force: true })
  }
}
