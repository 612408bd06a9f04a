import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect, type Generated } from 'kysely'
import { AppError } from '../shared/index.ts'
import { migrations } from './migrations.ts'

/** Rows as SQLite holds them; whatever is a document is JSON. */
export interface Tables {
  connections: { name: string; connection: string }
  runs: {
    /** In the order of their creation. */
    number: Generated<number>
    id: string
    transfer: string
    direction: string
    status: string
    created_at: string
    ended_at: string | null
    progress: string
    report: string | null
    log: string
  }
}

/** An open state file whose errors are for people. */
export interface StateFile {
  db: Kysely<Tables>
  /** Passes on what a statement answers; what goes wrong names the file. */
  ask: <T>(answer: Promise<T>) => Promise<T>
}

/** @throws {AppError} STATE_UNUSABLE or DISK_FULL */
export async function openStateFile(dataDir: string): Promise<StateFile> {
  const path = join(dataDir, 'state.sqlite')
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    // SQLite gives the files beside it the mode of the file itself.
    await (await open(path, 'a', 0o600)).close()
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: openDatabase(path) }) })
    return {
      db,
      ask: (answer) =>
        answer.catch((error: unknown) => {
          throw explained(error, path)
        }),
    }
  } catch (error) {
    throw explained(error, path)
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

function explained(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error
  const { code = '', message } = error as NodeJS.ErrnoException
  const options = { cause: error, detail: `${code}: ${message}`, place: { file: path } }
  return full.has(code)
    ? new AppError('DISK_FULL', `There is no space left to write the state in ${path}.`, options)
    : new AppError('STATE_UNUSABLE', `The state in ${path} cannot be read or written.`, options)
}
