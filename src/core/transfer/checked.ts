import {
  checkField,
  checkRawField,
  checkSettings,
  declaredType,
  nestsText,
  parseType,
  readerNullToken,
  unescapedTable,
  type Check,
} from '../schema/index.ts'
import { fileTable, identifier, readSettings, type FileRead, type Settings } from '../sql/index.ts'
import type { FileFacts } from './facts.ts'

/** A field of the file that is read as a value of a type. */
export interface CheckedField {
  /** Its name in SQL. */
  field: string
  /** What the file calls it. */
  source: string
  target: string
  type: string
  check: Check
}

/** Records are parsed in parallel, and stay in their order all the same (no slower on 2 cores, measured). */
const inFileOrder: Settings = { parallelize_output_from_storages: 0 }

/** The checks of a wide table come to megabytes of SQL. */
const longStatement: Settings = {
  max_query_size: 1e9,
  max_ast_elements: 1e8,
  max_expanded_ast_elements: 1e8,
}

export interface WantedField {
  index: number
  source: string
  target: string
  type: string
}

/** A file as SQL: `table` stands after FROM and gives the chosen fields as text. */
export interface FileReader {
  table: string
  settings: Settings
  /** The names in SQL of all fields, in file order. */
  names: string[]
  fields: CheckedField[]
  /** The check of any field of a type; undefined where a check needs more than the field itself. */
  checkCell?: (field: string, type: string) => Check
}

/** A reader that gives the chosen fields as checked values. */
export function checkedReader(file: FileFacts, wanted: WantedField[], timezone: string): FileReader {
  const sqlNames = fieldNames(file, wanted)
  const options = {
    timezone,
    utf8: file.utf8,
    nullTokens: file.dialect.nullTokens,
    quoted: file.dialect.quote !== null,
  }
  const typed = wanted.map((one) => ({
    ...one,
    field: sqlNames[one.index] ?? '',
    parsed: parseType(one.type),
  }))
  const isRaw = file.dialect.escape === 'backslash' && typed.some(({ parsed }) => nestsText(parsed))
  const declared = new Map(typed.map(({ field, parsed }) => [field, declaredType(parsed, options)] as const))
  const read = fileRead(isRaw ? { ...file, dialect: { ...file.dialect, escape: null } } : file)
  const table = fileTable(
    read,
    sqlNames.map((name) => ({ name, type: declared.get(name) ?? 'Nullable(String)' })),
  )
  return {
    table: isRaw ? unescapedTable(table, typed) : table,
    settings: { ...readSettings(read), ...checkSettings, ...longStatement, ...inFileOrder },
    names: sqlNames,
    ...(!isRaw && {
      checkCell: (field: string, type: string) => checkField(field, parseType(type), options),
    }),
    fields: typed.map(({ field, source, target, type, parsed }) => {
      const check = isRaw
        ? checkRawField(field, parsed, options)
        : checkField(identifier(field), parsed, options)
      return { field, source, target, type, check }
    }),
  }
}

/**
 * SQL of every chosen cell as [whether it fits, its text]: of the value, or of the field where that does not fit. One
 * column of the answer holds an array of the cells of one type, because thousands of checks would take minutes to analyze.
 */
export function shownCells(reader: FileReader): { sql: string; fields: CheckedField[] }[] {
  const shown = (field: string, { ok, value }: Check) =>
    `tuple(toUInt8(ifNull(${ok}, 0)), if(ifNull(${ok}, 0), CAST(toString(${value}), 'Nullable(String)'), CAST(${field}, 'Nullable(String)')))`
  return [...Map.groupBy(reader.fields, ({ type }) => type).values()].map((fields) => {
    const names = fields.map(({ field }) => identifier(field))
    const check = reader.checkCell?.('cell', fields[0]?.type ?? '')
    if (check) return { sql: `arrayMap(cell -> ${shown('cell', check)}, [${names.join(', ')}])`, fields }
    return { sql: `[${fields.map((one, n) => shown(names[n] ?? '', one.check)).join(', ')}]`, fields }
  })
}

/** Every field as text, NULL where the reader's null token stands: for profiles, previews and conversions. */
export function textReader(file: FileFacts): { table: string; settings: Settings; names: string[] } {
  const names = fieldNames(file, [])
  const read = fileRead(file)
  return {
    table: fileTable(
      read,
      names.map((name) => ({ name, type: 'Nullable(String)' })),
    ),
    settings: { ...readSettings(read), ...inFileOrder },
    names,
  }
}

function fileRead(file: FileFacts): FileRead {
  return {
    path: file.mountPath,
    dialect: file.dialect,
    compression: file.compression,
    nullToken: readerNullToken(file.dialect.nullTokens),
    skip: file.skip,
  }
}

/** c1…cN, or a longer prefix when a target column has such a name: ClickHouse would take the one for the other. */
function fieldNames(file: FileFacts, wanted: WantedField[]): string[] {
  let prefix = 'c'
  while (wanted.some(({ target }) => target.startsWith(prefix))) prefix += '_'
  return file.names.map((_, index) => `${prefix}${index + 1}`)
}

/** Holds for a record of which every field fits. */
export const allFit = (fields: CheckedField[]): string =>
  fields.length === 0 ? '1' : fields.map(({ check }) => check.ok).join(' AND ')

/** The values of all records; the first record that does not fit ends the query with error 395. */
export function checkedSelect(reader: FileReader): string {
  const values = reader.fields.map(({ check, target }) => `${check.value} AS ${identifier(target)}`)
  return `SELECT ${values.join(', ')} FROM ${reader.table} WHERE throwIf(NOT (${allFit(reader.fields)})) = 0`
}
