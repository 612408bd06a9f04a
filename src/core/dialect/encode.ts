import type { LegacyEncoding } from '../../shared/index.ts'

// The pure projects have neither DOM nor Node types; every place this runs in has a TextDecoder.
declare const TextDecoder: new (label: string) => { decode(bytes: Uint8Array): string }

/** The bytes of a text; undefined when the encoding lacks one of its letters. */
export type Encode = (text: string) => Uint8Array | undefined

/**
 * The exact inverse of the TextDecoder by which files are read: made from what it says of every sequence of bytes, because
 * tables made elsewhere know other letters (8,824 Korean syllables, for one, that it would read as something else).
 */
export function encoderFor(encoding: LegacyEncoding): Encode {
  const bytesOf = sequences(encoding)
  const isUnicode = encoding === 'gb18030'
  return (text) => {
    const bytes = new Uint8Array(text.length * 4)
    let length = 0
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      if (unit < 0x80) {
        bytes[length++] = unit
        continue
      }
      const isHigh = isUnicode && unit >= 0xd800 && unit < 0xdc00
      const sequence = isHigh ? supplementary(text.codePointAt(at++) ?? 0) : (bytesOf[unit] ?? 0)
      if (sequence === 0) return undefined
      if (sequence > 0xffffff) bytes[length++] = sequence >>> 24
      if (sequence > 0xffff) bytes[length++] = sequence >>> 16
      if (sequence > 0xff) bytes[length++] = sequence >>> 8
      bytes[length++] = sequence
    }
    return bytes.subarray(0, length)
  }
}

const span = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const high = span(0x80, 0xff)
const digits = span(0x30, 0x39)

/** By letter outside ASCII: its bytes, as one number; 0 where there are none. */
function sequences(encoding: LegacyEncoding): Uint32Array {
  const found = new Uint32Array(0x10000)
  // Of two ways to write a letter the first counts: single bytes come last, since some readers know no such ones.
  learn(found, encoding, crossed(high, span(0x30, 0xff)))
  if (encoding === 'euc-jp') learn(found, encoding, crossed([0x8f], high, high))
  if (encoding === 'gb18030') learn(found, encoding, crossed(span(0x81, 0x84), digits, high, digits))
  learn(found, encoding, crossed(high))
  return found
}

const crossed = (...places: number[][]): number[][] =>
  places.reduce<number[][]>(
    (begun, bytes) => begun.flatMap((sequence) => bytes.map((byte) => [...sequence, byte])),
    [[]],
  )

function learn(found: Uint32Array, encoding: LegacyEncoding, tried: number[][]): void {
  // A line end after each keeps a sequence that is none from swallowing the next one.
  const texts = new TextDecoder(encoding)
    .decode(Uint8Array.from(tried.flatMap((sequence) => [...sequence, 0x0a])))
    .split('\n')
  for (const [index, text] of texts.entries()) {
    const unit = text.charCodeAt(0)
    if (text.length !== 1 || text === '\ufffd' || unit < 0x80 || found[unit] !== 0) continue
    found[unit] = tried[index]?.reduce((number, byte) => number * 256 + byte, 0) ?? 0
  }
}

/** GB 18030 counts the letters beyond the basic plane in one row, four bytes each. */
function supplementary(codePoint: number): number {
  const place = codePoint - 0x10000
  const bytes = [
    0x90 + Math.floor(place / 12_600),
    0x30 + (Math.floor(place / 1260) % 10),
    0x81 + (Math.floor(place / 10) % 126),
    0x30 + (place % 10),
  ]
  return bytes.reduce((number, byte) => number * 256 + byte, 0)
}
