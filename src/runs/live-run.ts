import { randomUUID } from 'node:crypto'
import {
  AppError,
  toAppError,
  type FailedAttempt,
  type LogLine,
  type Report,
  type Run,
  type RunEvent,
  type RunStatus,
  type Transfer,
} from '../shared/index.ts'
import type { StoredRun } from '../store/index.ts'
import { goesStraight, type Pause } from './attempts.ts'
import { mayBeginAgain, queuedAgain, stillQueued } from './left-behind.ts'
import { RunMeter } from './run-progress.ts'
import {
  completedLines,
  mostLines,
  queuedLine,
  retryLine,
  statusLine,
  tokenLine,
  typesLine,
  waitsAgainLine,
  whatStays,
} from './run-words.ts'
import { emptyReport, runTransfer } from './run.ts'
import type { Surroundings } from './surroundings.ts'
import type { TokenWait, TokenWaiter } from './token-wait.ts'
import type { Turn } from './turns.ts'

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

/** What is known of a run before this process does anything for it. */
export type QueuedRun = Pick<
  StoredRun,
  'id' | 'transfer' | 'startedBy' | 'createdAt' | 'log' | 'failedAttempts'
>

export const newRun = (transfer: Transfer, startedBy: string | null): QueuedRun => ({
  id: randomUUID(),
  transfer,
  startedBy,
  createdAt: new Date().toISOString(),
  log: [],
  failedAttempts: [],
})

/** A run of this process, from when it is queued until its end. */
export class LiveRun {
  readonly id: string
  readonly transfer: Transfer
  readonly startedBy: string | null
  readonly #createdAt: string
  readonly #observer: Observer
  readonly #meter: RunMeter
  readonly #abort = new AbortController()
  #status: RunStatus = 'queued'
  #report: Report | null = null
  #waitsForToken: Run['waitsForToken'] = null
  #endedAt: string | null = null
  #log: LogLine[]
  #lines: number
  #failedAttempts: FailedAttempt[]
  #isStopped = false
  #kept = (run: StoredRun): StoredRun => run
  #readsTypes = false

  constructor(queued: QueuedRun, before: number, observer: Observer) {
    this.id = queued.id
    this.transfer = queued.transfer
    this.startedBy = queued.startedBy
    this.#createdAt = queued.createdAt
    this.#log = queued.log
    this.#lines = queued.log.at(-1)?.number ?? 0
    this.#failedAttempts = queued.failedAttempts
    this.#observer = observer
    this.#meter = new RunMeter(queued.transfer)
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
    return { ...this.run, log: [...this.#log], failedAttempts: this.#failedAttempts }
  }

  /** What is written down; where a stop interrupts it, and the next process is to begin it again, it is queued. */
  get kept(): StoredRun {
    return this.#kept(this.stored)
  }

  /** Ends the waiting for a turn. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Ends with the run, whatever comes of it. */
  async execute(surroundings: Surroundings, turn: Turn): Promise<void> {
    const timer = setInterval(() => this.#observer.onRun(), tickMs)
    const pause: Pause = (waiting) => turn.pause(waiting, () => this.#say('info', waitsAgainLine))
    try {
      const report = await runTransfer(this.transfer, this.#patient(surroundings, pause), {
        pause,
        runId: this.id,
        failedAttempts: this.#failedAttempts,
        signal: this.#abort.signal,
        onEvent: (event) => this.#follow(event),
        rejectsAt: (runId) => `/api/v1/runs/${runId}/rejects/report`,
      }).catch((error: unknown) => this.#empty('failed', toAppError(error)))
      if (!this.hasEnded) this.#end(this.#isStopped ? this.#stopped(report) : report)
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
    if (this.#status === 'queued') {
      if (mayBeginAgain(this.stored)) this.#kept = stillQueued
      this.giveUp('Flathouse was stopped before this run began.')
    } else if (this.#status !== 'committing') this.#abort.abort()
  }

  /** The process will not see the end of it. */
  giveUp(message: string): void {
    this.#end(this.#empty('interrupted', new AppError('RUN_INTERRUPTED', message)))
  }

  /** A report of which nothing is known but how it ended. */
  #empty(status: RunStatus, error: AppError): Report {
    const durationMs = this.run.progress.elapsedMs
    const failedAttempts = this.#failedAttempts
    return { ...emptyReport(this.id), status, durationMs, failedAttempts, error: error.toBody() }
  }

  /** What was cancelled because the process stops, nobody has cancelled. */
  #stopped(report: Report): Report {
    if (report.status !== 'cancelled') return report
    if (mayBeginAgain(this.stored) && !goesStraight(report.commit)) this.#kept = queuedAgain
    const message = `Flathouse was stopped during this run; ${whatStays(report)}.`
    return { ...report, status: 'interrupted', error: new AppError('RUN_INTERRUPTED', message).toBody() }
  }

  #follow(event: RunEvent): void {
    if (this.hasEnded) return
    const now = performance.now()
    if (event.type === 'warning') this.#say('warning', event.message)
    if (event.type === 'note') this.#say('info', event.message)
    if (event.type === 'retry') {
      this.#failedAttempts = [...this.#failedAttempts, event.failed]
      this.#readsTypes = false
      this.#meter.beginAgain()
      this.#say('warning', retryLine(event))
      this.#observer.onRun()
    }
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
  #patient(surroundings: Surroundings, pause: Pause): Surroundings {
    const waiter: TokenWaiter = {
      pause,
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
