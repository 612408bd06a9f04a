import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from './link.ts'
import { ServerRefusal } from './errors.ts'
import { exceptionAtEnd, Tail } from './exception.ts'

/** How long an exception of the reading side may come after the writing side's complaint about it. */
const graceMs = 50

/**
 * The reading server's answer on its way to the writing server. It ends only if the answer was complete and without an
 * exception: otherwise it breaks, and with it the request that it feeds, so the writing server never sees a clean end.
 * Not a pipeline: a fault of the writing side must not look like one of the reading side.
 */
export class Gate extends Readable {
  bytes = 0
  /** Whether the answer came to a good end. */
  complete = false
  /** Why it did not. */
  failure: Error | undefined
  readonly #answer: Answer
  readonly #tail = new Tail()

  constructor(answer: Answer, onChunk: ((bytes: number) => void) | undefined) {
    super()
    this.#answer = answer
    // It may be destroyed before anybody listens.
    this.on('error', () => undefined)
    answer.body
      .on('data', (chunk: Buffer) => {
        this.#pass(chunk)
        onChunk?.(chunk.length)
      })
      .on('end', () => this.#end())
      .on('error', (error) => this.#fail(error))
  }

  /** Whether its end is more than that of a connection. */
  get hasMarkedEnd(): boolean {
    return this.#answer.hasMarkedEnd
  }

  /** Whether it is the reading side that something is awaited of. */
  get isWaiting(): boolean {
    return !this.complete && !this.#answer.body.isPaused()
  }

  override _read(): void {
    this.#answer.body.resume()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // What still comes is looked at, though nobody takes it: it may say why the writing side failed.
    this.#answer.body.resume()
    done(error)
  }

  /** Waits for a failure that is the cause of the writing side's. */
  async lateFailure(): Promise<Error | undefined> {
    if (this.failure === undefined && !this.complete) await sleep(graceMs)
    return this.failure
  }

  /** Stops reading. */
  close(): void {
    this.#answer.body.removeAllListeners('data').destroy()
    this.destroy()
  }

  #pass(chunk: Buffer): void {
    this.bytes += chunk.length
    this.#tail.add(chunk)
    if (!this.destroyed && !this.push(chunk)) this.#answer.body.pause()
  }

  #end(): void {
    const exception = this.#exception()
    if (exception !== undefined) {
      this.#fail(exception)
      return
    }
    this.complete = true
    this.push(null)
  }

  #fail(error: Error): void {
    this.failure ??= this.#exception() ?? error
    this.destroy(this.failure)
  }

  #exception(): ServerRefusal | undefined {
    const tag = this.#answer.exceptionTag
    const text = tag === undefined ? undefined : exceptionAtEnd(this.#tail.toBuffer(), tag)
    return text === undefined ? undefined : ServerRefusal.parse(text)
  }
}
