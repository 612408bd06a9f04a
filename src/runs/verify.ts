import type { Server } from '../clickhouse/index.ts'
import { identifier, tableName } from '../core/sql/index.ts'
import {
  checkedReader,
  checkedSelect,
  keepsEveryRow,
  type FileFacts,
  type ImportPlan,
  type TableTarget,
} from '../core/transfer/index.ts'
import { AppError, type ImportTransfer, type Verification, type VerifyMode } from '../shared/index.ts'
import type { Settings } from '../core/sql/index.ts'
import type { Servers } from './prepared.ts'

/** What is compared: at least the rows as both sides counted them while they moved. */
export interface Counted {
  mode: VerifyMode
  read: number
  written: number
}

/** Counting and hashing again takes as long as reading, so it can be cancelled. */
export interface Comparison extends Counted {
  signal: AbortSignal
}

/**
 * Compares what left the file with what is in the staging table, before the commit.
 *
 * @throws {AppError} VERIFICATION_FAILED when they differ
 */
export async function verifyImport(
  { mode, read, written, signal, engine }: Comparison & { engine: ImportTransfer['engine'] },
  plan: ImportPlan,
  facts: FileFacts,
  servers: Servers,
  target: TableTarget,
): Promise<Verification> {
  if (mode === 'none') return { mode, passed: true }
  const server = servers[target.place]
  const columns = plan.columns.map((column) => column.target)
  const loaded = plan.staging && tableName(plan.staging.name)
  // Some engines merge rows of equal key at any moment: there, what the server says it wrote counts.
  const counts = loaded === undefined || !keepsEveryRow(target.table?.engine ?? engine)
  if (counts) return compared('count', String(read), String(written))
  if (mode === 'count') return compared('count', String(read), await count(server, loaded, signal))
  const reader = checkedReader(facts, plan.wanted, target.timezone)
  const { settings } = reader
  const file = { server: servers.embedded, from: `(${checkedSelect(reader)})`, columns, settings }
  return compared(
    'checksum',
    await checksum(file, signal),
    await checksum({ server, from: loaded, columns }, signal),
  )
}

/** Two sides of which each has the same rows, its columns in the same order: a query's and a file's. */
export interface Side {
  server: Server
  /** SQL that can stand after FROM. */
  from: string
  columns: string[]
  settings?: Settings
}

/** Compares what left the source with what is in the file, before it gets its name. */
export async function verifyExport(comparison: Comparison, source: Side, file: Side): Promise<Verification> {
  const { mode, signal } = comparison
  if (mode !== 'checksum') return compareCounts(comparison)
  return compared(mode, await checksum(source, signal), await checksum(file, signal).catch(unreadable))
}

const unreadable = (error: unknown): never => {
  if (!(error instanceof AppError) || error.code !== 'VALUE_REJECTED') throw error
  throw new AppError('VERIFICATION_FAILED', 'What was written cannot be read back as the same values.', {
    cause: error,
  })
}

/** Rows that were read against rows that were written. */
export function compareCounts({ mode, read, written }: Counted): Verification {
  if (mode === 'none') return { mode, passed: true }
  return compared('count', String(read), String(written))
}

async function count(server: Server, from: string, signal: AbortSignal): Promise<string> {
  const sql = `SELECT toString(count()) AS rows FROM ${from}`
  const [row] = await server.rows<{ rows: string }>(sql, { signal })
  return row?.rows ?? ''
}

/** `<rows>-<sum of the rows' hashes>`: the same for the same rows in any order. */
async function checksum(
  { server, from, columns, settings = {} }: Side,
  signal: AbortSignal,
): Promise<string> {
  // As one tuple: the hash of several arguments is NULL when one of them is, and a sum leaves it out (seen).
  const hash = `sum(cityHash64(tuple(${columns.map(identifier).join(', ')})))`
  const sql = `SELECT concat(toString(count()), '-', toString(${hash})) AS checksum FROM ${from}`
  const [row] = await server.rows<{ checksum: string }>(sql, { settings, signal })
  return row?.checksum ?? ''
}

function compared(mode: VerifyMode, source: string, target: string): Verification {
  if (source === target) return { mode, passed: true, source, target }
  throw new AppError(
    'VERIFICATION_FAILED',
    `The ${mode} of what was read (${source}) is not that of what was written (${target}).`,
  )
}
