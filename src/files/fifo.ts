import { execFile } from 'node:child_process'
import { closeSync, constants, openSync, rmSync } from 'node:fs'
import { promisify } from 'node:util'
import { AppError } from '../shared/index.ts'

const run = promisify(execFile)

/** Only its owner may use it. */
export async function makeFifo(path: string): Promise<void> {
  try {
    await run('mkfifo', ['-m', '600', path])
  } catch (cause) {
    const sentence =
      'This system has no mkfifo, which text that ClickHouse cannot read or write itself goes through.'
    throw new AppError('DIALECT_UNSUPPORTED', sentence, { cause })
  }
}

/** Whoever waits for the other end of the FIFO gets its end, and nobody will wait again. */
export function releaseFifo(path: string): void {
  try {
    const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    rmSync(path, { force: true })
    closeSync(both)
  } catch {
    // It is gone already.
  }
}
