import { randomUUID } from 'node:crypto'
import type { Server } from '../clickhouse/index.ts'
import {
  candidatesFor,
  profileQuery,
  profileSettings,
  readProfile,
  readSample,
  sampleQuery,
  type ColumnProfile,
  type FieldOptions,
  type ProfiledColumn,
  type ProfileRow,
  type SampleRow,
} from '../core/schema/index.ts'
import type { Settings } from '../core/sql/index.ts'
import { checkedReader, textReader, type FileFacts } from '../core/transfer/index.ts'
import type { Workspace } from '../files/index.ts'
import type { Preparation } from './prepared.ts'
import { watch } from './watch.ts'
import { explainFault } from './locate.ts'
import type { OpenSource } from './source-file.ts'

/**
 * What every column of the whole file holds, and the narrowest type that takes all of it.
 *
 * @param names those of the columns that are looked at; left out: all
 * @throws {AppError} RECORD_MALFORMED when a record has another number of fields
 */
export async function profileFile(
  source: OpenSource,
  embedded: Server,
  workspace: Workspace,
  timezone: string,
  { signal, onProgress }: Pick<Preparation, 'signal' | 'onProgress'>,
  names?: ReadonlySet<string>,
): Promise<ColumnProfile[]> {
  const { facts } = source
  const columns = candidateColumns(source).filter(({ name }) => names?.has(name) ?? true)
  const queryId = randomUUID()
  const poll = watch(
    { server: embedded, queryId, totals: { totalRows: null, totalBytes: source.bytes } },
    onProgress,
  )
  try {
    if (columns.length > mostInOneRow) return await profileWide(source, columns, embedded, timezone, signal)
    const { table, settings } = textReader(facts)
    const [row] = await embedded.rows<ProfileRow>(
      profileQuery(table, columns, fieldOptions(facts, timezone)),
      { settings: { ...settings, ...profileSettings }, signal, queryId },
    )
    return readProfile(row ?? {}, columns)
  } catch (error) {
    throw await explainFault(error, { embedded, workspace, source, signal }, (at) =>
      checkedReader(at, [], timezone),
    )
  } finally {
    await poll.stop()
  }
}

/** The server's analysis of a query takes time with the square of its columns: 10 s for 1,000, 284 s for 5,000 (seen). */
const mostInOneRow = 200

/** Column by column instead, those of the same candidates together: the file is read once for each such group. */
async function profileWide(
  { facts }: OpenSource,
  columns: ProfiledColumn[],
  embedded: Server,
  timezone: string,
  signal: AbortSignal,
): Promise<ColumnProfile[]> {
  const { table, settings } = textReader(facts)
  const profiles = new Map<ProfiledColumn, ColumnProfile>()
  for (const group of Map.groupBy(columns, ({ candidates }) => candidates.join()).values()) {
    const candidates = group[0]?.candidates ?? []
    const fields = group.map(({ field }) => field)
    const rows = await embedded.rows<SampleRow>(
      sampleQuery(table, fields, candidates, fieldOptions(facts, timezone)),
      { settings: { ...settings, ...profileSettings }, signal },
    )
    for (const [n, profile] of readSample(rows, group, candidates).entries()) {
      const column = group[n]
      if (column) profiles.set(column, profile)
    }
  }
  return columns.flatMap((column) => profiles.get(column) ?? [])
}

/** What the first records of a file say about its columns. */
export interface Sample {
  profile: ColumnProfile[]
  /** Of so many records. */
  records: number
  /** Whether the file holds no more. */
  isWhole: boolean
}

const sampledCells = 300_000
const sampledRecords = 20_000

/** The same from the first records alone, those that do not parse left out: quick in a file of any size and width. */
export async function profileSample(
  source: OpenSource,
  embedded: Server,
  timezone: string,
  signal: AbortSignal,
): Promise<Sample> {
  const { facts } = source
  const { table, settings, names } = textReader(facts)
  const columns = candidateColumns(source)
  const candidates = [...new Set(columns.flatMap((column) => column.candidates))]
  const limit = Math.min(sampledRecords, Math.max(100, Math.floor(sampledCells / names.length)))
  const first = `(SELECT * FROM ${table} LIMIT ${limit})`
  const rows = await embedded.rows<SampleRow>(
    sampleQuery(first, names, candidates, fieldOptions(facts, timezone)),
    { settings: { ...settings, ...profileSettings, ...fromTheStart, ...despiteFaults }, signal },
  )
  const profile = readSample(rows, columns, candidates)
  const records = Number(profile[0]?.records ?? 0)
  return { profile, records, isWhole: records < limit }
}

/** Little is read before the first records are there. */
export const fromTheStart: Settings = {
  input_format_parallel_parsing: 0,
  parallelize_output_from_storages: 0,
  max_threads: 1,
  max_block_size: 1000,
}

const despiteFaults: Settings = {
  input_format_allow_errors_num: 4_294_967_295,
  input_format_allow_errors_ratio: 1,
}

function candidateColumns({ facts, sniffed }: OpenSource): ProfiledColumn[] {
  const { names } = textReader(facts)
  return facts.names.map((name, index) => ({
    name,
    field: names[index] ?? '',
    candidates: candidatesFor(
      sniffed.sample.map((record) => record[index] ?? ''),
      facts.dialect.nullTokens,
    ),
  }))
}

const fieldOptions = ({ utf8, dialect }: FileFacts, timezone: string): FieldOptions => ({
  timezone,
  utf8,
  nullTokens: dialect.nullTokens,
  quoted: dialect.quote !== null,
})
