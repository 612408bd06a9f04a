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
  for (const { source } of choice.map) requireColumn(names, source, label)
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
  const names = file.dialect.header ? file.names : namesByPosition(file, insertable, choice, label)
  const mapped = chooseColumns(names, choice, file.label).map((moved) => {
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
  if (!file.dialect.header && map.length === 0) return file.names.map((_, index) => insertable[index]?.type)
  const renamed = new Map(map.map(({ source, target }) => [source, target]))
  return file.names.map((name) => byName.get(renamed.get(name) ?? name))
}

/** Fields without names take those of the table's columns, one by one. */
function namesByPosition(
  file: FileFacts,
  insertable: TableColumn[],
  choice: Choice,
  label: string,
): string[] {
  if (choice.map.length > 0) return file.names
  if (file.names.length === insertable.length) return insertable.map(({ name }) => name)
  throw new AppError(
    'COLUMN_MISSING',
    `${file.label} has no header and ${count(file.names.length, 'field')}, but ${label} has ${count(insertable.length, 'column')}: say which is which, such as c1 → ${insertable[0]?.name ?? 'name'} (--map c1=${insertable[0]?.name ?? 'name'}).`,
    { place: { file: file.label } },
  )
}

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
