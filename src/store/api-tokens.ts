import type { ApiToken } from '../shared/index.ts'
import type { StateFile, Tables } from './database.ts'

export interface ApiTokenStore {
  insert(token: ApiToken, hash: string): Promise<void>
  byHash(hash: string): Promise<ApiToken | undefined>
  /** The newest first. @param user whose; everybody's without */
  list(user?: string): Promise<ApiToken[]>
  setUsed(id: string, at: string): Promise<void>
  /** @param user whose it must be; anybody's without. False when there was none. */
  delete(id: string, user?: string): Promise<boolean>
  deleteAllOf(user: string): Promise<void>
}

export const apiTokenStore = ({ db, ask }: StateFile): ApiTokenStore => ({
  async insert({ id, name, user, scope, createdAt, expiresAt, usedAt }, hash) {
    const row = { id, name, user, scope, hash, created_at: createdAt, expires_at: expiresAt, used_at: usedAt }
    await ask(db.insertInto('api_tokens').values(row).execute())
  },
  async byHash(hash) {
    const row = await ask(db.selectFrom('api_tokens').selectAll().where('hash', '=', hash).executeTakeFirst())
    return row && fromRow(row)
  },
  async list(user) {
    let query = db.selectFrom('api_tokens').selectAll().orderBy('created_at', 'desc').orderBy('id')
    if (user !== undefined) query = query.where('user', '=', user)
    return (await ask(query.execute())).map(fromRow)
  },
  async setUsed(id, at) {
    await ask(db.updateTable('api_tokens').set({ used_at: at }).where('id', '=', id).execute())
  },
  async delete(id, user) {
    let query = db.deleteFrom('api_tokens').where('id', '=', id)
    if (user !== undefined) query = query.where('user', '=', user)
    return (await ask(query.executeTakeFirst())).numDeletedRows > 0n
  },
  async deleteAllOf(user) {
    await ask(db.deleteFrom('api_tokens').where('user', '=', user).execute())
  },
})

const fromRow = (row: Tables['api_tokens']): ApiToken => ({
  id: row.id,
  name: row.name,
  user: row.user,
  scope: row.scope,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  usedAt: row.used_at,
})
