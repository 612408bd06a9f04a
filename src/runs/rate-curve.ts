const most = 120
const firstWidthMs = 500

/** How many rows came in each of up to 120 equal shares of the time so far, whatever its length. */
export class RateCurve {
  readonly #startedAt: number
  #widthMs = firstWidthMs
  /** Rows in all at the end of each share. */
  #counts: number[] = []
  #last: { at: number; rows: number }

  constructor(at: number) {
    this.#startedAt = at
    this.#last = { at, rows: 0 }
  }

  /** @param rows in all, until now */
  add(at: number, rows: number): void {
    for (let end = this.#nextEnd(); end <= at; end = this.#nextEnd()) {
      const { at: lastAt, rows: lastRows } = this.#last
      this.#counts.push(lastRows + ((rows - lastRows) * (end - lastAt)) / (at - lastAt))
      if (this.#counts.length > most) this.#halve()
    }
    this.#last = { at, rows }
  }

  /** Rows per second. */
  get rates(): number[] {
    return this.#counts.map((count, index) =>
      Math.round(((count - (this.#counts[index - 1] ?? 0)) * 1000) / this.#widthMs),
    )
  }

  #nextEnd(): number {
    return this.#startedAt + (this.#counts.length + 1) * this.#widthMs
  }

  /** Two shares become one. The odd one at the end is open again: it gets its count when its double time is over. */
  #halve(): void {
    this.#counts = this.#counts.filter((_, index) => index % 2 === 1)
    this.#widthMs *= 2
  }
}
