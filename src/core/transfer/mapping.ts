import { AppError, type Mapping } from '../../shared/index.ts'
import type { FileFacts, TableColumn, TableFacts } from './facts.ts'

/** One column that moves: the position of its field in the source (from 0) and its two names. */
export interface Moved {
  index: number
  source: string
  target: string
}

export interface Choice {
  columns?: string[] | undefined
  map: Mapping[]
}

/**
 * The columns that a person chose, in their order, renamed.
 *
 * @throws {AppError} COLUMN_NOT_FOUND, or USAGE when two columns would have the same name
 */
export function chooseColumns(names: readonly string[], choice: Choice, label: string): Moved[] {
  requireOnce(choice.map)
  for (const { source } of choice.map) {
    requireColumn(names, source, label)
    if (choice.columns?.includes(source) === false) throw unmoved(source)
  }
  const renamed = new Map(choice.map.map(({ source, target }) => [source, target]))
  const moved = (choice.columns ?? names).map((source) => {
    requireColumn(names, source, label)
    return { index: names.indexOf(source), source, target: renamed.get(source) ?? source }
  })
  const twice = firstRepeated(moved.map(({ target }) => target))
  if (twice !== undefined) {
    throw new AppError('USAGE', `Two of the chosen columns would be called ${quoted(twice)}.`, {
      place: { column: twice },
    })
  }
  return moved
}

/**
 * Which field of the file goes to which column of an existing table. With a header by name, without one by position.
 * A field the table has no column for, and a column nothing is said about, are errors: neither is dropped in silence.
 */
export function mapOntoTable(
  file: FileFacts,
  table: TableFacts,
  choice: Choice,
  label: string,
): (Moved & { column: TableColumn })[] {
  const insertable = table.columns.filter(({ kind }) => kind === '' || kind === 'DEFAULT')
  requirePositions(file, insertable, choice, label)
  const byPosition = mapByPosition(file, insertable, choice.map)
  const map = byPosition.filter(({ source }) => choice.columns?.includes(source) !== false)
  const mapped = chooseColumns(file.names, { ...choice, map }, file.label).map((moved) => {
    const column = table.columns.find(({ name }) => name === moved.target)
    if (!column) throw notInTable(moved, file, label)
    if (!insertable.includes(column)) throw computed(column, label)
    return { ...moved, column }
  })
  if (choice.columns === undefined) requireAll(mapped, insertable, file, label)
  return mapped
}

/** The type that each field would get from an existing table, as far as one can tell: by its name or its position. */
export function typesFromTable(file: FileFacts, table: TableFacts, map: Mapping[]): (string | undefined)[] {
  const insertable = table.columns.filter(({ kind }) => kind === '' || kind === 'DEFAULT')
  const byName = new Map(insertable.map(({ name, type }) => [name, type]))
  const renamed = new Map(mapByPosition(file, insertable, map).map(({ source, target }) => [source, target]))
  return file.names.map((name) => byName.get(renamed.get(name) ?? name))
}

/** Fields without names go to the table's columns one by one, where nothing else is said. */
const mapByPosition = (
  { dialect, names }: FileFacts,
  insertable: TableColumn[],
  map: Mapping[],
): Mapping[] =>
  dialect.header || map.length > 0
    ? map
    : insertable
        .slice(0, names.length)
        .map(({ name }, index) => ({ source: names[index] ?? '', target: name }))

function requirePositions(
  { dialect, names, label: file }: FileFacts,
  insertable: TableColumn[],
  { map }: Choice,
  label: string,
): void {
  if (dialect.header || map.length > 0 || names.length === insertable.length) return
  const example = `c1=${insertable[0]?.name ?? 'name'}`
  throw new AppError(
    'COLUMN_MISSING',
    `${file} has no header and ${count(names.length, 'field')}, but ${label} has ${count(insertable.length, 'column')}: say which is which, such as ${example.replace('=', ' → ')} (--map ${example}).`,
    { place: { file } },
  )
}

function requireOnce(map: readonly Mapping[]): void {
  const twice = firstRepeated(map.map(({ source }) => source))
  if (twice === undefined) return
  throw new AppError('USAGE', `The column ${quoted(twice)} is renamed twice: give it one name.`, {
    place: { column: twice },
  })
}

const unmoved = (source: string) =>
  new AppError('USAGE', `The column ${quoted(source)} is renamed, but it is not among those that move.`, {
    place: { column: source },
  })

function requireAll(mapped: Moved[], insertable: TableColumn[], file: FileFacts, label: string): void {
  const filled = new Set(mapped.map(({ target }) => target))
  const missing = insertable.find(({ name, kind, type }) => {
    return kind === '' && !filled.has(name) && !/^(LowCardinality\()?Nullable\(/.test(type)
  })
  if (!missing) return
  throw new AppError(
    'COLUMN_MISSING',
    `${file.label} has no column ${quoted(missing.name)}, which ${label} needs.`,
    { place: { file: file.label, column: missing.name, expected: missing.type } },
  )
}

function notInTable(moved: Moved, file: FileFacts, label: string): AppError {
  const advice =
    file.names.length === 1
      ? `it is the only column with the delimiter ${quoted(file.dialect.delimiter)}, so look whether that is the right one (--delimiter)`
      : 'leave the column out or rename it (--columns, --map)'
  return new AppError(
    'COLUMN_NOT_FOUND',
    `${label} has no column ${quoted(moved.target)} for the one in ${file.label}: ${advice}.`,
    { place: { file: file.label, column: moved.target } },
  )
}

function computed(column: TableColumn, label: string): AppError {
  return new AppError(
    'COLUMN_NOT_FOUND',
    `The column ${quoted(column.name)} of ${label} is computed (${column.kind}): it cannot be written.`,
    { place: { column: column.name } },
  )
}

/** @throws {AppError} COLUMN_NOT_FOUND */
export function requireColumn(names: readonly string[], name: string, label: string): void {
  if (names.includes(name)) return
  throw new AppError('COLUMN_NOT_FOUND', `${label} has no column ${quoted(name)}; it has ${listed(names)}.`, {
    place: { column: name },
  })
}

/** The first few names, so that the sentence stays one. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 12).map(quoted).join(', ')
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown
}

export const firstRepeated = (names: readonly string[]): string | undefined =>
  names.find((name, index) => names.indexOf(name) !== index)

const quoted = (name: string) => JSON.stringify(name)
const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`
