import type { Dialect, Encoding } from '../../shared/index.ts'
import { decoderOf, type Decoder } from './normalise-decode.ts'
import { RecordReader } from './normalise-record.ts'

declare const TextEncoder: new () => { encode(text: string): Uint8Array }

/** What is read, and how it is given. */
export interface Normalisation {
  /** The file's own. */
  dialect: Dialect
  /** Fields of a record, without what an edge delimiter sets apart. */
  width: number
  /** What stands for a field that is missing in a ragged record: the reader's null token. */
  missing: string
}

/** The code of the error that is made of what is wrong with a record as a whole. */
export function codeOfFault(fault: string): 'FILE_ENCODING' | 'RECORD_TOO_LARGE' | 'RECORD_MALFORMED' {
  if (fault.startsWith(badSentence)) return 'FILE_ENCODING'
  return fault.endsWith(longSentence) ? 'RECORD_TOO_LARGE' : 'RECORD_MALFORMED'
}

const badSentence = 'the record holds bytes that are no letters in '
/** A record that is longer than 16 MiB is none. */
const longestRecord = 16_777_216
const longSentence = '16 MiB'

/** One character: the file's own delimiter where that will do, so that fewer fields need quotes. */
export const separatorOf = ({ delimiter }: Dialect): string => (/^[,;|]$/u.test(delimiter) ? delimiter : ',')

const lineFeed = 10
const carriageReturn = 13
const doubleQuote = 34
const zero = 48
const firstRoom = 262_144

/**
 * Makes CSV in UTF-8 of a file in any dialect and encoding: fields set apart by `separatorOf`, in double quotes where the
 * file quotes them or they would not be read as they are; LF; no header. After its fields every record has five of ours:
 * the file's number, the line (from 1) and the byte (from 0) at which it begins there, its length in bytes without its
 * line end, and what is wrong with it as a whole. When that is not empty, its fields are.
 */
export class Normaliser {
  readonly #decoder: Decoder
  readonly #records: RecordReader
  readonly #edge: Dialect['edgeDelimiter']
  readonly #ragged: boolean
  readonly #returnsEnd: boolean
  readonly #footerLines: number
  readonly #width: number
  readonly #rawWidth: number
  readonly #comment: Uint8Array | undefined
  readonly #missing: Uint8Array
  readonly #file: Uint8Array
  readonly #separator: number
  readonly #badSentence: string
  readonly #straySentence: string
  readonly #longest: number

  /** What is not read yet: `#held` bytes of it. */
  #buffer = new Uint8Array(firstRoom)
  #held = 0
  /** Where in the buffer reading goes on. */
  #from = 0
  /** With fewer bytes than that, reading on would come to nothing. */
  #enough = 4
  #line = 1
  /** Where in the file that is, in bytes. */
  #offset = 0
  /** Nothing was read yet: neither a byte order mark, nor a record or comment below the skipped lines. */
  #isNew = true
  #isFirst = true
  #skipLines: number
  #headers: number
  /** The record at hand holds none but those that end it. */
  #isPlain = false
  /** The rest of a line is dropped. */
  #dropping = false
  readonly #outs: [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] = [
    new Uint8Array(3 * firstRoom),
    new Uint8Array(3 * firstRoom),
  ]

  /** @param file its number from 1, which every record bears */
  constructor(job: Normalisation, encoding: Encoding, file: number, longest = longestRecord) {
    const encode = (text: string) => new TextEncoder().encode(text)
    const { dialect } = job
    this.#edge = dialect.edgeDelimiter
    this.#ragged = dialect.ragged === true
    this.#returnsEnd = dialect.lineTerminator === '\r'
    this.#footerLines = dialect.footerLines ?? 0
    this.#separator = separatorOf(dialect).charCodeAt(0)
    this.#decoder = decoderOf(encoding)
    this.#records = new RecordReader(dialect, this.#separator)
    this.#width = job.width
    this.#rawWidth = job.width + (dialect.edgeDelimiter === undefined ? 0 : 1)
    this.#comment = dialect.commentPrefix === undefined ? undefined : encode(dialect.commentPrefix)
    this.#missing = encode(job.missing)
    this.#file = encode(String(file))
    this.#badSentence = badSentence + encoding
    this.#straySentence = `a quote inside a field is not ${dialect.escape === 'backslash' ? 'escaped' : 'doubled'}`
    this.#longest = longest
    this.#skipLines = dialect.skipLines
    this.#headers = dialect.header ? (dialect.headerLines ?? 1) : 0
  }

  /** The records that end in these bytes. The answer stands until the call after the next. */
  add(chunk: Uint8Array): Uint8Array {
    return this.#give(chunk, false)
  }

  /** The records that are left, once all bytes were added. */
  end(): Uint8Array {
    return this.#give(new Uint8Array(0), true)
  }

  #give(chunk: Uint8Array, final: boolean): Uint8Array {
    this.#hold(this.#decoder.decode(chunk, final))
    const records = this.#records
    this.#outs.reverse()
    records.bytes = this.#buffer
    records.out = this.#outs[0]
    records.at = 0
    if (final || this.#held - this.#from >= this.#enough) {
      if (this.#isNew) this.#passMark()
      this.#enough = 0
      records.final = final
      records.limit = this.#withoutFooter(final)
      while (this.#from < records.limit && this.#step()) continue
      this.#outs[0] = records.out
    }
    return records.out.subarray(0, records.at)
  }

  #hold(bytes: Uint8Array): void {
    if (this.#from > 0) {
      this.#buffer.copyWithin(0, this.#from, this.#held)
      this.#held -= this.#from
      this.#from = 0
    }
    const needed = this.#held + bytes.length
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#held))
      larger.set(this.#buffer.subarray(0, this.#held))
      this.#buffer = larger
    }
    this.#buffer.set(bytes, this.#held)
    this.#held = needed
  }

  #passMark(): void {
    this.#isNew = false
    const { inText, inFile } = this.#decoder.mark(this.#buffer.subarray(0, Math.min(3, this.#held)))
    this.#from = inText
    this.#offset = inFile
  }

  /** How many of the bytes here are certainly none of the footer's. */
  #withoutFooter(final: boolean): number {
    if (this.#footerLines === 0) return this.#held
    let left = this.#footerLines + (final ? 0 : 1)
    for (let i = this.#held - 1; i >= 0; i--) {
      // At the very end of the file no line begins.
      if (this.#isLineEnd(i) && !(final && i + 1 === this.#held) && --left === 0) return i + 1
    }
    return 0
  }

  #isLineEnd(at: number): boolean {
    const byte = this.#buffer[at]
    if (byte === lineFeed) return true
    return byte === carriageReturn && this.#returnsEnd && this.#buffer[at + 1] !== lineFeed
  }

  /** Goes past a line or a record. False when that needs more bytes. */
  #step(): boolean {
    const records = this.#records
    this.#isPlain = false
    if (this.#dropping || this.#skipLines > 0 || this.#isComment()) return this.#passLine()
    const start = records.at
    this.#makeRoom()
    const isWhole = records.read(this.#from)
    if (isWhole && !records.isUnclosed) {
      this.#isPlain = !records.isLong
      this.#take(start)
      this.#pass(records.next)
    } else {
      records.at = start
      if (isWhole) this.#refuse('a quote is opened and not closed')
      else return this.#tooLong()
    }
    this.#isFirst = false
    return true
  }

  #isComment(): boolean {
    return (
      this.#comment !== undefined && !this.#isFirst && this.#records.startsWith(this.#from, this.#comment)
    )
  }

  #passLine(): boolean {
    const line = this.#records.line(this.#from)
    if (line === undefined) return this.#tooLong()
    if (this.#dropping) this.#dropping = false
    else if (this.#skipLines > 0) this.#skipLines--
    this.#pass(line.next)
    return true
  }

  #makeRoom(): void {
    const records = this.#records
    const room = 3 * (records.limit - this.#from) + this.#width * (this.#missing.length + 1) + 512
    if (records.at + room <= records.out.length) return
    const larger = new Uint8Array(2 * (records.at + room))
    larger.set(records.out.subarray(0, records.at))
    records.out = larger
  }

  /** Keeps the record that was read, unless it is none: a blank line, or part of the header. */
  #take(start: number): void {
    const records = this.#records
    if (records.fields === 1 && this.#rawWidth > 1 && records.isLastBlank()) records.at = start
    else if (this.#headers > 0) {
      this.#headers--
      records.at = start
    } else {
      const fault = this.#fault() ?? this.#fit(start)
      if (fault !== '') records.at = start
      this.#finish(records.end, fault)
    }
  }

  #fault(): string | undefined {
    if (this.#decoder.places && this.#records.isBad) return this.#badSentence
    return this.#records.isStray ? this.#straySentence : undefined
  }

  /** Makes the record as wide as it must be, and says what is wrong when it cannot be. */
  #fit(start: number): string {
    const records = this.#records
    let fields = records.fields
    if ((this.#edge === 'trailing' || this.#edge === 'both') && records.lastEmpty && fields > 1) {
      records.at = records.lastStart - 1
      fields--
    }
    if ((this.#edge === 'leading' || this.#edge === 'both') && records.firstEmpty && fields > 1) {
      const from = start + (records.out[start] === doubleQuote ? 3 : 1)
      records.out.copyWithin(start, from, records.at)
      records.at -= from - start
      fields--
    }
    if (this.#ragged) {
      while (fields > this.#width && this.#dropEmpty()) fields--
      for (; fields < this.#width; fields++) this.#put(this.#missing)
    }
    if (fields === this.#width) return ''
    return `the record has ${fields} ${fields === 1 ? 'field' : 'fields'}, but ${this.#width} are expected`
  }

  /** Drops the last field, if it is empty. */
  #dropEmpty(): boolean {
    const records = this.#records
    const { out, at } = records
    const isQuoted = out[at - 1] === doubleQuote && out[at - 2] === doubleQuote
    const dropped = isQuoted ? 3 : 1
    if (out[at - dropped] !== this.#separator) return false
    records.at -= dropped
    return true
  }

  #put(text: Uint8Array): void {
    const records = this.#records
    records.out[records.at++] = this.#separator
    for (const byte of text) records.out[records.at++] = byte
  }

  /** The line stands for a record that cannot be read at all; reading goes on below it. */
  #refuse(fault: string): void {
    const { end, next } = this.#records.line(this.#from) ?? {
      end: this.#records.limit,
      next: this.#records.limit,
    }
    this.#finish(end, fault)
    this.#pass(next)
  }

  /** A record that is longer than any may be is one that was misread, such as by a quote that is never closed. */
  #tooLong(): boolean {
    const records = this.#records
    const length = records.limit - this.#from
    this.#enough = 2 * length
    if (length <= this.#longest) return false
    this.#enough = 0
    const line = records.line(this.#from)
    if (line === undefined) {
      if (!this.#dropping && this.#skipLines === 0 && !this.#isComment())
        this.#finish(records.limit, `the record is longer than ${longSentence}`)
      this.#dropping = true
      // The LF after a CR may be still to come.
      this.#pass(records.isCutReturn(records.limit - 1) ? records.limit - 1 : records.limit)
      return false
    }
    this.#refuse(
      records.isUnclosed
        ? `a quote is opened and not closed within ${longSentence}`
        : `the record is longer than ${longSentence}`,
    )
    return true
  }

  /** Ends the record with where it stands. With a fault it has no fields. */
  #finish(end: number, fault: string): void {
    const records = this.#records
    const { out } = records
    if (fault !== '') records.at += this.#width - 1
    if (fault !== '') out.fill(this.#separator, records.at - this.#width + 1, records.at)
    this.#put(this.#file)
    this.#number(this.#line)
    this.#number(this.#offset)
    this.#number(this.#lengthTo(end))
    out[records.at++] = this.#separator
    if (fault !== '') {
      out[records.at++] = doubleQuote
      for (let i = 0; i < fault.length; i++) out[records.at++] = fault.charCodeAt(i)
      out[records.at++] = doubleQuote
    }
    out[records.at++] = lineFeed
  }

  #number(value: number): void {
    const records = this.#records
    const { out } = records
    out[records.at++] = this.#separator
    let digits = 1
    for (let power = 10; power <= value; power *= 10) digits++
    let left = value
    for (let i = records.at + digits - 1; i >= records.at; i--) {
      const rest = Math.floor(left / 10)
      out[i] = zero + left - rest * 10
      left = rest
    }
    records.at += digits
  }

  #lengthTo(end: number): number {
    const { places } = this.#decoder
    if (places === undefined) return end - this.#from
    return places.end(this.#endsUntil(end) + 1) - this.#offset
  }

  /** How many LF and CR stand before that. */
  #endsUntil(to: number): number {
    if (this.#isPlain) return to - this.#records.end
    let ends = 0
    for (let i = this.#from; i < to; i++)
      if (this.#buffer[i] === lineFeed || this.#buffer[i] === carriageReturn) ends++
    return ends
  }

  #pass(to: number): void {
    const { places } = this.#decoder
    this.#offset = places ? places.pass(this.#endsUntil(to)) : this.#offset + to - this.#from
    if (this.#isPlain) this.#line += to > this.#records.end ? 1 : 0
    else for (let i = this.#from; i < to; i++) if (this.#isLineEnd(i)) this.#line++
    this.#from = to
  }
}
