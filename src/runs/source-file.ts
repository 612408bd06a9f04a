import { randomUUID } from 'node:crypto'
import { sniff, type Head, type Normalisation, type Oddities, type Sniffed } from '../core/dialect/index.ts'
import { readerNullToken } from '../core/schema/index.ts'
import { literal } from '../core/sql/index.ts'
import {
  canonicalDialect,
  firstRepeated,
  headLines,
  readingWay,
  type FileFacts,
} from '../core/transfer/index.ts'
import type { Server } from '../clickhouse/index.ts'
import {
  baseExtension,
  changeOf,
  readHead,
  readTail,
  requireComplete,
  type Mount,
  type SourceFile,
  type Unpack,
  type Workspace,
} from '../files/index.ts'
import { AppError, legacyEncodings, type Encoding, type FileEnd } from '../shared/index.ts'
import { wholeWrite } from './whole-write.ts'

/** The sniffer looks at no more than this of the beginning, and of the end. */
const headBytes = 1_048_576
const tailBytes = 65_536

/** A file end that has been found, mounted and sniffed. */
export interface OpenSource extends AsyncDisposable {
  files: SourceFile[]
  /** Of a normalised file for one reader at a time. */
  mount: Mount
  sniffed: Sniffed
  /** Of the files, in their order. */
  encodings: Encoding[]
  facts: FileFacts
  /** Of all files together. */
  bytes: number
  /** How many of them the last reader has got; undefined where the server can tell. */
  bytesRead?: () => number
  /**
   * To be asked when all records were read, or that failed: whether those were all.
   *
   * @throws {AppError} FILE_DAMAGED, FILE_UNREADABLE, …
   */
  settled(): Promise<void>
}

/**
 * Finds the files, sniffs their layout and gives them to the embedded server, as they are or normalised.
 *
 * @throws {AppError} of the kinds FILE_…, DIALECT_UNSUPPORTED, HEADER_DUPLICATE, RECORD_TOO_LARGE
 */
export async function openSource(
  end: FileEnd,
  workspace: Workspace,
  embedded: Server,
  signal?: AbortSignal,
): Promise<OpenSource> {
  const files = await workspace.sources(end.path, signal)
  for (const file of files) await requireComplete(file)
  const [first, ...others] = files as [SourceFile, ...SourceFile[]]
  const sniffed = await sniffFile(first, end, workspace, embedded)
  const encodings = [sniffed.encoding]
  const oddities = [sniffed.oddities]
  for (const file of others) {
    const other = await sniffFile(file, { ...end, dialect: sniffed.dialect }, workspace, embedded)
    requireSameLayout(file, other, first, sniffed)
    encodings.push(alike(other.encoding, encodings))
    oddities.push(other.oddities)
  }
  const all = { ...sniffed, encoding: leastNative(encodings), oddities: together(oddities) }
  const facts = describe(first, files, all, end)
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  const opened = { files, sniffed, encodings, bytes }
  if (facts.reading.by === 'clickhouse') {
    const mount = await workspace.mount(files)
    const settled = () => Promise.resolve()
    return { ...opened, ...mounted(facts, mount), settled }
  }
  return await throughNormaliser(opened, facts, workspace, embedded, signal)
}

async function throughNormaliser(
  opened: Pick<OpenSource, 'files' | 'sniffed' | 'encodings' | 'bytes'>,
  facts: Omit<FileFacts, 'mountPath'>,
  workspace: Workspace,
  embedded: Server,
  signal?: AbortSignal,
): Promise<OpenSource> {
  const { files, encodings, sniffed, bytes } = opened
  const unpack = unpackWith(workspace, embedded, signal)
  const mount = await workspace.normalise({ files, encodings, normalisation: normalisation(sniffed), unpack })
  return {
    ...opened,
    ...mounted(facts, mount),
    bytesRead: () => Math.round(mount.share * bytes),
    settled: () => mount.settled(),
  }
}

/** The files of a source that the server reads itself, given so that the place of every record is known. */
export function normalised(
  source: OpenSource,
  workspace: Workspace,
  embedded: Server,
  signal: AbortSignal,
): Promise<OpenSource> {
  const facts: FileFacts = {
    ...source.facts,
    compression: 'none',
    dialect: canonicalDialect(source.facts.dialect),
    reading: { by: 'normaliser', reason: 'The place of every record is to be known' },
    skip: 0,
  }
  return throughNormaliser(source, facts, workspace, embedded, signal)
}

/**
 * To be asked when all was read: whether that was all, and of one state of the files.
 *
 * @throws {AppError} VERIFICATION_FAILED, or what `settled` throws
 */
export async function requireUnchanged(source: OpenSource): Promise<void> {
  await source.settled()
  const changed = await changeOf(source.files)
  if (changed) throw changed
}

/** What is wrong with the data of a file that has been changed meanwhile says nothing; that it has, does. */
export async function unlessChanged(error: unknown, { files }: OpenSource): Promise<unknown> {
  const isOfData = error instanceof AppError && error.exitCode === 4
  return (isOfData ? await changeOf(files) : undefined) ?? error
}

const mounted = (facts: Omit<FileFacts, 'mountPath'>, mount: Mount) => ({
  mount,
  facts: { ...facts, mountPath: mount.path },
  [Symbol.asyncDispose]: () => mount[Symbol.asyncDispose](),
})

const normalisation = ({ dialect, names }: Sniffed): Normalisation => ({
  dialect,
  width: names.length,
  missing: readerNullToken(dialect.nullTokens),
})

/** For compressions that only the server knows. */
const unpackWith =
  (workspace: Workspace, embedded: Server, signal: AbortSignal | undefined): Unpack =>
  async (file, to) => {
    await using mount = await workspace.mount([file])
    const into = `file(${[to, 'RowBinary', 'b UInt8', 'none'].map(literal).join(', ')})`
    const sql = `INSERT INTO FUNCTION ${into} SELECT b FROM ${bytesOf(mount.path, file)}`
    const queryId = randomUUID()
    await embedded
      .command(sql, { queryId, settings: { max_threads: 1 }, ...(signal && { signal }) })
      .catch((error: unknown) => {
        throw damaged(error, file)
      })
    if (await wholeWrite(embedded, queryId)) return
    const sentence = `The disk of the data folder is full: ${file.name} could not be unpacked to it.`
    throw new AppError('DISK_FULL', sentence, inFile(file))
  }

/** RowBinary of single bytes: the only format that gives a file's bytes as they are, and stops after enough of them. */
const bytesOf = (path: string, { compression }: SourceFile): string =>
  `file(${[path, 'RowBinary', 'b UInt8', compression].map(literal).join(', ')})`

async function sniffFile(
  file: SourceFile,
  { dialect, encoding }: Pick<FileEnd, 'dialect' | 'encoding'>,
  workspace: Workspace,
  embedded: Server,
): Promise<Sniffed> {
  const head = await headOf(file, workspace, embedded)
  requireRecordEnd(head, file)
  const extension = baseExtension(file.name)
  return sniff(head, { choice: dialect, extension, ...(encoding !== undefined && { encoding }) })
}

async function headOf(file: SourceFile, workspace: Workspace, embedded: Server): Promise<Head> {
  if (file.compression === 'none') {
    const bytes = await readHead(file, headBytes)
    const complete = bytes.length === file.size
    return { bytes, complete, ...(!complete && { tail: await readTail(file, tailBytes) }) }
  }
  await using mount = await workspace.mount([file])
  const bytes = `SELECT char(b) AS byte FROM ${bytesOf(mount.path, file)} LIMIT ${headBytes}`
  const sql = `SELECT base64Encode(arrayStringConcat(groupArray(byte))) AS head FROM (${bytes})`
  const [row] = await embedded
    .rows<{ head: string }>(sql, { settings: { max_threads: 1 } })
    .catch((error: unknown) => {
      throw damaged(error, file)
    })
  const head = Buffer.from(row?.head ?? '', 'base64')
  if (head.length === 0) throw new AppError('FILE_EMPTY', `${file.name} holds nothing.`, inFile(file))
  return { bytes: head, complete: head.length < headBytes }
}

const isUtf8 = (encoding: Encoding) => encoding === 'utf-8' || encoding === 'utf-8-bom'

/** Which old encoding a file has is a guess: those of one pattern have the same. */
function alike(encoding: Encoding, before: Encoding[]): Encoding {
  const isOld = (one: Encoding) => legacyEncodings.some((old) => old === one)
  return isOld(encoding) ? (before.find(isOld) ?? encoding) : encoding
}

/** Of several files all are normalised if one must be. */
const leastNative = (encodings: Encoding[]): Encoding =>
  encodings.find((encoding) => !isUtf8(encoding)) ?? encodings[0] ?? 'utf-8'

/** All are normalised, too, if one of them has what the server cannot read. */
const together = (each: Oddities[]): Oddities => ({
  blankLines: each.reduce((sum, { blankLines }) => sum + blankLines, 0),
  isSkippedWrongly: each.some(({ isSkippedWrongly }) => isSkippedWrongly),
  isMarked: each.some(({ isMarked }) => isMarked),
})

/** Says of a decoding error which file it is about. */
export function damaged(error: unknown, file: SourceFile): unknown {
  if (!(error instanceof AppError) || error.code !== 'FILE_DAMAGED') return error
  return new AppError(
    'FILE_DAMAGED',
    `${file.name} cannot be decompressed as ${file.compression}: it is damaged or not complete.`,
    { ...inFile(file), cause: error, ...(error.detail !== undefined && { detail: error.detail }) },
  )
}

function requireRecordEnd(head: Head, file: SourceFile): void {
  if (head.complete || head.bytes.some((byte) => byte === 10 || byte === 13)) return
  throw new AppError('RECORD_TOO_LARGE', `The first line of ${file.name} is longer than 1 MiB.`, inFile(file))
}

function describe(
  file: SourceFile,
  files: SourceFile[],
  { dialect, encoding, names, sample, warnings, oddities }: Sniffed,
  end: FileEnd,
): Omit<FileFacts, 'mountPath'> {
  const reading = readingWay(dialect, encoding, file.name, oddities)
  if (encoding === 'binary' && end.encoding !== 'binary') {
    throw new AppError('FILE_ENCODING', `${file.name} does not look like text.`, inFile(file))
  }
  const twice = dialect.header ? firstRepeated(names.filter((name) => name !== '')) : undefined
  if (twice !== undefined) {
    throw new AppError(
      'HEADER_DUPLICATE',
      `Two columns of ${file.name} are called ${JSON.stringify(twice)}.`,
      {
        place: { file: file.name, line: dialect.skipLines + 1, column: twice },
      },
    )
  }
  if (names.length === 0)
    throw new AppError('FILE_EMPTY', `${file.name} holds only blank lines.`, inFile(file))
  if (sample.length === 0) throw noRecords(file.name)
  const compression = sameCompression(files)
  const isNative = reading.by === 'clickhouse'
  return {
    label: file.name,
    compression: isNative ? compression : 'none',
    dialect: isNative ? dialect : canonicalDialect(dialect),
    reading,
    names: names.map((name, index) => (name === '' ? `c${index + 1}` : name)),
    skip: isNative ? headLines(dialect) : 0,
    utf8: end.encoding !== 'binary',
    warnings,
  }
}

export const noRecords = (name: string): AppError =>
  new AppError('FILE_NO_RECORDS', `${name} has a header and no record below it.`, { place: { file: name } })

function sameCompression(files: SourceFile[]) {
  const [first, ...rest] = files as [SourceFile, ...SourceFile[]]
  const other = rest.find(({ compression }) => compression !== first.compression)
  if (!other) return first.compression
  throw new AppError(
    'USAGE',
    `${first.name} and ${other.name} are compressed in different ways: move them one after the other.`,
    inFile(other),
  )
}

/** Files of one pattern are read as one, so every header must say the same. */
function requireSameLayout(file: SourceFile, other: Sniffed, first: SourceFile, sniffed: Sniffed): void {
  const same =
    other.names.length === sniffed.names.length &&
    (!sniffed.dialect.header || other.names.every((name, index) => name === sniffed.names[index]))
  if (same) return
  throw new AppError(
    'RECORD_MALFORMED',
    `${file.name} has other columns (${other.names.join(', ')}) than ${first.name} (${sniffed.names.join(', ')}).`,
    { place: { file: file.name, line: sniffed.dialect.skipLines + 1 } },
  )
}

const inFile = ({ name }: SourceFile) => ({ place: { file: name } })
