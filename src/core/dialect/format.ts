import type { Dialect } from '../../shared/index.ts'
import { canonicalFieldEnd, canonicalNull, canonicalText, endsRecord, isCanonicalText } from './canonical.ts'
import { fieldWriter, Unwritable, type FieldWriter } from './format-field.ts'

/**
 * What a column holds where its quotes do not say it: `number` stands in quotes and is one nevertheless; `nested` has
 * escapes of its own, to which the reader expects no others; `short-date` has a year of two digits, or begins with `!`
 * where that would not say which year it is.
 */
export type WrittenKind = 'number' | 'nested' | 'short-date'

/** Which value cannot be written, and why. */
export class UnwritableValue extends Error {
  /** From 1; 0 is the header. */
  readonly row: number
  /** From 0; undefined when the record as a whole cannot be written. */
  readonly column: number | undefined

  /** @param reason a sentence's end that follows "because" */
  constructor(row: number, column: number | undefined, reason: string) {
    super(reason)
    this.row = row
    this.column = column
  }
}

/** Complete records, as they came and as they are written. */
export interface FormattedRecords {
  canonical: string
  text: string
  /** The number of the first. */
  row: number
}

/** In letters. Who reads the file takes no longer ones either. */
const longestRecord = 16 * 1_048_576

/** Formats a stream of canonical CSV as a dialect says. */
export class Formatter {
  readonly #dialect: Dialect
  readonly #kinds: readonly (WrittenKind | null)[]
  readonly #write: FieldWriter
  /** Of the first field, of which a record could seem to be a comment. */
  readonly #writeFirst: FieldWriter
  readonly #before: string
  readonly #after: string
  readonly #null: string | undefined
  #isFirst = true
  #row: number
  #pending = ''
  /** A text that is shorter is known to hold no complete record. */
  #shortest = 0

  /**
   * @param kinds one per column
   * @param units gives a text as the stream does: the same, or a letter for each of its bytes
   */
  constructor(written: Dialect, kinds: readonly (WrittenKind | null)[], units = (text: string) => text) {
    const dialect = inUnits(written, units)
    const { edgeDelimiter: edge, delimiter, header, lineTerminator, nullTokens, commentPrefix } = dialect
    this.#dialect = dialect
    this.#kinds = kinds
    this.#before = edge === 'leading' || edge === 'both' ? delimiter : ''
    this.#after = (edge === 'trailing' || edge === 'both' ? delimiter : '') + lineTerminator
    const isAlone = kinds.length === 1 && edge === undefined
    const standing = { isAlone, firstOfDelimiter: units(Array.from(written.delimiter)[0] ?? '') }
    this.#write = fieldWriter(dialect, standing)
    this.#writeFirst =
      commentPrefix === undefined ? this.#write : fieldWriter(dialect, { ...standing, commentPrefix })
    this.#null = isAlone && nullTokens[0] === '' ? undefined : nullTokens[0]
    this.#row = header ? 0 : 1
  }

  /** Records so far, without the header. */
  get rows(): number {
    return Math.max(this.#row - 1, 0)
  }

  /**
   * Formats all records that are complete.
   *
   * @throws {UnwritableValue}
   */
  push(piece: string): FormattedRecords {
    this.#pending += piece
    if (this.#pending.length < this.#shortest) return { canonical: '', text: '', row: this.#row }
    return this.#format()
  }

  /**
   * @throws {UnwritableValue}
   * @throws {TypeError} when the stream ended within a record
   */
  end(): FormattedRecords {
    const last = this.#format()
    if (this.#pending !== '') throw new TypeError('The canonical CSV ended within a record')
    return last
  }

  #format(): FormattedRecords {
    const pending = this.#pending
    const row = this.#row
    let text = ''
    let at = 0
    while (at < pending.length) {
      const record = this.#record(pending, at)
      if (record === undefined) break
      text += record.line
      at = record.end
      this.#row++
    }
    this.#pending = pending.slice(at)
    if (this.#pending.length > longestRecord) {
      throw new UnwritableValue(this.#row, undefined, 'it is longer than 16 MiB')
    }
    // To look again at every new piece of a long record would take time that grows with the square of its length.
    this.#shortest = Math.min(this.#pending.length * 2, longestRecord)
    return { canonical: pending.slice(0, at), text, row }
  }

  /** Undefined when the text ends within the record. */
  #record(pending: string, start: number): { line: string; end: number } | undefined {
    const { delimiter, commentPrefix } = this.#dialect
    let line = this.#before
    let end = start - 1
    for (let column = 0; column === 0 || !endsRecord(pending, end); column++) {
      const from = end + 1
      end = canonicalFieldEnd(pending, from)
      if (end < 0) return undefined
      if (column > 0) line += delimiter
      line += this.#field(pending.slice(from, end), column)
    }
    // Readers take the first line for a record whatever it begins with.
    if (commentPrefix !== undefined && !this.#isFirst && line.startsWith(commentPrefix)) {
      throw new UnwritableValue(this.#row, 0, 'its record would begin as a comment does')
    }
    this.#isFirst = false
    return { line: line + this.#after, end: end + 1 }
  }

  #field(raw: string, column: number): string {
    if (raw === canonicalNull) {
      if (this.#null !== undefined) return this.#null
      throw new UnwritableValue(this.#row, column, 'it is NULL, which would be a blank line and no record')
    }
    const text = canonicalText(raw)
    const kind = this.#row === 0 ? null : this.#kinds[column]
    if (kind === 'short-date' && text.startsWith('!')) {
      throw new UnwritableValue(this.#row, column, `two digits do not tell the year of ${text.slice(1)}`)
    }
    try {
      const write = column === 0 && !this.#isFirst ? this.#writeFirst : this.#write
      if (kind === 'nested') return write(text, 'nested')
      return write(text, kind === 'number' || !isCanonicalText(raw) ? 'number' : 'text')
    } catch (error) {
      if (error instanceof Unwritable) throw new UnwritableValue(this.#row, column, error.message)
      throw error
    }
  }
}

const inUnits = (dialect: Dialect, units: (text: string) => string): Dialect => ({
  ...dialect,
  delimiter: units(dialect.delimiter),
  quote: dialect.quote === null ? null : units(dialect.quote),
  nullTokens: dialect.nullTokens.map(units),
  ...(dialect.commentPrefix !== undefined && { commentPrefix: units(dialect.commentPrefix) }),
})

/** The first field of which the text does not pass a test. */
export function findField(
  { canonical, row }: FormattedRecords,
  passes: (text: string) => boolean,
): { row: number; column: number; text: string } | undefined {
  let [at, line, column] = [0, row, 0]
  while (at < canonical.length) {
    const end = canonicalFieldEnd(canonical, at)
    const text = canonicalText(canonical.slice(at, end))
    if (!passes(text)) return { row: line, column, text }
    at = end + 1
    if (endsRecord(canonical, end)) [line, column] = [line + 1, 0]
    else column++
  }
  return undefined
}
