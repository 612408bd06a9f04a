import { lstat, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf } from './errors.ts'
import { partOf } from './part-names.ts'
import { syncFolder } from './sync-folder.ts'

/** What makes the unfinished files of a split export visible. */
export interface SplitCommit {
  /** Absolute, of all files. */
  folder: string
  /** Names; the unfinished files are called like their parts. */
  files: string[]
  manifest: string
  /** Of an earlier export that had more files. */
  surplus: string[]
}

const planName = 'commit'

/** From here on it is only ever completed: by this process, or by a sweep when it is gone. */
export async function noteCommit(mount: string, commit: SplitCommit): Promise<void> {
  await using file = await open(join(mount, planName), 'wx', 0o600)
  await file.writeFile(JSON.stringify(commit))
  await file.sync()
  await syncFolder(mount)
}

export const forgetCommit = (mount: string): Promise<void> => rm(join(mount, planName), { force: true })

/** Undefined when the export that left the mount was not about to end. */
export async function notedCommit(mount: string): Promise<SplitCommit | undefined> {
  try {
    return JSON.parse(await readFile(join(mount, planName), 'utf8')) as SplitCommit
  } catch (error) {
    // Cut short by a kill: then nothing was done yet.
    if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * May be done again, whatever of it is done already. While there is no manifest, the files are not all of one export.
 *
 * @param at the way to a name in the folder
 */
export async function complete(
  { folder, files, manifest, surplus }: SplitCommit,
  at = (name: string) => join(folder, name),
): Promise<void> {
  // It is the last that gets its name.
  if (!(await isThere(at(partOf(manifest))))) return
  await rm(at(manifest), { force: true })
  for (const name of files) if (await isThere(at(partOf(name)))) await rename(at(partOf(name)), at(name))
  for (const name of surplus) await rm(at(name), { force: true })
  await syncFolder(folder)
  await rename(at(partOf(manifest)), at(manifest))
  await syncFolder(folder)
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}
