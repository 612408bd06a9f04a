import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Kysely, sql, SqliteDialect, type Generated } from 'kysely'
import { AppError, type AuditEntry, type Role, type Way } from '../shared/index.ts'
import { migrations } from './migrations.ts'

/** Rows as SQLite holds them; whatever is a document is JSON. */
export interface Tables {
  /** `secrets` and `private_key` are sealed; of a password, a token or a code only a hash is kept. */
  connections: { name: string; connection: string; secrets: string | null }
  users: { name: string; role: Role; password_hash: string; is_disabled: number; created_at: string }
  sessions: {
    id: string
    user: string
    role: Role
    way: Way
    refresh_hash: string
    expires_at: string
    ended_at: string | null
  }
  api_tokens: {
    id: string
    name: string
    user: string
    scope: Role
    hash: string
    created_at: string
    expires_at: string
    used_at: string | null
  }
  login_codes: { hash: string; expires_at: string }
  signing_keys: { id: string; private_key: string; created_at: string }
  audit: {
    number: Generated<number>
    at: string
    user: string | null
    way: AuditEntry['way']
    address: string | null
    action: string
    subject: string | null
    outcome: string
  }
  runs: {
    /** In the order of their creation. */
    number: Generated<number>
    id: string
    transfer: string
    direction: string
    status: string
    created_at: string
    started_by: string | null
    ended_at: string | null
    progress: string
    report: string | null
    log: string
    failed_attempts: string
  }
  /** `owner`: a process that lives, or has ended; null: nobody is at it. */
  journal: { run: string; attempt: number; owner: string | null; entry: string }
}

/** An open state file whose errors are for people. */
export interface StateFile {
  db: Kysely<Tables>
  /** Passes on what a statement answers; what goes wrong names the file. */
  ask: <T>(answer: Promise<T>) => Promise<T>
  /** All or nothing, and alone: from its start on nobody else writes. */
  atOnce: <T>(work: (db: Kysely<Tables>) => Promise<T>) => Promise<T>
  /** Leaves nothing on disk of what was deleted or replaced. */
  scrub: () => Promise<void>
}

/** @throws {AppError} STATE_UNUSABLE or DISK_FULL */
export async function openStateFile(dataDir: string): Promise<StateFile> {
  const path = join(dataDir, 'state.sqlite')
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    // SQLite gives the files beside it the mode of the file itself.
    await (await open(path, 'a', 0o600)).close()
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: openDatabase(path) }) })
    const ask: StateFile['ask'] = (answer) =>
      answer.catch((error: unknown) => {
        throw explained(error, path)
      })
    return {
      db,
      ask,
      atOnce: (work) => ask(db.connection().execute((held) => atOnce(held, () => work(held)))),
      async scrub() {
        await ask(sql`PRAGMA wal_checkpoint(TRUNCATE)`.execute(db))
      },
    }
  } catch (error) {
    throw explained(error, path)
  }
}

async function atOnce<T>(db: Kysely<Tables>, work: () => Promise<T>): Promise<T> {
  await sql`BEGIN IMMEDIATE`.execute(db)
  try {
    const result = await work()
    await sql`COMMIT`.execute(db)
    return result
  } catch (error) {
    await sql`ROLLBACK`.execute(db)
    throw error
  }
}

function openDatabase(path: string): Database.Database {
  const database = new Database(path, { timeout: 5000 })
  try {
    // First of all: a file that is not ours to change stays as it is.
    migrate(database, path)
    database.pragma('journal_mode = WAL')
    // Without it WAL loses what was acknowledged last when the power fails.
    database.pragma('synchronous = FULL')
    database.pragma('secure_delete = ON')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function migrate(database: Database.Database, path: string): void {
  const version = () => Number(database.pragma('user_version', { simple: true }))
  // Of two processes that open the file at once, the second finds it done.
  const step = database.transaction(() => {
    const from = version()
    if (from > migrations.length) {
      throw new AppError('STATE_UNUSABLE', `The state in ${path} was written by a newer Flathouse.`)
    }
    for (const sql of migrations.slice(from)) database.exec(sql)
    database.pragma(`user_version = ${migrations.length}`)
  })
  step.immediate()
}

const full = new Set(['SQLITE_FULL', 'ENOSPC', 'EDQUOT'])

/** The error of a file of the data folder, for people. */
export function explained(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error
  const { code = '', message } = error as NodeJS.ErrnoException
  const options = { cause: error, detail: `${code}: ${message}`, place: { file: path } }
  return full.has(code)
    ? new AppError('DISK_FULL', `There is no space left to write the state in ${path}.`, options)
    : new AppError('STATE_UNUSABLE', `The state in ${path} cannot be read or written.`, options)
}
