import type { Connection } from '../shared/index.ts'
import type { StateFile, Tables } from './database.ts'

/** A saved connection. It has no secrets: they are not kept here. */
export interface StoredConnection {
  name: string
  connection: Connection
}

export interface ConnectionStore {
  /** In the order of their names. */
  all(): Promise<StoredConnection[]>
  get(name: string): Promise<StoredConnection | undefined>
  /** New, or in place of the one of that name. */
  put(stored: StoredConnection): Promise<void>
  /** False when there was none. */
  delete(name: string): Promise<boolean>
}

export const connectionStore = ({ db, ask }: StateFile): ConnectionStore => ({
  async all() {
    const rows = await ask(db.selectFrom('connections').selectAll().orderBy('name').execute())
    return rows.map(fromRow)
  },
  async get(name) {
    const row = await ask(
      db.selectFrom('connections').selectAll().where('name', '=', name).executeTakeFirst(),
    )
    return row && fromRow(row)
  },
  async put({ name, connection }) {
    const row = { name, connection: JSON.stringify(connection) }
    await ask(
      db
        .insertInto('connections')
        .values(row)
        .onConflict((other) => other.column('name').doUpdateSet(row))
        .execute(),
    )
  },
  async delete(name) {
    const result = await ask(db.deleteFrom('connections').where('name', '=', name).executeTakeFirst())
    return result.numDeletedRows > 0n
  },
})

const fromRow = ({ name, connection }: Tables['connections']): StoredConnection => ({
  name,
  connection: JSON.parse(connection) as Connection,
})
