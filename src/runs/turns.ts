type User = string | null

/** A run's place among those that go on. It is given back with its scope. */
export interface Turn extends Disposable {
  /**
   * While something is only waited for, others go on. What was waited for comes when it is this one's turn again.
   *
   * @param onLater called when it is not at once
   */
  pause<T>(waiting: () => Promise<T>, onLater: () => void): Promise<T>
}

interface Waiting {
  user: User
  /** The earlier came before the later, also when it waits again. */
  number: number
  begin: () => void
}

/**
 * Gives out so many turns at once, fairly: the next one is for the user who has the fewest and whose last was the longest
 * ago, and of the runs of that user for the oldest.
 */
export class Turns {
  readonly #atOnce: number
  /** How many turns each user has; those without any are not in it. */
  readonly #going = new Map<User, number>()
  /** The number of each user's last turn. */
  readonly #last = new Map<User, number>()
  #waiting: Waiting[] = []
  #came = 0
  #given = 0

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  /** How many go on, or begin before a run of the user that would come now, as things stand; 0 when none has to wait. */
  before(user: User): number {
    if (this.#isFree) return 0
    const rounds = new Map(this.#going)
    const own = this.#round(user) + this.#waiting.filter((other) => other.user === user).length
    let before = this.#busy
    for (const { user: other } of this.#waiting) {
      const round = rounds.get(other) ?? 0
      rounds.set(other, round + 1)
      if (round <= own) before++
    }
    return before
  }

  /** @throws the reason of the signal, when it ends the waiting */
  async take(user: User, signal: AbortSignal): Promise<Turn> {
    const number = ++this.#came
    await this.#begin(user, number, signal)
    const begin = () => this.#begin(user, number, signal)
    return new HeldTurn({ isFree: () => this.#isFree, begin, give: () => this.#give(user) })
  }

  get #busy(): number {
    return [...this.#going.values()].reduce((sum, count) => sum + count, 0)
  }

  get #isFree(): boolean {
    return this.#busy < this.#atOnce
  }

  #round(user: User): number {
    return this.#going.get(user) ?? 0
  }

  async #begin(user: User, number: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    const waiting: Waiting = { user, number, begin: () => resolve(undefined) }
    const leave = () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', leave, { once: true })
    this.#waiting.push(waiting)
    this.#fill()
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  #give(user: User): void {
    const left = this.#round(user) - 1
    if (left > 0) this.#going.set(user, left)
    else this.#going.delete(user)
    this.#fill()
  }

  #fill(): void {
    while (this.#isFree) {
      const next = this.#waiting.reduce<Waiting | undefined>(
        (first, other) => (first && !this.#isBefore(other, first) ? first : other),
        undefined,
      )
      if (next === undefined) return
      this.#waiting = this.#waiting.filter((other) => other !== next)
      this.#going.set(next.user, this.#round(next.user) + 1)
      this.#last.set(next.user, ++this.#given)
      next.begin()
    }
  }

  #isBefore(one: Waiting, other: Waiting): boolean {
    const fewer = this.#round(one.user) - this.#round(other.user)
    if (fewer !== 0) return fewer < 0
    const longer = (this.#last.get(one.user) ?? 0) - (this.#last.get(other.user) ?? 0)
    return (longer || one.number - other.number) < 0
  }
}

interface Giver {
  isFree: () => boolean
  begin: () => Promise<void>
  give: () => void
}

class HeldTurn implements Turn {
  readonly #giver: Giver
  #isHeld = true
  #isOver = false
  #back: Promise<void> | undefined

  constructor(giver: Giver) {
    this.#giver = giver
  }

  async pause<T>(waiting: () => Promise<T>, onLater: () => void): Promise<T> {
    this.#give()
    const found = await waiting()
    if (this.#isHeld || this.#isOver) return found
    if (!this.#giver.isFree()) onLater()
    await (this.#back ??= this.#takeAgain().finally(() => (this.#back = undefined)))
    return found
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    this.#give()
  }

  async #takeAgain(): Promise<void> {
    await this.#giver.begin()
    this.#isHeld = true
    if (this.#isOver) this.#give()
  }

  #give(): void {
    if (this.#isHeld) this.#giver.give()
    this.#isHeld = false
  }
}
