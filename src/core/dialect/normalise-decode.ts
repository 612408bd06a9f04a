import type { Encoding } from '../../shared/index.ts'

// The pure projects have neither DOM nor Node types; every place this runs in has both.
declare const TextDecoder: new (
  label: string,
  options: { fatal?: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string }
declare const TextEncoder: new () => { encode(text: string): Uint8Array }

/** Stands in UTF-8 bytes for what is no letter in the file's encoding. No UTF-8 text holds it. */
export const badByte = 0xff

const none = new Uint8Array(0)

interface Mark {
  inText: number
  inFile: number
}

/** A file's bytes as UTF-8, and where in the file its line ends are. */
export interface Decoder {
  /** How many bytes the byte order mark takes with which a text begins: as it was decoded, and in the file. */
  mark(text: Uint8Array): Mark
  /** What it gives stands until the next call. */
  decode(chunk: Uint8Array, final: boolean): Uint8Array
  /** Undefined when what it gives are the bytes of the file. */
  readonly places?: Places
}

/** UTF-8 stays as it is, valid or not: its values are checked where they are used, as those of any UTF-8 file. */
export function decoderOf(encoding: Encoding): Decoder {
  const isAsItIs = encoding === 'utf-8' || encoding === 'utf-8-bom' || encoding === 'binary'
  if (isAsItIs) return { mark: (text) => markOf(text, 3), decode: (chunk) => chunk }
  return new Transcoder(encoding)
}

function markOf(text: Uint8Array, inFile: number): Mark {
  const isMark = text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf
  return isMark ? { inText: 3, inFile } : { inText: 0, inFile: 0 }
}

/** Decodes pieces that cut no letter. */
class Transcoder implements Decoder {
  readonly places: Places
  readonly #strict
  readonly #lenient
  readonly #encoder = new TextEncoder()
  readonly #cut: (bytes: Uint8Array) => number
  readonly #markLength: number
  #carried: Uint8Array = none

  constructor(encoding: Encoding) {
    const wide = encoding === 'utf-16le' || encoding === 'utf-16be'
    this.places = new Places(wide ? encoding : undefined)
    this.#strict = new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
    this.#lenient = new TextDecoder(encoding, { ignoreBOM: true })
    this.#cut = wide ? (bytes) => cutWide(bytes, encoding) : cutBytes
    this.#markLength = wide ? 2 : 4
  }

  mark(text: Uint8Array): Mark {
    return markOf(text, this.#markLength)
  }

  decode(chunk: Uint8Array, final: boolean): Uint8Array {
    const bytes = joined(this.#carried, chunk)
    const end = final ? bytes.length : this.#cut(bytes)
    this.#carried = new Uint8Array(bytes.subarray(end))
    const whole = bytes.subarray(0, end)
    this.places.add(whole)
    try {
      return this.#encoder.encode(this.#strict.decode(whole))
    } catch {
      return marked(this.#encoder.encode(this.#lenient.decode(whole)))
    }
  }
}

function joined(before: Uint8Array, chunk: Uint8Array): Uint8Array {
  if (before.length === 0) return chunk
  const bytes = new Uint8Array(before.length + chunk.length)
  bytes.set(before)
  bytes.set(chunk, before.length)
  return bytes
}

/** In none of these encodings does a letter of several bytes hold or end with one below 0x30. */
function cutBytes(bytes: Uint8Array): number {
  for (let end = bytes.length; end > 0; end--) if ((bytes[end - 1] ?? 0xff) < 0x30) return end
  // No record is that long.
  return bytes.length > mostCarried ? bytes.length : 0
}

const mostCarried = 16_777_216

/** Before half a letter: an odd byte, or the first of two surrogates. */
function cutWide(bytes: Uint8Array, encoding: Encoding): number {
  const even = bytes.length - (bytes.length % 2)
  const high = bytes[encoding === 'utf-16le' ? even - 1 : even - 2] ?? 0
  return high >= 0xd8 && high <= 0xdb ? even - 2 : even
}

/** The decoder wrote U+FFFD for what it could not read. */
function marked(bytes: Uint8Array): Uint8Array {
  for (let at = bytes.indexOf(0xef); at >= 0; at = bytes.indexOf(0xef, at + 1))
    if (bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd) bytes.fill(badByte, at, at + 3)
  return bytes
}

const lineFeed = 10
const carriageReturn = 13

/** Where in the file the line ends are: the places that a text keeps in any encoding. All in bytes. */
class Places {
  readonly #wide: Encoding | undefined
  /** Of the LF and CR that were not asked for yet. */
  #ends: number[] = []
  #next = 0
  #length = 0

  constructor(wide: Encoding | undefined) {
    this.#wide = wide
  }

  /** The bytes that were added. */
  get length(): number {
    return this.#length
  }

  add(bytes: Uint8Array): void {
    if (this.#next > 0) {
      this.#ends = this.#ends.slice(this.#next)
      this.#next = 0
    }
    if (this.#wide === undefined) {
      for (let i = 0; i < bytes.length; i++)
        if (bytes[i] === lineFeed || bytes[i] === carriageReturn) this.#ends.push(this.#length + i)
    } else {
      const low = this.#wide === 'utf-16le' ? 0 : 1
      for (let i = 0; i + 1 < bytes.length; i += 2) {
        const byte = bytes[i + low]
        if ((byte === lineFeed || byte === carriageReturn) && bytes[i + 1 - low] === 0)
          this.#ends.push(this.#length + i)
      }
    }
    this.#length += bytes.length
  }

  /** Where the count-th from here stands, from 1. */
  end(count: number): number {
    return this.#ends[this.#next + count - 1] ?? this.#length
  }

  /** Goes past so many, to what follows the last of them; past none only to the end of what was added. */
  pass(count: number): number {
    if (count === 0) return this.#length
    this.#next += count
    return (this.#ends[this.#next - 1] ?? 0) + (this.#wide === undefined ? 1 : 2)
  }
}
