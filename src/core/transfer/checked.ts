import {
  checkField,
  checkRawField,
  checkSettings,
  declaredType,
  nestsText,
  parseType,
  readerNullToken,
  unescapedTable,
  whyNotRead,
  type FieldCheck,
  type TypeNode,
} from '../schema/index.ts'
import {
  fileTable,
  identifier,
  readSettings,
  type FileColumn,
  type FileRead,
  type Settings,
} from '../sql/index.ts'
import { AppError, type Reading } from '../../shared/index.ts'
import type { FileFacts } from './facts.ts'

/** A field of the file that is read as a value of a type. */
export interface CheckedField {
  /** Its name in SQL. */
  field: string
  /** What the file calls it. */
  source: string
  target: string
  type: string
  reading?: Reading | undefined
  check: FieldCheck
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
  reading?: Reading | undefined
}

export type Position = Record<'file' | 'line' | 'offset' | 'length' | 'fault', string>

/** A file as SQL: `table` stands after FROM and gives the chosen fields as text. */
export interface FileReader {
  table: string
  settings: Settings
  /** The names in SQL of all fields, in file order. */
  names: string[]
  fields: CheckedField[]
  /**
   * SQL of what the normaliser says of every record: which of the files (from 1), its line (from 1), the bytes before it in
   * the unpacked file and its own, and what is wrong with it as a whole (empty when nothing is; then its fields are).
   */
  position?: Position
  /** The check of any field that is read like this one; undefined where a check needs more than the field itself. */
  checkCell?: (field: string, like: Pick<CheckedField, 'type' | 'reading'>) => FieldCheck
}

/**
 * A reader that gives the chosen fields as checked values.
 *
 * @throws {AppError} USAGE when a column cannot be read as its reading says
 */
export function checkedReader(file: FileFacts, wanted: WantedField[], timezone: string): FileReader {
  const { names: sqlNames, position } = columnNames(file, wanted)
  const options = {
    timezone,
    utf8: file.utf8,
    nullTokens: file.dialect.nullTokens,
    quoted: file.dialect.quote !== null,
    ragged: file.dialect.ragged === true,
  }
  const typed = wanted.map((one) => ({
    ...one,
    field: sqlNames[one.index] ?? '',
    parsed: parseType(one.type),
  }))
  typed.forEach(requireReadable)
  const isRaw = file.dialect.escape === 'backslash' && typed.some(({ parsed }) => nestsText(parsed))
  const declared = new Map(
    typed.map(({ field, parsed, reading }) => [field, declaredType(parsed, options, reading)] as const),
  )
  const read = fileRead(isRaw ? { ...file, dialect: { ...file.dialect, escape: null } } : file)
  const table = fileTable(read, [
    ...sqlNames.map((name) => ({ name, type: declared.get(name) ?? 'Nullable(String)' })),
    ...positionColumns(position),
  ])
  return {
    table: isRaw ? unescapedTable(table, typed) : table,
    settings: { ...readSettings(read), ...checkSettings, ...longStatement, ...inFileOrder },
    names: sqlNames,
    ...(position && { position }),
    ...(!isRaw && {
      checkCell: (field: string, { type, reading }: Pick<CheckedField, 'type' | 'reading'>) =>
        checkField(field, parseType(type), options, reading),
    }),
    fields: typed.map(({ field, source, target, type, parsed, reading }) => {
      const check = isRaw
        ? checkRawField(field, parsed, options, reading)
        : checkField(identifier(field), parsed, options, reading)
      return { field, source, target, type, check, ...(reading && { reading }) }
    }),
  }
}

function requireReadable({ source, parsed, reading }: WantedField & { parsed: TypeNode }): void {
  const reason = reading && whyNotRead(parsed, reading)
  if (reason === undefined) return
  throw new AppError('USAGE', `The column ${JSON.stringify(source)} cannot be read like this: ${reason}.`, {
    place: { column: source, expected: parsed.text },
  })
}

/**
 * SQL of every chosen cell as [whether it fits, its text]: of the value, or of the field where that does not fit. One
 * column of the answer holds an array of the cells of one type, because thousands of checks would take minutes to analyze.
 */
export function shownCells(reader: FileReader): { sql: string; fields: CheckedField[] }[] {
  const shown = (field: string, { ok, value }: FieldCheck) =>
    `tuple(toUInt8(ifNull(${ok}, 0)), if(ifNull(${ok}, 0), CAST(toString(${value}), 'Nullable(String)'), CAST(${field}, 'Nullable(String)')))`
  return readAlike(reader.fields).map((fields) => {
    const names = fields.map(({ field }) => identifier(field))
    const check = fields[0] && reader.checkCell?.('cell', fields[0])
    if (check) return { sql: `arrayMap(cell -> ${shown('cell', check)}, [${names.join(', ')}])`, fields }
    return { sql: `[${fields.map((one, n) => shown(names[n] ?? '', one.check)).join(', ')}]`, fields }
  })
}

/** The fields that have one type and one way to be read: their checks differ in the field only. */
export function readAlike(fields: CheckedField[]): CheckedField[][] {
  const likeness = ({ type, reading }: CheckedField) =>
    JSON.stringify([type, reading?.layout, reading?.nullTokens, reading?.misfit])
  return [...Map.groupBy(fields, likeness).values()]
}

/**
 * Every field as text, NULL where the reader's null token stands: for profiles, previews and conversions.
 *
 * @param faults whether the first record that does not parse ends the query, or such records are left out
 * @param asTexts positions of fields in which nothing is NULL for the reader: faster
 */
export function textReader(
  file: FileFacts,
  faults: 'stop' | 'skip' = 'stop',
  asTexts: ReadonlySet<number> = new Set(),
): { table: string; settings: Settings; names: string[] } {
  const { names, position } = columnNames(file, [])
  const read = fileRead(file)
  const table = fileTable(read, [
    ...names.map((name, index) => ({ name, type: asTexts.has(index) ? 'String' : 'Nullable(String)' })),
    ...positionColumns(position),
  ])
  const settings = { ...readSettings(read), ...inFileOrder }
  const records = (faults === 'stop' ? wholeRecords : parsedRecords)({ table, settings, position })
  return { ...records, names }
}

/** What stands after FROM, and how it is read. */
type Records = Pick<FileReader, 'table' | 'settings'>
type Located = Records & { position?: Position | undefined }

const despiteFaults: Settings = {
  input_format_allow_errors_num: 4_294_967_295,
  input_format_allow_errors_ratio: 1,
}

/** The first record that does not parse ends the query, as it does in ClickHouse's own readers. */
export function wholeRecords({ table, settings, position }: Located): Records {
  if (!position) return { table, settings }
  return { table: `(SELECT * FROM ${table} WHERE throwIf(${position.fault} != '') = 0)`, settings }
}

/** Records that do not parse are left out. */
export function parsedRecords({ table, settings, position }: Located): Records {
  if (!position) return { table, settings: { ...settings, ...despiteFaults } }
  return { table: `(SELECT * FROM ${table} WHERE ${position.fault} = '')`, settings }
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

/**
 * The fields are c1…cN, or have a longer prefix when a target column has such a name: ClickHouse would take the one for the
 * other. So have the columns that the normaliser puts after them.
 */
function columnNames(facts: FileFacts, wanted: WantedField[]): { names: string[]; position?: Position } {
  const prefix = unusedPrefix('c', wanted)
  const names = facts.names.map((_, index) => `${prefix}${index + 1}`)
  if (facts.reading.by === 'clickhouse') return { names }
  const own = (name: string) => `${prefix}${name}`
  const position: Position = {
    ...{ file: own('file'), line: own('line') },
    ...{ offset: own('offset'), length: own('length'), fault: own('fault') },
  }
  return { names, position }
}

/** With which no target's name begins. */
export function unusedPrefix(letter: string, wanted: readonly { target: string }[]): string {
  let prefix = letter
  while (wanted.some(({ target }) => target.startsWith(prefix))) prefix += '_'
  return prefix
}

function positionColumns(position: Position | undefined): FileColumn[] {
  if (!position) return []
  const { file, line, offset, length, fault } = position
  return [
    ...[file, line, offset, length].map((name) => ({ name, type: 'UInt64' })),
    { name: fault, type: 'String' },
  ]
}

/** Holds for a record of which every field fits. */
export const allFit = (fields: CheckedField[]): string =>
  fields.length === 0 ? '1' : fields.map(({ check }) => check.ok).join(' AND ')

/** The values of all records; the first record that does not fit ends the query with error 395. */
export function checkedSelect(reader: FileReader): string {
  const values = reader.fields.map(({ check, target }) => `${check.value} AS ${identifier(target)}`)
  return `SELECT ${values.join(', ')} FROM ${wholeRecords(reader).table} WHERE throwIf(NOT (${allFit(reader.fields)})) = 0`
}
