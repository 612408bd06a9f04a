import { join } from 'node:path'
import Database from 'better-sqlite3'
import { AppError } from '../shared/index.ts'

/**
 * Holds the data folder for the one process that may end other people's runs in it. The lock is SQLite's and so the
 * kernel's: it ends with the process, however that ends.
 *
 * @throws {AppError} DATA_IN_USE
 */
export function holdDataDir(dataDir: string): Disposable {
  const database = new Database(join(dataDir, 'serving.sqlite'), { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    database.close()
    throw new AppError('DATA_IN_USE', `Another Flathouse already serves the data folder ${dataDir}.`, {
      place: { file: dataDir },
      cause,
    })
  }
  return { [Symbol.dispose]: () => void database.close() }
}
