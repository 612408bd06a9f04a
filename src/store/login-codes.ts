import type { StateFile } from './database.ts'

/** In the state file, so that one process makes a code and another takes it. */
export interface LoginCodeStore {
  /** Also forgets those whose time was over. */
  insert(hash: string, expiresAt: Date, now: Date): Promise<void>
  /** Takes it away; false when there was none, or it was too late. */
  take(hash: string, now: Date): Promise<boolean>
}

export const loginCodeStore = ({ db, ask }: StateFile): LoginCodeStore => ({
  async insert(hash, expiresAt, now) {
    await ask(db.deleteFrom('login_codes').where('expires_at', '<=', now.toISOString()).execute())
    const row = { hash, expires_at: expiresAt.toISOString() }
    await ask(db.insertInto('login_codes').values(row).execute())
  },
  async take(hash, now) {
    const query = db.deleteFrom('login_codes').where('hash', '=', hash).returning('expires_at')
    const row = await ask(query.executeTakeFirst())
    return row !== undefined && row.expires_at > now.toISOString()
  },
})
