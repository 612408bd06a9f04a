import { closeSync, constants, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { Socket } from 'node:net'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import { claimEntry, removeEntry } from './entries.ts'
import { translating } from './errors.ts'
import { makeFifo } from './fifo.ts'
import type { MountRoot } from './mounts.ts'

/** A way for bytes out of the embedded server, which may open and close its end as often as it likes. */
export interface Passage extends AsyncDisposable {
  /** For the server to write to. */
  readonly path: string
  /** What it writes. When this is destroyed, the rest is thrown away. */
  readonly data: Readable
  /** Nothing more comes: what has been written is the end. */
  end(): void
}

export async function openPassage(dataDir: string, root: MountRoot): Promise<Passage> {
  const folder = claimEntry(dataDir, 'mounts')
  const fifo = join(folder, 'passage')
  await translating(dataDir, 'data', async () => {
    await mkdir(folder, { mode: 0o700 })
    await makeFifo(fifo)
  })
  const data = readerOf(fifo, constants.O_RDONLY)
  // Whoever opens a FIFO that nobody reads waits for a reader, and the kill of a query does not end that.
  let rest: Socket | undefined
  let isOver = false
  data.once('close', () => {
    if (!isOver) rest = discard(fifo)
  })
  // The end is seen when the last writer is gone: as long as this one is open, there is none.
  let writeEnd: number | undefined = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK)
  const end = () => {
    if (writeEnd !== undefined) closeSync(writeEnd)
    writeEnd = undefined
  }
  const passage: Passage = {
    path: join(root.path, basename(folder), basename(fifo)),
    data,
    end,
    [Symbol.asyncDispose]: async () => {
      isOver = true
      data.destroy()
      rest?.destroy()
      end()
      root.open.delete(passage)
      await removeEntry(folder)
    },
  }
  root.open.add(passage)
  return passage
}

/** Who reads it hears of its error; when nobody does any more, that is no reason for the process to end. */
function readerOf(fifo: string, mode: number): Socket {
  const fd = openSync(fifo, mode | constants.O_NONBLOCK)
  return new Socket({ fd, writable: false }).on('error', () => undefined)
}

/** Reads on, whoever else comes and goes: for want of a writer it would see an end. */
function discard(fifo: string): Socket | undefined {
  try {
    return readerOf(fifo, constants.O_RDWR).resume()
  } catch {
    // Somebody has removed the folder, and nobody comes to this FIFO any more.
    return undefined
  }
}
