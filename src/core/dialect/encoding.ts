// The pure projects have neither DOM nor Node types; every place this runs in has a TextDecoder.
declare const TextDecoder: new (
  label: string,
  options?: { fatal?: boolean },
) => { decode(bytes: Uint8Array, options?: { stream?: boolean }): string }

/** What the bytes are. Only the first two can be read as they are; the others must be transcoded. */
export type SniffedEncoding = 'utf-8' | 'utf-8-bom' | 'utf-16le' | 'utf-16be' | 'unknown-8bit' | 'binary'

/** The first bytes of a file, after decompression. */
export interface Head {
  /** At most the first MiB. */
  bytes: Uint8Array
  /** The whole file is here: its last record is not cut. */
  complete: boolean
}

export interface Decoded {
  encoding: SniffedEncoding
  /** Without its byte order mark. */
  text: string
  reasons: string[]
  warnings: string[]
}

const looked = 65_536

export function decodeHead(head: Head): Decoded {
  const { bytes, complete } = head
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
  return {
    encoding: 'unknown-8bit',
    text: lenient('latin1', bytes),
    reasons: ['The bytes are not valid UTF-8; they were read as Latin-1 to find the columns'],
    warnings: ['The text is not UTF-8: say which encoding it has, or letters outside ASCII will be wrong'],
  }
}

function byteOrderMark(bytes: Uint8Array): 'utf-8-bom' | 'utf-16le' | 'utf-16be' | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8-bom'
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

/** Mostly-ASCII text in UTF-16 has zeros in one half of every pair of bytes and hardly any in the other. */
function zeroBytes(bytes: Uint8Array): 'none' | 'utf-16le' | 'utf-16be' | 'binary' {
  const length = Math.min(bytes.length, looked)
  let even = 0
  let odd = 0
  for (let i = 0; i < length; i++) {
    if (bytes[i] !== 0) continue
    if (i % 2 === 0) even++
    else odd++
  }
  if (even + odd === 0) return 'none'
  const half = length / 2
  if (length >= 4 && odd > half * 0.4 && even < half * 0.05) return 'utf-16le'
  if (length >= 4 && even > half * 0.4 && odd < half * 0.05) return 'utf-16be'
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
