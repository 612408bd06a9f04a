import { rmSync } from 'node:fs'

const patienceMs = 20_000
const pauseMs = 100

/**
 * Removes a folder with all that is in it. An embedded database that was let go ends by itself and writes
 * until then, so a folder that is not empty after all is removed again, for 20 s at most.
 */
export function removeFolder(path: string): void {
  const end = Date.now() + patienceMs
  for (;;) {
    try {
      rmSync(path, { recursive: true, force: true })
      return
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOTEMPTY' || Date.now() > end) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs)
    }
  }
}
