import { setTimeout as sleep } from 'node:timers/promises'
import { recover, recoverAll, type Recovered } from './recover.ts'
import type { Surroundings } from './surroundings.ts'

const usualEveryMs = 60_000
/** A host that does not answer must not keep a service from starting. */
const quickMs = 2000
/** Of a process that is asked to stop. */
const patienceMs = 4000

/** Recovers when a service starts and again every minute, one sweep at a time, until it is stopped. */
export class Recovery {
  readonly #surroundings: Surroundings
  readonly #onRecovered: (recovered: Recovered) => void
  readonly #stop = new AbortController()
  readonly #everyMs: number
  #sweeping: Promise<void> | undefined

  /** @param onRecovered hears of all but what `begin` answers */
  constructor(
    surroundings: Surroundings,
    onRecovered: (recovered: Recovered) => void,
    everyMs = usualEveryMs,
  ) {
    this.#everyMs = everyMs
    this.#surroundings = surroundings
    this.#onRecovered = onRecovered
  }

  /** Answers with what could be ended quickly; the rest is unreachable so far, and goes on. */
  async begin(): Promise<Recovered[]> {
    const entries = await this.#surroundings.journal.takeOrphans()
    const found = new Map<Recovered['entry'], Recovered>(
      entries.map((entry) => [entry, { entry, outcome: 'unreachable' }]),
    )
    let hasAnswered = false
    const sweep = recoverAll(entries, this.#surroundings, {
      signal: this.#stop.signal,
      onRecovered: (recovered) => {
        if (hasAnswered) this.#onRecovered(recovered)
        else found.set(recovered.entry, recovered)
      },
    })
    this.#sweeping = this.#goOn(sweep)
    if (entries.length > 0) await within(quickMs, sweep)
    hasAnswered = true
    return [...found.values()]
  }

  /** Begins nothing more, and waits a little for what is going on; the journal knows of what does not end. */
  async stop(): Promise<void> {
    this.#stop.abort()
    if (this.#sweeping) await within(patienceMs, this.#sweeping)
  }

  async #goOn(sweep: Promise<unknown>): Promise<void> {
    const { signal } = this.#stop
    await sweep.catch(() => undefined)
    const onRecovered = this.#onRecovered
    const isNext = () => sleep(this.#everyMs, true, { signal, ref: false }).catch(() => false)
    // A journal that cannot be read now may be the next time.
    while (await isNext()) await recover(this.#surroundings, { signal, onRecovered }).catch(() => undefined)
  }
}

/** Waits for the work, but no longer than that. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  await Promise.race([work, sleep(ms, undefined, { signal: done.signal })])
  done.abort()
}
