/** Profiles a file: one aggregate query over its columns, read as text. */
import { identifier, literal, type Settings } from '../sql/index.ts'
import { checkSettings } from './check.ts'
import { familyOf, hasPaddedLayout, typesOf, type Candidate } from './families.ts'
import type { FieldOptions } from './field.ts'
import { acceptance, isFloat, sortKey } from './infer.ts'
import { nullLikes } from './null-tokens.ts'

export interface ProfiledColumn {
  /** What the profile calls the column; it never reaches SQL. */
  name: string
  /** The column's name in the table. */
  field: string
  /** As String every field is a text; as Nullable(String) the reader says which are NULL. */
  declared: 'String' | 'Nullable(String)'
  /** Those of the file, or the column's own. */
  nullTokens: readonly string[]
  /** What the reader takes for NULL in a column that is declared so. */
  readerToken: string
  /** The families that are asked about; when none of them holds, the column is text. */
  candidates: readonly Candidate[]
  /** Declared as String because no field of the sample is NULL for the reader: to be asked again if one is. */
  isGuess: boolean
  /** Whether it is also asked about as text, which costs more. Always so without candidates. */
  asText: boolean
  /** Texts that are left out, because they stand for NULL if the rest is no text. */
  tokens: readonly string[]
  /** Whether numbers with leading zeros are counted. */
  zeros: boolean
  /** Whether other texts may stand for NULL: not where a person says which do. */
  adopts: boolean
  /** Whether a person says that empty texts are NULL in this column. */
  emptyIsNull: boolean
  /** Whether integers that could be seconds since 1970 are times in any case. */
  isTime: boolean
}

/** What a query answers about a column, in the order of its questions. */
export type Answers = readonly Answer[]
export type Answer = string | number | null | readonly (readonly [text: string, count: string])[]
/** The answer to the query: for each column, by its position, a tuple of what was asked. */
export type ProfileRow = Record<string, Answers>
export interface CellsRow {
  answers: Answers
}

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
/** Of the texts that no type takes, so many different ones are told. */
export const mostExamples = 20

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
  const texts = columns.map((column, n) => fieldText(`source.${identifier(column.field)}`, column, n))
  const steps = columns.flatMap((column, n) => stepsOf(column, n, options))
  const answers = columns.map((column, n) => `${asked(column, n)} AS ${identifier(String(n))}`)
  return (
    `SELECT ${answers.join(', ')} FROM (SELECT ${['*', ...steps].join(', ')} ` +
    `FROM (SELECT ${texts.join(', ')} FROM ${table} AS source))`
  )
}

/**
 * The same about columns that are asked the same, thousands perhaps: one row for each, in their order. Every cell is a row
 * of one column, so the query stays short and is analyzed at once.
 *
 * @param alike what holds for all of the columns
 */
export function cellsQuery(
  table: string,
  fields: readonly string[],
  alike: ProfiledColumn,
  options: FieldOptions,
): string {
  const cells = `arrayJoin(arrayZip(range(${fields.length}), [${fields.map(identifier).join(', ')}])) AS cell`
  const text = fieldText('tupleElement(cell, 2)', alike, 0)
  return (
    `SELECT position, ${asked(alike, 0)} AS answers FROM (SELECT ${['*', ...stepsOf(alike, 0, options)].join(', ')} ` +
    `FROM (SELECT tupleElement(cell, 1) AS position, ${text} FROM (SELECT ${cells} FROM ${table}))) ` +
    'GROUP BY position ORDER BY position'
  )
}

/**
 * Whether the field is NULL, its text, empty when it is, and which of the column's tokens it was (0 for none). As in
 * checked reading, except that an empty field is not NULL but empty.
 */
function fieldText(field: string, column: ProfiledColumn, n: number): string {
  const isDeclared = column.declared === 'Nullable(String)'
  // What the reader gives for NULL is an empty text beside a flag.
  const text = isDeclared ? `assumeNotNull(${field})` : field
  const known = knownTokens(column).map(literal)
  const nulls = [
    ...(isDeclared ? [`isNull(${field})`] : []),
    ...(known.length > 0 ? [`${text} IN (${known.join(', ')})`] : []),
  ]
  const isNull = nulls.length > 0 ? nulls.join(' OR ') : '0'
  const token =
    column.tokens.length > 0 ? `indexOf([${column.tokens.map(literal).join(', ')}], ${text})` : '0'
  const masked = known.length > 0 || column.tokens.length > 0
  const kept = masked ? `if(n${n} OR k${n} > 0, '', ${text})` : text
  return `${isNull} AS n${n}, ${token} AS k${n}, ${kept} AS t${n}`
}

/** The file's null tokens that the reader does not know; those that no family takes show themselves as misfits. */
function knownTokens(column: ProfiledColumn): string[] {
  const { asText, candidates, nullTokens, declared, readerToken, isGuess } = column
  // Of its own token the reader knows whether it was quoted, and so a text.
  const read = declared === 'String' && !isGuess ? undefined : readerToken
  const isTaken = (token: string) => candidates.some((one) => familyOf(one).pattern.test(token))
  return nullTokens.filter((token) => token !== '' && token !== read && (asText || isTaken(token)))
}

/** Beside the texts, so that what a check and an aggregate have in common is computed once. */
const stepsOf = ({ candidates }: ProfiledColumn, n: number, options: FieldOptions): string[] =>
  candidates.map((family, c) => {
    const flag = `${firstToAccept(`t${n}`, family, options)} AS f${n}_${c}`
    const key = sortKey(`t${n}`, family, options.timezone)
    return key === undefined ? flag : `${flag}, ${key} AS v${n}_${c}`
  })

/** The position of the first type of the family that accepts the text; the types after it are not tried. */
function firstToAccept(text: string, family: Candidate, options: FieldOptions): string {
  const types = typesOf(family)
  const branches = types.map((type, step) => `${acceptance(text, family, type, options)}, ${step}`)
  return `multiIf(${branches.join(', ')}, ${types.length})`
}

type Question = readonly [key: string, sql: string]

const asked = (column: ProfiledColumn, n: number) =>
  `tuple(${questions(column, n)
    .map(([, sql]) => sql)
    .join(', ')})`

/** What the query asks about the column, in order. */
function questions(column: ProfiledColumn, n: number): Question[] {
  const text = `t${n}`
  const { candidates, tokens, asText, zeros } = column
  return [
    ['records', 'count()'],
    ['nulls', `countIf(n${n})`],
    ['blank', `countIf(${text} = '')`],
    ...(asText ? textQuestions(column, n) : ([['longest', `max(length(${text}))`]] as const)),
    ...candidates.flatMap((family, c) => familyQuestions(family, n, c)),
    ...(candidates.length > 0 ? ([['misfits', misfits(candidates[0], n)]] as const) : []),
    ...(tokens.length > 0 ? ([['tokens', counted(`k${n}`, `k${n} > 0`)]] as const) : []),
    ...(zeros ? ([['zeros', `countIf(match(${text}, '^[+-]?0[0-9]'))`]] as const) : []),
  ]
}

/** At most so many bytes. */
const utf8Length = (text: string) => (/^[ -~]*$/.test(text) ? text.length : text.length * 3)

function textQuestions({ nullTokens }: ProfiledColumn, n: number): Question[] {
  const text = `t${n}`
  const likes = [...new Set([...nullLikes, ...nullTokens])].filter((token) => token !== '')
  const longest = Math.max(...likes.map((token) => utf8Length(token)))
  return [
    ['longest', `max(lengthUTF8(${text}))`],
    ['distinct', `uniqCombined(14)(${text})`],
    ['min', `substringUTF8(minIf(${text}, ${text} != ''), 1, ${shownLength})`],
    ['max', `substringUTF8(max(${text}), 1, ${shownLength})`],
    [
      'likes',
      counted(text, `length(${text}) <= ${longest} AND ${text} IN (${likes.map(literal).join(', ')})`),
    ],
  ]
}

function misfits(family: Candidate | undefined, n: number): string {
  const none = family === undefined ? 0 : typesOf(family).length
  return counted(`t${n}`, `f${n}_0 = ${none} AND t${n} != ''`)
}

/** The most frequent texts and how often each is there; exact where there are no more than a few. */
const counted = (text: string, condition: string) =>
  `arrayMap(one -> (substringUTF8(toString(one.1), 1, ${shownLength}), toString(one.2)), ` +
  `approx_top_countIf(${mostExamples}, 100)(${text}, ${condition}))`

function familyQuestions(family: Candidate, n: number, c: number): Question[] {
  const types = typesOf(family)
  const { layout } = familyOf(family)
  const flag = `f${n}_${c}`
  const isText = sortKey('', family, '') === undefined
  const key = isText ? `t${n}` : `v${n}_${c}`
  const isOne = `${flag} < ${types.length}`
  const isEnd = isFloat(family) ? `${isOne} AND isFinite(${key})` : isOne
  const end = (aggregate: string) => {
    const sql = `${aggregate}OrNullIf(${key}, ${isEnd})`
    return isText ? `substringUTF8(${sql}, 1, ${shownLength})` : `toString(${sql})`
  }
  return [
    ...types.map((type, step): Question => [`${family} ${type}`, `countIf(${flag} = ${step})`]),
    [`${family} min`, end('min')],
    [`${family} max`, end('max')],
    [`${family} distinct`, `uniqCombinedIf(14)(${key}, ${isOne})`],
    ...(layout !== undefined && hasPaddedLayout(layout)
      ? [[`${family} padded`, `countIf(length(substringIndex(t${n}, ' ', 1)) = 10)`] as const]
      : []),
  ]
}

/** @param answers to the query that was made for the column */
export const answersByKey = (column: ProfiledColumn, answers: Answers): Map<string, Answer> =>
  new Map(questions(column, 0).map(([key], index) => [key, answers[index] ?? null]))
