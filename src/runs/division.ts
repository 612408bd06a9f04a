import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { push, run, type Server } from '../clickhouse/index.ts'
import { nestedAsOne, tableName } from '../core/sql/index.ts'
import {
  addSums,
  checkedReader,
  creationSettings,
  divide,
  passageTable,
  planPlaces,
  takeErrorLog,
  type Division,
  type FileReader,
  type Places,
  type PlannedStatement,
} from '../core/transfer/index.ts'
import type { Passage, SourceFile } from '../files/index.ts'
import { AppError, type Progress, type Reject } from '../shared/index.ts'
import type { Import } from './import-job.ts'
import type { Watcher } from './prepared.ts'
import { damaged } from './source-file.ts'
import { sumsOf, takenOnTheWay, type Found } from './verify.ts'
import { watch } from './watch.ts'
import { requireStored } from './whole-write.ts'

/** The files cannot be read so that every record has one place; only the normaliser can. */
export class Unclear extends Error {}

/** A reject, and its record as it stands in the source with its line end. */
export interface FoundReject {
  reject: Reject
  record: Buffer
}

/** What came of reading all files. */
export interface Divided {
  /** Records that the server could read as so many fields. */
  parsed: number
  fitting: number
  /** Those that it could not; blank lines between records may be among them. */
  malformed: number
  /** As the target counted them, where they were sent to another server. */
  received: number | undefined
  /** Bytes that went to another server. */
  piped: number
}

/** The tables in which the records of one import are divided; they are dropped when the scope is left. */
export interface OpenDivision extends AsyncDisposable {
  division: Division
  places: Places
  /** The reader of one file, or of all when the normaliser gives them. */
  readerOf(mountPath: string): FileReader
  move(watcher: Watcher): Promise<Divided>
  /** Rows and checksum of what fitted, when they were to be taken. */
  left(signal: AbortSignal): Promise<Found | undefined>
}

export async function openDivision(job: Import, division: Division): Promise<OpenDivision> {
  const { servers, source, plan, target, surroundings } = job
  const { embedded } = servers
  const readerOf = (mountPath: string) =>
    checkedReader({ ...source.facts, mountPath }, plan.wanted, target.timezone)
  const reader = readerOf(source.facts.mountPath)
  const places = planPlaces({ ...division.records, table: division.records.table.replace(/_records$/, '') })
  await using stack = new AsyncDisposableStack()
  const passage = plan.read && stack.use(await surroundings.workspace.passage())
  const tables = [
    ...division.created,
    division.passage,
    places.malformed,
    places.located,
    places.lines,
    places.parts,
  ]
  const views = tables.filter(({ table }) => table.includes('_view_'))
  // The views go before what they read and write; all of them soon, as a cancel must end within two seconds.
  for (const some of [tables.filter((table) => !views.includes(table)), views])
    stack.defer(async () => {
      await Promise.all(some.map((table) => drop(embedded, tableName(table))))
    })
  const settings = { ...creationSettings(reader.fields.map(({ type }) => type)), ...nestedAsOne }
  if (passage) await embedded.command(passageTable(division, reader, passage.path), { settings })
  for (const sql of [...division.create, ...places.create]) await embedded.command(sql, { settings })
  const kept = stack.move()
  return {
    division,
    places,
    readerOf,
    move: async (watcher) => {
      const sent = await moveAll({ job, division, places, readerOf }, passage, watcher)
      return { ...(await countBlocks(embedded, division, places)), ...sent }
    },
    left: async (signal) => {
      if (!division.sums) return undefined
      const sql = division.sums.taken
      return { value: await sumsOf(embedded, addSums(division.sums.name), signal), sql: takenOnTheWay(sql) }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Left behind it is only an unused table. */
const drop = (embedded: Server, name: string) =>
  embedded.command(`DROP TABLE IF EXISTS ${name} SYNC`, { isAside: true }).catch(() => undefined)

interface Moving {
  job: Import
  division: Division
  places: Places
  readerOf: OpenDivision['readerOf']
}

/** Reads all files, and sends what fits to another server when there is one. The first failure ends both. */
async function moveAll(
  moving: Moving,
  passage: Passage | undefined,
  watcher: Watcher,
): Promise<Pick<Divided, 'received' | 'piped'>> {
  const { plan, servers } = moving.job
  if (!passage) {
    await readAll(moving, watcher, watcher.signal)
    return { received: undefined, piped: 0 }
  }
  const stop = new AbortController()
  const signal = AbortSignal.any([watcher.signal, stop.signal])
  const failures: unknown[] = []
  const orStop = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work
    } catch (error) {
      failures.push(error)
      passage.data.destroy(new Error('The other side failed.'))
      stop.abort()
      return undefined
    }
  }
  let piped = 0
  passage.data.on('data', (chunk: Buffer) => (piped += chunk.length)).pause()
  const write = { ...plan.write, queryId: randomUUID() }
  const sent = orStop(push({ to: servers[plan.write.place], write, data: passage.data, signal }))
  await orStop(readAll(moving, watcher, signal))
  passage.end()
  const received = (await sent)?.received
  if (failures.length > 0) throw failures[0]
  await requireStored(servers[plan.write.place], plan.write.place, write.queryId, signal)
  return { received, piped }
}

async function readAll({ job, division, places, readerOf }: Moving, watcher: Watcher, signal: AbortSignal) {
  const { source, surroundings, servers } = job
  const { embedded } = servers
  const before = { rows: 0, bytes: 0 }
  const read = async (reader: FileReader, number: number, errorLog: string, bytes: number) => {
    const statement = divide(division, reader, number, errorLog)
    const rows = await readOne(embedded, statement, { ...watcher, signal }, before, source.bytes)
    before.rows += rows
    before.bytes += bytes
    if (await isFilled(errorLog)) await embedded.command(takeErrorLog(places, number, errorLog), { signal })
  }
  const whole = readerOf(source.facts.mountPath)
  if (whole.position) {
    await read(whole, 0, join(dirname(source.facts.mountPath), 'errors'), source.bytes)
    return
  }
  for (const [index, file] of source.files.entries()) {
    // What the server writes down of a file does not say which it is.
    await using mount = await surroundings.workspace.mount([file])
    const errorLog = join(dirname(mount.path), 'errors')
    await read(readerOf(mount.path), index + 1, errorLog, file.size).catch((error: unknown) => {
      throw unclearOr(damaged(error, file), file)
    })
  }
}

/** A reader that gives up though faults are allowed has lost its way, or sees no end of a record. */
const lost = new Set(['RECORD_MALFORMED', 'RECORD_TOO_LARGE', 'MEMORY_LIMIT', 'SERVER_UNAVAILABLE'])

function unclearOr(error: unknown, file: SourceFile): unknown {
  return error instanceof AppError && lost.has(error.code) ? new Unclear(file.name, { cause: error }) : error
}

async function readOne(
  embedded: Server,
  { sql, settings }: PlannedStatement,
  { signal, onProgress }: Watcher,
  before: { rows: number; bytes: number },
  totalBytes: number,
): Promise<number> {
  const queryId = randomUUID()
  let latest = 0
  const poll = watch(
    { server: embedded, queryId, totals: { totalRows: null, totalBytes } },
    (progress: Progress) => {
      latest = progress.rows
      const [rows, bytes] = [before.rows + progress.rows, Math.min(before.bytes + progress.bytes, totalBytes)]
      onProgress({
        ...progress,
        rows,
        bytes,
        totalRows: null,
        fraction: totalBytes === 0 ? null : bytes / totalBytes,
      })
    },
  )
  try {
    await run(embedded, { sql, settings, queryId }, signal)
    await requireStored(embedded, 'embedded', queryId, signal)
    return latest
  } finally {
    poll.stop()
  }
}

async function isFilled(path: string): Promise<boolean> {
  return await stat(path).then(
    ({ size }) => size > 0,
    () => false,
  )
}

async function countBlocks(
  embedded: Server,
  { blocks }: Division,
  { malformed }: Places,
): Promise<Pick<Divided, 'parsed' | 'fitting' | 'malformed'>> {
  const [row] = await embedded.rows<Record<'parsed' | 'fitting' | 'malformed', string>>(
    `SELECT toString(sum(records)) AS parsed, toString(sum(fitting)) AS fitting, ` +
      `(SELECT toString(count()) FROM ${tableName(malformed)}) AS malformed FROM ${tableName(blocks)}`,
  )
  return {
    parsed: Number(row?.parsed ?? 0),
    fitting: Number(row?.fitting ?? 0),
    malformed: Number(row?.malformed ?? 0),
  }
}
