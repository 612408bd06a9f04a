import { isAscii, isUtf8 } from 'node:buffer'
import { encoderFor } from '../core/dialect/index.ts'
import type { Encoding } from '../shared/index.ts'

export interface Transcoder {
  /** What the file begins with. */
  readonly mark: Buffer
  /** From UTF-8; undefined when it is none, or the encoding lacks one of its letters. */
  encode(bytes: Buffer): Uint8Array | undefined
}

const nothing = Buffer.alloc(0)

export function transcoder(encoding: Encoding): Transcoder {
  // Texts are bytes to ClickHouse, and come out as they went in.
  if (encoding === 'utf-8' || encoding === 'binary') return { mark: nothing, encode: (bytes) => bytes }
  if (encoding === 'utf-8-bom') return { mark: Buffer.of(0xef, 0xbb, 0xbf), encode: (bytes) => bytes }
  if (encoding === 'utf-16le') return { mark: wide('\ufeff'), encode: ofLetters(wide) }
  if (encoding === 'utf-16be') {
    const encode = (text: string) => wide(text).swap16()
    return { mark: encode('\ufeff'), encode: ofLetters(encode) }
  }
  const encode = ofLetters(encoderFor(encoding))
  return { mark: nothing, encode: (bytes) => (isAscii(bytes) ? bytes : encode(bytes)) }
}

const wide = (text: string): Buffer => Buffer.from(text, 'utf16le')

const ofLetters = (encode: (text: string) => Uint8Array | undefined) => (bytes: Buffer) =>
  isUtf8(bytes) ? encode(bytes.toString()) : undefined
