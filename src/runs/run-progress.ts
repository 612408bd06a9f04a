import type { Progress, Report, RunProgress, RunStatus, Transfer } from '../shared/index.ts'
import { RateCurve } from './rate-curve.ts'

/** Of the whole run, when a file is first read for its types, and then again for its rows. */
const typesShare = 0.4
/** What is left for checking and committing. */
const mostBeforeEnd = 0.99
const recentMs = 5000
/** Servers are asked several times a second: one that has said nothing for so long is stuck. */
const stuckAfterMs = 1000

type Counts = Pick<RunProgress, 'rows' | 'bytes' | 'totalRows' | 'totalBytes'>

const nothing: Counts = { rows: 0, bytes: 0, totalRows: null, totalBytes: null }

interface Moment {
  at: number
  rows: number
  bytes: number
  fraction: number
}

/** Makes of what a run tells one account that only goes forward, until it begins again. All times are in ms of one clock. */
export class RunMeter {
  readonly #hasTotal: boolean
  #phase: RunStatus = 'queued'
  #startedAt: number | undefined
  #elapsedMs: number | undefined
  #counts: Counts = nothing
  #fraction: number | null = null
  #readTypes = false
  #recent: Moment[] = []
  #curve: RateCurve | undefined

  constructor(transfer: Transfer) {
    this.#hasTotal = movesAllRows(transfer)
  }

  enter(status: RunStatus, at: number): void {
    this.#phase = status
    this.#startedAt ??= at
    if (status !== 'ingesting') return
    this.#curve = new RateCurve(at)
    if (this.#readTypes) this.#reach(typesShare)
    // Rows and bytes begin only now.
    this.#recent = []
    this.#remember(at)
  }

  /** Another attempt: what has arrived so far is given up, and only the time goes on. */
  beginAgain(): void {
    this.#phase = 'connecting'
    this.#counts = nothing
    this.#fraction = null
    this.#readTypes = false
    this.#recent = []
    this.#curve = undefined
  }

  advance(progress: Progress, at: number): void {
    if (this.#phase === 'fetching') {
      this.#readTypes = true
      if (progress.fraction !== null) this.#reach(progress.fraction * typesShare)
      this.#counts.totalBytes ??= progress.totalBytes
    }
    if (this.#phase === 'ingesting') {
      this.#count(progress)
      const before = this.#readTypes ? typesShare : 0
      if (progress.fraction !== null) this.#reach(before + progress.fraction * (mostBeforeEnd - before))
      this.#curve?.add(at, this.#counts.rows)
    }
    this.#remember(at)
  }

  end({ status, rowsWritten, bytesRead, durationMs }: Report, at: number): void {
    this.#elapsedMs = durationMs
    if (status === 'completed') {
      const rows = Math.max(this.#counts.rows, rowsWritten)
      const bytes = Math.max(this.#counts.bytes, bytesRead)
      this.#counts = { ...this.#counts, rows, bytes, totalRows: rows }
      this.#fraction = 1
    }
    this.#phase = status
    this.#curve?.add(at, this.#counts.rows)
  }

  view(at: number): RunProgress {
    const elapsedMs = this.#elapsedMs ?? Math.max(0, at - (this.#startedAt ?? at))
    return {
      ...this.#counts,
      fraction: this.#fraction,
      ...this.#speed(at),
      elapsedMs: Math.round(elapsedMs),
      rates: this.#curve?.rates ?? [],
    }
  }

  #count({ rows, bytes, totalRows, totalBytes }: Progress): void {
    const now = this.#counts
    this.#counts = {
      rows: Math.max(now.rows, rows),
      bytes: Math.max(now.bytes, bytes),
      totalRows: this.#hasTotal ? totalRows : null,
      totalBytes,
    }
  }

  #reach(fraction: number): void {
    this.#fraction = Math.max(this.#fraction ?? 0, Math.min(fraction, mostBeforeEnd))
  }

  #remember(at: number): void {
    const { rows, bytes } = this.#counts
    this.#recent = this.#recent.filter((moment) => moment.at >= at - recentMs)
    this.#recent.push({ at, rows, bytes, fraction: this.#fraction ?? NaN })
  }

  #speed(at: number): Pick<RunProgress, 'rowsPerSecond' | 'bytesPerSecond' | 'secondsLeft'> {
    const first = this.#recent.find((moment) => moment.at >= at - recentMs)
    const last = this.#recent.at(-1)
    const isMoving = this.#phase === 'fetching' || this.#phase === 'ingesting'
    if (!first || !last || !isMoving) return { rowsPerSecond: 0, bytesPerSecond: 0, secondsLeft: null }
    const seconds = ((at - last.at > stuckAfterMs ? at : last.at) - first.at) / 1000
    const perSecond = (key: 'rows' | 'bytes' | 'fraction') =>
      seconds > 0 ? (last[key] - first[key]) / seconds : 0
    const gain = perSecond('fraction')
    return {
      rowsPerSecond: Math.round(perSecond('rows')),
      bytesPerSecond: Math.round(perSecond('bytes')),
      secondsLeft: gain > 0 ? (1 - last.fraction) / gain : null,
    }
  }
}

/** A filter, a join or a query reads other rows than it gives: how many it will give is not known. */
function movesAllRows(transfer: Transfer): boolean {
  if (transfer.direction !== 'export') return true
  const { source, filter, where, limit } = transfer
  const isWhole = source.kind === 'table' && (source.joins ?? []).length === 0
  return isWhole && filter === undefined && where === undefined && limit === undefined
}
