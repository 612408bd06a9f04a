import iconv from 'iconv-lite'
import { sniff, type Sniffed } from '../../src/core/dialect/index.ts'
import type { LabelledFile } from './files.ts'
import { parse } from './parse.ts'

export interface Verdict {
  file: LabelledFile
  found: Sniffed | null
  encoding: boolean
  delimiter: boolean
  quoting: boolean
  header: boolean
  table: boolean
  /** The table is wrong and nothing was said. */
  silent: boolean
  records: string[][]
}

const headBytes = 1_048_576

export function judge(file: LabelledFile): Verdict {
  const bytes = file.bytes.subarray(0, headBytes)
  let found: Sniffed
  try {
    found = sniff(
      { bytes, complete: bytes.length === file.bytes.length },
      { choice: {}, extension: file.extension },
    )
  } catch {
    const wrong = { encoding: false, delimiter: false, quoting: false, header: false, table: false }
    return { file, found: null, ...wrong, silent: true, records: [] }
  }
  const { dialect, warnings } = found
  const { truth } = file
  const text = decoded(file.bytes, found.encoding)
  const records = text === null ? [] : parse(text, dialect)
  const table = same(records, file.table)
  const single = truth.delimiter === ''
  const trimmed = dialect.padding === true ? truth.delimiter.trim() || truth.delimiter : truth.delimiter
  return {
    file,
    found,
    encoding: text === file.text,
    delimiter: single
      ? records.every((record) => record.length === 1)
      : [truth.delimiter, trimmed].includes(dialect.delimiter),
    quoting:
      (truth.quote === null || truth.quote === dialect.quote) &&
      (truth.escape === null || truth.escape === dialect.escape),
    header:
      dialect.header === truth.header && (!truth.header || (dialect.headerLines ?? 1) === truth.headerLines),
    table,
    silent: !table && warnings.length === 0,
    records,
  }
}

const labels: Partial<Record<string, string>> = {
  'utf-8-bom': 'utf-8',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
}

function decoded(bytes: Uint8Array, encoding: string): string | null {
  const label = labels[encoding] ?? encoding
  return iconv.encodingExists(label) ? iconv.decode(Buffer.from(bytes), label) : null
}

function same(a: string[][], b: string[][]): boolean {
  return (
    a.length === b.length &&
    a.every(
      (row, at) => row.length === b[at]?.length && row.every((cell, column) => cell === b[at]?.[column]),
    )
  )
}

export const isDialectRight = ({ encoding, delimiter, quoting, header }: Verdict): boolean =>
  encoding && delimiter && quoting && header
