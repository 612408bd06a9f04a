import { connectionStore, type ConnectionStore } from './connections.ts'
import { openStateFile } from './database.ts'
import { runStore, type RunStore } from './runs.ts'

export { holdDataDir } from './hold.ts'
export type { StoredConnection } from './connections.ts'
export type { StoredRun } from './runs.ts'

/** What outlives the process: what was acknowledged is on disk. It holds no secret. */
export interface Store extends AsyncDisposable {
  connections: ConnectionStore
  runs: RunStore
}

/**
 * Opens the state in the data directory, and brings it up to date.
 *
 * @throws {AppError} STATE_UNUSABLE or DISK_FULL
 */
export async function openStore(dataDir: string): Promise<Store> {
  const file = await openStateFile(dataDir)
  return {
    connections: connectionStore(file),
    runs: runStore(file),
    [Symbol.asyncDispose]: () => file.db.destroy(),
  }
}
