import type { RunQueue, RunUpdate } from '../runs/index.ts'
import { heartbeatMs, type Follow, type LiveEvent, type LogLine, type Run } from '../shared/index.ts'

/** What the feed needs of a WebSocket. */
export interface FeedSocket {
  readonly bufferedAmount: number
  send(text: string): void
  ping(): void
  terminate(): void
}

/** At most two messages go out together: with such a pause for each, no second ever sees more than five. */
const pauseMs = 250
/** A client that reads so much slower than it is told is let go. */
const mostBuffered = 1_048_576
const mostLines = 200

/** What is still to be said of one run. */
interface Pending {
  run: Run | undefined
  lines: LogLine[]
  timer: NodeJS.Timeout | undefined
}

/** Tells one client of the runs it follows: not everything that happens, but always how things stand in the end. */
export class EventFeed implements Disposable {
  readonly #socket: FeedSocket
  readonly #queue: Pick<RunQueue, 'get' | 'live' | 'subscribe'>
  readonly #unsubscribe: () => void
  readonly #heart: NodeJS.Timeout
  #followed: ReadonlySet<string> | 'all' = new Set()
  #pending = new Map<string, Pending>()
  #isAlive = true

  constructor(socket: FeedSocket, queue: Pick<RunQueue, 'get' | 'live' | 'subscribe'>) {
    this.#socket = socket
    this.#queue = queue
    this.#unsubscribe = queue.subscribe((update) => this.#take(update))
    this.#heart = setInterval(() => this.#beat(), heartbeatMs)
  }

  /** Says how the runs stand, and from then on what happens to them; those followed before no more. */
  async follow({ follow }: Follow): Promise<void> {
    this.#forget()
    if (follow === 'all') {
      this.#followed = follow
      for (const run of this.#queue.live()) this.#tell(run.id, bare(run), run.log)
      return
    }
    const followed = (this.#followed = new Set(follow))
    for (const id of followed) {
      const found = await this.#queue.get(id).catch(() => undefined)
      // The client may have gone, or follow others by now.
      if (this.#followed !== followed) return
      // What happened meanwhile is newer than what was found.
      if (found) this.#tell(id, this.#pending.has(id) ? undefined : bare(found), found.log)
    }
  }

  /** The client has answered a ping. */
  answered(): void {
    this.#isAlive = true
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
    clearInterval(this.#heart)
    this.#followed = new Set()
    this.#forget()
  }

  #take(update: RunUpdate): void {
    const id = update.type === 'run' ? update.run.id : update.runId
    if (this.#followed !== 'all' && !this.#followed.has(id)) return
    if (update.type === 'run') this.#tell(id, update.run, [])
    else this.#tell(id, undefined, update.lines)
  }

  #tell(id: string, run: Run | undefined, lines: LogLine[]): void {
    const pending = this.#pending.get(id) ?? { run: undefined, lines: [], timer: undefined }
    this.#pending.set(id, pending)
    pending.run = run ?? pending.run
    pending.lines = [...pending.lines, ...lines].slice(-mostLines)
    if (!pending.timer) this.#flush(id, pending)
  }

  #flush(id: string, pending: Pending): void {
    const { run, lines } = pending
    const events: LiveEvent[] = []
    if (run) events.push({ type: 'run', run })
    if (lines.length > 0) events.push({ type: 'log', runId: id, lines })
    if (events.length === 0) {
      this.#pending.delete(id)
      return
    }
    for (const event of events) this.#send(event)
    pending.run = undefined
    pending.lines = []
    pending.timer = setTimeout(() => this.#flush(id, pending), events.length * pauseMs)
  }

  #forget(): void {
    for (const { timer } of this.#pending.values()) clearTimeout(timer)
    this.#pending.clear()
  }

  #beat(): void {
    if (!this.#isAlive) {
      this.#socket.terminate()
      return
    }
    this.#isAlive = false
    this.#socket.ping()
    this.#send({ type: 'heartbeat' })
  }

  #send(event: LiveEvent): void {
    if (this.#socket.bufferedAmount > mostBuffered) this.#socket.terminate()
    else this.#socket.send(JSON.stringify(event))
  }
}

/** A run without its log and what else belongs to its page. */
const bare = (run: Run): Run => {
  const { id, transfer, status, createdAt, startedBy, endedAt, progress, waitsForToken, report } = run
  return { id, transfer, status, createdAt, startedBy, endedAt, progress, waitsForToken, report }
}
