import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  candidatesFor,
  checkField,
  checkSettings,
  declaredType,
  parseType,
  profileQuery,
  profileSettings,
  readerNullToken,
  readProfile,
  type FieldOptions,
  type ProfileRow,
} from '../../src/core/schema/index.ts'
import { fileTable, identifier, readSettings } from '../../src/core/sql/index.ts'
import type { Dialect } from '../../src/shared/index.ts'
import { csv, quoted, startChecked } from './checked-support.ts'

export { csv, tsv } from './checked-support.ts'

export interface TestFile {
  /** The fields, column by column: those of the file, or of its sample when there is a path. */
  columns: readonly (readonly string[])[]
  path?: string
  /** Fields as they stand in the file; otherwise they are quoted where they must be. */
  raw?: boolean
  names?: readonly string[]
  /** Names of the table's columns. */
  fields?: readonly string[]
  dialect?: Dialect
  timezone?: string
  skip?: number
  sampleSize?: number
}

export type Inference = Awaited<ReturnType<typeof startInference>>

/** Rows to columns, or back. */
export const columnsOf = (rows: readonly (readonly string[])[]): string[][] =>
  (rows[0] ?? []).map((_, n) => rows.map((row) => row[n] ?? ''))

const unquoted = (field: string) => field.replace(/^"(.*)"$/s, '$1')

/** A server, and profiles of files on it. */
export async function startInference() {
  const { dir, query, stop } = await startChecked()
  let files = 0

  function write({ columns, dialect = csv, raw }: TestFile): string {
    const path = join(dir, `infer-${++files}.txt`)
    const shown = (field: string) => (raw !== true && /[",\n\r]|^\s|\s$/.test(field) ? quoted(field) : field)
    const lines = columnsOf(columns).map((record) => record.map(shown).join(dialect.delimiter))
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
    return path
  }

  function reading(file: TestFile) {
    const { dialect = csv, timezone = 'UTC', skip = 0 } = file
    const { nullTokens } = dialect
    const path = file.path ?? write(file)
    const nullToken = readerNullToken(nullTokens)
    const read = { path, dialect, compression: 'none' as const, nullToken, skip }
    const options: FieldOptions = { timezone, utf8: true, nullTokens, quoted: dialect.quote !== null }
    return { read, options, fields: file.fields ?? file.columns.map((_, n) => `c${n + 1}`) }
  }

  async function profile(file: TestFile) {
    const { read, options, fields } = reading(file)
    const sampled = file.columns.map((texts) => texts.slice(0, file.sampleSize).map(unquoted))
    const columns = sampled.map((sample, n) => ({
      name: file.names?.[n] ?? '',
      field: fields[n] ?? '',
      candidates: candidatesFor(sample, read.dialect.nullTokens),
    }))
    const table = fileTable(
      read,
      fields.map((name) => ({ name, type: 'Nullable(String)' })),
    )
    const sql = `${profileQuery(table, columns, options)} FORMAT JSONEachRow`
    const answer = await query(sql, { ...readSettings(read), ...profileSettings })
    return readProfile(JSON.parse(answer) as ProfileRow, columns)
  }

  /** How many values checked reading refuses, for each column (they are of one file) and its types. */
  async function refusedBy(file: TestFile, types: readonly (readonly string[])[]): Promise<number[][]> {
    const { read, options, fields } = reading(file)
    // Every type has columns of its own, because it decides how the file's column is declared.
    const counts = types.map((ofColumn, n) =>
      ofColumn.map(async (type) => {
        const node = parseType(type)
        const declared = fields.map((name, at) => ({
          name,
          type: at === n ? declaredType(node, options) : 'Nullable(String)',
        }))
        const { ok } = checkField(identifier(fields[n] ?? ''), node, options)
        const sql = `SELECT countIf(NOT ${ok}) FROM ${fileTable(read, declared)}`
        return Number(await query(sql, { ...readSettings(read), ...checkSettings }))
      }),
    )
    return Promise.all(counts.map((ofColumn) => Promise.all(ofColumn)))
  }

  /** How many values of each column checked reading refuses, the column being of the type. */
  async function refused(file: TestFile, types: readonly string[]): Promise<number[]> {
    const counts = await refusedBy(
      file,
      types.map((type) => [type]),
    )
    return counts.map(([count]) => count ?? -1)
  }

  return { dir, query, profile, refused, refusedBy, stop }
}
