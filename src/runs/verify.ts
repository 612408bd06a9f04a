import type { Server } from '../clickhouse/index.ts'
import { tableName, type FileColumn, type Settings } from '../core/sql/index.ts'
import { keepsEveryRow, selectSums, type ImportPlan, type TableTarget } from '../core/transfer/index.ts'
import {
  AppError,
  type ErrorCode,
  type ImportTransfer,
  type Verification,
  type VerifyMode,
} from '../shared/index.ts'

/** What is known of one side, and by which SQL; a comment where a server counted by itself. */
export interface Found {
  /** `<rows>` or `<rows>-<checksum>` */
  value: string
  sql: string
}

/** What is compared: at least the rows as both sides counted them while they moved. */
export interface Comparison {
  mode: VerifyMode
  read: number
  written: number
  /** Rows and checksum of what left the source; undefined when they were not taken. */
  left: Found | undefined
  /** Counting and hashing takes time, so it can be cancelled. */
  signal: AbortSignal
}

/**
 * Compares what left the file with what is in the staging table, before the commit.
 *
 * @param engine of a new table
 * @throws {AppError} VERIFICATION_FAILED when they differ
 */
export async function verifyImport(
  { mode, read, written, left, signal, engine }: Comparison & { engine: ImportTransfer['engine'] },
  { commit, columns, staging }: ImportPlan,
  server: Server,
  target: TableTarget,
): Promise<Verification> {
  if (mode === 'none') return { mode, passed: true }
  const parsed = { value: String(read), sql: '-- the records that fit, as the embedded server counted them' }
  // Some engines merge rows of equal key at any moment: there, what the server says it wrote counts.
  if (!staging || !keepsEveryRow(commit, target.table, engine)) {
    const sql = '-- the rows that the server counted while it wrote them into the table'
    return compared('count', parsed, { value: String(written), sql })
  }
  const from = tableName(staging.name)
  if (left) {
    const loaded = columns.map((column) => ({ name: column.target, type: column.type }))
    return compared('checksum', left, await sums({ server, from, columns: loaded }, signal))
  }
  const sql = `SELECT toString(count()) FROM ${from}`
  return compared('count', parsed, { value: await sumsOf(server, sql, signal), sql })
}

/** Something whose rows can be hashed. */
export interface Side {
  server: Server
  /** SQL that can stand after FROM. */
  from: string
  columns: FileColumn[]
  settings?: Settings
  /** As a report shows its SQL: with the names that a person knows. */
  readable?: (sql: string) => string
}

/** Compares what left the source with what is in the file, before it gets its name. */
export async function verifyFile(
  { mode, read, written, left, signal }: Comparison,
  openFile: () => Promise<Side & AsyncDisposable>,
): Promise<Verification> {
  if (mode === 'none') return { mode, passed: true }
  if (!left) {
    return compared(
      'count',
      { value: String(read), sql: '-- the rows that the server counted while it read the source' },
      { value: String(written), sql: '-- the rows that the embedded server counted while it wrote the file' },
    )
  }
  await using file = await openFile()
  return compared('checksum', left, await sums(file, signal).catch(unreadable))
}

const damages: ReadonlySet<ErrorCode> = new Set(['FILE_DAMAGED', 'RECORD_MALFORMED', 'VALUE_REJECTED'])

const unreadable = (error: unknown): never => {
  if (!(error instanceof AppError) || !damages.has(error.code)) throw error
  throw new AppError('VERIFICATION_FAILED', 'What was written cannot be read back as the same values.', {
    cause: error,
  })
}

async function sums(side: Side, signal: AbortSignal): Promise<Found> {
  const { server, from, columns, settings, readable } = side
  const sql = selectSums(columns, from)
  return { value: await sumsOf(server, sql, signal, settings), sql: readable?.(sql) ?? sql }
}

/** @param sql of what took rows and checksum of what left the source, with a SELECT in it */
export const takenOnTheWay = (sql: string): string =>
  `-- of the rows that left the source, while they were sent on\n${sql.slice(sql.indexOf('SELECT'))}`

/** The numbers of the one row that the query gives, as one text. */
export async function sumsOf(
  server: Server,
  sql: string,
  signal: AbortSignal,
  settings: Settings = {},
): Promise<string> {
  const [row = {}] = await server.rows<Record<string, string>>(sql, { settings, signal })
  return Object.values(row).join('-')
}

function compared(mode: 'count' | 'checksum', source: Found, target: Found): Verification {
  const sql = { source: source.sql, target: target.sql }
  if (source.value === target.value) {
    return { mode, passed: true, source: source.value, target: target.value, sql }
  }
  throw new AppError(
    'VERIFICATION_FAILED',
    `The ${mode} of what was read (${source.value}) is not that of what was written (${target.value}).`,
    { detail: `${source.sql}\n${target.sql}` },
  )
}
