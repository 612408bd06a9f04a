import type { Role, Way } from '../shared/index.ts'
import type { StateFile, Tables } from './database.ts'

export interface StoredSession {
  id: string
  user: string
  role: Role
  way: Way
  /** Of the one refresh token that is good now. */
  refreshHash: string
  /** ISO 8601 */
  expiresAt: string
}

export interface SessionStore {
  /** Also forgets those whose time was over. */
  insert(session: StoredSession, now: Date): Promise<void>
  /** One that has not ended, and is not over. */
  live(id: string, now: Date): Promise<StoredSession | undefined>
  /** False when the hash is not that of the session's refresh token (any more): of several at once one wins. */
  rotate(id: string, fromHash: string, toHash: string): Promise<boolean>
  end(id: string, now: Date): Promise<void>
  /** @param except the one that goes on */
  endAllOf(user: string, now: Date, except?: string): Promise<void>
}

export const sessionStore = ({ db, ask }: StateFile): SessionStore => ({
  async insert(session, now) {
    await ask(db.deleteFrom('sessions').where('expires_at', '<=', now.toISOString()).execute())
    const { id, user, role, way, refreshHash, expiresAt } = session
    const row = { id, user, role, way, refresh_hash: refreshHash, expires_at: expiresAt, ended_at: null }
    await ask(db.insertInto('sessions').values(row).execute())
  },
  async live(id, now) {
    const query = db
      .selectFrom('sessions')
      .selectAll()
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .where('expires_at', '>', now.toISOString())
    const row = await ask(query.executeTakeFirst())
    return row && fromRow(row)
  },
  async rotate(id, fromHash, toHash) {
    const query = db
      .updateTable('sessions')
      .set({ refresh_hash: toHash })
      .where('id', '=', id)
      .where('refresh_hash', '=', fromHash)
      .where('ended_at', 'is', null)
    return (await ask(query.executeTakeFirst())).numUpdatedRows > 0n
  },
  async end(id, now) {
    const query = db.updateTable('sessions').set({ ended_at: now.toISOString() })
    await ask(query.where('id', '=', id).where('ended_at', 'is', null).execute())
  },
  async endAllOf(user, now, except = '') {
    const query = db.updateTable('sessions').set({ ended_at: now.toISOString() })
    await ask(
      query.where('user', '=', user).where('id', '!=', except).where('ended_at', 'is', null).execute(),
    )
  },
})

const fromRow = (row: Tables['sessions']): StoredSession => ({
  id: row.id,
  user: row.user,
  role: row.role,
  way: row.way,
  refreshHash: row.refresh_hash,
  expiresAt: row.expires_at,
})
