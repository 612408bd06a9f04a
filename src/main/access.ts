import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openAccess } from '../access/index.ts'
import type { LocalAccess, Places } from '../cli/index.ts'
import { AppError } from '../shared/index.ts'
import { holdDataDir, openStore } from '../store/index.ts'
import type { Config } from './config.ts'

/** Users, tokens and the audit log of a data folder, for whoever may write it. */
export async function openLocalAccess(config: Config, places: Places): Promise<LocalAccess> {
  const dataDir = places.data ?? config.dataDir
  await using stack = new AsyncDisposableStack()
  const { secretKey } = config
  const store = stack.use(await openStore(dataDir, { ...(secretKey !== undefined && { secretKey }) }))
  const access = stack.use(await openAccess({ store, link: true }))
  const servedAt = isServed(dataDir) ? await servedUrl(dataDir) : undefined
  const kept = stack.move()
  return { access, servedAt, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** The file alone may be left of one that was killed. */
function isServed(dataDir: string): boolean {
  try {
    holdDataDir(dataDir)[Symbol.dispose]()
    return false
  } catch (error) {
    if (error instanceof AppError && error.code === 'DATA_IN_USE') return true
    throw error
  }
}

async function servedUrl(dataDir: string): Promise<string | undefined> {
  try {
    return (JSON.parse(await readFile(join(dataDir, 'serving.json'), 'utf8')) as { url: string }).url
  } catch {
    // It is being written, or removed.
    return undefined
  }
}
