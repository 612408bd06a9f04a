import { SingleBar } from 'cli-progress'
import type { Progress, RunEvent } from '../shared/index.ts'
import { bytes, number, seconds } from './words.ts'

export interface Display {
  onEvent: (event: RunEvent) => void
  end(): void
}

/** A bar on a terminal; elsewhere a line now and then, so that a log shows that something goes on. */
export function showProgress(stream: NodeJS.WriteStream): Display {
  return stream.isTTY ? bar(stream) : lines(stream)
}

function bar(stream: NodeJS.WriteStream): Display {
  const phase = new Phase()
  const single = new SingleBar({
    stream,
    clearOnComplete: true,
    hideCursor: true,
    fps: 10,
    format: '{bar} {text}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
  })
  let isShown = false
  return {
    onEvent(event) {
      phase.follow(event)
      if (event.type === 'warning') stream.write(`${event.message}\n`)
      if (event.type !== 'progress') return
      if (!isShown) single.start(1, 0, { text: '' })
      isShown = true
      single.update(event.progress.fraction ?? 0, { text: phase.words(event.progress) })
    },
    end() {
      if (isShown) single.stop()
    },
  }
}

const lineEveryMs = 5000

function lines(stream: NodeJS.WriteStream): Display {
  const phase = new Phase()
  let last = Date.now()
  return {
    onEvent(event) {
      phase.follow(event)
      if (event.type === 'warning') stream.write(`${event.message}\n`)
      if (event.type !== 'progress' || Date.now() - last < lineEveryMs) return
      last = Date.now()
      stream.write(`${phase.words(event.progress)}\n`)
    },
    end: () => undefined,
  }
}

/** Rates count from the start of what is going on: a whole file may be read for its types before anything moves. */
class Phase {
  #started = Date.now()
  #name = ''

  follow(event: RunEvent): void {
    if (event.type !== 'status') return
    this.#started = Date.now()
    this.#name = event.status === 'fetching' ? 'finding types: ' : ''
  }

  /** Rows, bytes, rate and time left, as far as they are known. */
  words(progress: Progress): string {
    const elapsed = (Date.now() - this.#started) / 1000
    const { fraction: done, totalBytes } = progress
    const size = bytes(progress.bytes) + (totalBytes === null ? '' : ` of ${bytes(totalBytes)}`)
    const parts = [
      `${number(progress.rows)} rows`,
      size,
      `${bytes(progress.bytes / Math.max(elapsed, 0.1))}/s`,
    ]
    if (done !== null && done > 0.02) parts.push(`${seconds((elapsed / done) * (1 - done))} left`)
    return this.#name + parts.join(', ')
  }
}
