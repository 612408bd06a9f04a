import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  checkField,
  checkSettings,
  declaredType,
  parseType,
  profileColumns,
  profileQuery,
  profileSettings,
  readerNullToken,
  type Ask,
  type FieldOptions,
  type FieldReading,
  type ProfileRow,
} from '../../src/core/schema/index.ts'
import { fileTable, identifier, readSettings } from '../../src/core/sql/index.ts'
import type { Dialect } from '../../src/shared/index.ts'
import { csv, quoted, startChecked } from './checked-support.ts'

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
  /** What a person says about the columns. */
  readings?: readonly (FieldReading | undefined)[]
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
  let queries = 0

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
    const samples = file.columns.map((texts, n) => ({
      name: file.names?.[n] ?? '',
      field: fields[n] ?? '',
      texts: texts.slice(0, file.sampleSize).map(unquoted),
      reading: file.readings?.[n],
    }))
    const ask: Ask = async (columns) => {
      queries++
      const declared = new Map(columns.map(({ field, declared: type }) => [field, type]))
      const table = fileTable(
        read,
        fields.map((name) => ({ name, type: declared.get(name) ?? 'String' })),
      )
      const sql = `${profileQuery(table, columns, options)} FORMAT JSONEachRow`
      const answer = await query(sql, { ...readSettings(read), ...profileSettings })
      const row = JSON.parse(answer) as ProfileRow
      return columns.map((_, n) => row[n] ?? [])
    }
    return profileColumns(samples, options, ask)
  }

  /** How many values of the column, the n-th, checked reading refuses, for each of the types that it might have. */
  async function refusedBy(
    file: TestFile,
    n: number,
    types: readonly string[],
    how?: FieldReading,
  ): Promise<Map<string, number>> {
    const { read, options, fields } = reading(file)
    const field = fields[n] ?? ''
    const refusals = new Map<string, number>()
    for (const [declared, group] of Map.groupBy(types, (type) =>
      declaredType(parseType(type), options, how),
    )) {
      const counts = group.map(
        (type) => `countIf(NOT ${checkField(identifier(field), parseType(type), options, how).ok})`,
      )
      const columns = fields.map((name) => ({ name, type: name === field ? declared : 'Nullable(String)' }))
      const sql = `SELECT ${counts.join(', ')} FROM ${fileTable(read, columns)} FORMAT JSONCompactEachRow`
      const answer = await query(sql, { ...readSettings(read), ...checkSettings, max_query_size: 1e8 })
      const row = JSON.parse(answer) as (number | string)[]
      group.forEach((type, index) => refusals.set(type, Number(row[index])))
    }
    return refusals
  }

  /** How many values of each column checked reading refuses, the column being of the type. */
  function refused(file: TestFile, types: readonly string[]): Promise<number[]> {
    const counts = types.map(async (type, n) => (await refusedBy(file, n, [type])).get(type) ?? -1)
    return Promise.all(counts)
  }

  return { dir, query, profile, refused, refusedBy, stop, asked: () => queries }
}
