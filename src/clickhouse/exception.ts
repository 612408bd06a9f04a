import { decodeLz4 } from './lz4.ts'

/**
 * ClickHouse writes at most 1 MiB of data into one compressed frame; the last one holds the exception, when there is
 * one, so its beginning is never further back than this.
 */
const tailBytes = 1_200_000

/** The end of a stream, kept as the chunks it came in. */
export class Tail {
  #chunks: Buffer[] = []
  #bytes = 0

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    for (
      let first = this.#chunks[0];
      first && this.#bytes - first.length >= tailBytes;
      first = this.#chunks[0]
    ) {
      this.#bytes -= first.length
      this.#chunks.shift()
    }
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}

// A frame: 16 bytes checksum; 1 byte method; 4 bytes size of the rest, these 9 bytes included; 4 bytes size when decoded.
const checksum = 16
const header = 9
const lz4 = 0x82

/** The text of an answer that is nothing but an error: compressed when the answer was to be, after what was to be sent. */
export const errorText = (answer: Buffer): string => (lastFrame(answer) ?? answer).toString('utf8')

/**
 * The exception's text at the end of a stream of compressed frames, if there is one. The tag is random for every answer
 * (X-ClickHouse-Exception-Tag), so no data can be taken for it.
 */
export function exceptionAtEnd(stream: Buffer, tag: string): string | undefined {
  const text = lastFrame(stream)?.toString('utf8') ?? ''
  const marker = `__exception__\r\n${tag}\r\n`
  const from = text.indexOf(marker)
  if (from < 0) return undefined
  // At the end stand the message's length, the tag and the marker once more.
  return text.slice(from + marker.length).replace(/\n\d+ [a-z]+\r\n__exception__[\s\S]*$/, '')
}

/** The frame whose size reaches exactly to the end of the stream. */
function lastFrame(stream: Buffer): Buffer | undefined {
  for (let at = stream.length - checksum - header; at >= 0; at--) {
    const size = at + checksum
    if (stream[size] !== lz4 || size + stream.readUInt32LE(size + 1) !== stream.length) continue
    return decodeLz4(stream.subarray(size + header), stream.readUInt32LE(size + 5))
  }
  return undefined
}
