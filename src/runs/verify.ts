import type { Server } from '../clickhouse/index.ts'
import { identifier, tableName } from '../core/sql/index.ts'
import {
  checkedReader,
  checkedSelect,
  type FileFacts,
  type ImportPlan,
  type Plan,
  type TableTarget,
} from '../core/transfer/index.ts'
import { AppError, type Verification, type VerifyMode } from '../shared/index.ts'
import type { Settings } from '../core/sql/index.ts'
import type { Servers } from './prepared.ts'

/** Rows as both sides counted them while they moved. */
export interface Counted {
  read: number
  written: number
}

/**
 * Compares what left the file with what is in the staging table, before the commit.
 *
 * @throws {AppError} VERIFICATION_FAILED when they differ
 */
export async function verifyImport(
  mode: VerifyMode,
  plan: ImportPlan,
  file: FileFacts,
  servers: Servers,
  target: TableTarget,
  { read, written }: Counted,
): Promise<Verification> {
  if (mode === 'none') return { mode, passed: true }
  const server = servers[target.place]
  const loaded = plan.staging && tableName(plan.staging.name)
  // Some engines merge rows of equal key at any moment: there, what the server says it wrote counts.
  const countable = loaded !== undefined && ['MergeTree', undefined].includes(target.table?.engine)
  if (mode === 'count' || loaded === undefined) {
    return compared('count', String(read), countable ? await count(server, loaded) : String(written))
  }
  const reader = checkedReader(file, plan.wanted, target.timezone)
  return compared(
    'checksum',
    await checksum(servers.embedded, `(${checkedSelect(reader)})`, targets(plan), reader.settings),
    await checksum(server, loaded, targets(plan)),
  )
}

/** Two sides of which each has rows under the same column names: a query's and a file's. */
export interface Side {
  server: Server
  /** SQL that can stand after FROM. */
  from: string
  columns: string[]
  settings?: Settings
}

/** Compares what left the source with what is in the file, before it gets its name. */
export async function verifyExport(
  mode: VerifyMode,
  { read, written }: Counted,
  source: Side,
  file: Side,
): Promise<Verification> {
  if (mode !== 'checksum') return compareCounts(mode, { read, written })
  return compared(
    mode,
    await checksum(source.server, source.from, source.columns, source.settings),
    await checksum(file.server, file.from, file.columns, file.settings).catch(unreadable),
  )
}

const unreadable = (error: unknown): never => {
  if (!(error instanceof AppError) || error.code !== 'VALUE_REJECTED') throw error
  throw new AppError('VERIFICATION_FAILED', 'What was written cannot be read back as the same values.', {
    cause: error,
  })
}

/** Rows that were read against rows that were written. */
export function compareCounts(mode: VerifyMode, { read, written }: Counted): Verification {
  if (mode === 'none') return { mode, passed: true }
  return compared('count', String(read), String(written))
}

const targets = ({ columns }: Plan) => columns.map(({ target }) => target)

async function count(server: Server, from: string): Promise<string> {
  const [row] = await server.rows<{ rows: string }>(`SELECT toString(count()) AS rows FROM ${from}`)
  return row?.rows ?? ''
}

/** `<rows>-<sum of the rows' hashes>`: the same for the same rows in any order. */
async function checksum(
  server: Server,
  from: string,
  columns: string[],
  settings: Settings = {},
): Promise<string> {
  // As one tuple: the hash of several arguments is NULL when one of them is, and a sum leaves it out (seen).
  const hash = `sum(cityHash64(tuple(${columns.map(identifier).join(', ')})))`
  const sql = `SELECT concat(toString(count()), '-', toString(${hash})) AS checksum FROM ${from}`
  const [row] = await server.rows<{ checksum: string }>(sql, { settings })
  return row?.checksum ?? ''
}

function compared(mode: VerifyMode, source: string, target: string): Verification {
  if (source === target) return { mode, passed: true, source, target }
  throw new AppError(
    'VERIFICATION_FAILED',
    `The ${mode} of what was read (${source}) is not that of what was written (${target}).`,
  )
}
