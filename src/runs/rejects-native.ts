import { isUtf8 } from 'node:buffer'
import { parseRecords } from '../core/dialect/index.ts'
import { literal, tableName } from '../core/sql/index.ts'
import {
  countOfLines,
  inOneStream,
  locateRecords,
  pageOfLines,
  pageOfRejects,
  placeFewLines,
  takeFewLines,
  takeLines,
  whyMisfit,
  type FileReader,
  type LineRow,
  type LinesOf,
  type LocatedRow,
} from '../core/transfer/index.ts'
import type { SourceFile } from '../files/index.ts'
import { Unclear, type FoundReject, type OpenDivision } from './division.ts'
import { whyMalformed } from './malformed.ts'
import type { Import } from './import-job.ts'

const pageRows = 2000

/** What is looked for in one file that the server reads itself. */
interface Search {
  job: Import
  open: OpenDivision
  file: SourceFile
  /** From 1. */
  number: number
  mountPath: string
  reader: FileReader
  signal: AbortSignal
}

/**
 * The rejects of all files, in their order, each with its place.
 *
 * @throws {Unclear} when a record is not where it must be
 */
export async function* nativeRejects(
  job: Import,
  open: OpenDivision,
  signal: AbortSignal,
): AsyncGenerator<FoundReject | 'blank'> {
  for (const [index, file] of job.source.files.entries()) {
    await using mount = await job.surroundings.workspace.mount([file])
    const reader = open.readerOf(mount.path)
    yield* rejectsOf({ job, open, file, number: index + 1, mountPath: mount.path, reader, signal })
  }
}

/** What stands above the first record of the first file. */
export async function nativeHead({ source, servers, surroundings }: Import): Promise<Buffer> {
  const [first] = source.files
  const { skip } = source.facts
  if (!first || skip === 0) return Buffer.alloc(0)
  await using mount = await surroundings.workspace.mount([first])
  const args = [mount.path, 'LineAsString', 'l String', first.compression].map(literal).join(', ')
  const rows = await servers.embedded.rows<{ line: string }>(
    `SELECT base64Encode(l) AS line FROM file(${args}) LIMIT ${skip}`,
    { settings: { max_threads: 1, input_format_parallel_parsing: 0 } },
  )
  return Buffer.concat(rows.flatMap(({ line }) => [Buffer.from(line, 'base64'), lineFeed]))
}

const lineFeed = Buffer.from('\n')

async function* rejectsOf(search: Search): AsyncGenerator<FoundReject | 'blank'> {
  const { open, number } = search
  const rejected = await locate(search)
  if (rejected === 0) return
  await findLines(search, rejected)
  const { embedded } = search.job.servers
  const options = { signal: search.signal }
  for (let after = '-1'; ;) {
    const rows = await embedded.rows<LocatedRow>(pageOfRejects(open.places, number, after, pageRows), options)
    const [first, last] = [rows[0], rows.at(-1)]
    if (!first || !last) return
    const lines = await embedded.rows<LineRow>(
      pageOfLines(open.places, number, first.number, last.number),
      options,
    )
    const byNumber = new Map(lines.map((line) => [line.number, line]))
    if (byNumber.size !== rows.length) throw new Unclear(search.file.name)
    for (const row of rows) yield* found(row, byNumber.get(row.number), search)
    after = last.number
  }
}

/** How many there are of the file; each has then its number among all records. */
async function locate({ job, open, number, signal }: Search): Promise<number> {
  const { embedded } = job.servers
  const { places, division } = open
  const sql = locateRecords(places, division.rejects, division.blocks, number, job.source.facts.skip)
  await embedded.command(sql, { signal })
  const [row] = await embedded.rows<{ rejected: string }>(
    `SELECT toString(count()) AS rejected FROM ${tableName(places.located)} WHERE file = ${number}`,
    { signal },
  )
  return Number(row?.rejected ?? 0)
}

/** With more of them, what is remembered of the lines around would take too much memory. */
const few = 20_000

/**
 * Where no record spans lines, as many lines as records tell so, a record's number is its line's; otherwise the lines are
 * read again with an eye on the quotes.
 */
async function findLines(search: Search, rejected: number): Promise<void> {
  const { job, open, number, mountPath, signal } = search
  const { skip, compression, dialect } = job.source.facts
  const { places } = open
  const of: LinesOf = { path: mountPath, compression, skip }
  const options = { settings: inOneStream, signal }
  const { embedded } = job.servers
  if (rejected <= few) {
    await embedded.command(takeFewLines(places, number, of), options)
    if (dialect.quote === null || (await spansNone(search, skip))) {
      await embedded.command(placeFewLines(places, number, of), options)
      return
    }
  }
  await embedded.command(takeLines(places, number, of, dialect.quote !== null), options)
}

async function spansNone(search: Search, skip: number): Promise<boolean> {
  const { job, open, number, signal } = search
  const sql = countOfLines(open.places, number)
  const [row] = await job.servers.embedded.rows<{ lines: string }>(sql, { signal })
  return Number(row?.lines ?? 0) === skip + (await recordsOf(search))
}

async function recordsOf({ job, open, number, signal }: Search): Promise<number> {
  const isOf = `WHERE file = ${number}`
  const [row] = await job.servers.embedded.rows<{ records: string }>(
    `SELECT toString(sum(records) + (SELECT count() FROM ${tableName(open.places.malformed)} ${isOf})) AS records ` +
      `FROM ${tableName(open.division.blocks)} ${isOf}`,
    { signal },
  )
  return Number(row?.records ?? 0)
}

function* found(
  row: LocatedRow,
  line: LineRow | undefined,
  search: Search,
): Generator<FoundReject | 'blank'> {
  const bytes = Buffer.from(line?.text ?? '', 'base64')
  const raw = bytes.toString('utf8').replace(/\r$/, '')
  const { file, reader, job } = search
  const fields = parseRecords(`${raw}\n`, { ...job.source.facts.dialect, skipLines: 0 }, 1)[0] ?? []
  const isWide = fields.length === reader.names.length
  const place = { file: file.name, line: Number(line?.line), offset: Number(line?.offset), raw }
  const record = Buffer.concat([bytes, lineFeed])
  if (row.malformed === 1) {
    // Between records, a line without anything is none.
    if (raw === '' && reader.names.length > 1) {
      yield 'blank'
      return
    }
    // After a quote that is never closed the server goes on with the next line, which the quotes do not tell.
    if (bytes.includes(lineFeed)) throw new Unclear(file.name)
    const remembered = Buffer.from(row.remembered, 'base64')
    if (isWide && !bytes.subarray(0, remembered.length).equals(remembered.subarray(0, bytes.length)))
      throw new Unclear(file.name)
    yield {
      reject: { ...place, column: null, value: null, reason: whyMalformed(raw, job.source.facts) },
      record,
    }
    return
  }
  const misfits = row.bad.flatMap((number) => reader.fields[number - 1] ?? [])
  const [first] = misfits
  const text = first && fields[reader.names.indexOf(first.field)]
  const isRead = row.value === null || job.source.facts.dialect.quote === null || text === row.value
  if (!first || !isWide || !isRead) throw new Unclear(file.name)
  const reason = whyMisfit({ fields: misfits, value: row.value, isValid: isUtf8(bytes) })
  yield { reject: { ...place, column: first.source, value: row.value, reason }, record }
}
