import { AppError, type ConvertTransfer, type ExportTransfer } from '../../shared/index.ts'
import { parseType, whyNotCarried, writtenColumn } from '../schema/index.ts'
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

/** @throws {AppError} COLUMN_NOT_FOUND, TYPE_UNSUPPORTED, or what `requireWritable` throws */
export function planExport(transfer: ExportTransfer, source: Relation, target: FileTargetFacts): Plan {
  requireWritable(target)
  const moved = chooseTyped(transfer, source)
  const written = moved.map((column) =>
    writtenColumn(identifier(column.source), parseType(column.type), source.timezone),
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
    warnings: [...source.warnings, ...limitWarnings(transfer)],
  }
  if (source.place === 'embedded') {
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
    read: { place: 'remote', sql: `SELECT ${names} ${from}`, settings: reading },
    write: { place: 'embedded', sql: `${insert} SELECT ${values} FROM ${inputTable(arriving)}`, settings },
  }
}

export const isWholeTable = (transfer: ExportTransfer, source: Relation): boolean =>
  source.kind === 'table' && !choosesRows(transfer)

const limitWarnings = ({ limit, verify }: ExportTransfer): string[] =>
  limit !== undefined && verify === 'checksum'
    ? ['Read a second time, a limit may let other rows through: only counts are compared.']
    : []

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
}

export interface ConvertPlan extends Plan {
  /** The fields that are read, for `checkedReader`; undefined when every cell keeps its text. */
  wanted?: WantedField[]
}

export function planConvert(
  transfer: ConvertTransfer,
  { file, target, inferred }: ConvertFacts,
): ConvertPlan {
  requireWritable(target)
  const moved = chooseColumns(file.names, transfer, file.label).map((column) => ({
    ...column,
    type: inferred?.[column.index] ?? 'Nullable(String)',
  }))
  const sinkColumns = moved.map(({ target: name, type }) => ({ name, type }))
  const insert = `INSERT INTO FUNCTION ${fileSink(sinkOf(target), sinkColumns)}`
  const reader = inferred && checkedReader(file, moved, 'UTC')
  const { select, settings } = reader
    ? { select: checkedSelect(reader), settings: reader.settings }
    : asText(file, moved)
  const writing = writeSettings(sinkOf(target))
  return {
    strategy: 'pushdown',
    commit: 'file-rename',
    columns: moved.map(asMapping),
    write: {
      place: 'embedded',
      sql: `${insert} ${withOwnSettings(select, settings, writing)}`,
      settings: { ...settings, ...writing },
    },
    ...(inferred && { wanted: moved }),
    warnings: file.warnings,
  }
}

/** Both files' delimiters are one setting: where they differ, the SELECT carries its own. */
function withOwnSettings(select: string, settings: Settings, outer: Settings): string {
  const own = Object.entries(settings).filter(([name, value]) => (outer[name] ?? value) !== value)
  if (own.length === 0) return select
  const list = own.map(([name, value]) => `${name} = ${typeof value === 'string' ? literal(value) : value}`)
  return `SELECT * FROM (${select} SETTINGS ${list.join(', ')})`
}

/** The text of every cell as it is: `\N` alone stays what it is, and an empty field stays empty. */
function asText(file: FileFacts, moved: WantedField[]): { select: string; settings: Settings } {
  const kept = { ...file, dialect: { ...file.dialect, nullTokens: ['\\N'] } }
  const { table, settings, names } = textReader(kept)
  const values = moved.map(({ index }) => identifier(names[index] ?? '')).join(', ')
  return { select: `SELECT ${values} FROM ${table}`, settings }
}

const sinkOf = (target: FileTargetFacts) => ({
  path: target.mountPath,
  dialect: target.dialect,
  compression: target.compression,
})

const asMapping = ({ source, target, type }: WantedField) => ({ source, target, type })

/** What ClickHouse can write: no bz2, no spreadsheet-like quotes, tabs where nothing is quoted. */
function requireWritable({ label, compression }: FileTargetFacts): void {
  if (compression !== 'bz2') return
  throw new AppError(
    'USAGE',
    `${label} cannot be written: bz2 can only be read. Use .gz, .zst, .xz or .lz4.`,
    {
      place: { file: label },
    },
  )
}
