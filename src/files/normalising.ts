import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Normalisation } from '../core/dialect/index.ts'
import { AppError, type Compression, type Encoding } from '../shared/index.ts'
import { claimEntry, removeEntry } from './entries.ts'
import { errnoOf, fileError, translate, translating } from './errors.ts'
import { makeFifo, releaseFifo } from './fifo.ts'
import type { Fence } from './locate.ts'
import { lastingPath, type Mount, type MountRoot } from './mounts.ts'
import type { SourceFile } from './source-file.ts'

/** A file that the normaliser reads. */
export interface PackedFile {
  path: string
  compression: Compression
  encoding: Encoding
}

/** What the normaliser does. */
export interface NormalJob {
  files: PackedFile[]
  normalisation: Normalisation
  fifo: string
  /** Nothing is there; on the same file system. */
  nextFifo: string
}

/** Asked of the normaliser; what it said before its answer came before. */
export interface Question {
  question: number
}

export type Said =
  | { kind: 'share'; share: number }
  | { kind: 'answer'; question: number }
  | { kind: 'unreadable'; file: number; errno: string; detail: string }
  | { kind: 'defect'; stack: string }

/** Files as one stream of canonical CSV, for one reader after the other. */
export interface NormalMount extends Mount {
  /** How much of the files the last reader has got, 0…1. */
  readonly share: number
  /**
   * To be asked when a reader has come to the end, or has failed: whether what it read was all.
   *
   * @throws {AppError} FILE_DAMAGED, FILE_UNREADABLE, …
   */
  settled(): Promise<void>
}

/** What is normalised, and how. */
export interface Normalised {
  files: SourceFile[]
  /** Of each file. */
  encodings: Encoding[]
  normalisation: Normalisation
  unpack: Unpack
}

/** Unpacks a file to a path, for the embedded server: compressions that only it knows. */
export type Unpack = (file: SourceFile, to: string) => Promise<void>

export async function mountNormalised(
  fence: Fence,
  root: MountRoot,
  { files, encodings, normalisation, unpack }: Normalised,
): Promise<NormalMount> {
  const folder = claimEntry(fence.dataDir, 'mounts')
  const inRoot = join(root.path, basename(folder))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => removeEntry(folder))
  await translating(fence.dataDir, 'data', () => mkdir(folder, { mode: 0o700 }))
  const packed: PackedFile[] = []
  for (const [index, file] of files.entries()) {
    const encoding = encodings[index] ?? 'utf-8'
    if (['none', 'gzip', 'zstd'].includes(file.compression)) {
      packed.push({ path: await lastingPath(fence, file, stack), compression: file.compression, encoding })
    } else {
      const copy = `unpacked-${index + 1}`
      await unpack(file, join(inRoot, copy))
      packed.push({ path: join(folder, copy), compression: 'none', encoding })
    }
  }
  const [fifo, nextFifo] = [join(folder, 'records'), join(folder, 'next')]
  await translating(fence.dataDir, 'data', () => makeFifo(fifo))
  const child = new Normalising({ files: packed, normalisation, fifo, nextFifo }, files)
  stack.defer(() => child.end())
  const kept = stack.move()
  const mount: NormalMount = {
    path: join(inRoot, basename(fifo)),
    fileOf: (server) => files[(typeof server === 'number' ? server : Number(server)) - 1],
    get share() {
      return child.share
    },
    settled: () => child.settled(),
    [Symbol.asyncDispose]: async () => {
      await kept.disposeAsync()
      root.open.delete(mount)
    },
  }
  root.open.add(mount)
  return mount
}

/** normaliser.ts here, normaliser.js in the published package. */
const programPath = () => fileURLToPath(new URL(`./normaliser${extname(import.meta.url)}`, import.meta.url))

class Normalising {
  share = 0
  readonly #child: ChildProcess
  readonly #files: SourceFile[]
  readonly #ended: Promise<void>
  readonly #answered = new Map<number, () => void>()
  #questions = 0
  #failure: AppError | undefined

  constructor(job: NormalJob, files: SourceFile[]) {
    this.#files = files
    this.#child = spawn(process.execPath, ['--max-old-space-size=128', programPath()], {
      // A terminal's Ctrl-C goes to the whole process group, and what we cancel must end in order.
      detached: true,
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child.on('message', (said: Said) => this.#hear(said))
    this.#ended = new Promise((resolve) => {
      const ended = () => {
        this.#failure ??= this.#broken('it ended')
        releaseFifo(job.fifo)
        resolve()
      }
      this.#child.once('exit', ended).once('error', ended)
    })
    // One that cannot be told has ended, which is noticed anyway.
    this.#child.send(job, () => undefined)
  }

  async settled(): Promise<void> {
    const question = ++this.#questions
    const answer = new Promise<void>((resolve) => this.#answered.set(question, resolve))
    if (this.#child.connected) this.#child.send({ question } satisfies Question, () => undefined)
    await Promise.race([answer, this.#ended])
    this.#answered.delete(question)
    if (this.#failure) throw this.#failure
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  #hear(said: Said): void {
    switch (said.kind) {
      case 'share':
        this.share = said.share
        break
      case 'answer':
        this.#answered.get(said.question)?.()
        break
      case 'unreadable':
        this.#failure ??= this.#unreadable(said)
        break
      case 'defect':
        this.#failure ??= this.#broken(said.stack)
    }
  }

  #unreadable({ file, errno, detail }: Said & { kind: 'unreadable' }): AppError {
    const { name = '', compression } = this.#files[file] ?? {}
    const cause = Object.assign(new Error(detail), { code: errno })
    // What zlib says is no errno of the system.
    if (compression === 'none' || /^E[A-Z]+$/u.test(errnoOf(cause) ?? ''))
      return translate(cause, name, 'source')
    const sentence = (shown: string) =>
      `${shown} cannot be decompressed as ${compression}: it is damaged or not complete.`
    return fileError('FILE_DAMAGED', name, sentence, cause)
  }

  #broken(detail: string): AppError {
    const sentence = `The process that reads ${this.#files[0]?.name ?? ''} broke down.`
    return new AppError('INTERNAL', sentence, { detail })
  }
}
