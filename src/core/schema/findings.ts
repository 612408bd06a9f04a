/** From what a profile's query answers to what a column holds. */
import type { ValueLayout } from '../../shared/index.ts'
import { familyOf, paddedLayout, rivalOf, typesOf, type Candidate } from './families.ts'
import { readerNullToken, type FieldOptions, type FieldReading } from './field.ts'
import { candidatesFor, chooseType, likeliestFor } from './infer.ts'
import { takesLayout } from './check-layout.ts'
import { parseType } from './type.ts'
import { isNullLike } from './null-tokens.ts'
import { answersByKey, mostExamples, type Answer, type Answers, type ProfiledColumn } from './profile.ts'

/** A decimal string where a number would not be exact. */
export type Count = number | string

/** A family that holds every value. */
export interface Fit {
  family: Candidate
  type: string
  layout: ValueLayout | null
  min: string | null
  max: string | null
  distinct: bigint
}

/** Everything that was asked about a column, in numbers. */
export interface Findings {
  column: ProfiledColumn
  records: bigint
  /** Fields that hold one of the column's null tokens. */
  nulls: bigint
  empties: bigint
  /** Neither NULL nor empty, nor a text that would be NULL if the rest is no text. */
  values: bigint
  longest: bigint
  /** The families that hold every value, the preferred one first. */
  fits: Fit[]
  /** Every family that was asked about: how many values it holds, and the type for them. */
  held: Map<Candidate, { count: bigint; fit: Fit | undefined }>
  /** What the first family refuses: the most frequent texts. */
  misfits: Seen[]
  /** Texts that stand for NULL if the rest is no text, and are no null tokens of the file. */
  tokens: Seen[]
  /** As text; undefined when that was not asked. */
  text: { distinct: bigint; min: string | null; max: string | null; likes: Seen[] } | undefined
  zeros: bigint
  /** What the first look said, if there was a second. */
  before?: Findings
}

export interface Seen {
  token: string
  count: bigint
}

/** A column of which all is known but what only the other columns can tell. */
export interface Judged {
  findings: Findings
  /** Undefined for text. */
  fit: Fit | undefined
  /** Two layouts that hold every value, so that neither may be taken. */
  ambiguous?: [Fit, Fit]
  /** The column whose values decided between the two. */
  decidedBy?: string
}

/** What is known of a column before it is profiled. */
export interface ColumnSample {
  name: string
  field: string
  /** From the file's beginning. */
  texts: readonly string[]
  reading?: FieldReading | undefined
  /** The type that the column has already: what is looked for is a layout of its values. */
  type?: string | undefined
}

/**
 * What to ask first about a column: the likeliest family alone, and what could be meant instead of it. It holds most
 * columns, and the less is asked the faster it is.
 */
export function firstLook(sample: ColumnSample, options: FieldOptions): ProfiledColumn {
  const { name, field, texts, reading, type } = sample
  const nullTokens = reading?.nullTokens ?? options.nullTokens
  const possible = possibleFamilies(sample, texts, nullTokens)
  const [likeliest] = possible
  const rival = likeliest && rivalOf(likeliest)
  const asked = possible.filter((one) => one === likeliest || one === rival)
  const readerToken = readerNullToken(options.nullTokens)
  const isNull = texts.includes(readerToken)
  const mayBeNull =
    nullTokens.includes(readerToken) && (asked.length === 0 ? isNull : !nullTokens.every(isNullLike))
  const isFlagged = !options.quoted || options.ragged === true || mayBeNull
  return {
    ...{ name, field, nullTokens, readerToken, candidates: asked, tokens: [] },
    declared: isFlagged ? 'Nullable(String)' : 'String',
    isGuess: !isFlagged && asked.length === 0 && nullTokens.includes(readerToken),
    asText: asked.length === 0,
    isTime: type !== undefined,
    adopts: reading?.nullTokens === undefined,
    emptyIsNull: reading?.nullTokens?.includes('') ?? false,
    zeros: asked.length === 0 && looksLikeZeros(texts, nullTokens),
  }
}

function possibleFamilies(
  { name, reading, type }: ColumnSample,
  texts: readonly string[],
  nullTokens: readonly string[],
): Candidate[] {
  if (reading?.layout) return [familyOfLayout(reading.layout)]
  const strict = candidatesFor(texts, nullTokens, name)
  const may = strict.length === 0 && mayMisfit({ reading, type })
  const possible = may ? likeliestFor(texts, nullTokens) : strict
  return type === undefined ? possible : layoutsFor(type, possible)
}

/** Whether a column may hold values that do not fit: it has its type, or they are replaced. */
export const mayMisfit = ({ reading, type }: Pick<ColumnSample, 'reading' | 'type'>): boolean =>
  type !== undefined || (reading?.misfit ?? 'reject') !== 'reject'

/** Those in which a value of the type could be laid out, but for its own. */
function layoutsFor(type: string, possible: readonly Candidate[]): Candidate[] {
  const node = parseType(type)
  const isTime = takesLayout(node, 'epoch')
  const isNumber = takesLayout(node, '1,234.5')
  const plain = new Set<Candidate>(
    isTime ? ['date', 'second', 'dateTime', 'isoDateTime'] : ['integer', 'float'],
  )
  if (!(isTime || isNumber) || possible.some((one) => plain.has(one))) return []
  const fitting = possible.filter((one) => {
    const { layout } = familyOf(one)
    return layout !== undefined && takesLayout(node, layout)
  })
  return fitting.length === 0 && isTime ? possible.filter((one) => one === 'integer') : fitting
}

/** Whether the first texts of a column of the type are laid out in another way than ClickHouse's own. */
export function mayHaveLayout(
  type: string,
  texts: readonly string[],
  nullTokens: readonly string[],
): boolean {
  const isEmpty = texts.every((text) => isNullLike(text) || nullTokens.includes(text))
  const sample = { name: '', field: '', texts, type }
  return !isEmpty && possibleFamilies(sample, texts, nullTokens).length > 0
}

/** The family in whose types a layout's values are, one that a person chose. */
export function familyOfLayout(layout: ValueLayout): Candidate {
  if (layout === 'epoch' || layout === 'epoch-ms') return 'integer'
  if (layout === 'YYYY-MM-DD') return 'date'
  if (layout === 'YYYY-MM-DD HH:mm:ss') return 'dateTime'
  return (['D/M/YYYY', 'M/D/YYYY', 'D-M-YYYY', 'M-D-YYYY', 'D.M.YYYY'] as const).reduce<Candidate>(
    (found, short) => {
      const rest = layout.slice(layout.indexOf('YYYY') + 4)
      const own = `${short}${rest}` as ValueLayout
      return paddedLayout(own) === layout ? own : found
    },
    layout,
  )
}

/**
 * What to ask next, when the families that were asked about do not hold every value: all that the misfits do not rule
 * out. Undefined when all is known.
 */
export function secondLook(
  found: Findings,
  sample: ColumnSample,
  options: FieldOptions,
): ProfiledColumn | undefined {
  const { texts, reading } = sample
  const { column, misfits, fits, values } = found
  if (column.isGuess && found.text?.likes.some(({ token }) => token === column.readerToken)) {
    return { ...column, declared: 'Nullable(String)', isGuess: false }
  }
  const isSettled = column.candidates.length === 0 || values === 0n || fits.length > 0
  if (isSettled || reading?.layout !== undefined) return undefined
  const { nullTokens } = column
  const readerToken = readerNullToken(options.nullTokens)
  const others = misfits.map(({ token }) => token).filter((text) => !isNullLike(text))
  // Of its own token the reader tells those that were quoted: as in checked reading they are NULL in most types but text.
  const isToken = (text: string) =>
    isNullLike(text) &&
    (nullTokens.includes(text) ? text === readerToken && nullTokens.every(isNullLike) : column.adopts)
  const isFlagged = !options.quoted || options.ragged === true || nullTokens.includes(readerToken)
  return {
    ...column,
    isGuess: false,
    declared: isFlagged ? 'Nullable(String)' : 'String',
    candidates: possibleFamilies(sample, [...texts, ...others], nullTokens),
    asText: true,
    tokens: misfits.map(({ token }) => token).filter(isToken),
    zeros: looksLikeZeros([...texts, ...others], nullTokens),
  }
}

/** All of them numbers, but some with leading zeros. */
function looksLikeZeros(texts: readonly string[], nullTokens: readonly string[]): boolean {
  const values = texts.filter((text) => !isNullLike(text) && !nullTokens.includes(text))
  return values.every((text) => /^[+-]?\d+$/.test(text)) && values.some((text) => /^[+-]?0\d/.test(text))
}

export function findingsOf(column: ProfiledColumn, answers: Answers): Findings {
  const byKey = answersByKey(column, answers)
  const number = (key: string) => numberOf(byKey.get(key))
  const text = (key: string) => textOf(byKey.get(key))
  const records = number('records')
  const inSample = seenOf(byKey.get('misfits'))
  const isText = (token: string) => column.declared === 'Nullable(String)' && token === column.readerToken
  const isNull = ({ token }: Seen) => column.nullTokens.includes(token) && !isText(token)
  // Where only one family is asked about, null tokens are among what it refuses.
  const nulls = column.asText ? [] : inSample.filter(isNull)
  const blank = number('blank')
  const known = seenOf(byKey.get('tokens')).map(({ token, count }) => ({
    token: column.tokens[Number(token) - 1] ?? '',
    count,
  }))
  const filled = records - blank - sum(nulls)
  const tokens = column.asText
    ? known
    : inSample.filter((one) => column.adopts && isNullLike(one.token) && !isNull(one) && !isText(one.token))
  const values = column.asText ? filled : filled - sum(tokens)
  const complete = inSample.length < mostExamples
  const held = new Map(
    column.candidates.map((family) => {
      const count = heldBy(family, number)
      return [family, { count, fit: fitOf(family, count, byKey) }]
    }),
  )
  const holdsAll = (count: bigint) => values > 0n && count >= values && (complete || column.asText)
  const fits = [...held.values()].flatMap(({ count, fit }) => (fit && holdsAll(count) ? [fit] : []))
  return {
    ...{ column, records, values, held, fits, tokens },
    nulls: number('nulls') + sum(nulls),
    empties: blank - number('nulls') - sum(known),
    longest: number('longest'),
    misfits: inSample,
    text: column.asText
      ? {
          distinct: number('distinct') - (blank > 0n ? 1n : 0n),
          min: text('min'),
          max: text('max'),
          likes: seenOf(byKey.get('likes')),
        }
      : undefined,
    zeros: number('zeros'),
  }
}

const heldBy = (family: Candidate, number: (key: string) => bigint): bigint =>
  typesOf(family).reduce((all, type) => all + number(`${family} ${type}`), 0n)

function fitOf(family: Candidate, values: bigint, byKey: ReadonlyMap<string, Answer>): Fit | undefined {
  const accepted = typesOf(family).map((type) => numberOf(byKey.get(`${family} ${type}`)))
  const min = textOf(byKey.get(`${family} min`))
  const max = textOf(byKey.get(`${family} max`))
  const type = values > 0n ? chooseType(family, { accepted, min, max }, values) : undefined
  if (type === undefined) return undefined
  const { layout } = familyOf(family)
  const isPadded = numberOf(byKey.get(`${family} padded`)) >= values
  return {
    ...{ family, type, min, max },
    layout: layout === undefined ? null : isPadded ? paddedLayout(layout) : layout,
    distinct: numberOf(byKey.get(`${family} distinct`)),
  }
}

const sum = (seen: readonly Seen[]) => seen.reduce((all, { count }) => all + count, 0n)

const numberOf = (answer: Answer | undefined): bigint =>
  typeof answer === 'number' || typeof answer === 'string' ? BigInt(answer) : 0n

const textOf = (answer: Answer | undefined): string | null =>
  typeof answer === 'number' || typeof answer === 'string' ? String(answer) : null

const seenOf = (answer: Answer | undefined): Seen[] =>
  Array.isArray(answer)
    ? (answer as [string, string][]).map(([token, count]) => ({ token, count: BigInt(count) }))
    : []
