/**
 * The child process that reads files: what ClickHouse itself cannot read goes out as canonical CSV through a FIFO, to every
 * reader anew. It is a program, not a module; normalising.ts starts it and sends it a `NormalJob`.
 */
import { createReadStream, renameSync, type ReadStream } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { Normaliser } from '../core/dialect/index.ts'
import { makeFifo } from './fifo.ts'
import { zstdFrames } from './frames.ts'
import type { NormalJob, PackedFile, Question, Said } from './normalising.ts'

/** bytes */
const pieceSize = 262_144
const shareMs = 200

/** No record: it makes the reader fail, so that what ends too early never looks like all of it. */
const poison = Buffer.from('damaged\n')

/** Nothing may hold up the end, not even an `open` that waits for a reader. */
const end = () => process.kill(process.pid, 'SIGKILL')
/** What cannot be said finds nobody: it may be known before the disconnect is. */
const say = (said: Said): void => void process.send?.(said, (error) => error && end())

process.on('disconnect', end)
process.on('message', (message: NormalJob | Question) => {
  if ('question' in message) say({ kind: 'answer', question: message.question })
  else serve(message).catch(fail)
})

function fail(error: unknown): void {
  const { stack = String(error) } = error as Error
  process.send?.({ kind: 'defect', stack } satisfies Said, end)
}

async function serve(job: NormalJob): Promise<never> {
  const sizes = await Promise.all(job.files.map(async ({ path }) => (await stat(path)).size))
  for (;;) {
    await using reader = await open(job.fifo, 'w')
    // Each reader has a FIFO of its own: the next one could otherwise get the rest of what this one leaves.
    await makeFifo(job.nextFifo)
    renameSync(job.nextFifo, job.fifo)
    await giveAll(job, sizes, reader)
  }
}

async function giveAll(job: NormalJob, sizes: number[], reader: FileHandle): Promise<void> {
  const output = new Output(reader)
  const meter = new Meter(sizes)
  try {
    for (const [index, file] of job.files.entries()) {
      await giveFile(file, new Normaliser(job.normalisation, file.encoding, index + 1), { output, meter })
      meter.pass(index)
    }
  } catch (error) {
    if (output.isClosed) return
    if (!(error instanceof Unreadable)) throw error
    say({ kind: 'unreadable', file: meter.file, errno: error.errno, detail: error.message })
    await output.write(poison)
  } finally {
    meter.stop()
    await output.settle()
  }
}

async function giveFile(
  file: PackedFile,
  normaliser: Normaliser,
  { output, meter }: { output: Output; meter: Meter },
): Promise<void> {
  for await (const piece of readable(unpacked(file, meter))) await output.write(normaliser.add(piece))
  await output.write(normaliser.end())
}

/** What has another compression was unpacked before. */
function unpacked({ path, compression }: PackedFile, meter: Meter): AsyncIterable<Buffer> {
  if (compression === 'zstd') return unpackedFrames(path, meter)
  const packed = createReadStream(path, { highWaterMark: pieceSize })
  meter.watch(packed)
  return compression === 'gzip' ? through(packed, createGunzip({ chunkSize: pieceSize })) : packed
}

/** Node's decoder ends with the first frame, and says nothing of the others (seen on 24.21). */
async function* unpackedFrames(path: string, meter: Meter): AsyncGenerator<Buffer> {
  await using handle = await open(path)
  const { size } = await handle.stat()
  for await (const { start, end } of zstdFrames(handle, size)) {
    const packed = createReadStream(path, { start, end: end - 1, highWaterMark: pieceSize })
    meter.watch(packed, start)
    yield* through(packed, createZstdDecompress({ chunkSize: pieceSize }))
  }
}

function through<Decoder extends Duplex>(packed: ReadStream, decoder: Decoder): Decoder {
  // Whoever reads the decoder is told.
  pipeline(packed, decoder).catch(() => undefined)
  return decoder
}

class Unreadable extends Error {
  readonly errno: string

  constructor(cause: NodeJS.ErrnoException) {
    super(cause.message, { cause })
    this.errno = cause.code ?? ''
  }
}

/** Tells what reading throws from what writing does. */
async function* readable(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* bytes
  } catch (error) {
    throw new Unreadable(error as NodeJS.ErrnoException)
  }
}

/** Writes while the next piece is made. */
class Output {
  isClosed = false
  readonly #reader: FileHandle
  #writing: Promise<void> = Promise.resolve()

  constructor(reader: FileHandle) {
    this.#reader = reader
  }

  /** `bytes` must stay as they are until the next call has returned. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#writing
    this.#writing = this.#write(bytes)
    // Thrown by the next call.
    this.#writing.catch(() => undefined)
  }

  /** A reader may have enough before the end. */
  async settle(): Promise<void> {
    await this.#writing.catch((error: unknown) => {
      if (!this.isClosed) throw error
    })
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let from = 0
    while (from < bytes.length) {
      const { bytesWritten } = await this.#reader.write(bytes, from).catch((error: unknown) => {
        this.isClosed = (error as NodeJS.ErrnoException).code === 'EPIPE'
        throw error
      })
      from += bytesWritten
    }
  }
}

/** Says how much of the files has been read. */
class Meter {
  file = 0
  readonly #sizes: number[]
  readonly #total: number
  readonly #timer: NodeJS.Timeout
  #before = 0
  #start = 0
  #stream: ReadStream | undefined

  constructor(sizes: number[]) {
    this.#sizes = sizes
    this.#total = sizes.reduce((sum, size) => sum + size, 0)
    this.#timer = setInterval(() => this.#say(), shareMs)
  }

  /** @param start where in the file it begins */
  watch(stream: ReadStream, start = 0): void {
    this.#stream = stream
    this.#start = start
  }

  pass(index: number): void {
    this.#before += this.#sizes[index] ?? 0
    this.#stream = undefined
    this.#start = 0
    this.file = index + 1
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#say()
  }

  #say(): void {
    const read = this.#before + this.#start + (this.#stream?.bytesRead ?? 0)
    say({ kind: 'share', share: Math.min(read / this.#total, 1) })
  }
}
