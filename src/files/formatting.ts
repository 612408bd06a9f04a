import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WrittenKind } from '../core/dialect/index.ts'
import {
  AppError,
  toAppError,
  type Compression,
  type Dialect,
  type Encoding,
  type Split,
} from '../shared/index.ts'
import { fileError, printable, translate, translating } from './errors.ts'
import { makeFifo } from './fifo.ts'
import type { SplitNames } from './part-names.ts'

/** How the formatter writes what ClickHouse itself cannot. */
export interface FormatJob {
  dialect: Dialect
  encoding: Encoding
  compression: Compression
  /** One per column; null when what comes is in the dialect already. */
  kinds: (WrittenKind | null)[] | null
  /** Into several files. */
  split?: SplitJob
}

export interface SplitJob {
  limits: Split
  names: SplitNames
  mostFiles: number
  /** The folder of the files: its path, and a way to it that does not change. */
  path: string
  folder: string
  /** Where a link to each unfinished file is left. */
  links: string
  /** Left out: as new files have it. */
  mode?: number
}

/** One of several files, which has its name not yet. */
export interface WrittenPart {
  name: string
  rows: number
  /** As they are on the disk. */
  bytes: number
  /** Of those bytes, in hexadecimal. */
  sha256: string
}

/** What the formatter says when it has written all. */
export interface FormatResult {
  kind: 'written'
  /** Records that are in the files, headers not counted. */
  rows: number
  parts: WrittenPart[]
}

/** What the formatter says before it ends without having written all. */
export type FormatFault =
  | { kind: 'value'; row: number; column?: number; reason: string }
  | { kind: 'system'; errno: string }
  | { kind: 'too-many-files' }
  | { kind: 'defect'; stack: string }

/** An export that goes through a formatter. Leaving its scope ends the formatter. */
export interface Formatting extends AsyncDisposable {
  /** Aborted when it fails: the embedded server does not notice that nobody reads what it writes (seen on 26.7). */
  readonly failed: AbortSignal
  /**
   * Waits until everything that the server wrote is in the file.
   *
   * @throws {AppError} VALUE_UNWRITABLE, DISK_FULL, …
   */
  finish(): Promise<FormatResult>
  /** Ends it, and says why it had failed, if it had. */
  end(): Promise<AppError | undefined>
}

export interface FormatPlace {
  /** What a person calls the file. */
  name: string
  /** Of the one file, which is written from the beginning. */
  handle?: FileHandle
  fifo: string
  /** The names of the columns as they are in the file. */
  columns: readonly string[]
}

export async function startFormatting(place: FormatPlace, job: FormatJob): Promise<Formatting> {
  const { name, handle, fifo } = place
  await translating(name, 'data', () => makeFifo(fifo))
  const ends = openEnds(fifo)
  const child = spawn(process.execPath, [...smallHeap, programPath()], {
    // A terminal's Ctrl-C goes to the whole process group, and what we cancel must end in order.
    detached: true,
    env: {},
    stdio: [ends.read, handle?.fd ?? 'ignore', 'ignore', 'ipc'],
  })
  closeSync(ends.read)
  // One that cannot be told has ended, which is noticed anyway.
  child.send(job, () => undefined)
  return new Running(child, ends.write, place)
}

/** With V8's own limit for young objects, a stream of them piles up to 260 MB before it is collected (measured on 24.21). */
const smallHeap = ['--max-semi-space-size=4']

/** formatter.ts here, formatter.js in the published package. */
const programPath = () => fileURLToPath(new URL(`./formatter${extname(import.meta.url)}`, import.meta.url))

/**
 * The formatter reads the end of the stream when the last writer is gone. We are one until the server has written all,
 * so that it never sees an end before the server has begun.
 */
function openEnds(fifo: string): { read: number; write: number } {
  // Opening one end waits for the other, unless some descriptor already holds both.
  const both = openSync(fifo, constants.O_RDWR)
  try {
    return { read: openSync(fifo, constants.O_RDONLY), write: openSync(fifo, constants.O_WRONLY) }
  } finally {
    closeSync(both)
  }
}

class Running implements Formatting {
  readonly #child: ChildProcess
  readonly #place: FormatPlace
  readonly #failure: Promise<AppError | undefined>
  readonly #failing = new AbortController()
  #said: FormatFault | FormatResult | undefined
  #writeEnd: number | undefined
  #isEnded = false

  constructor(child: ChildProcess, writeEnd: number, place: FormatPlace) {
    this.#child = child
    this.#writeEnd = writeEnd
    this.#place = place
    this.#failure = this.#outcome()
    void this.#failure.then((failure) => {
      if (failure) this.#failing.abort(failure)
    })
  }

  get failed(): AbortSignal {
    return this.#failing.signal
  }

  async finish(): Promise<FormatResult> {
    this.#release()
    const failure = await this.#failure
    if (failure) throw failure
    if (this.#said?.kind === 'written') return this.#said
    throw broken(this.#place, 'it was ended')
  }

  async end(): Promise<AppError | undefined> {
    this.#isEnded = true
    this.#release()
    this.#child.kill('SIGKILL')
    return this.#failure
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }

  #outcome(): Promise<AppError | undefined> {
    this.#child.on('message', (said: FormatFault | FormatResult) => (this.#said = said))
    return new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(toAppError(error)))
      this.#child.once('close', (code, signal) => {
        if (this.#said) resolve(explain(this.#said, this.#place))
        else if (this.#isEnded) resolve(undefined)
        else resolve(broken(this.#place, `it ended with ${signal ?? code}`))
      })
    })
  }

  #release(): void {
    if (this.#writeEnd !== undefined) closeSync(this.#writeEnd)
    this.#writeEnd = undefined
  }
}

function explain(said: FormatFault | FormatResult, place: FormatPlace): AppError | undefined {
  switch (said.kind) {
    case 'written':
      return undefined
    case 'value':
      return unwritable(said, place)
    case 'system':
      return translate(Object.assign(new Error(said.errno), { code: said.errno }), place.name, 'target')
    case 'too-many-files':
      return fileError('USAGE', place.name, (shown) => `${shown} would be split into too many files.`)
    case 'defect':
      return broken(place, said.stack)
  }
}

function unwritable({ row, column, reason }: FormatFault & { kind: 'value' }, place: FormatPlace): AppError {
  const file = printable(place.name)
  const name = column === undefined ? undefined : place.columns[column]
  const shown = JSON.stringify(printable(name ?? ''))
  const what =
    name === undefined
      ? `Row ${row}`
      : row === 0
        ? `The name ${shown}`
        : `The value of ${shown} in row ${row}`
  return new AppError('VALUE_UNWRITABLE', `${what} cannot be written to "${file}": ${reason}.`, {
    place: { file, ...(name !== undefined && { column: name }) },
  })
}

const broken = ({ name }: FormatPlace, detail: string): AppError => {
  const file = printable(name)
  const sentence = `"${file}" could not be written: the process that formats it broke down.`
  return new AppError('INTERNAL', sentence, { place: { file }, detail })
}
