import { apiTokenStore, type ApiTokenStore } from './api-tokens.ts'
import { auditStore, type AuditStore } from './audit.ts'
import { connectionStore, type ConnectionStore } from './connections.ts'
import { openStateFile } from './database.ts'
import { loginCodeStore, type LoginCodeStore } from './login-codes.ts'
import { runStore, type RunStore } from './runs.ts'
import { sessionStore, type SessionStore } from './sessions.ts'
import { signingKeyStore, type SigningKeyStore } from './signing-keys.ts'
import { userStore, type UserStore } from './users.ts'
import { openVault, type Vault } from './vault.ts'

export { holdDataDir } from './hold.ts'
export { openJournal, type Journal, type JournalEntry } from './journal.ts'
export { rotateKey, type Rotation } from './rotate.ts'
export { aboutKey } from './signing-keys.ts'
export type { StoredConnection } from './connections.ts'
export type { StoredRun } from './runs.ts'
export type { StoredSession } from './sessions.ts'
export type { StoredUser } from './users.ts'

/** What outlives the process: what was acknowledged is on disk. Secrets in it are sealed. */
export interface Store extends AsyncDisposable {
  /** For other secrets that belong to the data folder. */
  vault: Vault
  connections: ConnectionStore
  runs: RunStore
  users: UserStore
  sessions: SessionStore
  apiTokens: ApiTokenStore
  loginCodes: LoginCodeStore
  signingKeys: SigningKeyStore
  audit: AuditStore
}

export interface StoreOptions {
  /** Instead of the key file in the data directory: 32 bytes as base64 or hex; of several the first seals, all open. */
  secretKey?: string
}

/**
 * Opens the state in the data directory, and brings it up to date.
 *
 * @throws {AppError} STATE_UNUSABLE, SECRETS_UNREADABLE, DISK_FULL or USAGE
 */
export async function openStore(dataDir: string, { secretKey }: StoreOptions = {}): Promise<Store> {
  await using stack = new AsyncDisposableStack()
  const file = await openStateFile(dataDir)
  stack.defer(() => file.db.destroy())
  const vault = await openVault(dataDir, secretKey)
  const kept = stack.move()
  return {
    vault,
    connections: connectionStore(file, vault),
    runs: runStore(file),
    users: userStore(file),
    sessions: sessionStore(file),
    apiTokens: apiTokenStore(file),
    loginCodes: loginCodeStore(file),
    signingKeys: signingKeyStore(file),
    audit: auditStore(file),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
