import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { errnoOf } from './errors.ts'

/** Makes the rename durable. Some file systems cannot sync a folder; the file itself is complete either way. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY)
    await handle.sync()
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) throw error
  }
}
