import type { StateFile } from './database.ts'

interface StoredKey {
  id: string
  /** Sealed. */
  privateKey: string
  /** ISO 8601 */
  createdAt: string
}

/** What a sealed key belongs to. */
export const aboutKey = (id: string): string => `signing key ${id}`

export interface SigningKeyStore {
  /** The newest first. */
  all(): Promise<StoredKey[]>
  /** @param until forgets those that were made before */
  insert(key: StoredKey, until: Date): Promise<void>
}

export const signingKeyStore = ({ db, ask }: StateFile): SigningKeyStore => ({
  async all() {
    const rows = await ask(db.selectFrom('signing_keys').selectAll().orderBy('created_at', 'desc').execute())
    return rows.map((row) => ({ id: row.id, privateKey: row.private_key, createdAt: row.created_at }))
  },
  async insert({ id, privateKey, createdAt }, until) {
    await ask(db.deleteFrom('signing_keys').where('created_at', '<', until.toISOString()).execute())
    const row = { id, private_key: privateKey, created_at: createdAt }
    await ask(db.insertInto('signing_keys').values(row).execute())
  },
})
