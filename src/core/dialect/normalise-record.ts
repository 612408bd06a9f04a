import type { Dialect } from '../../shared/index.ts'
import { trimmedEnd, trimmedStart } from './normalise-blanks.ts'
import { badByte } from './normalise-decode.ts'

declare const TextEncoder: new () => { encode(text: string): Uint8Array }

const backspace = 8
const tab = 9
const lineFeed = 10
const formFeed = 12
const carriageReturn = 13
const space = 32
const doubleQuote = 34
const apostrophe = 39
const zero = 48
const backslash = 92

/** What a byte may mean; 0 is plain text. */
const ending = 1
const delimiting = 2
const escaping = 3
const quoting = 4
const guarded = 5
const bad = 6

/** After a backslash where nothing is quoted, as in ClickHouse's TSV. */
const letters = new Map<number, number>([
  [0x6e, lineFeed],
  [0x74, tab],
  [0x72, carriageReturn],
  [0x62, backspace],
  [0x66, formFeed],
  [zero, 0],
  [apostrophe, apostrophe],
])

/** Reading goes on past the bytes that are here. */
const starved = -1

/**
 * Cuts bytes into records by a dialect, as leniently as the sniffer does, and writes their fields as those of a CSV file:
 * in double quotes where the file quotes them or they would not be read as they are.
 */
export class RecordReader {
  /** What is read: `limit` bytes of it are there, and no more will come when it is `final`. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  limit = 0
  final = false
  /** What is written, and where. Must have room for three times what is read. */
  out: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  at = 0

  /** Of the record that was read last. */
  fields = 0
  end = 0
  next = 0
  /** It holds an LF or a CR. */
  isLong = false
  isUnclosed = false
  /** Text follows a quote that ends a field. */
  isStray = false
  /** It holds what is no letter of the encoding. */
  isBad = false
  /** Whether there is nothing in its first field, in its last, and where the last begins in what is written. */
  firstEmpty = false
  lastEmpty = false
  lastStart = 0

  readonly #separator: number
  readonly #delimiter: Uint8Array
  readonly #delimiterLetter: Uint8Array
  /** The delimiter, when it is one byte that is not repeated. */
  readonly #single: number | undefined
  readonly #quote: Uint8Array | undefined
  readonly #escapes: boolean
  readonly #doubles: boolean
  readonly #lenient: boolean
  readonly #returnsEnd: boolean
  readonly #padded: boolean
  readonly #spaced: boolean
  readonly #bare: Uint8Array
  readonly #quoted: Uint8Array

  constructor(dialect: Dialect, separator: number) {
    const encode = (text: string) => new TextEncoder().encode(text)
    const { delimiter, quote, escape, padding } = dialect
    this.#separator = separator
    this.#delimiter = encode(delimiter)
    this.#delimiterLetter = encode(String.fromCodePoint(delimiter.codePointAt(0) ?? 0))
    this.#quote = quote === null ? undefined : encode(quote)
    this.#escapes = escape === 'backslash'
    this.#doubles = !this.#escapes
    this.#lenient = escape === null
    this.#returnsEnd = dialect.lineTerminator === '\r'
    this.#padded = padding === true
    this.#spaced = this.#padded && delimiter === ' '
    this.#single = this.#delimiter.length === 1 && !this.#spaced ? this.#delimiter[0] : undefined
    this.#bare = this.#kinds()
    this.#quoted = this.#kindsInQuotes()
  }

  #kinds(): Uint8Array {
    const kinds = new Uint8Array(256)
    kinds[doubleQuote] = guarded
    kinds[this.#separator] = guarded
    kinds[badByte] = bad
    if (this.#escapes) kinds[backslash] = escaping
    kinds[this.#delimiter[0] ?? 0] = delimiting
    kinds[lineFeed] = ending
    kinds[carriageReturn] = ending
    return kinds
  }

  #kindsInQuotes(): Uint8Array {
    const kinds = new Uint8Array(256)
    kinds[doubleQuote] = guarded
    kinds[badByte] = bad
    if (this.#escapes) kinds[backslash] = escaping
    kinds[this.#quote?.[0] ?? doubleQuote] = quoting
    kinds[lineFeed] = ending
    kinds[carriageReturn] = ending
    return kinds
  }

  /** Reads the record that begins there. False when its end is not here yet; then what was written is worth nothing. */
  read(from: number): boolean {
    this.fields = 0
    this.isLong = this.isUnclosed = this.isStray = this.isBad = false
    let i = this.#spaced ? this.#pastSpaces(from) : from
    for (;;) {
      if (this.fields > 0) this.out[this.at++] = this.#separator
      this.lastStart = this.at
      i = this.#field(i)
      if (i === starved) return false
      this.fields++
      if (this.fields === 1) this.firstEmpty = this.lastEmpty
      const step = this.#delimiterAt(i)
      if (step === 0) break
      i += step
      if (this.#spaced) {
        i = this.#pastSpaces(i)
        // Blanks before the end of the line separate nothing.
        if (i >= this.limit || this.#endAt(i) > 0) break
      }
    }
    this.end = i
    this.next = i + this.#endAt(i)
    return this.final || (i < this.limit && !this.isCutReturn(i))
  }

  /** Where the line that begins there ends and the next one begins; undefined when that is not here yet. */
  line(from: number): { end: number; next: number } | undefined {
    for (let i = from; i < this.limit; i++) {
      const byte = this.bytes[i]
      if (byte !== lineFeed && byte !== carriageReturn) continue
      if (this.isCutReturn(i)) return undefined
      const step = this.#endAt(i)
      if (step > 0) return { end: i, next: i + step }
    }
    return this.final ? { end: this.limit, next: this.limit } : undefined
  }

  /** A CR is the last byte here: an LF may follow that belongs to it. */
  isCutReturn(at: number): boolean {
    return !this.final && at + 1 >= this.limit && this.bytes[at] === carriageReturn
  }

  /** Whether the last field holds nothing but blanks. */
  isLastBlank(): boolean {
    if (this.lastEmpty) return true
    const quoted = this.out[this.lastStart] === doubleQuote ? 1 : 0
    return trimmedEnd(this.out, this.lastStart + quoted, this.at - quoted) === this.lastStart + quoted
  }

  startsWith(at: number, text: Uint8Array): boolean {
    if (at + text.length > this.limit) return false
    for (let i = 0; i < text.length; i++) if (this.bytes[at + i] !== text[i]) return false
    return true
  }

  #field(from: number): number {
    const quote = this.#quote
    if (quote !== undefined) {
      let open = from
      while (this.#isBlank(open) && this.#delimiterAt(open) === 0) open++
      if (this.bytes[open] === quote[0] && this.startsWith(open, quote)) return this.#inQuotes(open, quote)
    }
    const start = this.at
    const kept = this.#padded ? this.#pastSpaces(from) : from
    const end = this.#copyBare(kept)
    if (end === starved) return starved
    if (this.#padded) this.#trim(start)
    this.lastEmpty = this.at === start
    if (this.#needsQuotes && !this.lastEmpty) this.#wrap(start)
    return end
  }

  #needsQuotes = false

  /** Copies the text up to the delimiter or the line end that ends it. */
  #copyBare(from: number): number {
    const { bytes, out, limit } = this
    const kinds = this.#bare
    let o = this.at
    this.#needsQuotes = false
    for (let i = from; i < limit; i++) {
      const byte = bytes[i] ?? 0
      const kind = kinds[byte]
      if (kind !== 0) {
        if (kind === delimiting && this.#delimiterAt(i) > 0) {
          this.at = o
          return i
        }
        if (kind === ending) {
          if (this.isCutReturn(i)) return starved
          if (this.#endAt(i) > 0) {
            this.at = o
            return i
          }
          this.isLong = true
        }
        if (byte === backslash && this.#escapes) {
          if (i + 1 >= limit && !this.final) return starved
          this.at = o
          i += this.#unescape(i)
          o = this.at
          continue
        }
        if (kind === bad) this.isBad = true
        if (kind !== delimiting || byte === this.#separator || byte === doubleQuote) this.#needsQuotes = true
      }
      out[o++] = byte
    }
    this.at = o
    return this.final ? limit : starved
  }

  /** Writes what a backslash and the byte after it mean, and answers how many bytes follow the backslash. */
  #unescape(at: number): number {
    const next = this.bytes[at + 1] ?? 0
    if (at + 1 >= this.limit) {
      this.out[this.at++] = backslash
      return 0
    }
    for (const letter of [this.#quote, this.#delimiterLetter]) {
      if (letter === undefined || !this.startsWith(at + 1, letter)) continue
      this.#needsQuotes = true
      this.#put(letter)
      return letter.length
    }
    const meant = next === backslash ? backslash : this.#quote === undefined ? letters.get(next) : undefined
    // Only `\N` must not look like text that was escaped.
    if (meant !== undefined || next === lineFeed || next === carriageReturn) this.#needsQuotes = true
    if (next === lineFeed || next === carriageReturn) this.isLong = true
    if (next === badByte) this.isBad = true
    if (meant === undefined) this.out[this.at++] = backslash
    this.out[this.at++] = meant ?? next
    if (next === doubleQuote || next === this.#separator) this.#needsQuotes = true
    return 1
  }

  #put(text: Uint8Array): void {
    for (const byte of text) this.out[this.at++] = byte
  }

  #inQuotes(open: number, quote: Uint8Array): number {
    const start = this.at
    this.out[this.at++] = doubleQuote
    const close = this.#copyQuoted(open + quote.length, quote)
    if (close === starved) return starved
    const rest = this.at
    let end = Math.min(close + quote.length, this.limit)
    if (end < this.limit && this.#delimiterAt(end) === 0 && this.#endAt(end) === 0) {
      end = this.#copyBare(end)
      if (end === starved) return starved
      this.at = trimmedEnd(this.out, rest, this.at)
      if (this.at > rest) this.isStray = true
      // On another line it was to begin a field there.
      if (this.at > rest && this.#spansLines(open, close)) this.isUnclosed = true
      this.#doubleQuotes(rest)
    }
    this.lastEmpty = this.at === start + 1
    this.out[this.at++] = doubleQuote
    return end
  }

  #spansLines(from: number, to: number): boolean {
    for (let i = from; i < to; i++) if (this.#endAt(i) > 0) return true
    return false
  }

  /** Copies the text up to the quote that ends it, and answers where that is. */
  #copyQuoted(from: number, quote: Uint8Array): number {
    const { bytes, out, limit } = this
    const kinds = this.#quoted
    let o = this.at
    for (let i = from; i < limit; i++) {
      const byte = bytes[i] ?? 0
      const kind = kinds[byte]
      if (kind !== 0) {
        if (kind === quoting && this.startsWith(i, quote)) {
          const isDoubled = this.#doubles && this.startsWith(i + quote.length, quote)
          if (!isDoubled && (!this.#lenient || this.#closes(i + quote.length))) {
            this.at = o
            return i
          }
          this.at = o
          if (byte === doubleQuote) this.out[this.at++] = doubleQuote
          this.#put(quote)
          o = this.at
          i += quote.length * (isDoubled ? 2 : 1) - 1
          continue
        }
        if (byte === backslash && this.#escapes) {
          if (i + 1 >= limit && !this.final) return starved
          this.at = o
          i += this.#unescape(i)
          this.#doubleQuotes(o)
          o = this.at
          continue
        }
        if (kind === ending) this.isLong = true
        else if (kind === bad) this.isBad = true
        if (byte === doubleQuote) out[o++] = doubleQuote
      }
      out[o++] = byte
    }
    this.at = o
    this.isUnclosed = true
    return this.final ? limit : starved
  }

  /** Where nothing escapes a quote, only what follows tells whether it ends the field. */
  #closes(at: number): boolean {
    let next = at
    while (next < this.limit && this.bytes[next] === space && this.#delimiterAt(next) === 0) next++
    return next >= this.limit || this.#endAt(next) > 0 || this.#delimiterAt(next) > 0
  }

  #isBlank(at: number): boolean {
    const byte = this.bytes[at]
    return at < this.limit && (byte === space || byte === tab)
  }

  /** Past blanks that separate nothing, or are skipped as one delimiter. */
  #pastSpaces(from: number): number {
    let at = from
    while (at < this.limit && this.bytes[at] === space && (this.#spaced || this.#delimiterAt(at) === 0)) at++
    return at
  }

  #delimiterAt(at: number): number {
    if (this.#single !== undefined) return at < this.limit && this.bytes[at] === this.#single ? 1 : 0
    if (!this.startsWith(at, this.#delimiter)) return 0
    return this.#spaced ? this.#pastSpaces(at) - at : this.#delimiter.length
  }

  #endAt(at: number): number {
    if (at >= this.limit) return 0
    const byte = this.bytes[at]
    if (byte === lineFeed) return 1
    if (byte !== carriageReturn) return 0
    if (at + 1 < this.limit && this.bytes[at + 1] === lineFeed) return 2
    return this.#returnsEnd ? 1 : 0
  }

  #trim(start: number): void {
    const end = trimmedEnd(this.out, start, this.at)
    const from = trimmedStart(this.out, start, end)
    if (from > start) this.out.copyWithin(start, from, end)
    this.at = start + end - from
  }

  #wrap(start: number): void {
    this.out.copyWithin(start + 1, start, this.at)
    this.out[start] = doubleQuote
    this.at++
    this.#doubleQuotes(start + 1)
    this.out[this.at++] = doubleQuote
  }

  /** Of what was written from there on. */
  #doubleQuotes(start: number): void {
    const { out } = this
    let count = 0
    for (let i = start; i < this.at; i++) if (out[i] === doubleQuote) count++
    let to = this.at + count
    const end = to
    for (let i = this.at - 1; count > 0; i--) {
      const byte = out[i] ?? 0
      out[--to] = byte
      if (byte !== doubleQuote) continue
      out[--to] = doubleQuote
      count--
    }
    this.at = end
  }
}
