import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, rmSync, statSync } from 'node:fs'

/**
 * The life-line is a FIFO. The server's standard input is its only reader; every Flathouse process that uses the server
 * holds it open for writing and never writes. The kernel counts: the server reads end of file when the last writer is
 * gone, whether it closed, crashed or was killed. Node opens every file close-on-exec, so no child inherits a write end.
 */
export interface Lifeline {
  /** To be the server's standard input; the starter closes it once the server is spawned. 'pipe' without FIFOs. */
  readonly stdin: number | 'pipe'
  /** Our write end; undefined without FIFOs. */
  readonly writeFd: number | undefined
}

/** Makes the life-line of a new server. Where mkfifo is missing it is a plain pipe: nobody else can attach. */
export function createLifeline(path: string): Lifeline {
  if (!makeFifo(path)) return { stdin: 'pipe', writeFd: undefined }
  // Opening one end waits for the other, unless some descriptor already holds both. Non-blocking mode is no way out:
  // it belongs to the open file, which the server would share.
  const both = openSync(path, constants.O_RDWR)
  try {
    const stdin = openSync(path, constants.O_RDONLY)
    return { stdin, writeFd: openSync(path, constants.O_WRONLY) }
  } finally {
    closeSync(both)
  }
}

/** A write end of a running server's life-line, or undefined when nobody reads it: no server. */
export function joinLifeline(path: string): number | undefined {
  if (!isFifo(path)) return undefined
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (['ENXIO', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

function isFifo(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false
}

function makeFifo(path: string): boolean {
  if (isFifo(path)) return true
  rmSync(path, { force: true })
  return spawnSync('mkfifo', ['-m', '600', path], { stdio: 'ignore' }).status === 0
}
