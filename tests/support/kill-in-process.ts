import { openSurroundings } from '../../src/main/open.ts'
import { recover, runTransfer, type Recovered, type Surroundings } from '../../src/runs/index.ts'
import type { Report } from '../../src/shared/index.ts'
import type { Strike, Told, Victim } from './kill-rounds.ts'
import type { KillWorld } from './kill-world.ts'

/** Flathouse in this process, which lives on while a server that it uses is killed. */
export class LivingFlathouse implements AsyncDisposable {
  readonly #surroundings: Surroundings & AsyncDisposable

  static async open({ house }: KillWorld): Promise<LivingFlathouse> {
    return new LivingFlathouse(await openSurroundings({ dataDir: house.data }, {}))
  }

  private constructor(surroundings: Surroundings & AsyncDisposable) {
    this.#surroundings = surroundings
  }

  /** Many attempts, because a server may take longer to come back than some of the waits, which are short here. */
  readonly retry: Victim['retry'] = () => ({ attempts: 10, afterRestart: false })

  /** Runs the transfer, during which the victim is killed. */
  async strike({ transfer, kind, aim }: Strike, kill: () => Promise<void>): Promise<Told | number> {
    const { signal } = new AbortController()
    const waits = { firstMs: 100, mostMs: 1000 }
    const started = performance.now()
    const run = runTransfer(transfer, this.#surroundings, { signal, onEvent: () => undefined, waits })
    const isStruck = await Promise.race([aim.moment.then(() => true), run.then(() => false)])
    const tookMs = performance.now() - started
    if (isStruck) await kill()
    const report = await run
    // As the next command does, or the service every minute.
    const recovered = await recover(this.#surroundings)
    if (isStruck) return told(report, recovered)
    if (report.error ?? report.commit !== kind.commit)
      throw new Error(`nothing happened to it, and it ended so: ${JSON.stringify(report)}`)
    return tookMs
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#surroundings[Symbol.asyncDispose]()
  }
}

const unanswered = new Set<string>(['NOT_CLICKHOUSE', 'CONNECTION_REFUSED'])

function told({ status, error, commit, failedAttempts }: Report, recovered: Recovered[]): Told {
  const outcomes = recovered.map(({ outcome }) => outcome)
  const attempts = failedAttempts.map((failed) => failed.error.message)
  const words = [status, error?.message, ...attempts, ...outcomes].filter(Boolean).join(' | ')
  if (status === 'completed') return { says: 'after', words }
  // An address that has never answered may be wrong, unless it is that of our own server.
  const isAtOnce = failedAttempts.length === 0 && error?.place?.host !== 'the embedded database'
  if (isAtOnce && unanswered.has(error?.code ?? '')) return { says: 'before', words }
  // Only of one block it cannot be known what became of it; all else is tried again until it succeeds.
  const mayFail = commit === 'single-block' && error?.message.includes('is not known') === true
  return { says: mayFail ? 'either' : 'unclear', words }
}
