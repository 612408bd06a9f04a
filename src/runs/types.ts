import PQueue from 'p-queue'
import type { Server } from '../clickhouse/index.ts'
import { parseType, whyNotCarried, type ColumnProfile } from '../core/schema/index.ts'
import { literal } from '../core/sql/index.ts'
import { requireColumn, type FileFacts } from '../core/transfer/index.ts'
import { AppError, type ImportTransfer, type TypeChoice } from '../shared/index.ts'
import type { Preparation } from './prepared.ts'
import { profileFile } from './profile.ts'
import type { OpenSource } from './source-file.ts'
import type { Surroundings } from './surroundings.ts'

/** Where a table's columns come from. */
export interface TypeSource {
  source: OpenSource
  embedded: Server
  timezone: string
}

/** Finds the types of the named columns. */
export type Infer = (from: TypeSource, names: ReadonlySet<string>) => Promise<Map<string, string>>

export const wholeFile =
  ({ workspace }: Surroundings, preparation: Pick<Preparation, 'signal' | 'onProgress'>): Infer =>
  async ({ source, embedded, timezone }, names) =>
    typesByName(await profileFile(source, embedded, workspace, timezone, preparation, names))

export const typesByName = (profile: ColumnProfile[]): Map<string, string> =>
  new Map(profile.map(({ name, type }) => [name, type]))

/** The types of a new table's columns, in the file's order: the chosen ones, and what is found of the others that move. */
export async function typesOfNew(
  { types, columns }: Pick<ImportTransfer, 'types' | 'columns'>,
  from: TypeSource,
  infer: Infer,
): Promise<string[]> {
  const { facts } = from.source
  const chosen = await chosenTypes(types, facts, from.embedded)
  const open = (columns ?? facts.names).filter((name) => !chosen.has(name))
  const found = open.length > 0 ? await infer(from, new Set(open)) : new Map<string, string>()
  return facts.names.map((name) => chosen.get(name) ?? found.get(name) ?? 'String')
}

/**
 * The types that a person chose, by column, as ClickHouse itself writes them: only so may they become SQL.
 *
 * @throws {AppError} COLUMN_NOT_FOUND, TYPE_UNKNOWN or TYPE_UNSUPPORTED
 */
export async function chosenTypes(
  choices: readonly TypeChoice[] | undefined,
  { names, label }: FileFacts,
  embedded: Server,
): Promise<Map<string, string>> {
  // Of several for one column the last counts.
  const byColumn = new Map(choices?.map(({ column, type }) => [column, type]))
  for (const column of byColumn.keys()) requireColumn(names, column, label)
  const queue = new PQueue({ concurrency: questionsAtOnce })
  const written = new Map(
    await queue.addAll(
      [...new Set(byColumn.values())].map(
        (text) => async () => [text, await canonical(text, embedded)] as const,
      ),
    ),
  )
  const chosen = new Map<string, string>()
  for (const [column, type] of byColumn) {
    const name = written.get(type)
    if (name === undefined) throw unknown(column, type)
    requireCarried(column, name)
    chosen.set(column, name)
  }
  return chosen
}

const questionsAtOnce = 8

/** Undefined when there is no such type. */
async function canonical(type: string, embedded: Server): Promise<string | undefined> {
  try {
    const [row] = await embedded.rows<{ name: string }>(
      `SELECT toTypeName(defaultValueOfTypeName(${literal(type)})) AS name`,
    )
    return row?.name
  } catch (error) {
    if (error instanceof AppError && error.place?.host === embedded.label && refusals.has(error.code))
      return undefined
    throw error
  }
}

const refusals = new Set(['TYPE_UNKNOWN', 'QUERY_INVALID', 'SERVER_REFUSED', 'RECORD_MALFORMED'])

const unknown = (column: string, type: string) =>
  new AppError(
    'TYPE_UNKNOWN',
    `The type chosen for ${JSON.stringify(column)}, ${JSON.stringify(type)}, is none of ClickHouse's.`,
    {
      place: { column, value: type },
    },
  )

function requireCarried(column: string, type: string): void {
  const reason = whyNotCarried(parseType(type))
  if (reason === undefined) return
  throw new AppError(
    'TYPE_UNSUPPORTED',
    `The column ${JSON.stringify(column)} cannot be read as ${type}: ${reason}.`,
    {
      place: { column, expected: type },
    },
  )
}
