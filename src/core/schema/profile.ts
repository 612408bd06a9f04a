/** Profiles a whole file: one aggregate query over all of its columns, read as text. */
import { identifier, literal, type Settings } from '../sql/index.ts'
import { checkSettings } from './check.ts'
import { readerNullToken, type FieldOptions } from './field.ts'
import { acceptance, chooseType, sortKey, typesOf, type Candidate } from './infer.ts'

export interface ProfiledColumn {
  /** What the profile calls the column; it never reaches SQL. */
  name: string
  /** The column's name in the table, declared Nullable(String). */
  field: string
  candidates: readonly Candidate[]
}

/** A decimal string where a number would not be exact. */
type Count = number | string

export interface ColumnProfile {
  name: string
  /** The narrowest type that holds every value, Nullable and LowCardinality included. */
  type: string
  nullable: boolean
  records: Count
  /** Fields that hold a null token; an empty field counts in `empties` only. */
  nulls: Count
  empties: Count
  /** Different texts that are neither NULL nor empty; approximate beyond some ten thousand. */
  distinct: Count
  /** Characters of the longest text. */
  longest: Count
  /** As values of the type, NaN and infinities aside; texts are cut. Null when there is no value. */
  min: string | null
  max: string | null
}

/** The answer to the query: for each column, by its position, a tuple of what was asked. */
export type ProfileRow = Record<string, readonly Answer[]>
export interface SampleRow {
  answers: readonly Answer[]
}
type Answer = string | number | null

/** To be set over the read settings: the reader must not take an empty field for NULL, and a wide file asks for much. */
export const profileSettings: Settings = {
  ...checkSettings,
  input_format_csv_empty_as_default: 0,
  input_format_tsv_empty_as_default: 0,
  // An aggregate has no order to keep.
  parallelize_output_from_storages: 1,
  max_query_size: 1e9,
  max_ast_elements: 1e8,
  max_expanded_ast_elements: 1e8,
  // Gains nothing here, and takes 20 s for the third profile of 1,000 columns (seen on 26.7).
  compile_expressions: 0,
  compile_aggregate_expressions: 0,
}

const shownLength = 200

/**
 * A query with one row, the answers about all columns.
 *
 * @param table SQL of the table function or table that holds the fields
 */
export function profileQuery(
  table: string,
  columns: readonly ProfiledColumn[],
  options: FieldOptions,
): string {
  const texts = columns.map(({ field }, n) => fieldText(`source.${identifier(field)}`, n, options))
  const steps = columns.flatMap(({ candidates }, n) =>
    candidates.map((family) => `${firstToAccept(`t${n}`, family, options)} AS ${family}${n}`),
  )
  const answers = columns.map((column, n) => {
    const asked = questions(column, n).map(([, sql]) => sql)
    return `tuple(${asked.join(', ')}) AS ${identifier(String(n))}`
  })
  return (
    `SELECT ${answers.join(', ')} FROM (SELECT ${['*', ...steps].join(', ')} ` +
    `FROM (SELECT ${texts.join(', ')} FROM ${table} AS source))`
  )
}

/**
 * The same about the first records of a file that may have thousands of columns: one row for each column, by its
 * `position`. Every cell is a row of one column, so the query stays short and is analyzed at once; each cell is tried
 * on all candidates, which only a sample is small enough for.
 *
 * @param fields SQL names of the fields
 */
export function sampleQuery(
  table: string,
  fields: readonly string[],
  candidates: readonly Candidate[],
  options: FieldOptions,
): string {
  const cells = `arrayJoin(arrayZip(range(${fields.length}), [${fields.map(identifier).join(', ')}])) AS cell`
  const text = fieldText('tupleElement(cell, 2)', 0, options)
  const steps = candidates.map((family) => `${firstToAccept('t0', family, options)} AS ${family}0`)
  const asked = questions({ candidates }, 0).map(([, sql]) => sql)
  return (
    `SELECT position, tuple(${asked.join(', ')}) AS answers FROM (SELECT ${['*', ...steps].join(', ')} ` +
    `FROM (SELECT tupleElement(cell, 1) AS position, ${text} FROM (SELECT ${cells} FROM ${table}))) ` +
    'GROUP BY position ORDER BY position'
  )
}

/** @param candidates those that the query was made for */
export function readSample(
  rows: readonly SampleRow[],
  columns: readonly ProfiledColumn[],
  candidates: readonly Candidate[],
): ColumnProfile[] {
  const keys = questions({ candidates }, 0).map(([key]) => key)
  return columns.map((column, n) => {
    const answers = rows[n]?.answers ?? []
    return readColumn(column, new Map(keys.map((key, index) => [key, answers[index]])))
  })
}

/**
 * Whether the field is NULL, and its text, empty when it is. As in checked reading, except that an empty field is not
 * NULL but empty.
 */
function fieldText(field: string, n: number, options: FieldOptions): string {
  const { nullTokens, quoted } = options
  const read = readerNullToken(nullTokens)
  // The reader looks for a null token even where there is none; in CSV we can read it as text instead.
  if (quoted && !nullTokens.includes(read)) return `0 AS n${n}, ifNull(${field}, ${literal(read)}) AS t${n}`
  const tokens = nullTokens.filter((token) => token !== '' && !(quoted && token === read)).map(literal)
  const text = `ifNull(${field}, '')`
  if (tokens.length === 0) return `isNull(${field}) AS n${n}, ${text} AS t${n}`
  const isNull = `(isNull(${field}) OR ${text} IN (${tokens.join(', ')}))`
  return `${isNull} AS n${n}, if(n${n}, '', ${text}) AS t${n}`
}

/** The position of the first type of the family that accepts the text; the types after it are not tried. */
function firstToAccept(text: string, family: Candidate, options: FieldOptions): string {
  const types = typesOf(family)
  const branches = types.map((type, step) => `${acceptance(text, family, type, options)}, ${step}`)
  return `multiIf(${branches.join(', ')}, ${types.length})`
}

type Question = readonly [key: string, sql: string]

/** What the query asks about the column, in order. */
function questions({ candidates }: Pick<ProfiledColumn, 'candidates'>, n: number): Question[] {
  const text = `t${n}`
  const filled = `${text} != ''`
  const shown = (aggregate: string) => `substringUTF8(${aggregate}(${text}, ${filled}), 1, ${shownLength})`
  return [
    ['records', 'count()'],
    ['nulls', `countIf(n${n})`],
    ['values', `countIf(${filled})`],
    ['distinct', `uniqCombinedIf(14)(${text}, ${filled})`],
    ['longest', `max(lengthUTF8(${text}))`],
    ['min', shown('minIf')],
    ['max', shown('maxIf')],
    ...candidates.flatMap((family) => familyQuestions(family, n)),
  ]
}

function familyQuestions(family: Candidate, n: number): Question[] {
  const counts = typesOf(family).map((type, step): Question => [
    `${family} ${type}`,
    `countIf(${family}${n} = ${step})`,
  ])
  const key = sortKey(`t${n}`, family)
  if (key === undefined) return counts
  return [...counts, [`${family} min`, `toString(min(${key}))`], [`${family} max`, `toString(max(${key}))`]]
}

/** @param columns the columns that the query was made for */
export function readProfile(row: ProfileRow, columns: readonly ProfiledColumn[]): ColumnProfile[] {
  return columns.map((column, n) => {
    const answers = row[String(n)] ?? []
    return readColumn(column, new Map(questions(column, n).map(([key], index) => [key, answers[index]])))
  })
}

type Answers = Map<string, Answer | undefined>

const numberOf = (answers: Answers, key: string) => BigInt(answers.get(key) ?? 0)
const textOf = (answers: Answers, key: string) => {
  const answer = answers.get(key) ?? null
  return answer === null ? null : String(answer)
}

function readColumn(column: ProfiledColumn, answers: Answers): ColumnProfile {
  const records = numberOf(answers, 'records')
  const nulls = numberOf(answers, 'nulls')
  const values = numberOf(answers, 'values')
  const empties = records - nulls - values
  const counted = numberOf(answers, 'distinct')
  const distinct = counted < values ? counted : values
  const choice = chooseFamily(column.candidates, answers, values)
  const { type, min, max } = choice ?? chooseText(answers, distinct, records)
  const nullable = nulls > 0n || (choice !== undefined && empties > 0n)
  return {
    name: column.name,
    type: nullable ? nullableType(type) : type,
    nullable,
    records: count(records),
    nulls: count(nulls),
    empties: count(empties),
    distinct: count(distinct),
    longest: count(numberOf(answers, 'longest')),
    min: values === 0n ? null : min,
    max: values === 0n ? null : max,
  }
}

interface Choice {
  type: string
  min: string | null
  max: string | null
}

function chooseFamily(
  candidates: readonly Candidate[],
  answers: Answers,
  values: bigint,
): Choice | undefined {
  if (values === 0n) return undefined
  for (const family of candidates) {
    const own = answers.has(`${family} min`) ? `${family} ` : ''
    const min = textOf(answers, `${own}min`)
    const max = textOf(answers, `${own}max`)
    const accepted = typesOf(family).map((type) => numberOf(answers, `${family} ${type}`))
    const type = chooseType(family, { accepted, min, max }, values)
    if (type !== undefined) return { type, min, max }
  }
  return undefined
}

const chooseText = (answers: Answers, distinct: bigint, records: bigint): Choice => ({
  type: isRepetitive(distinct, records) ? 'LowCardinality(String)' : 'String',
  min: textOf(answers, 'min'),
  max: textOf(answers, 'max'),
})

/** Few enough that a dictionary pays, in a file large enough for it to matter. */
const isRepetitive = (distinct: bigint, records: bigint) =>
  records >= 1000n && distinct > 0n && distinct <= 10_000n && distinct * 10n < records

const nullableType = (type: string) =>
  type === 'LowCardinality(String)' ? 'LowCardinality(Nullable(String))' : `Nullable(${type})`

const count = (value: bigint): Count =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value)
