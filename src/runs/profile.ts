import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { Server } from '../clickhouse/index.ts'
import {
  cellsQuery,
  profileColumns,
  profileQuery,
  profileSettings,
  type Answers,
  type Ask,
  type CellsRow,
  type ColumnProfile,
  type ColumnSample,
  type FieldOptions,
  type ProfiledColumn,
  type ProfileRow,
} from '../core/schema/index.ts'
import type { Settings } from '../core/sql/index.ts'
import { checkedReader, textReader, type FileFacts } from '../core/transfer/index.ts'
import type { Workspace } from '../files/index.ts'
import type { ErrorPolicy, Reading } from '../shared/index.ts'
import type { Preparation } from './prepared.ts'
import { watch } from './watch.ts'
import { explainFault } from './locate.ts'
import type { OpenSource } from './source-file.ts'

/** Which columns are looked at, and what a person said about them. */
export interface Looked {
  /** Left out: all. */
  names?: ReadonlySet<string>
  readings?: readonly Reading[] | undefined
  /** The types of columns that have one already: what is looked for is how their values are laid out. */
  types?: ReadonlyMap<string, string>
  /** Whether the first record that does not parse is an error; left out: it is. */
  onError?: ErrorPolicy
}

/**
 * What every column of the whole file holds, and the narrowest type that takes all of it.
 *
 * @throws {AppError} RECORD_MALFORMED when a record has another number of fields
 */
export async function profileFile(
  source: OpenSource,
  embedded: Server,
  workspace: Workspace,
  timezone: string,
  { signal, onProgress }: Pick<Preparation, 'signal' | 'onProgress'>,
  looked: Looked = {},
): Promise<ColumnProfile[]> {
  const options = fieldOptions(source.facts, timezone)
  const ask: Ask = async (columns) => {
    const queryId = randomUUID()
    const totals = { totalRows: null, totalBytes: source.bytes, bytesRead: source.bytesRead }
    const poll = watch({ server: embedded, queryId, totals }, onProgress)
    try {
      const from = (asTexts: ReadonlySet<number>) => textReader(source.facts, looked.onError, asTexts)
      const answers = await answersOf(columns, {
        from,
        embedded,
        options,
        settings: wholeFileSettings,
        signal,
        queryId,
      })
      await source.settled()
      return answers
    } finally {
      poll.stop()
    }
  }
  try {
    return await profileColumns(samplesOf(source, looked), options, ask)
  } catch (error) {
    throw await explainFault(error, { embedded, workspace, source, signal }, (at) =>
      checkedReader(at, [], timezone),
    )
  }
}

/**
 * With two cores one has enough to do with the texts: to parse on both costs a fifth more than to hand over from one to
 * the other (seen on 26.7).
 */
const wholeFileSettings: Settings = availableParallelism() <= 2 ? { input_format_parallel_parsing: 0 } : {}

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
  looked: Looked = {},
): Promise<Sample> {
  const { facts } = source
  const options = fieldOptions(facts, timezone)
  const limit = Math.min(sampledRecords, Math.max(100, Math.floor(sampledCells / facts.names.length)))
  const from = (asTexts: ReadonlySet<number>) => {
    const { table, settings, names } = textReader(facts, 'skip', asTexts)
    return { table: `(SELECT * FROM ${table} LIMIT ${limit})`, settings, names }
  }
  const ask: Ask = (columns) =>
    answersOf(columns, { from, embedded, options, settings: fromTheStart, signal, queryId: randomUUID() })
  const profile = await profileColumns(samplesOf(source, looked), options, ask)
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

interface Asked {
  /** The file as SQL, the fields at these positions read as texts of which none is NULL. */
  from: (asTexts: ReadonlySet<number>) => { table: string; settings: Settings; names: string[] }
  embedded: Server
  options: FieldOptions
  settings: Settings
  signal: AbortSignal
  queryId: string
}

/** The server's analysis of a query takes time with the square of its columns: 10 s for 1,000, 284 s for 5,000 (seen). */
const mostInOneRow = 200

async function answersOf(columns: readonly ProfiledColumn[], asked: Asked): Promise<Answers[]> {
  if (columns.length > mostInOneRow) return await answersByKind(columns, asked)
  const { embedded, options, signal, queryId } = asked
  const { table, settings } = asked.from(textsAmong(columns, asked))
  const [row] = await embedded.rows<ProfileRow>(profileQuery(table, columns, options), {
    settings: { ...settings, ...profileSettings, ...asked.settings },
    signal,
    queryId,
  })
  return columns.map((_, n) => row?.[String(n)] ?? [])
}

function textsAmong(columns: readonly ProfiledColumn[], { from }: Asked): Set<number> {
  const { names } = from(new Set())
  return new Set(
    columns.flatMap(({ field, declared }) => (declared === 'String' ? [names.indexOf(field)] : [])),
  )
}

/** Column by column instead, those that are asked the same together: the file is read once for each such group. */
async function answersByKind(columns: readonly ProfiledColumn[], asked: Asked): Promise<Answers[]> {
  const { embedded, options, signal } = asked
  const answers = new Map<ProfiledColumn, Answers>()
  const kindOf = (column: ProfiledColumn) => JSON.stringify({ ...column, name: '', field: '' })
  for (const group of Map.groupBy(columns, kindOf).values()) {
    const [alike] = group
    if (!alike) continue
    const { table, settings } = asked.from(textsAmong(group, asked))
    const fields = group.map(({ field }) => field)
    const rows = await embedded.rows<CellsRow>(cellsQuery(table, fields, alike, options), {
      settings: { ...settings, ...profileSettings, ...asked.settings },
      signal,
    })
    for (const [n, column] of group.entries()) answers.set(column, rows[n]?.answers ?? [])
  }
  return columns.map((column) => answers.get(column) ?? [])
}

function samplesOf({ facts, sniffed }: OpenSource, { names, readings, types }: Looked): ColumnSample[] {
  const { names: fields } = textReader(facts)
  const byColumn = new Map(readings?.map((reading) => [reading.column, reading]))
  // What a record that cannot be read holds says nothing about types.
  const whole = sniffed.sample.filter(({ length }) => length === facts.names.length)
  const sample = whole.length > 0 && facts.dialect.ragged !== true ? whole : sniffed.sample
  return facts.names
    .map((name, index) => ({
      name,
      field: fields[index] ?? '',
      texts: sample.map((record) => record[index] ?? ''),
      reading: byColumn.get(name),
      type: types?.get(name),
    }))
    .filter(({ name }) => names?.has(name) ?? true)
}

const fieldOptions = ({ utf8, dialect }: FileFacts, timezone: string): FieldOptions => ({
  timezone,
  utf8,
  nullTokens: dialect.nullTokens,
  quoted: dialect.quote !== null,
  ragged: dialect.ragged === true,
})
