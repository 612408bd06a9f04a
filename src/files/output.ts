import { createHash, type Hash } from 'node:crypto'
import { writeSync } from 'node:fs'
import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGzip, createZstdCompress } from 'node:zlib'
import type { Compression } from '../shared/index.ts'

/** bytes */
const chunkSize = 65_536

/** A file that is being written, compressed as its name says. What it is given may be overwritten afterwards. */
export interface Output {
  write(bytes: Uint8Array): Promise<void>
  /** All of it has been written then. */
  end(): Promise<void>
}

/** A descriptor, which is left open. */
export class Plain implements Output {
  bytes = 0
  readonly #descriptor: number
  readonly #hash: Hash | undefined

  constructor(descriptor: number, isHashed = false) {
    this.#descriptor = descriptor
    this.#hash = isHashed ? createHash('sha256') : undefined
  }

  write(bytes: Uint8Array): Promise<void> {
    this.append(bytes)
    return Promise.resolve()
  }

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor, bytes, at)
    this.#hash?.update(bytes)
    this.bytes += bytes.length
  }

  end(): Promise<void> {
    return Promise.resolve()
  }

  /** In hexadecimal; of a hashed one, once. */
  sha256(): string {
    return this.#hash?.digest('hex') ?? ''
  }
}

export function compressed(compression: Compression, file: Plain): Output {
  const packer = packerOf(compression)
  return packer ? new Packed(packer, file) : file
}

function packerOf(compression: Compression): Transform | undefined {
  // Levels as ClickHouse has them.
  if (compression === 'gzip') return createGzip({ level: 3, chunkSize })
  if (compression === 'zstd')
    return createZstdCompress({ chunkSize, params: { [constants.ZSTD_c_compressionLevel]: 3 } })
  return undefined
}

class Packed implements Output {
  readonly #packer: Transform
  readonly #packed: Promise<void>
  #taken: Promise<void> = Promise.resolve()

  constructor(packer: Transform, file: Plain) {
    this.#packer = packer
    this.#packed = pipeline(packer, async (packed: AsyncIterable<Uint8Array>) => {
      for await (const bytes of packed) file.append(bytes)
    })
    // Thrown by the next call.
    this.#packed.catch(() => undefined)
  }

  /** Compresses while the next piece is made. */
  async write(bytes: Uint8Array): Promise<void> {
    const copy = Buffer.from(bytes)
    await Promise.race([this.#taken, this.#packed])
    this.#taken = new Promise((resolve) => this.#packer.write(copy, () => resolve()))
  }

  async end(): Promise<void> {
    this.#packer.end()
    await this.#packed
  }
}
