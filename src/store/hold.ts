import { join } from 'node:path'
import Database from 'better-sqlite3'
import { AppError } from '../shared/index.ts'

/**
 * Holds a file for this process, or gives undefined when another one does. The lock is SQLite's and so the kernel's: it
 * ends with the process, however that ends, and no number of a process can be taken for another's.
 */
export function tryHold(path: string): Disposable | undefined {
  const database = new Database(path, { timeout: 0 })
  try {
    // Without it a second file would stand beside the first, and be left by a kill.
    database.pragma('journal_mode = MEMORY')
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY') === true) return undefined
    throw error
  }
  return { [Symbol.dispose]: () => void database.close() }
}

/**
 * Holds the data folder for the one process that may end other people's runs in it.
 *
 * @throws {AppError} DATA_IN_USE
 */
export function holdDataDir(dataDir: string): Disposable {
  const held = tryHold(join(dataDir, 'serving.sqlite'))
  if (held) return held
  throw new AppError('DATA_IN_USE', `Another Flathouse already serves the data folder ${dataDir}.`, {
    place: { file: dataDir },
  })
}
