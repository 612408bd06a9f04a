import { AppError, type Connection, type Secrets } from '../shared/index.ts'
import type { StateFile, Tables } from './database.ts'
import type { Vault } from './vault.ts'

/** A saved connection. Its secrets are sealed in the file, and can only be opened as those of its name and way. */
export interface StoredConnection {
  name: string
  connection: Connection
  /** Null when they cannot be opened: their key is not here, or somebody changed the file. */
  secrets: Secrets | null
}

export interface ConnectionStore {
  /** In the order of their names. */
  all(): Promise<StoredConnection[]>
  get(name: string): Promise<StoredConnection | undefined>
  /** New, or in place of the one of that name. Secrets that are null stay as they are, and stay unreadable. */
  put(stored: StoredConnection): Promise<void>
  /** False when there was none. */
  delete(name: string): Promise<boolean>
}

type Row = Tables['connections']

export const connectionStore = (file: StateFile, vault: Vault): ConnectionStore => ({
  async all() {
    const rows = await file.ask(file.db.selectFrom('connections').selectAll().orderBy('name').execute())
    return rows.map((row) => fromRow(row, vault))
  },
  async get(name) {
    const query = file.db.selectFrom('connections').selectAll().where('name', '=', name)
    const row = await file.ask(query.executeTakeFirst())
    return row && fromRow(row, vault)
  },
  async put(stored) {
    await file.atOnce(async (db) => {
      // Sealed while nobody else can write: a rotation comes before it, or sees it.
      const row = toRow(stored, vault)
      const insert = db.insertInto('connections').values(row)
      await insert.onConflict((other) => other.column('name').doUpdateSet(row)).execute()
    })
    await file.scrub()
  },
  async delete(name) {
    const query = file.db.deleteFrom('connections').where('name', '=', name)
    const { numDeletedRows } = await file.ask(query.executeTakeFirst())
    await file.scrub()
    return numDeletedRows > 0n
  },
})

function toRow({ name, connection, secrets }: StoredConnection, vault: Vault) {
  const row = { name, connection: JSON.stringify(connection) }
  if (secrets === null) return row
  const text = JSON.stringify(secrets)
  return { ...row, secrets: text === '{}' ? null : vault.seal(text, owner(row)) }
}

function fromRow(row: Row, vault: Vault): StoredConnection {
  const { name } = row
  return { name, connection: JSON.parse(row.connection) as Connection, secrets: secretsOf(row, vault) }
}

function secretsOf(row: Row, vault: Vault): Secrets | null {
  if (row.secrets === null) return {}
  try {
    return JSON.parse(vault.open(row.secrets, owner(row))) as Secrets
  } catch (error) {
    if (error instanceof AppError && error.code === 'SECRETS_UNREADABLE') return null
    throw error
  }
}

/** What the secrets of a row belong to: who could write the file could otherwise have them sent elsewhere. */
export function owner({ name, connection }: Pick<Row, 'name' | 'connection'>): string {
  const { protocol, host, port, user, tokenSource } = JSON.parse(connection) as Connection
  const way = { protocol, host, port, user, ...(tokenSource && { issuer: tokenSource.issuer }) }
  return `connection ${JSON.stringify(name)} to ${JSON.stringify(way)}`
}
