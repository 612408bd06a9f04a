import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { literal } from '../core/sql/index.ts'
import {
  checkedReader,
  checkQuery,
  faultsKeptIn,
  type CheckRow,
  type FileReader,
} from '../core/transfer/index.ts'
import { AppError, type FileCheck } from '../shared/index.ts'
import type { Import } from './import-job.ts'
import type { Preparation } from './prepared.ts'
import { damaged, type OpenSource } from './source-file.ts'
import { watch } from './watch.ts'

/** How many records of the whole file would be rejected, and how many values of every column do not fit. */

type Watcher = Pick<Preparation, 'signal' | 'onProgress'>

const nothing = ({ plan }: Import): FileCheck => ({
  ...{ records: 0, rejected: 0, malformed: 0, malformedExamples: [] },
  columns: plan.columns.map((column) => ({ ...column, misfits: 0, examples: [] })),
})

/** Of files that the server reads itself. */
export async function countNative(job: Import, watcher: Watcher): Promise<FileCheck> {
  const { source, surroundings, plan, target } = job
  const total = nothing(job)
  // One after the other: the server keeps the errors of one file only (seen on 26.7).
  for (const file of source.files) {
    await using mount = await surroundings.workspace.mount([file])
    const reader = checkedReader({ ...source.facts, mountPath: mount.path }, plan.wanted, target.timezone)
    const errorLog = join(dirname(mount.path), 'errors')
    const tolerant = { ...reader, settings: { ...reader.settings, ...faultsKeptIn(errorLog) } }
    await countInto(total, job, tolerant, watcher).catch((error: unknown) => {
      throw damaged(error, file)
    })
    const unparsed = await unparsedIn(errorLog, job, watcher.signal)
    for (const part of ['records', 'rejected', 'malformed'] as const) total[part] += unparsed
  }
  return total
}

/** Of files that the normaliser gives. */
export async function countPlaced(job: Import, source: OpenSource, watcher: Watcher): Promise<FileCheck> {
  const total = nothing(job)
  const reader = checkedReader(source.facts, job.plan.wanted, job.target.timezone)
  try {
    await countInto(total, job, reader, watcher)
  } finally {
    // Also when the reading has failed: here it is known why.
    await source.settled()
  }
  return total
}

async function countInto(
  total: FileCheck,
  { servers, source }: Import,
  reader: FileReader,
  { signal, onProgress }: Watcher,
): Promise<void> {
  const { sql, groups } = checkQuery(reader)
  const queryId = randomUUID()
  const totals = { totalRows: null, totalBytes: source.bytes }
  const poll = watch({ server: servers.embedded, queryId, totals }, onProgress)
  const options = { settings: reader.settings, signal, queryId }
  const [row] = await servers.embedded.rows<CheckRow>(sql, options).finally(() => poll.stop())
  if (!row) return
  for (const part of ['records', 'rejected', 'malformed'] as const) total[part] += Number(row[part])
  const byTarget = new Map(total.columns.map((column) => [column.target, column]))
  for (const [g, { fields }] of groups.entries()) {
    for (const [n, field] of fields.entries()) {
      const column = byTarget.get(field.target)
      // Of no records there is no sum.
      if (column) column.misfits += Number(row.misfits[g]?.[n] ?? 0)
    }
  }
}

/** There is no file when every record parses. Blank lines between records are none, but are written down there. */
async function unparsedIn(errorLog: string, { servers }: Import, signal: AbortSignal): Promise<number> {
  const log = `file(${literal(errorLog)}, 'JSONEachRow', 'raw_data String')`
  const sql = `SELECT toString(countIf(raw_data NOT IN ('', '\\r'))) AS records FROM ${log}`
  const [row] = await servers.embedded.rows<{ records: string }>(sql, { signal }).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'FILE_NOT_FOUND') return []
    throw error
  })
  return Number(row?.records ?? 0)
}
