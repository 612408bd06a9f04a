import { isUtf8 } from 'node:buffer'
import { findField, Formatter, UnwritableValue, type FormattedRecords } from '../core/dialect/index.ts'
import type { Encoding } from '../shared/index.ts'
import type { FormatJob } from './formatting.ts'
import { transcoder, type Transcoder } from './transcode.ts'

/** What stands in one file, made of what the server writes. What it gives may be overwritten by what it gives next. */
export interface Content {
  /** What the file begins with. */
  readonly mark: Uint8Array
  /** Records so far, without the header; undefined where nobody counts. */
  readonly rows?: number
  /** @throws {UnwritableValue} */
  push(bytes: Buffer): Uint8Array
  /** @throws {UnwritableValue} */
  end(): Uint8Array
}

export const contentOf = (job: FormatJob): Content => (job.kinds ? new Formatted(job, job.kinds) : asItIs)

const nothing = Buffer.alloc(0)

const asItIs: Content = { mark: nothing, push: (bytes) => bytes, end: () => nothing }

/** Of a buffer for each piece, hundreds of MB pile up (seen). */
let output = Buffer.alloc(131_072)

class Formatted implements Content {
  readonly #encoding: Encoding
  readonly #code: Transcoder
  readonly #formatter: Formatter

  constructor({ dialect, encoding }: FormatJob, kinds: NonNullable<FormatJob['kinds']>) {
    this.#encoding = encoding
    this.#code = transcoder(encoding)
    this.#formatter = new Formatter(dialect, kinds, (text) => Buffer.from(text).toString('latin1'))
  }

  get mark(): Uint8Array {
    return this.#code.mark
  }

  get rows(): number {
    return this.#formatter.rows
  }

  push(bytes: Buffer): Uint8Array {
    // A letter stands for each byte, so that no text is changed by being decoded.
    return this.#encoded(this.#formatter.push(bytes.toString('latin1')))
  }

  end(): Uint8Array {
    return this.#encoded(this.#formatter.end())
  }

  #encoded(records: FormattedRecords): Uint8Array {
    const { length } = records.text
    if (length === 0) return nothing
    if (length > output.length) output = Buffer.alloc(length * 2)
    output.write(records.text, 'latin1')
    const bytes = this.#code.encode(output.subarray(0, length))
    if (bytes === undefined) throw uncoded(records, this.#code, this.#encoding)
    return bytes
  }
}

/** What of the records the encoding does not take. */
function uncoded(records: FormattedRecords, code: Transcoder, encoding: Encoding): UnwritableValue {
  const found = findField(records, (text) => code.encode(Buffer.from(text, 'latin1')) !== undefined)
  if (found === undefined)
    return new UnwritableValue(records.row, undefined, `${encoding} lacks a letter of the dialect`)
  const bytes = Buffer.from(found.text, 'latin1')
  const letter = Array.from(bytes.toString()).find((one) => code.encode(Buffer.from(one)) === undefined)
  const reason = isUtf8(bytes) ? `${encoding} has no ${JSON.stringify(letter)}` : 'it is not UTF-8 text'
  return new UnwritableValue(found.row, found.column, reason)
}
