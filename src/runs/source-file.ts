import { sniff, type Head, type Sniffed } from '../core/dialect/index.ts'
import { literal } from '../core/sql/index.ts'
import { firstRepeated, requireSupported, type FileFacts } from '../core/transfer/index.ts'
import type { Server } from '../clickhouse/index.ts'
import {
  baseExtension,
  readHead,
  requireComplete,
  type Mount,
  type SourceFile,
  type Workspace,
} from '../files/index.ts'
import { AppError, type DialectChoice, type FileEnd } from '../shared/index.ts'

/** The sniffer looks at no more than this. */
const headBytes = 1_048_576

/** A file end that has been found, mounted and sniffed. */
export interface OpenSource extends AsyncDisposable {
  files: SourceFile[]
  mount: Mount
  sniffed: Sniffed
  facts: FileFacts
  /** Of all files together. */
  bytes: number
}

/**
 * Finds the files, gives them to the embedded server and sniffs their layout.
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
  const [first] = files as [SourceFile, ...SourceFile[]]
  const sniffed = await sniffFile(first, end.dialect, workspace, embedded)
  const facts = describe(first, files, sniffed, end)
  for (const file of files.slice(1)) await requireSameLayout(file, first, sniffed, workspace, embedded)
  const mount = await workspace.mount(files)
  return {
    files,
    mount,
    sniffed,
    facts: { ...facts, mountPath: mount.path },
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    [Symbol.asyncDispose]: () => mount[Symbol.asyncDispose](),
  }
}

async function sniffFile(
  file: SourceFile,
  choice: DialectChoice,
  workspace: Workspace,
  embedded: Server,
): Promise<Sniffed> {
  const head = await headOf(file, workspace, embedded)
  requireRecordEnd(head, file)
  return sniff(head, { choice, extension: baseExtension(file.name) })
}

async function headOf(file: SourceFile, workspace: Workspace, embedded: Server): Promise<Head> {
  if (file.compression === 'none') {
    const bytes = await readHead(file, headBytes)
    return { bytes, complete: bytes.length === file.size }
  }
  await using mount = await workspace.mount([file])
  // RowBinary of single bytes: the only format that gives a file's bytes as they are, and stops after enough of them.
  const source = `file(${[mount.path, 'RowBinary', 'b UInt8', file.compression].map(literal).join(', ')})`
  const bytes = `SELECT char(b) AS byte FROM ${source} LIMIT ${headBytes}`
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
  { dialect, encoding, names, sample, warnings }: Sniffed,
  end: FileEnd,
): Omit<FileFacts, 'mountPath'> {
  requireSupported(dialect, file.name)
  if (
    encoding !== 'utf-8' &&
    encoding !== 'utf-8-bom' &&
    (end.encoding !== 'binary' || encoding.startsWith('utf-16'))
  ) {
    throw new AppError(
      'FILE_ENCODING',
      `${file.name} is not UTF-8 text (it looks like ${encoding}).`,
      inFile(file),
    )
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
  const headerLines = dialect.header ? names.join('').split('\n').length : 0
  return {
    label: file.name,
    compression: sameCompression(files),
    dialect,
    names: names.map((name, index) => (name === '' ? `c${index + 1}` : name)),
    skip: dialect.skipLines + headerLines,
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
async function requireSameLayout(
  file: SourceFile,
  first: SourceFile,
  sniffed: Sniffed,
  workspace: Workspace,
  embedded: Server,
): Promise<void> {
  const other = await sniffFile(file, sniffed.dialect, workspace, embedded)
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
