import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { transferSchema, type Retry, type Transfer } from '../../src/shared/index.ts'
import { chances, randomFrom } from './chances.ts'
import { noteFault } from './fault-table.ts'
import { Aim, drawInstant, type Instant, type Usual } from './kill-aim.ts'
import { killKinds, type KillKind, type Place } from './kill-kinds.ts'
import type { KillWorld } from './kill-world.ts'

const longForm = Number(process.env['FAULT_ROUNDS'] ?? Number.NaN)

/** One run that is to be struck. */
export interface Strike {
  transfer: Transfer
  kind: KillKind
  /** Comes when the victim is to be killed, unless the run has ended before. */
  aim: Aim
  random: () => number
}

/**
 * What Flathouse says of a run that was struck: `either` where it may not know, or says nothing; `unclear` where it should
 * know.
 */
export interface Told {
  says: 'before' | 'after' | 'either' | 'unclear'
  words: string
}

export interface Victim {
  name: string
  /** In the short form. */
  rounds: number
  /** Of those of the long form, when two tests share them. */
  ofLong?: number
  /** Whether a statement may be kept from their server, or its answer from who asked. */
  mayHold: boolean
  /** Left out: all places, and all kinds. */
  places?: readonly Place[]
  kinds?: (kind: KillKind) => boolean
  retry: (random: () => number) => Retry
  /**
   * Runs the transfer, kills the victim, and lets Flathouse recover as a person would. When the run had ended before:
   * how many ms it took.
   */
  strike: (strike: Strike) => Promise<Told | number>
  /** Of processes that live on. */
  owners: number
}

const phases: Record<Instant['at'], string> = {
  time: 'at any time',
  statement: 'at a statement of loading or committing',
  journal: 'when the journal or a file is written',
  file: 'when the journal or a file is written',
}

interface Tally {
  before: number
  after: number
  inBetween: number
  untrue: number
  left: number
}
const nothing = (): Tally => ({ before: 0, after: 0, inBetween: 0, untrue: 0, left: 0 })

/** How long a test of so many rounds may take. */
export const timeoutOf = (victim: Pick<Victim, 'rounds' | 'ofLong'>): number =>
  60_000 + roundsOf(victim) * 20_000

const roundsOf = ({ rounds, ofLong = 1 }: Pick<Victim, 'rounds' | 'ofLong'>): number =>
  Number.isNaN(longForm) ? rounds : Math.ceil(longForm * ofLong)

/** Strikes again and again; fails with all that was found to be wrong. `FAULT_ROUND` picks a single round. */
export async function killInRounds(world: KillWorld, victim: Victim): Promise<void> {
  const [[seed] = [1]] = chances('FAULT_SEED', 1)
  const only = process.env['FAULT_ROUND']
  const first = only === undefined ? 1 : Number(only)
  const last = only === undefined ? roundsOf(victim) : first
  const rounds = new Rounds(world, victim, seed)
  for (let number = first; number <= last; number++) await rounds.play(number)
  rounds.note()
  expect(rounds.faults).toEqual([])
}

interface Try {
  number: number
  kind: KillKind
  /** Otherwise at any time. */
  atPhase: boolean
  random: () => number
}

class Rounds {
  readonly faults: string[] = []
  readonly #world: KillWorld
  readonly #victim: Victim
  readonly #seed: number
  readonly #kinds: KillKind[]
  readonly #tallies = new Map<string, Tally>()
  /** Of runs that nothing happened to. */
  readonly #usual = new Map<string, Usual>()

  constructor(world: KillWorld, victim: Victim, seed: number) {
    this.#world = world
    this.#victim = victim
    this.#seed = seed
    this.#kinds = killKinds.filter((kind) => victim.kinds?.(kind) ?? true)
  }

  async play(number: number): Promise<void> {
    const random = randomFrom(this.#seed * 10_000 + number)
    const kind = this.#kinds[(number + this.#seed) % this.#kinds.length]
    if (!kind) throw new RangeError('no kind')
    const atPhase = random() < 0.5
    // A run that has ended before it could be struck is none.
    for (let tries = 0; tries < 20; tries++) if (await this.#try({ number, kind, atPhase, random })) return
    throw new Error(`round ${number} (${kind.name}) could not be struck`)
  }

  async #try({ number, kind, atPhase, random }: Try): Promise<boolean> {
    const world = this.#world
    const places = kind.places.filter((one) => this.#victim.places?.includes(one) ?? true)
    const place = places[Math.floor(random() * places.length)] ?? 'theirs'
    const { mayHold } = this.#victim
    const instant = drawInstant({ commit: kind.commit, place, mayHold, atPhase }, random)
    const document = { ...kind.draw(place, random), retry: this.#victim.retry(random) }
    const transfer = transferSchema.parse(within(world, document))
    await world.reset(kind, place)
    const key = `${kind.name} ${place}`
    const usual = this.#usual.get(key) ?? { ms: 600, writes: 6 }
    using aim = new Aim(instant, usual, world)
    const told = await this.#victim.strike({ transfer, kind, aim, random })
    world.way.open()
    const isStruck = typeof told !== 'number'
    const fault = await this.#judge(kind, place, instant, isStruck ? told : undefined)
    if (fault !== undefined) {
      const how = `FAULT_SEED=${this.#seed} FAULT_ROUND=${number}: ${kind.name}, ${place}, ${JSON.stringify(instant)}, ${JSON.stringify(document)}`
      this.faults.push(`${this.#victim.name}: ${how}: ${fault}`)
      process.stderr.write(`${this.faults.at(-1) ?? ''}\n`)
      await world.clear()
    }
    if (!isStruck) this.#usual.set(key, { ms: told, writes: aim.writes ?? usual.writes })
    return isStruck
  }

  /** What is wrong, as a sentence. */
  async #judge(
    kind: KillKind,
    place: Place,
    { at }: Instant,
    told: Told | undefined,
  ): Promise<string | undefined> {
    const world = this.#world
    const state = await world.state(kind, place)
    const left = await world.leftovers()
    const owners = world.owners()
    if (owners.length > this.#victim.owners) left.push(...owners)
    const { says, words } = told ?? { says: 'after', words: 'it was not struck' }
    const isTrue = says === 'either' || says === state
    if (told) this.#count(phases[at], { state, isTrue, left: left.length })
    if (isWhole(state) && isTrue && left.length === 0) return undefined
    return `the target is as ${state}; told ${says} (${words}); left over: ${left.join('; ') || 'nothing'}`
  }

  #count(phase: string, { state, isTrue, left }: { state: string; isTrue: boolean; left: number }): void {
    const tally = this.#tallies.get(phase) ?? nothing()
    this.#tallies.set(phase, tally)
    tally[isWhole(state) ? state : 'inBetween']++
    if (!isTrue) tally.untrue++
    tally.left += left
  }

  note(): void {
    for (const [phase, { before, after, inBetween, untrue, left }] of this.#tallies) {
      const good = `${before} before, ${after} after`
      const bad = `${inBetween} lost or doubled, ${untrue} untrue reports, ${left} left over`
      const fault = `SIGKILL of ${this.#victim.name} ${phase}`
      noteFault({ fault, rounds: before + after + inBetween, result: `${good}, ${bad}` })
    }
  }
}

const isWhole = (state: string): state is 'before' | 'after' => state === 'before' || state === 'after'

/** With full paths, so that it does not matter where it runs. */
function within({ house }: KillWorld, document: object): object {
  const { source, target } = document as Record<'source' | 'target', { kind: string; path: string }>
  const full = (end: { kind: string; path: string }) =>
    end.kind === 'file' ? { ...end, path: house.path(end.path) } : end
  return { ...document, source: full(source), target: full(target) }
}

/** A saved transfer, for `flathouse run`. */
export function saveTransfer({ house }: KillWorld, name: string, transfer: object): string {
  const path = join(house.dir, name)
  writeFileSync(path, JSON.stringify(transfer))
  return path
}
