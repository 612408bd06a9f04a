import { parseType, suggest, unwrap, type ColumnProfile } from '../core/schema/index.ts'
import { typesFromTable } from '../core/transfer/index.ts'
import { AppError, type FileEnd, type Inspection, type PreviewRequest } from '../shared/index.ts'
import type { Preparation } from './prepared.ts'
import { profileFile } from './profile.ts'
import { openSource } from './source-file.ts'
import type { Surroundings } from './surroundings.ts'
import { lookAtTable } from './table.ts'
import { inspectColumns, readAsNull, type FileColumns, type Infer } from './types.ts'

/** What is said of the file's columns, and the table they go to. */
type Choice = Partial<Omit<Extract<PreviewRequest, { source: FileEnd }>, 'source' | 'records'>>

/** Dialect, encoding and a profile of every column of the whole file; records that do not parse are left out. */
export async function inspectFile(
  end: FileEnd,
  { server, workspace }: Surroundings,
  watcher: Pick<Preparation, 'signal' | 'onProgress'>,
  { target, map = [], types, readings }: Choice = {},
): Promise<Inspection> {
  await using embedded = await server('embedded')
  await using source = await openSource(end, workspace, embedded, watcher.signal)
  const { encoding, dialect, confidence, reasons } = source.sniffed
  const warnings = [...source.sniffed.warnings]
  const { table, timezone } = target
    ? await lookAtTable(target, server)
    : { table: undefined, timezone: 'UTC' }
  const known = table ? typesFromTable(source.facts, table, map) : []
  const infer: Infer = (_from, looked) => {
    const profileWith = (more?: { onError: 'skip' }) =>
      profileFile(source, embedded, workspace, timezone, watcher, { ...looked, ...more })
    return profileWith().catch(async (fault: unknown) => {
      if (!(fault instanceof AppError) || fault.code !== 'RECORD_MALFORMED') throw fault
      warnings.push(`${fault.message} Such records are not counted here.`)
      return await profileWith({ onError: 'skip' }).catch(() => Promise.reject(fault))
    })
  }
  const found = await inspectColumns({ types, readings }, known, { source, embedded, timezone }, infer)
  const columns = typed(found)
  const records = Number(columns[0]?.records ?? 0)
  return {
    encoding,
    dialect,
    reading: source.facts.reading,
    confidence,
    reasons,
    warnings,
    columns: columns.map((column, n) => shown(column, readAsNull(column.type, found.readings[n], dialect))),
    records,
    suggestion: table ? null : suggest(columns, records),
  }
}

/** The profile with the types and layouts that a table would be filled with. */
const typed = ({ profile, types, readings }: FileColumns): ColumnProfile[] =>
  profile.map((column, n) => {
    const type = types[n] ?? column.type
    const { nullable } = unwrap(parseType(type))
    return { ...column, type, nullable, layout: readings[n]?.layout ?? null }
  })

const shown = (column: ColumnProfile, tokens: string[]): Inspection['columns'][number] => {
  const { name, type, nullable, layout, nullTokens, notes } = column
  const { nulls, empties, distinct, longest, min, max } = column
  return {
    ...{ name, type, nullable, layout, readAsNull: tokens, nullTokens, notes },
    ...{ nulls, empties, distinct, longest, min, max },
  }
}
