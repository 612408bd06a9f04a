import { randomUUID } from 'node:crypto'
import {
  AppError,
  toAppError,
  type LogLine,
  type Report,
  type Run,
  type RunEvent,
  type RunStatus,
  type Transfer,
} from '../shared/index.ts'
import type { StoredRun } from '../store/index.ts'
import { RunMeter } from './run-progress.ts'
import { completedLines, queuedLine, statusLine, tokenLine, typesLine } from './run-words.ts'
import { emptyReport, runTransfer, whatStays } from './run.ts'
import type { Surroundings } from './surroundings.ts'
import type { TokenWait, TokenWaiter } from './token-wait.ts'

const mostLines = 200
/** So that the time that has passed stays true when nothing else happens. */
const tickMs = 1000
/** For a new token of a saved connection. */
const tokenPatienceMs = 600_000

/** What somebody may want to know of a run at once. */
export interface Observer {
  onRun: () => void
  onLine: (line: LogLine) => void
  /** It came to another status, or it ended: worth keeping. */
  onStatus: () => void
}

/** A run of this process, from when it is queued until its end. */
export class LiveRun {
  readonly id = randomUUID()
  readonly transfer: Transfer
  readonly startedBy: string | null
  readonly #createdAt = new Date().toISOString()
  readonly #observer: Observer
  readonly #meter: RunMeter
  readonly #abort = new AbortController()
  #status: RunStatus = 'queued'
  #report: Report | null = null
  #waitsForToken: Run['waitsForToken'] = null
  #endedAt: string | null = null
  #log: LogLine[] = []
  #lines = 0
  #isStopped = false
  #readsTypes = false

  constructor(transfer: Transfer, startedBy: string | null, before: number, observer: Observer) {
    this.transfer = transfer
    this.startedBy = startedBy
    this.#observer = observer
    this.#meter = new RunMeter(transfer)
    this.#write('info', queuedLine(before))
  }

  get status(): RunStatus {
    return this.#status
  }

  get hasEnded(): boolean {
    return this.#endedAt !== null
  }

  /** As it stands now. */
  get run(): Run {
    return {
      id: this.id,
      transfer: this.transfer,
      status: this.#status,
      createdAt: this.#createdAt,
      startedBy: this.startedBy,
      endedAt: this.#endedAt,
      progress: this.#meter.view(performance.now()),
      waitsForToken: this.#waitsForToken,
      report: this.#report,
    }
  }

  get stored(): StoredRun {
    return { ...this.run, log: [...this.#log] }
  }

  /** Ends with the run, whatever comes of it. */
  async execute(surroundings: Surroundings): Promise<void> {
    const timer = setInterval(() => this.#observer.onRun(), tickMs)
    try {
      const report = await runTransfer(this.transfer, this.#patient(surroundings), {
        runId: this.id,
        signal: this.#abort.signal,
        onEvent: (event) => this.#follow(event),
      }).catch((error: unknown) => this.#empty('failed', toAppError(error)))
      if (!this.hasEnded) this.#end(this.#isStopped ? stopped(report) : report)
    } finally {
      clearInterval(timer)
    }
  }

  /** A person ends the run. Once the commit has begun it is too late, and the log says so. */
  cancel(): void {
    if (this.#status === 'committing') {
      this.#say('warning', 'It is too late to cancel: the commit has begun and is being completed.')
      return
    }
    if (this.#abort.signal.aborted) return
    this.#abort.abort()
    if (this.#status === 'queued') {
      const error = new AppError('CANCELLED', 'The transfer was cancelled before it began.')
      this.#end(this.#empty('cancelled', error))
    } else this.#say('info', 'Cancelling.')
  }

  /** The process stops. A commit that has begun is given the time to complete. */
  stop(): void {
    this.#isStopped = true
    if (this.#status === 'queued') this.giveUp('Flathouse was stopped before this run began.')
    else if (this.#status !== 'committing') this.#abort.abort()
  }

  /** The process will not see the end of it. */
  giveUp(message: string): void {
    this.#end(this.#empty('interrupted', new AppError('RUN_INTERRUPTED', message)))
  }

  /** A report of which nothing is known but how it ended. */
  #empty(status: RunStatus, error: AppError): Report {
    const durationMs = this.run.progress.elapsedMs
    return { ...emptyReport(this.id), status, durationMs, error: error.toBody() }
  }

  #follow(event: RunEvent): void {
    if (this.hasEnded) return
    const now = performance.now()
    if (event.type === 'warning') this.#say('warning', event.message)
    if (event.type === 'progress') {
      if (this.#status === 'fetching' && !this.#readsTypes) {
        this.#readsTypes = true
        this.#say('info', typesLine(this.transfer))
      }
      this.#meter.advance(event.progress, now)
      this.#observer.onRun()
    }
    // An end is told together with its report.
    if (event.type !== 'status' || ends.has(event.status)) return
    this.#status = event.status
    this.#meter.enter(event.status, now)
    this.#say('info', statusLine(event.status, this.transfer))
    this.#observer.onStatus()
  }

  /** Where a token ends, this run waits for another one. */
  #patient(surroundings: Surroundings): Surroundings {
    const waiter: TokenWaiter = {
      signal: this.#abort.signal,
      patienceMs: tokenPatienceMs,
      onWait: (wait) => {
        this.#wait(wait)
      },
    }
    return { ...surroundings, server: (choice) => surroundings.server(choice, waiter) }
  }

  #wait(wait: TokenWait | null): void {
    if (this.hasEnded) return
    this.#waitsForToken = wait && { connection: wait.connection, until: wait.until.toISOString() }
    this.#say(wait ? 'warning' : 'info', tokenLine(wait))
    this.#observer.onStatus()
  }

  #end(report: Report): void {
    this.#waitsForToken = null
    this.#meter.end(report, performance.now())
    this.#status = report.status
    this.#report = report
    this.#endedAt = new Date().toISOString()
    if (report.error) this.#say(report.status === 'failed' ? 'error' : 'warning', report.error.message)
    else for (const line of completedLines(report)) this.#say('info', line)
    this.#observer.onStatus()
  }

  #say(level: LogLine['level'], message: string): void {
    this.#observer.onLine(this.#write(level, message))
  }

  #write(level: LogLine['level'], message: string): LogLine {
    const line = { number: ++this.#lines, at: new Date().toISOString(), level, message }
    this.#log = [...this.#log, line].slice(-mostLines)
    return line
  }
}

const ends = new Set<RunStatus>(['completed', 'failed', 'cancelled', 'interrupted'])

/** What was cancelled because the process stops, nobody has cancelled. */
function stopped(report: Report): Report {
  if (report.status !== 'cancelled') return report
  const message = `Flathouse was stopped during this run; ${whatStays(report)}.`
  return {
    ...report,
    status: 'interrupted',
    error: new AppError('RUN_INTERRUPTED', message).toBody(),
  }
}
