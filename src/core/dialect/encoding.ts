import type { Encoding } from '../../shared/index.ts'
import { guessEncoding } from './charset.ts'
import { describeEncoding } from './words.ts'

// The pure projects have neither DOM nor Node types; every place this runs in has a TextDecoder.
declare const TextDecoder: new (
  label: string,
  options?: { fatal?: boolean },
) => { decode(bytes: Uint8Array, options?: { stream?: boolean }): string }

/** The first bytes of a file, after decompression. */
export interface Head {
  /** At most the first MiB. */
  bytes: Uint8Array
  /** The whole file is here: its last record is not cut. */
  complete: boolean
  /** The last bytes of a file whose head is not complete, from an even offset on: they show what ends it. */
  tail?: Uint8Array
}

export interface Decoded {
  encoding: Encoding
  /** Without its byte order mark. */
  text: string
  reasons: string[]
  warnings: string[]
}

const looked = 65_536

/** An encoding that a person chose wins over what the bytes look like. */
export function decodeHead(head: Head, chosen?: Encoding): Decoded {
  const { bytes, complete } = head
  if (chosen !== undefined) return decodedAs(chosen, bytes, complete)
  const mark = byteOrderMark(bytes)
  if (mark === 'utf-8-bom') return markedUtf8(bytes, complete)
  if (mark !== null) return readable(mark, bytes, 'The file begins with a byte order mark')

  const zeros = zeroBytes(bytes)
  if (zeros === 'utf-16le' || zeros === 'utf-16be')
    return readable(zeros, bytes, 'Every second byte is zero, as in UTF-16 text')

  // Zeros may stand in honest UTF-8 text: ClickHouse's FixedString is padded with them.
  const utf8 = strictUtf8(bytes, complete)
  if ((zeros === 'binary' && utf8 === null) || controlShare(bytes) > (utf8 === null ? 0.03 : 0.1))
    return binary(bytes)
  if (utf8 !== null) return { encoding: 'utf-8', text: utf8, reasons: [], warnings: [] }
  return damagedUtf8(bytes) ?? legacy(bytes)
}

/** Another encoding would spoil every letter for the sake of a few: that so much is UTF-8 is no chance. */
function damagedUtf8(bytes: Uint8Array): Decoded | null {
  const text = lenient('utf-8', bytes)
  const foreign = text.match(/[^\0-\x7f]/gu) ?? []
  const bad = foreign.filter((letter) => letter === '\ufffd').length
  if (foreign.length < 10 || bad > foreign.length * 0.1) return null
  return {
    encoding: 'utf-8',
    text,
    reasons: ['Nearly all bytes are valid UTF-8'],
    warnings: ['The text is UTF-8, but some bytes are not valid UTF-8'],
  }
}

function decodedAs(encoding: Encoding, bytes: Uint8Array, complete: boolean): Decoded {
  const utf8 = encoding === 'utf-8' || encoding === 'utf-8-bom' || encoding === 'binary'
  const strict = utf8 ? strictUtf8(bytes, complete) : null
  const text = strict ?? lenient(labelOf(encoding), bytes)
  const isDamaged = utf8 ? strict === null && encoding !== 'binary' : text.includes('\ufffd')
  return {
    encoding,
    text,
    reasons: [`Encoding chosen by hand: ${encoding}`],
    warnings: isDamaged ? [`Some bytes are not valid ${encoding}`] : [],
  }
}

function legacy(bytes: Uint8Array): Decoded {
  const { encoding, confidence } = guessEncoding(bytes)
  const name = describeEncoding(encoding)
  const sure = confidence >= 0.6 ? 'reads like' : 'may be'
  return {
    encoding,
    text: lenient(encoding, bytes),
    reasons: [`The bytes are not valid UTF-8; the text ${sure} ${name}`],
    warnings: [`The encoding ${name} is a guess: choose another one by hand if letters look wrong`],
  }
}

export const isMarkedUtf8 = (bytes: Uint8Array): boolean =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

function byteOrderMark(bytes: Uint8Array): 'utf-8-bom' | 'utf-16le' | 'utf-16be' | null {
  if (isMarkedUtf8(bytes)) return 'utf-8-bom'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return null
}

function markedUtf8(bytes: Uint8Array, complete: boolean): Decoded {
  const text = strictUtf8(bytes, complete)
  return {
    encoding: 'utf-8-bom',
    text: text ?? lenient('utf-8', bytes),
    reasons: ['The file begins with a UTF-8 byte order mark'],
    warnings: text === null ? ['The byte order mark says UTF-8, but some bytes are not valid UTF-8'] : [],
  }
}

function readable(encoding: 'utf-16le' | 'utf-16be', bytes: Uint8Array, why: string): Decoded {
  const name = encoding === 'utf-16le' ? 'UTF-16 (little endian)' : 'UTF-16 (big endian)'
  return { encoding, text: lenient(encoding, bytes), reasons: [`${why}: ${name}`], warnings: [] }
}

function binary(bytes: Uint8Array): Decoded {
  return {
    encoding: 'binary',
    text: lenient('latin1', bytes),
    reasons: ['The bytes hold zeros or control characters that text does not have'],
    warnings: ['This does not look like a text file'],
  }
}

/** The end of a file, without the line that its beginning cuts. */
export function decodeTail(bytes: Uint8Array, encoding: Encoding): string {
  const text = lenient(labelOf(encoding), bytes)
  const first = /\r\n|\n|\r/u.exec(text)
  return first === null ? '' : text.slice(first.index + first[0].length)
}

function labelOf(encoding: Encoding): string {
  if (encoding === 'binary') return 'latin1'
  return encoding === 'utf-8-bom' ? 'utf-8' : encoding
}

/** null when the bytes are not UTF-8. A character cut by the end of the head is no fault of the file. */
function strictUtf8(bytes: Uint8Array, complete: boolean): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !complete })
  } catch {
    return null
  }
}

/** Streaming leaves out a character that the end of the head has cut. */
function lenient(label: string, bytes: Uint8Array): string {
  return new TextDecoder(label).decode(bytes, { stream: true })
}

/**
 * Delimiters, digits and line ends are ASCII in any language, so that text in UTF-16 has zeros in one half of its
 * pairs of bytes and hardly any in the other.
 */
function zeroBytes(bytes: Uint8Array): 'none' | 'utf-16le' | 'utf-16be' | 'binary' {
  const length = Math.min(bytes.length, looked)
  let even = 0
  let odd = 0
  let evenEnds = 0
  let oddEnds = 0
  for (let i = 0; i < length; i++) {
    if (bytes[i] !== 0) continue
    const other = bytes[i % 2 === 0 ? i + 1 : i - 1]
    const ends = other === 10 || other === 13 ? 1 : 0
    if (i % 2 === 0) {
      even++
      evenEnds += ends
    } else {
      odd++
      oddEnds += ends
    }
  }
  if (even + odd === 0) return 'none'
  const half = length / 2
  if (length >= 4 && odd > half * (oddEnds > 0 ? 0.1 : 0.4) && even < odd * 0.1) return 'utf-16le'
  if (length >= 4 && even > half * (evenEnds > 0 ? 0.1 : 0.4) && odd < even * 0.1) return 'utf-16be'
  return even + odd > length * 0.001 ? 'binary' : 'none'
}

/** Separators (0x01, 0x02, 0x1C–0x1F), escape and the white space controls are found in honest text. */
function controlShare(bytes: Uint8Array): number {
  const length = Math.min(bytes.length, looked)
  let count = 0
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] ?? 0
    if (byte === 0x7f || (byte < 0x1b && byte > 0x02 && (byte < 0x09 || byte > 0x0d))) count++
  }
  return length === 0 ? 0 : count / length
}
