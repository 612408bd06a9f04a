import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { previewText, type Surroundings } from '../../src/runs/index.ts'
import { AppError, fileEndSchema, type Preview } from '../../src/shared/index.ts'
import type { LabelledFile } from './files.ts'

export interface Reading {
  file: LabelledFile
  /** Every cell is what the file's table holds. */
  right: boolean
  warned: boolean
  by: string
  /** What is wrong with it, in short. */
  why: string
}

/** Reads a labelled file as a person's would be read, with nothing set by hand. */
export async function readByEngine(
  file: LabelledFile,
  folder: string,
  surroundings: Surroundings,
): Promise<Reading> {
  const path = join(folder, `${file.name.replace(/[^\w.-]+/gu, '_')}.${file.extension}`)
  writeFileSync(path, file.bytes)
  const end = fileEndSchema.parse({ kind: 'file', path })
  try {
    const found = await previewText(end, file.table.length + 5, surroundings, new AbortController().signal)
    const why = difference(found, file)
    const { warnings = [], reading } = found.file ?? {}
    return { file, right: why === '', warned: warnings.length > 0, by: reading?.by ?? '', why }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    // A record that has too many fields has no place in a table.
    const right = file.trait === 'ragged, long' && error.code === 'RECORD_MALFORMED'
    return { file, right, warned: true, by: '', why: right ? '' : `${error.code}: ${error.message}` }
  }
}

function difference({ columns, rows }: Preview, { table, truth }: LabelledFile): string {
  const width = Math.max(...table.map((record) => record.length))
  const whole = table.map((record) => [...record, ...Array.from({ length: width - record.length }, () => '')])
  const body = whole.slice(truth.headerLines)
  const read = rows.map((row) => row.map((cell) => cell ?? ''))
  if (truth.headerLines === 1) {
    const names = whole[0]?.map((name, at) => (name === '' ? `c${at + 1}` : name))
    const own = columns.map(({ name }) => name)
    if (JSON.stringify(own) !== JSON.stringify(names)) return `columns ${JSON.stringify(own)}`
  }
  const at = body.findIndex((record, row) => JSON.stringify(record) !== JSON.stringify(read[row]))
  if (at >= 0) return `record ${at + 1}: ${JSON.stringify(read[at])} and not ${JSON.stringify(body[at])}`
  return read.length === body.length ? '' : `${read.length} records and not ${body.length}`
}
