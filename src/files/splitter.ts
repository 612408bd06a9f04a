import { closeSync, fchmodSync, fsync, openSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Cutter, UnwritableValue } from '../core/dialect/index.ts'
import { contentOf, type Content } from './content.ts'
import type { FormatJob, SplitJob, WrittenPart } from './formatting.ts'
import { compressed, Plain, type Output } from './output.ts'
import { partOf, partLinkOf, splitName } from './part-names.ts'

/** Writes records into one file after the other, each with the header. What it gives is synced. */
export async function writeSplit(
  pieces: Iterable<Buffer, undefined>,
  job: FormatJob,
  split: SplitJob,
): Promise<WrittenPart[]> {
  const cutter = new Cutter(split.limits, job.kinds !== null || job.dialect.quote !== null)
  const source = pieces[Symbol.iterator]()
  const { header, rest } = takeHeader(source, job.dialect.header ? cutter : undefined)
  const series = new Series(job, split, header)
  for (let piece: Buffer | undefined = rest; piece; piece = next(source)) {
    for (let at = 0; at < piece.length;) {
      const file = await series.file()
      const { end, isFull } = cutter.take(piece, at, file.bytes)
      await file.add(piece.subarray(at, end))
      at = end
      if (!isFull) continue
      await series.endFile(cutter.rows)
      cutter.next()
    }
  }
  return await series.end(cutter.rows)
}

function next(source: Iterator<Buffer, undefined>): Buffer | undefined {
  const result = source.next()
  return result.done ? undefined : result.value
}

/** The header, which every file has, and what came with its end. */
function takeHeader(
  source: Iterator<Buffer, undefined>,
  cutter: Cutter | undefined,
): { header: Buffer; rest: Buffer } {
  let start = Buffer.alloc(0)
  for (let end = cutter ? -1 : 0; ; end = cutter?.headerEnd(start) ?? 0) {
    if (end >= 0) return { header: start.subarray(0, end), rest: start.subarray(end) }
    const piece = next(source)
    if (!piece) return { header: start, rest: Buffer.alloc(0) }
    start = Buffer.concat([start, piece])
  }
}

/** A disk takes many small files together about as fast as one. */
const mostSyncing = 16

class Series {
  readonly #job: FormatJob
  readonly #split: SplitJob
  readonly #header: Buffer
  readonly #parts: WrittenPart[] = []
  #rows = 0
  #file: PartFile | undefined
  /** The last files are synced while the next ones are written. */
  readonly #syncing: Promise<void>[] = []

  constructor(job: FormatJob, split: SplitJob, header: Buffer) {
    this.#job = job
    this.#split = split
    this.#header = header
  }

  /** The present one, or the next. */
  async file(): Promise<PartFile> {
    if (this.#file) return this.#file
    const number = this.#parts.length + 1
    if (number > this.#split.mostFiles) throw new TooManyFiles()
    const file = new PartFile(this.#job, this.#split, number, this.#rows)
    await file.begin(this.#header)
    return (this.#file = file)
  }

  async endFile(rows: number): Promise<void> {
    const file = await this.file()
    const part = await file.end(rows)
    this.#file = undefined
    this.#parts.push(part)
    this.#rows += rows
    if (this.#syncing.length === mostSyncing) await this.#syncing.shift()
    const syncing = file.sync()
    syncing.catch(() => undefined)
    this.#syncing.push(syncing)
  }

  /** Without any record there is still a file. */
  async end(rows: number): Promise<WrittenPart[]> {
    if (this.#file || this.#parts.length === 0) await this.endFile(rows)
    await Promise.all(this.#syncing)
    return this.#parts
  }
}

/** More than are allowed would have to be written. */
export class TooManyFiles extends Error {}

const syncFile = promisify(fsync)

class PartFile {
  /** Before compression. */
  bytes = 0
  readonly #name: string
  readonly #descriptor: number
  readonly #plain: Plain
  readonly #output: Output
  readonly #content: Content
  readonly #rowsBefore: number

  constructor(job: FormatJob, split: SplitJob, number: number, rowsBefore: number) {
    this.#name = splitName(split.names, number)
    this.#rowsBefore = rowsBefore
    const part = partOf(this.#name)
    // By which a later process knows that the file is ours to delete, so it comes first.
    symlinkSync(join(split.path, part), join(split.links, partLinkOf(number)))
    this.#descriptor = openSync(join(split.folder, part), 'wx', split.mode ?? 0o666)
    if (split.mode !== undefined) fchmodSync(this.#descriptor, split.mode)
    this.#plain = new Plain(this.#descriptor, true)
    this.#output = compressed(job.compression, this.#plain)
    this.#content = contentOf(job)
  }

  async begin(header: Buffer): Promise<void> {
    await this.#write(this.#content.mark)
    await this.add(header)
  }

  async add(bytes: Buffer): Promise<void> {
    await this.#write(this.#placed(() => this.#content.push(bytes)))
  }

  async end(rows: number): Promise<WrittenPart> {
    await this.#write(this.#placed(() => this.#content.end()))
    await this.#output.end()
    const { bytes } = this.#plain
    return { name: this.#name, rows: this.#content.rows ?? rows, bytes, sha256: this.#plain.sha256() }
  }

  async sync(): Promise<void> {
    await syncFile(this.#descriptor)
    closeSync(this.#descriptor)
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return
    this.bytes += bytes.length
    await this.#output.write(bytes)
  }

  /** Rows are counted through all files. */
  #placed(make: () => Uint8Array): Uint8Array {
    try {
      return make()
    } catch (error) {
      if (!(error instanceof UnwritableValue) || error.row === 0) throw error
      throw new UnwritableValue(error.row + this.#rowsBefore, error.column, error.message)
    }
  }
}
