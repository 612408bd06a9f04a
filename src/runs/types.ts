import PQueue from 'p-queue'
import type { Server } from '../clickhouse/index.ts'
import {
  isText,
  mayHaveLayout,
  parseType,
  unwrap,
  whyNotCarried,
  type ColumnProfile,
} from '../core/schema/index.ts'
import { literal } from '../core/sql/index.ts'
import { requireColumn, type FileFacts } from '../core/transfer/index.ts'
import { AppError, type Dialect, type ErrorPolicy, type Reading, type TypeChoice } from '../shared/index.ts'
import type { Preparation } from './prepared.ts'
import { profileFile, type Looked } from './profile.ts'
import type { OpenSource } from './source-file.ts'
import type { Surroundings } from './surroundings.ts'

/** Where a table's columns come from. */
export interface TypeSource {
  source: OpenSource
  embedded: Server
  timezone: string
}

/** Finds out what columns hold. */
export type Infer = (from: TypeSource, looked: Looked) => Promise<ColumnProfile[]>

export const wholeFile =
  (
    { workspace }: Surroundings,
    preparation: Pick<Preparation, 'signal' | 'onProgress'>,
    onError?: ErrorPolicy,
  ): Infer =>
  ({ source, embedded, timezone }, looked) =>
    profileFile(source, embedded, workspace, timezone, preparation, {
      ...looked,
      ...(onError && { onError }),
    })

/** The file's columns in its order: their types, and how their values are read where that is not as ClickHouse writes them. */
export interface FileColumns {
  types: string[]
  readings: (Reading | undefined)[]
  /** What was found out and not chosen, in sentences. */
  warnings: string[]
  /** Of the columns whose types were inferred. */
  profile: ColumnProfile[]
}

interface ColumnChoice {
  /** Those that move; left out: all. */
  columns?: readonly string[] | undefined
  types?: readonly TypeChoice[] | undefined
  readings?: readonly Reading[] | undefined
}

/** For a new table: what a person chose, and what is found of the columns that move. */
export const columnsOfNew = (choice: ColumnChoice, from: TypeSource, infer: Infer): Promise<FileColumns> =>
  findColumns(choice, new Map(), from, infer)

/**
 * For a table that is there, whose columns have their types: how the values are laid out.
 *
 * @param types of the file's fields in the table, in order; undefined where there is no such column
 */
export const columnsOfExisting = (
  choice: ColumnChoice,
  types: readonly (string | undefined)[],
  from: TypeSource,
  infer: Infer,
): Promise<FileColumns> => findColumns(choice, byName(types, from), from, infer)

const byName = (types: readonly (string | undefined)[], { source }: TypeSource): Map<string, string> =>
  new Map(source.facts.names.flatMap((name, n) => (types[n] === undefined ? [] : [[name, types[n]]])))

async function findColumns(
  choice: ColumnChoice,
  known: ReadonlyMap<string, string>,
  from: TypeSource,
  infer: Infer,
): Promise<FileColumns> {
  const { facts } = from.source
  const { readings, columns = facts.names } = choice
  const fixed = await fixedTypes(choice, known, from)
  const open = new Set(columns.filter((name) => !fixed.has(name)))
  const profile = open.size > 0 ? await infer(from, { names: open, readings }) : []
  const moving = new Map([...fixed].filter(([name]) => columns.includes(name)))
  const laidOut = withLayouts(moving, readings, from)
  const layouts = laidOut.size > 0 ? await infer(from, { names: laidOut, readings, types: moving }) : []
  return { ...settled(profile, layouts, fixed, readings, facts), profile }
}

/**
 * All columns, as a profile of them all shows them: for a new table or for one that is there.
 *
 * @param known the types of the file's columns in that table
 */
export async function inspectColumns(
  choice: ColumnChoice,
  known: readonly (string | undefined)[],
  from: TypeSource,
  infer: Infer,
): Promise<FileColumns> {
  const { readings } = choice
  const types = await fixedTypes(choice, byName(known, from), from)
  const profile = await infer(from, { readings, types })
  const open = profile.filter(({ name }) => !types.has(name))
  // A run looks at no others of those that have a type.
  const laidOut = withLayouts(types, readings, from)
  const layouts = profile.filter(({ name }) => laidOut.has(name))
  return { ...settled(open, layouts, types, readings, from.source.facts), profile }
}

/** The types that are not inferred, by column. What is said of a column that is not there is an error. */
async function fixedTypes(
  { types, readings }: ColumnChoice,
  known: ReadonlyMap<string, string>,
  { source: { facts }, embedded }: TypeSource,
): Promise<Map<string, string>> {
  for (const { column } of readings ?? []) requireColumn(facts.names, column, facts.label)
  return new Map([...(await chosenTypes(types, facts, embedded)), ...known])
}

/** @param layouts of the columns that have a type already */
function settled(
  profile: readonly ColumnProfile[],
  layouts: readonly ColumnProfile[],
  fixed: ReadonlyMap<string, string>,
  readings: readonly Reading[] | undefined,
  facts: FileFacts,
): Omit<FileColumns, 'profile'> {
  const found = new Map(profile.map((column) => [column.name, typeFor(column, readings)]))
  const { warnings, ...rest } = withReadings([...profile, ...layouts], readings, facts)
  return {
    ...rest,
    warnings: [...warnings, ...textsThatFit(profile, readings)],
    types: facts.names.map((name) => fixed.get(name) ?? found.get(name) ?? 'String'),
  }
}

/** Columns that have a type and whose first values are not laid out as ClickHouse writes them, while nobody said how. */
function withLayouts(
  types: ReadonlyMap<string, string>,
  readings: readonly Reading[] | undefined,
  { source: { facts, sniffed } }: TypeSource,
): Set<string> {
  const chosen = new Set(readings?.flatMap(({ column, layout }) => (layout ? [column] : [])))
  const names = facts.names.filter((name, index) => {
    const type = types.get(name)
    if (type === undefined || chosen.has(name)) return false
    const texts = sniffed.sample.map((record) => record[index] ?? '')
    return mayHaveLayout(type, texts, facts.dialect.nullTokens)
  })
  return new Set(names)
}

/** What a person said about a column, and what was found where nothing was said. */
function withReadings(
  profile: readonly ColumnProfile[],
  readings: readonly Reading[] | undefined,
  { names, dialect }: FileFacts,
): Pick<FileColumns, 'readings' | 'warnings'> {
  const profiled = new Map(profile.map((column) => [column.name, column]))
  const said = new Map(readings?.map((reading) => [reading.column, reading]))
  const found = names.map((column): Reading | undefined => {
    const { layout, ownTokens = [] } = profiled.get(column) ?? {}
    const own = said.get(column)
    const more: Partial<Reading> = {
      ...(layout && { layout }),
      ...(ownTokens.length > 0 && { nullTokens: [...dialect.nullTokens, ...ownTokens] }),
    }
    return own || Object.keys(more).length > 0 ? { column, misfit: 'reject', ...more, ...own } : undefined
  })
  const warnings = profile.flatMap(({ name, notes, layout, ownTokens }) => {
    const { layout: chosen, misfit = 'reject' } = said.get(name) ?? {}
    const isNews = (layout !== null && chosen === undefined) || ownTokens.length > 0 || misfit !== 'reject'
    return isNews ? notes.map((note) => `Column ${JSON.stringify(name)}: ${note}.`) : []
  })
  return { readings: found, warnings }
}

/** Texts that are NULL in a column. An empty field of a text that has no NULL is an empty text. */
export function readAsNull(type: string, reading: Reading | undefined, { nullTokens }: Dialect): string[] {
  const node = parseType(type)
  const hasEmpty = isText(node) && !unwrap(node).nullable
  return reading?.nullTokens ?? nullTokens.filter((token) => token !== '' || !hasEmpty)
}

/** What is said about values that do not fit a text says nothing. */
function textsThatFit(profile: readonly ColumnProfile[], readings: readonly Reading[] | undefined): string[] {
  const texts = new Set(profile.filter(({ type }) => isText(parseType(type))).map(({ name }) => name))
  const said = readings?.filter(({ column, misfit }) => misfit !== 'reject' && texts.has(column)) ?? []
  return said.map(
    ({ column }) =>
      `Column ${JSON.stringify(column)} is text, which every value fits: choose a type for it (--types).`,
  )
}

/** Where a person wants NULL for what does not fit, the type must have it. */
function typeFor({ name, type }: ColumnProfile, readings: readonly Reading[] | undefined): string {
  const wantsNull = readings?.some(({ column, misfit }) => column === name && misfit === 'null')
  if (!wantsNull || unwrap(parseType(type)).nullable) return type
  return type.startsWith('LowCardinality(') ? 'LowCardinality(Nullable(String))' : `Nullable(${type})`
}

/**
 * The types that a person chose, by column, as ClickHouse itself writes them: only so may they become SQL.
 *
 * @throws {AppError} COLUMN_NOT_FOUND, TYPE_UNKNOWN or TYPE_UNSUPPORTED
 */
async function chosenTypes(
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
