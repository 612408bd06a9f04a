import { SingleBar } from 'cli-progress'
import type { Progress, RunEvent } from '../shared/index.ts'
import { bytes, number, seconds } from './words.ts'

export interface Display {
  onEvent(event: RunEvent): void
  end(): void
}

/** A bar on a terminal; elsewhere a line now and then, so that a log shows that something goes on. */
export function showProgress(stream: NodeJS.WriteStream): Display {
  return stream.isTTY ? bar(stream) : lines(stream)
}

function bar(stream: NodeJS.WriteStream): Display {
  const started = Date.now()
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
      if (event.type === 'warning') stream.write(`${event.message}\n`)
      if (event.type !== 'progress') return
      if (!isShown) single.start(1, 0, { text: '' })
      isShown = true
      single.update(fraction(event.progress) ?? 0, { text: words(event.progress, started) })
    },
    end() {
      if (isShown) single.stop()
    },
  }
}

const lineEveryMs = 5000

function lines(stream: NodeJS.WriteStream): Display {
  const started = Date.now()
  let last = started
  return {
    onEvent(event) {
      if (event.type === 'warning') stream.write(`${event.message}\n`)
      if (event.type !== 'progress' || Date.now() - last < lineEveryMs) return
      last = Date.now()
      stream.write(`${words(event.progress, started)}\n`)
    },
    end: () => undefined,
  }
}

/** Rows, bytes, rate and time left, as far as they are known. */
function words(progress: Progress, started: number): string {
  const elapsed = (Date.now() - started) / 1000
  const done = fraction(progress)
  const parts = [
    `${number(progress.rows)} rows`,
    progress.totalBytes === null
      ? bytes(progress.bytes)
      : `${bytes(progress.bytes)} of ${bytes(progress.totalBytes)}`,
    `${bytes(progress.bytes / Math.max(elapsed, 0.1))}/s`,
  ]
  if (done !== undefined && done > 0.02) parts.push(`${seconds((elapsed / done) * (1 - done))} left`)
  return parts.join(', ')
}

function fraction({ rows, bytes: done, totalRows, totalBytes }: Progress): number | undefined {
  if (totalBytes !== null && totalBytes > 0) return Math.min(done / totalBytes, 1)
  return totalRows !== null && totalRows > 0 ? Math.min(rows / totalRows, 1) : undefined
}
