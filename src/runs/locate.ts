import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Server } from '../clickhouse/index.ts'
import { codeOfFault, describeDelimiter } from '../core/dialect/index.ts'
import { isText, parseType } from '../core/schema/index.ts'
import { identifier, literal, type Settings } from '../core/sql/index.ts'
import { allFit, type CheckedField, type FileFacts, type FileReader } from '../core/transfer/index.ts'
import type { SourceFile, Workspace } from '../files/index.ts'
import { AppError, type ErrorCode, type Place } from '../shared/index.ts'
import { excerptAt, whyMalformed, type Excerpt } from './malformed.ts'
import { damaged, type OpenSource } from './source-file.ts'

/** One file, read again to find the first record in it that cannot be moved. */
interface Search {
  embedded: Server
  file: SourceFile
  facts: FileFacts
  reader: FileReader
  /** Where the server writes down what it could not parse. */
  errorLog: string
  options: { settings: Settings; signal: AbortSignal }
}

/** A record of which every field was read, but one does not fit. `_row_number` counts only such records, from 0. */
interface Misfit {
  before: string
  bad: string
  text: string | null
  valid: number
}

/** A record that does not parse. */
interface Malformed {
  /** Counted from 1, malformed records included. */
  offset: number
  reason: string
  raw_data: string
}

/** What is searched, and what ends the search. */
export interface Scope {
  embedded: Server
  workspace: Workspace
  source: OpenSource
  signal: AbortSignal
}

/**
 * The same error, or one that names the record at fault. The query that failed reads in parallel and does not know
 * which record that is; it is looked for by reading the files again, one after the other.
 */
export async function explainFault(
  error: unknown,
  { embedded, workspace, source, signal }: Scope,
  readerOf: (facts: FileFacts) => FileReader,
): Promise<unknown> {
  if (!(error instanceof AppError) || !explained.has(error.code)) return error
  if (source.facts.reading.by === 'normaliser') {
    return (
      (await explainNormalised({ embedded, source, signal }, readerOf(source.facts)).catch(
        (failed: unknown) => failed,
      )) ?? error
    )
  }
  for (const file of source.files) {
    await using mount = await workspace.mount([file])
    const facts = { ...source.facts, mountPath: mount.path }
    const reader = readerOf(facts)
    const errorLog = join(dirname(mount.path), 'errors')
    const fault = await firstFault({
      embedded,
      file,
      facts,
      reader,
      errorLog,
      options: { settings: exact(reader, errorLog), signal },
    }).catch((failed: unknown) => unreadable(failed, source, file.name))
    if (fault !== undefined) return fault
  }
  const [only, ...others] = source.files
  return unreadable(error, source, others.length === 0 ? only?.name : undefined)
}

/** A record of a normalised file, with where it stands there. */
type Placed = Omit<Misfit, 'before'> & { file: string; line: string; fault: string }

/** Here every record knows its place. */
async function explainNormalised(
  { embedded, source, signal }: Omit<Scope, 'workspace'>,
  reader: FileReader,
): Promise<unknown> {
  await source.settled()
  const { position, table, fields } = reader
  if (!position) return undefined
  const { file, line, fault } = position
  const sql =
    `SELECT toString(${file}) AS file, toString(${line}) AS line, ${fault} AS fault, ${misfitColumns(fields)} ` +
    `FROM ${table} WHERE ${fault} != '' OR NOT ifNull(${allFit(fields)}, 0) LIMIT 1`
  const settings = { ...reader.settings, input_format_parallel_parsing: 0, max_threads: 1 }
  const rows = await embedded.rows<Placed>(sql, { settings, signal }).finally(() => source.settled())
  const [found] = rows
  if (!found) return undefined
  const { name } = source.mount.fileOf(Number(found.file)) ?? { name: source.facts.label }
  const at = { file: name, line: Number(found.line) }
  if (found.fault === '') return misfitError(fields, found, at)
  return new AppError(codeOfFault(found.fault), `${name}, line ${found.line}: ${found.fault}.`, { place: at })
}

/** SQL of the first field that does not fit: its number from 1, its text, and whether that is UTF-8. */
function misfitColumns(fields: CheckedField[]): string {
  if (fields.length === 0) return `0 AS bad, CAST(NULL, 'Nullable(String)') AS text, 1 AS valid`
  const checks = fields.map(({ check }) => `toUInt8(ifNull(${check.ok}, 0))`).join(', ')
  const texts = fields.map(({ field }) => `CAST(${identifier(field)}, 'Nullable(String)')`).join(', ')
  return `indexOf([${checks}], 0) AS bad, [${texts}][bad] AS text, isValidUTF8(ifNull(text, '')) AS valid`
}

/** No record can be found to be at fault when the reader gives up before the first. */
function unreadable(error: unknown, { facts, files }: OpenSource, file: string | undefined): unknown {
  if (!(error instanceof AppError) || error.code !== 'RECORD_MALFORMED') return error
  const { delimiter, quote } = facts.dialect
  const which = file ?? `One of the ${files.length} files from ${facts.label} on`
  const why = quote === null ? '' : ': its quotes do not end where a field ends'
  return new AppError(
    'RECORD_MALFORMED',
    `${which} cannot be read with the delimiter ${describeDelimiter(delimiter)}${why}.`,
    {
      ...(file !== undefined && { place: { file } }),
      ...(error.detail !== undefined && { detail: error.detail }),
      cause: error,
    },
  )
}

const explained = new Set<ErrorCode>(['VALUE_REJECTED', 'RECORD_MALFORMED', 'FILE_DAMAGED'])

/** Settings under which records are counted exactly: one thread, one after the other, faults written down. */
const exact = (reader: FileReader, errorLog: string): Settings => ({
  ...reader.settings,
  input_format_parallel_parsing: 0,
  max_threads: 1,
  input_format_allow_errors_num: 4_294_967_295,
  input_format_allow_errors_ratio: 1,
  input_format_record_errors_file_path: errorLog,
  errors_output_format: 'JSONEachRow',
})

async function firstFault(search: Search): Promise<AppError | undefined> {
  const misfit = await firstMisfit(search).catch((error: unknown) => {
    throw damaged(error, search.file)
  })
  const malformed = await firstMalformed(search.errorLog)
  if (malformed && (!misfit || malformed.offset <= Number(misfit.before) + 1)) {
    return await describeMalformed(search, malformed)
  }
  return misfit && (await describeMisfit(search, misfit))
}

async function firstMisfit({ embedded, reader, options }: Search): Promise<Misfit | undefined> {
  const { fields } = reader
  if (fields.length === 0) {
    await readAll(embedded, reader, options)
    return undefined
  }
  const sql =
    `SELECT toString(_row_number) AS before, ${misfitColumns(fields)} ` +
    `FROM ${reader.table} WHERE NOT ifNull(${allFit(fields)}, 0) LIMIT 1`
  const [row] = await embedded.rows<Misfit>(sql, options)
  return row
}

/** Nothing is checked, so nothing can misfit: the files are read for what does not parse. */
async function readAll(
  embedded: Server,
  { table, names }: FileReader,
  options: Search['options'],
): Promise<void> {
  const lengths = names.map((name) => `length(${identifier(name)})`).join(' + ')
  await embedded.rows(`SELECT sum(${lengths}) AS s FROM ${table}`, options)
}

/** The log may hold megabytes; its first entry is all that is wanted. */
async function firstMalformed(errorLog: string): Promise<Malformed | undefined> {
  const head = await readStart(errorLog, 1_048_576)
  if (head === undefined || head === '') return undefined
  const end = head.indexOf('\n')
  if (end >= 0) return JSON.parse(head.slice(0, end)) as Malformed
  const offset = /"offset":(\d+)/.exec(head)?.[1]
  return { offset: Number(offset ?? 1), reason: '', raw_data: '' }
}

async function readStart(path: string, length: number): Promise<string | undefined> {
  try {
    await using file = await open(path)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } catch {
    return undefined
  }
}

async function describeMisfit(search: Search, misfit: Misfit): Promise<AppError> {
  const line = await lineOf(search, Number(misfit.before))
  return misfitError(search.reader.fields, misfit, { file: search.file.name, line })
}

function misfitError(
  fields: CheckedField[],
  { bad, text, valid }: Omit<Misfit, 'before'>,
  at: { file: string; line: number },
): AppError {
  const [field] = fields.slice(Number(bad) - 1) as [CheckedField]
  const where = `${at.file}, line ${at.line}, column ${JSON.stringify(field.source)}`
  const place: Place = { ...at, column: field.source, expected: field.type }
  if (text === null) {
    return new AppError('VALUE_REJECTED', `${where}: an empty field or a NULL does not fit ${field.type}.`, {
      place,
    })
  }
  const value = shorten(text)
  if (valid === 0 && isText(parseType(field.type))) {
    return new AppError('FILE_ENCODING', `${where}: the text is not valid UTF-8.`, { place })
  }
  return new AppError('VALUE_REJECTED', `${where}: ${JSON.stringify(value)} does not fit ${field.type}.`, {
    place: { ...place, value },
  })
}

async function describeMalformed(search: Search, malformed: Malformed): Promise<AppError> {
  const { facts, file } = search
  const line = await lineOf(search, malformed.offset - 1)
  const place: Place = { file: file.name, line }
  const { text, lineLength } = await excerptOf(search, malformed, line)
  if (lineLength > longestLine) {
    const sentence = `${file.name}, line ${line}: the record does not parse, and its line is longer than 1 MiB.`
    return new AppError('RECORD_TOO_LARGE', sentence, { place })
  }
  const sentence = `${file.name}, line ${line}: ${whyMalformed(text, facts)}.`
  return new AppError('RECORD_MALFORMED', sentence, {
    place: { ...place, value: shorten(text.split(/\r?\n/, 1)[0] ?? '') },
    ...(malformed.reason !== '' && { detail: shorten(malformed.reason, 2000) }),
  })
}

const longestLine = 1_048_576

/** Lines that end with CR alone are none to the server. */
async function excerptOf(
  { embedded, facts }: Search,
  { raw_data }: Malformed,
  line: number,
): Promise<Excerpt> {
  if (facts.dialect.lineTerminator !== '\r') return await excerptAt(embedded, facts, line)
  return { text: raw_data, lineLength: raw_data.length }
}

/** The line on which the record after the first `before` good ones begins. Quoted fields may hold line ends. */
async function lineOf({ embedded, facts, reader, options }: Search, before: number): Promise<number> {
  if (facts.dialect.quote === null || before === 0) return facts.skip + before + 1
  const newline = literal(facts.dialect.lineTerminator === '\r' ? '\r' : '\n')
  const lines = reader.names
    .map((name) => `countSubstrings(ifNull(${identifier(name)}, ''), ${newline})`)
    .join(' + ')
  const sql = `SELECT toString(sum(1 + ${lines})) AS lines FROM (SELECT * FROM ${reader.table} LIMIT ${before})`
  const [row] = await embedded.rows<{ lines: string }>(sql, {
    ...options,
    settings: { ...options.settings, input_format_record_errors_file_path: '' },
  })
  return facts.skip + Number(row?.lines ?? before) + 1
}

const shorten = (text: string, length = 60): string =>
  text.length > length ? `${text.slice(0, length)}…` : text
