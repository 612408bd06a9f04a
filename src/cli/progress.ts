import { SingleBar } from 'cli-progress'
import { retryLine } from '../runs/index.ts'
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
      tell(event, stream)
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
  let last = performance.now()
  return {
    onEvent(event) {
      phase.follow(event)
      tell(event, stream)
      if (event.type !== 'progress' || performance.now() - last < lineEveryMs) return
      last = performance.now()
      stream.write(`${phase.words(event.progress)}\n`)
    },
    end: () => undefined,
  }
}

function tell(event: RunEvent, stream: NodeJS.WriteStream): void {
  if (event.type === 'warning' || event.type === 'note') stream.write(`${event.message}\n`)
  if (event.type === 'retry') stream.write(`${retryLine(event)}\n`)
}

/** Rates count from the start of what is going on: a whole file may be read for its types before anything moves. */
class Phase {
  #started = performance.now()
  #name = ''

  follow(event: RunEvent): void {
    if (event.type !== 'status') return
    this.#started = performance.now()
    this.#name = event.status === 'fetching' ? 'finding types: ' : ''
  }

  /** Rows, bytes, rate and time left, as far as they are known. */
  words(progress: Progress): string {
    const elapsed = (performance.now() - this.#started) / 1000
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
