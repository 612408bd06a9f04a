import type { Split } from '../../shared/index.ts'

const lineFeed = 10
const quote = 34

/** What of a piece still goes into the present file. */
export interface Cut {
  /** Where it ends in the piece. */
  end: number
  /** Whether the file ends there, with a complete record. */
  isFull: boolean
}

/** Finds where a stream of records that ClickHouse writes is cut into files: never within a record. */
export class Cutter {
  /** Complete records in the present file. */
  rows = 0
  readonly #mostRows: number
  readonly #mostBytes: number
  readonly #isQuoted: boolean
  #isInQuotes = false

  /** @param isQuoted whether a line end within quotes is one of a text; without quotes, those are escaped */
  constructor({ rows = Infinity, bytes = Infinity }: Split, isQuoted: boolean) {
    this.#mostRows = rows
    this.#mostBytes = bytes
    this.#isQuoted = isQuoted
  }

  /** Where the header ends that the stream begins with; -1 when not all of it is here. */
  headerEnd(start: Uint8Array): number {
    let isInQuotes = false
    for (let at = 0; at < start.length; at++) {
      const byte = start[at]
      if (byte === quote && this.#isQuoted) isInQuotes = !isInQuotes
      else if (byte === lineFeed && !isInQuotes) return at + 1
    }
    return -1
  }

  /**
   * @param from where in the piece to begin
   * @param written bytes that are in the present file already
   */
  take(piece: Uint8Array, from: number, written: number): Cut {
    const enough = from + this.#mostBytes - written
    const [mostRows, isQuoted] = [this.#mostRows, this.#isQuoted]
    let [rows, isInQuotes] = [this.rows, this.#isInQuotes]
    let [at, isFull] = [from, false]
    // Every byte of an export comes by here, so nothing is called and nothing made.
    while (at < piece.length && !isFull) {
      const byte = piece[at++]
      if (byte === quote) isInQuotes = isQuoted && !isInQuotes
      else if (byte === lineFeed && !isInQuotes) isFull = ++rows === mostRows || at >= enough
    }
    this.rows = rows
    this.#isInQuotes = isInQuotes
    return { end: at, isFull }
  }

  /** The next file begins. */
  next(): void {
    this.rows = 0
  }
}
