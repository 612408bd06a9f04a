import { watch } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Commit } from '../../src/shared/index.ts'
import { pick, type Place } from './kill-kinds.ts'
import type { KillWorld } from './kill-world.ts'

/** When a victim is struck. */
export type Instant =
  /** After a share of the time that an undisturbed run takes. */
  | { at: 'time'; share: number }
  /** When a statement comes to their server: it never gets there, or nobody hears its answer, or it passes. */
  | { at: 'statement'; of: keyof typeof statements; fate: 'lost' | 'unanswered' | 'late'; delayMs: number }
  /** When the journal (or the state of a run beside it), or a file of the workspace, has been written so often. */
  | { at: 'journal' | 'file'; share: number; delayMs: number }

/** Of a run that nothing happens to: how long it takes, and how often it writes where `journal` and `file` look. */
export interface Usual {
  ms: number
  writes: number
}

const statements = {
  staging: /CREATE TABLE .*__flathouse_/,
  loading: /INSERT INTO \S*__flathouse_/,
  marking: /MODIFY SETTING|serverUUID/,
  committing: /MOVE PARTITION|^RENAME TABLE|^EXCHANGE|SELECT .* FROM \S*__flathouse_\S* WHERE _part/,
  dropping: /DROP PART '|DROP TABLE .*__flathouse_/,
  reading: /FORMAT Native/,
  inserting: /INSERT INTO \S*block/,
}

interface Drawn {
  commit: Commit
  place: Place
  /** Whether a statement may be kept from the server, or its answer from who asked: not where it is the server that dies. */
  mayHold: boolean
  atPhase: boolean
}

export function drawInstant({ commit, place, mayHold, atPhase }: Drawn, random: () => number): Instant {
  if (!atPhase) return { at: 'time', share: random() }
  const isFile = commit === 'file-rename'
  // One block needs no journal.
  const isBlock = commit === 'single-block'
  if (place === 'theirs' && (isBlock || random() < 0.7)) {
    const of = isFile ? 'reading' : isBlock ? 'inserting' : drawStatement(random)
    const fate = mayHold ? pick(['lost', 'unanswered', 'late'], random) : 'late'
    return { at: 'statement', of, fate, delayMs: random() * (fate === 'late' ? 30 : 2) }
  }
  return { at: isFile ? 'file' : 'journal', share: random(), delayMs: random() * 3 }
}

const drawStatement = (random: () => number): keyof typeof statements =>
  random() < 0.65 ? 'committing' : pick(['staging', 'loading', 'marking', 'dropping'], random)

/** Waits for an instant of a run that begins now. */
export class Aim implements Disposable {
  /** Never, when it does not come. */
  readonly moment: Promise<void>
  /** How often it was written so far where this instant looks; undefined where it does not. */
  writes: number | undefined
  readonly #stop = new AbortController()

  constructor(instant: Instant, usual: Usual, world: KillWorld) {
    this.moment = this.#wait(instant, usual, world).catch(() => new Promise(() => undefined))
  }

  async #wait(instant: Instant, usual: Usual, { house, way }: KillWorld): Promise<void> {
    switch (instant.at) {
      case 'time':
        await this.#sleep(instant.share * usual.ms)
        return
      case 'statement':
        await way.hold(statements[instant.of], instant.fate)
        if (instant.fate === 'late') way.open()
        break
      case 'journal':
        await this.#written(house.data, 'state.sqlite-wal', instant.share * usual.writes)
        break
      case 'file':
        await this.#written(house.files, '', instant.share * usual.writes)
    }
    await this.#sleep(instant.delayMs)
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal })
  }

  #written(folder: string, prefix: string, times: number): Promise<void> {
    this.writes = 0
    return new Promise((resolve) => {
      watch(folder, { signal: this.#stop.signal }, (_, name) => {
        if (this.writes === undefined || name?.startsWith(prefix) !== true) return
        this.writes++
        if (this.writes >= times) resolve()
      })
    })
  }

  [Symbol.dispose](): void {
    this.#stop.abort()
  }
}
