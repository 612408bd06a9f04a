import type { Role, User } from '../shared/index.ts'
import type { StateFile, Tables } from './database.ts'

export interface StoredUser extends User {
  passwordHash: string
}

export interface UserStore {
  /** In the order of their names. */
  all(): Promise<StoredUser[]>
  /** Of exactly this spelling. */
  get(name: string): Promise<StoredUser | undefined>
  /** New, or in place of the one of that name. */
  put(user: StoredUser): Promise<void>
  delete(name: string): Promise<void>
}

export const userStore = ({ db, ask }: StateFile): UserStore => ({
  async all() {
    const rows = await ask(db.selectFrom('users').selectAll().orderBy('name').execute())
    return rows.map(fromRow)
  },
  async get(name) {
    const row = await ask(db.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst())
    return row && fromRow(row)
  },
  async put({ name, role, isDisabled, createdAt, passwordHash }) {
    const changing: { role: Role; password_hash: string; is_disabled: number } = {
      role,
      password_hash: passwordHash,
      is_disabled: Number(isDisabled),
    }
    await ask(
      db
        .insertInto('users')
        .values({ name, created_at: createdAt, ...changing })
        .onConflict((other) => other.column('name').doUpdateSet(changing))
        .execute(),
    )
  },
  async delete(name) {
    await ask(db.deleteFrom('users').where('name', '=', name).execute())
  },
})

const fromRow = (row: Tables['users']): StoredUser => ({
  name: row.name,
  role: row.role,
  isDisabled: row.is_disabled !== 0,
  createdAt: row.created_at,
  passwordHash: row.password_hash,
})
