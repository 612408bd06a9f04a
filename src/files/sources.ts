import { lstat, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { AppError, type Compression } from '../shared/index.ts'
import { unpackBzip2 } from './bzip2.ts'
import { removeEntry } from './entries.ts'
import { fileError, notFound, notRegular, printable, translating } from './errors.ts'
import { type Fence, locate } from './locate.ts'
import { isPattern, matchingNames } from './pattern.ts'
import { describeFile, type SourceFile } from './source-file.ts'
import { openFifo, spool } from './spool.ts'

const standardInputName = 'standard input'

/** Reads streams once and remembers the copy: a second question about the same stream must not wait for a writer. */
export class Streams implements AsyncDisposable {
  readonly #allowed: boolean
  readonly #dataDir: string
  readonly #standardInput: NodeJS.ReadableStream | undefined
  readonly #closed = new AbortController()
  readonly #copies = new Map<string, Promise<SourceFile>>()

  constructor(allowed: boolean, dataDir: string, standardInput: NodeJS.ReadableStream | undefined) {
    this.#allowed = allowed
    this.#dataDir = dataDir
    this.#standardInput = standardInput
  }

  get allowed(): boolean {
    return this.#allowed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    for (const copy of await Promise.allSettled(this.#copies.values())) {
      if (copy.status === 'fulfilled') await removeEntry(copy.value.path)
    }
  }

  standardInput(signal?: AbortSignal): Promise<SourceFile> {
    const input = this.#standardInput
    if (!this.#allowed || input === undefined) {
      throw new AppError('FILE_NOT_REGULAR', 'Standard input can be read only on the command line.', {
        place: { file: standardInputName },
      })
    }
    return this.#once('-', signal, (ends) => spool(input, standardInputName, this.#dataDir, ends))
  }

  fifo(path: string, name: string, signal?: AbortSignal): Promise<SourceFile> {
    if (!this.#allowed) throw notRegular(name, 'a FIFO')
    return this.#once(path, signal, async (ends) =>
      spool(await openFifo(path, name), name, this.#dataDir, ends),
    )
  }

  /** The file, or for bzip2 a plain copy of it. */
  readable(file: SourceFile, signal?: AbortSignal): Promise<SourceFile> {
    if (file.compression !== 'bz2') return Promise.resolve(file)
    return this.#once(`bz2:${file.path}`, signal, (ends) => unpackBzip2(file, this.#dataDir, ends))
  }

  #once(
    key: string,
    signal: AbortSignal | undefined,
    copy: (ends: AbortSignal) => Promise<SourceFile>,
  ): Promise<SourceFile> {
    const known = this.#copies.get(key)
    if (known) return known
    const started = copy(AbortSignal.any(signal ? [signal, this.#closed.signal] : [this.#closed.signal]))
    this.#copies.set(key, started)
    started.catch(() => this.#copies.delete(key))
    return started
  }
}

export async function findSources(
  fence: Fence,
  streams: Streams,
  spec: string,
  signal?: AbortSignal,
): Promise<SourceFile[]> {
  const found = await findFiles(fence, streams, spec, signal)
  const files: SourceFile[] = []
  for (const file of found) files.push(await streams.readable(file, signal))
  return files
}

async function findFiles(
  fence: Fence,
  streams: Streams,
  spec: string,
  signal?: AbortSignal,
): Promise<SourceFile[]> {
  if (spec === '-') return [await streams.standardInput(signal)]
  const substituted = await substitutedFifo(fence, streams, spec)
  if (substituted !== undefined) return [await streams.fifo(substituted, spec, signal)]

  const { path, missing, tooLong } = await locate(fence, spec, 'source')
  if (missing === 0) {
    const stats = await translating(spec, 'source', () => lstat(path))
    return [stats.isFIFO() ? await streams.fifo(path, spec, signal) : await describeFile(path, spec)]
  }
  if (isPattern(spec)) return matchPattern(fence, spec, signal)
  if (tooLong)
    throw fileError('FILE_NOT_FOUND', spec, (shown) => `The name ${shown} is too long for any file.`)
  throw notFound(spec)
}

/** `<(command)` in a shell is a path like /dev/fd/63, whose link leads to no path: only the kernel can follow it. */
async function substitutedFifo(fence: Fence, streams: Streams, spec: string): Promise<string | undefined> {
  if (!streams.allowed || fence.root !== undefined || spec.includes('\0')) return undefined
  const path = isAbsolute(spec) ? spec : `${fence.cwd}/${spec}`
  try {
    return (await stat(path)).isFIFO() ? path : undefined
  } catch {
    // Said properly when the path is resolved.
    return undefined
  }
}

async function matchPattern(fence: Fence, pattern: string, signal?: AbortSignal): Promise<SourceFile[]> {
  const files: SourceFile[] = []
  for (const name of await matchingNames(fence, pattern, signal)) {
    const { path, missing } = await locate(fence, name, 'source')
    if (missing > 0) throw notFound(name)
    const stats = await translating(name, 'source', () => lstat(path))
    if (!stats.isDirectory()) files.push(await describeFile(path, name))
  }
  if (files.length === 0) {
    throw fileError('FILE_NOT_FOUND', pattern, (shown) => `No file matches the pattern ${shown}.`)
  }
  requireOneCompression(files, pattern)
  return files
}

function requireOneCompression(files: SourceFile[], pattern: string): void {
  const [first] = files
  const other = files.find((file) => file.compression !== first?.compression)
  if (first === undefined || other === undefined) return
  const shown = (file: SourceFile) => `"${printable(file.name)}" (${inWords(file.compression)})`
  throw new AppError(
    'USAGE',
    `The files of one pattern must be compressed alike: ${shown(first)} and ${shown(other)} are not.`,
    { place: { file: printable(pattern) } },
  )
}

function inWords(compression: Compression): string {
  return compression === 'none' ? 'not compressed' : compression
}
