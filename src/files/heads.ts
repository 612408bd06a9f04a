import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { constants, createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib'
import { type Compression, maxHeadBytes } from '../shared/index.ts'
import { compressionOf } from './compression.ts'
import { claimEntry, removeEntry } from './entries.ts'
import { fileError, translating } from './errors.ts'
import { emptyFile, type SourceFile } from './source-file.ts'
import { cleanName } from './upload-name.ts'

/** More than one person looks at in a while; the oldest goes first. */
const maxKept = 20
/** What is looked at of a compressed head: a small one can hold a thousand times its size. */
const maxText = 4 * maxHeadBytes
const newline = 10
const carriageReturn = 13
const quote = 34

const headPath = /^head:[0-9a-f-]{36}\/(.*)$/s

/** Whether a path stands for the beginning of a file and not for all of it. */
export const isHead = (spec: string): boolean => headPath.test(spec)

/** The beginnings of files that are still being sent, so that they can be previewed at once. */
export class Heads implements AsyncDisposable {
  readonly #dataDir: string
  readonly #kept = new Map<string, SourceFile>()

  constructor(dataDir: string) {
    this.#dataDir = dataDir
  }

  /** Keeps a head as plain text and gives the path that stands for it. */
  async keep(sent: string, bytes: Buffer): Promise<string> {
    const name = cleanName(sent)
    if (bytes.length === 0) throw emptyFile(name)
    const text = await textOf(name, bytes)
    const path = claimEntry(this.#dataDir, 'spool')
    await translating(name, 'spool', () => writeFile(path, text, { flag: 'wx', mode: 0o600 }))
    const spec = `head:${randomUUID()}/${name}`
    this.#kept.set(spec, { name, path, size: text.length, mtimeMs: Date.now(), compression: 'none' })
    await this.#dropOldest()
    return spec
  }

  /** Undefined for what is no head's path. */
  find(spec: string): SourceFile | undefined {
    const name = headPath.exec(spec)?.[1]
    if (name === undefined) return undefined
    const found = this.#kept.get(spec)
    if (found) return found
    throw fileError('FILE_NOT_FOUND', name, (shown) => `The beginning of ${shown} is not kept any more.`)
  }

  async #dropOldest(): Promise<void> {
    for (const [spec, { path }] of [...this.#kept].slice(0, -maxKept)) {
      this.#kept.delete(spec)
      await removeEntry(path)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { path } of this.#kept.values()) await removeEntry(path)
    this.#kept.clear()
  }
}

async function textOf(name: string, bytes: Buffer): Promise<Buffer> {
  const compression = compressionOf(name)
  const text = compression === 'none' ? bytes : await unpack(name, compression, bytes)
  // A head that is not full is the whole file, whose last line may lack its end.
  const isWhole = bytes.length < maxHeadBytes && text.length < maxText
  return isWhole ? text : text.subarray(0, lastRecordEnd(name, text))
}

const unpackers: Partial<Record<Compression, () => Gunzip | ZstdDecompress>> = {
  gzip: () => createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }),
  zstd: () => createZstdDecompress({ finishFlush: constants.ZSTD_e_continue }),
}

/** As much of the text as its beginning holds, within bounds. */
async function unpack(name: string, compression: Compression, bytes: Buffer): Promise<Buffer> {
  const open = unpackers[compression]
  if (open === undefined) {
    const sentence = (shown: string) =>
      `${shown} is compressed as ${compression} and can be read when it is there as a whole.`
    throw fileError('UPLOAD_UNFINISHED', name, sentence)
  }
  const parts: Buffer[] = []
  let [length, position] = [0, 0]
  try {
    // A zstd file may consist of several frames, and a stream ends with its frame.
    while (position < bytes.length && length < maxText) {
      const unpacked = open()
      unpacked.end(bytes.subarray(position))
      for await (const part of unpacked as AsyncIterable<Buffer>) {
        parts.push(part)
        length += part.length
        if (length >= maxText) break
      }
      position += Math.max(1, unpacked.bytesWritten)
    }
  } catch (error) {
    const sentence = (shown: string) => `${shown} cannot be decompressed as ${compression}: it is damaged.`
    throw fileError('FILE_DAMAGED', name, sentence, error)
  }
  if (length === 0) throw emptyFile(name)
  return Buffer.concat(parts).subarray(0, maxText)
}

/** The end of the last line that no quoted value goes on from; where quotes are only text, of the last line. */
function lastRecordEnd(name: string, text: Buffer): number {
  const lineEnd = text.includes(newline) ? newline : carriageReturn
  const last = text.lastIndexOf(lineEnd) + 1
  let isQuoted = false
  let end = 0
  for (let at = 0; at < last; at++) {
    if (text[at] === quote) isQuoted = !isQuoted
    else if (text[at] === lineEnd && !isQuoted) end = at + 1
  }
  if (last === 0) {
    throw fileError('RECORD_TOO_LARGE', name, (shown) => `The first line of ${shown} is longer than 1 MiB.`)
  }
  const isFarBack = last - end > last / 16
  return isFarBack ? last : end
}
