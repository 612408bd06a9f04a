import { AppError, type ConvertTransfer, type ExportTransfer, type Reading } from '../../shared/index.ts'
import { parseType, readerNullToken, whyNotCarried } from '../schema/index.ts'
import {
  fileSink,
  identifier,
  inputTable,
  literal,
  writeSettings,
  type FileColumn,
  type Settings,
} from '../sql/index.ts'
import { checkedReader, checkedSelect, textReader, type WantedField } from './checked.ts'
import type { FileFacts, FileTargetFacts, Relation } from './facts.ts'
import { chooseColumns } from './mapping.ts'
import { choosesRows, rowClauses } from './rows.ts'
import type { Plan } from './plan.ts'
import { columnOf, layoutWarnings, requireWritable, sinkOf, type WrittenColumn } from './written.ts'

/** A plan whose target is a file. */
export interface FilePlan extends Plan {
  /** One per column of the file. */
  written: WrittenColumn[]
}

/** @throws {AppError} COLUMN_NOT_FOUND, TYPE_UNSUPPORTED, or what `requireWritable` throws */
export function planExport(transfer: ExportTransfer, source: Relation, target: FileTargetFacts): FilePlan {
  requireWritable(target)
  const moved = chooseTyped(transfer, source)
  const written = moved.map((column) =>
    columnOf(target, identifier(column.source), column.type, source.timezone),
  )
  const values = written.map(({ sql }) => sql).join(', ')
  const sinkColumns = moved.map((column, index) => ({
    name: column.target,
    type: written[index]?.type ?? column.type,
  }))
  const insert = `INSERT INTO FUNCTION ${fileSink(sinkOf(target), sinkColumns)}`
  const from = `FROM ${source.from}${rowClauses(transfer, source.columns, source.label)}`
  const settings = writeSettings(sinkOf(target))
  const reading = isWholeTable(transfer, source) && source.takesSettings ? inStoredOrder : {}
  const plan = {
    commit: 'file-rename' as const,
    columns: moved.map(asMapping),
    written,
    warnings: [...source.warnings, ...layoutWarnings(target, moved)],
  }
  const isHashed = transfer.verify === 'checksum'
  // Only what passes through Flathouse can be hashed on its way; read a second time, a table may hold other rows.
  if (source.place === 'embedded' && !isHashed) {
    const sql = `${insert} SELECT ${values} ${from}`
    return {
      ...plan,
      strategy: 'pushdown',
      write: { place: 'embedded', sql, settings: { ...settings, ...reading } },
    }
  }
  const arriving: FileColumn[] = moved.map(({ source: name, type }) => ({ name, type }))
  const names = arriving.map(({ name }) => identifier(name)).join(', ')
  return {
    ...plan,
    strategy: 'pipe',
    ...(isHashed && { hashed: arriving }),
    read: { place: source.place, sql: `SELECT ${names} ${from}`, settings: reading },
    write: { place: 'embedded', sql: `${insert} SELECT ${values} FROM ${inputTable(arriving)}`, settings },
  }
}

/** Of the columns that move, in their order. */
export const exportedTypes = (transfer: ExportTransfer, source: Relation): string[] =>
  chooseTyped(transfer, source).map(({ type }) => type)

export const isWholeTable = (transfer: ExportTransfer, source: Relation): boolean =>
  source.kind === 'table' && !choosesRows(transfer)

/**
 * A whole table is read in one stream, part after part, so that the same table gives the same file: one import and export
 * after the other end with the same bytes. Writing is the slower side, so it costs nothing that could be measured.
 */
const inStoredOrder: Settings = { max_streams_to_max_threads_ratio: 0.001 }

function chooseTyped(transfer: ExportTransfer, source: Relation): WantedField[] {
  const readable = source.columns.filter(({ kind }) => kind !== 'EPHEMERAL')
  // Computed columns are given when they are asked for, as by ClickHouse itself: the target computes them again.
  const stored = readable.filter(({ kind }) => kind === '' || kind === 'DEFAULT').map(({ name }) => name)
  const choice = { map: transfer.map, columns: transfer.columns ?? stored }
  const names = readable.map(({ name }) => name)
  return chooseColumns(names, choice, source.label).map((moved) => {
    const type = readable[moved.index]?.type ?? 'String'
    requireCarried(moved.source, type, source.label)
    return { ...moved, type }
  })
}

function requireCarried(column: string, type: string, label: string): void {
  const reason = whyNotCarried(parseType(type))
  if (reason === undefined) return
  throw new AppError(
    'TYPE_UNSUPPORTED',
    `The column ${JSON.stringify(column)} of ${label} (${type}) cannot go into a flat file: ${reason}.`,
    { place: { column, expected: type } },
  )
}

export interface ConvertFacts {
  file: FileFacts
  target: FileTargetFacts
  /** The types of the file's fields when they are asked for. */
  inferred: string[] | undefined
  /** How the file's fields are read then, in order. */
  readings?: readonly (Reading | undefined)[]
}

export interface ConvertPlan extends FilePlan {
  /** The fields that are read, for `checkedReader`; undefined when every cell keeps its text. */
  wanted?: WantedField[]
}

export function planConvert(
  transfer: ConvertTransfer,
  { file, target, inferred, readings }: ConvertFacts,
): ConvertPlan {
  requireWritable(target)
  if (!inferred) requireTextKept(target)
  const moved = chooseConverted(transfer, file, inferred).map((column) => ({
    ...column,
    reading: readings?.[column.index],
  }))
  const written = moved.map((column) =>
    inferred
      ? columnOf(target, identifier(column.target), column.type, 'UTC')
      : { sql: identifier(column.target), type: column.type, kind: null },
  )
  const sinkColumns = moved.map(({ target: name }, index) => ({
    name,
    type: written[index]?.type ?? 'String',
  }))
  const insert = `INSERT INTO FUNCTION ${fileSink(sinkOf(target), sinkColumns)}`
  const read = inferred ? asValues(file, moved) : asText(transfer, file, moved)
  return {
    commit: 'file-rename',
    columns: moved.map(asMapping),
    written,
    ...(inferred && { wanted: moved }),
    ...conversion(transfer, read, { insert, written, settings: writeSettings(sinkOf(target)) }),
    warnings: [...file.warnings, ...layoutWarnings(target, moved)],
  }
}

/** Of the columns that move, in their order. */
export const convertedTypes = (...facts: Parameters<typeof chooseConverted>): string[] =>
  chooseConverted(...facts).map(({ type }) => type)

const chooseConverted = (transfer: ConvertTransfer, { names, label }: FileFacts, inferred?: string[]) =>
  chooseColumns(names, transfer, label).map((column) => ({
    ...column,
    type: inferred?.[column.index] ?? 'Nullable(String)',
  }))

/** The columns of a file that is converted, as a SELECT. */
interface ConvertRead {
  select: string
  settings: Settings
  columns: FileColumn[]
}

/** One statement, or a pipe from the embedded server to itself, in which what passes can be hashed. */
function conversion(
  { verify, types }: ConvertTransfer,
  { select, settings: reading, columns }: ConvertRead,
  { insert, written, settings }: { insert: string; written: WrittenColumn[]; settings: Settings },
): Pick<ConvertPlan, 'strategy' | 'hashed' | 'read' | 'write'> {
  const values = types ? written.map(({ sql }) => sql).join(', ') : '*'
  if (verify === 'checksum') {
    const sql = `${insert} SELECT ${values} FROM ${inputTable(columns)}`
    return {
      strategy: 'pipe',
      hashed: columns,
      read: { place: 'embedded', sql: select, settings: reading },
      write: { place: 'embedded', sql, settings },
    }
  }
  const isLaidOut = written.some(({ layout }) => layout !== undefined)
  const whole = isLaidOut ? `SELECT ${values} FROM (${select})` : select
  const sql = `${insert} ${withOwnSettings(whole, reading, settings)}`
  return {
    strategy: 'pushdown',
    write: { place: 'embedded', sql, settings: { ...reading, ...settings } },
  }
}

/** Without types there are no numbers and dates, but texts. */
function requireTextKept({ label, dialect: { decimal, dateLayout } }: FileTargetFacts): void {
  if (decimal !== ',' && dateLayout === undefined) return
  const what = decimal === ',' ? 'Decimals' : 'Dates'
  throw new AppError('USAGE', `${what} can be laid out anew in ${label} only when types are asked for.`, {
    place: { file: label },
  })
}

/** Both files' delimiters are one setting: where they differ, the SELECT carries its own. */
function withOwnSettings(select: string, settings: Settings, outer: Settings): string {
  const own = Object.entries(settings).filter(([name, value]) => (outer[name] ?? value) !== value)
  if (own.length === 0) return select
  const list = own.map(([name, value]) => `${name} = ${typeof value === 'string' ? literal(value) : value}`)
  return `SELECT * FROM (${select} SETTINGS ${list.join(', ')})`
}

function asValues(file: FileFacts, moved: WantedField[]): ConvertRead {
  const reader = checkedReader(file, moved, 'UTC')
  const columns = moved.map(({ target: name, type }) => ({ name, type }))
  return { select: checkedSelect(reader), settings: reader.settings, columns }
}

/** The text of every cell as it is, but for those that a person calls NULL: nobody else takes an empty field for it. */
function asText({ source }: ConvertTransfer, file: FileFacts, moved: WantedField[]): ConvertRead {
  const { nullTokens = ['\\N'] } = source.dialect
  const { table, settings, names } = textReader({ ...file, dialect: { ...file.dialect, nullTokens } })
  const isRead = (token: string) =>
    token === '' ? file.dialect.quote !== null : token === readerNullToken(nullTokens)
  const compared = nullTokens.filter((token) => !isRead(token)).map(literal)
  const columns = moved.map(({ index, type }) => ({ name: names[index] ?? '', type }))
  const text = (name: string) =>
    compared.length === 0
      ? name
      : `${compared.reduce((value, token) => `nullIf(${value}, ${token})`, name)} AS ${name}`
  const values = columns.map(({ name }) => text(identifier(name)))
  return { select: `SELECT ${values.join(', ')} FROM ${table}`, settings, columns }
}

const asMapping = ({ source, target, type }: WantedField) => ({ source, target, type })
