/** Which families a column's texts may be of, and what makes a type of what the whole file says about one. */
import { literal } from '../sql/index.ts'
import { isoTime, layoutCheck } from './check-layout.ts'
import { checkText, type CheckOptions } from './check.ts'
import { candidates, familyOf, isLayout, typesOf, type Candidate } from './families.ts'
import { isNumberLayout, plainNumber } from './layout-number.ts'
import { isNullLike } from './null-tokens.ts'
import type { Check } from './sql-check.ts'
import { parseType } from './type.ts'

/** These make long queries or slow ones, and show themselves in a sample: no use is made of them without a sign. */
const dear: Partial<Record<Candidate, RegExp>> = {
  wideInteger: /^.{19}/,
  hugeInteger: /^.{19}/,
  isoDateTime: /^.{10}T|[Z+]|-\d\d:?\d\d$/,
  // Without such a sign these are plain numbers.
  '1,234.5': /,/,
  '1.234,5': /[.,]/,
  '1 234,5': /[^\d.+-]/,
  "1'234.5": /['\u2019]/,
  '1234,5': /,/,
}

/** With no value to go by. */
const likely = new Set<Candidate>(['bool', 'integer', 'float', 'date', 'second', 'uuid', 'ipv4', 'ipv6'])

/** Eight digits are a number, unless the column is called after a date. */
const namesDate = /(?:^|[^a-z])(?:date|day|dt|datum|fecha|giorno)(?:$|[^a-z])/

/** The families that the texts do not rule out, the first to be asked first. */
export function candidatesFor(
  texts: readonly string[],
  nullTokens: readonly string[],
  name = '',
): Candidate[] {
  const values = valuesOf(texts, nullTokens)
  if (values.length === 0) return [...likely]
  const possible = expectedIn(values).filter((candidate) =>
    values.every((text) => familyOf(candidate).pattern.test(text)),
  )
  return possible.includes('YYYYMMDD') && namesDate.test(inWords(name))
    ? ['YYYYMMDD', ...possible.filter((one) => one !== 'YYYYMMDD')]
    : possible
}

/** The families that rule out the fewest of the texts, where each rules out some. */
export function likeliestFor(texts: readonly string[], nullTokens: readonly string[]): Candidate[] {
  const values = valuesOf(texts, nullTokens)
  const counted = expectedIn(values).map((candidate) => {
    const { pattern } = familyOf(candidate)
    return { candidate, count: values.filter((text) => pattern.test(text)).length }
  })
  const most = Math.max(1, ...counted.map(({ count }) => count))
  return counted.filter(({ count }) => count === most).map(({ candidate }) => candidate)
}

const valuesOf = (texts: readonly string[], nullTokens: readonly string[]) =>
  texts.filter((text) => !isNullLike(text) && !nullTokens.includes(text))

const expectedIn = (values: readonly string[]) =>
  candidates.filter((candidate) => {
    const sign = dear[candidate]
    return sign === undefined || values.some((text) => sign.test(text))
  })

/** `createdAt` and `created_at` alike. */
export const inWords = (name: string): string => name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()

function checkOf(text: string, candidate: Candidate, type: string, options: CheckOptions): Check {
  const node = parseType(type)
  if (candidate === 'second') return { value: secondOf(text, options.timezone), ok: '1' }
  return isLayout(candidate) ? layoutCheck(text, node, candidate, options) : checkText(text, node, options)
}

/**
 * SQL that holds for the texts that checked reading accepts, less those that say more than the value: zip codes with
 * leading zeros, phone numbers with a plus, 32 hex digits, yes and no.
 */
export function acceptance(text: string, candidate: Candidate, type: string, options: CheckOptions): string {
  const { value, ok } = checkOf(text, candidate, type, options)
  if (isLayout(candidate)) {
    if (!isNumberLayout(candidate)) return ok
    const isGrouped = candidate !== '1234,5'
    return `(${ok} AND ${plainSpelling(text)}${isGrouped ? ` AND ${groupsAll(text)}` : ''})`
  }
  switch (candidate) {
    case 'bool':
      return `lower(${text}) IN ('true', 'false')`
    case 'integer':
      // A plus sorts before '-1', a zero before '1', and what is no number is none.
      return `(isNotNull(${value}) AND (${text} >= '1' OR ${text} = '0' OR (${text} >= '-1' AND ${text} < '.')))`
    case 'wideInteger':
    case 'hugeInteger':
      return `ifNull(toString(${value}) = ${text}, 0)`
    case 'float':
      // A sign, a point and 0 sort below '1', so that the pattern is seldom needed.
      return `(${ok} AND (${text} >= '1' OR ${plainSpelling(text)}) AND ${keepsWhole(text, value)})`
    case 'uuid':
      return `ifNull(toString(${value}) = lower(${text}), 0)`
    case 'ipv6':
      return `(position(${text}, ':') > 0 AND ${ok})`
    case 'second':
      return `toString(${value}) = ${text}`
    case 'dateTime':
      return plainTime(text, type, options.timezone)
    case 'json':
      return `(isValidJSON(${text}) AND JSONType(${text}) = 'Object')`
    case 'date':
    case 'isoDateTime':
    case 'ipv4':
      return ok
  }
}

const secondOf = (text: string, timezone: string) => `toDateTimeOrZero(${text}, ${literal(timezone)})`

/** Who puts a sign between thousands does so in every number: `1.100` beside `9310246` is no eleven hundred. */
const groupsAll = (text: string) => `NOT match(${text}, '^-?[0-9]{4}')`

const plainSpelling = (text: string) => `NOT match(${text}, '^([+]|-?0[0-9])')`

/**
 * The value, written back with zeros after it, begins with the text: a fraction may be shorter than the type's, and
 * longer by zeros. Says less than the check for `isoDateTime`, in a tenth of its length.
 */
function plainTime(text: string, type: string, timezone: string): string {
  const scale = /\d\)$/.exec(type)?.[0].slice(0, 1)
  const zone = literal(timezone)
  const value =
    scale === undefined
      ? `toDateTimeOrNull(substring(${text}, 1, 19), ${zone})`
      : `toDateTime64OrNull(substring(${text}, 1, ${20 + Number(scale)}), ${scale}, ${zone})`
  const zeros = `${scale === undefined ? '.' : ''}000000000`
  const isPrefix = `startsWith(ifNull(concat(toString(${value}), '${zeros}'), ''), ${text})`
  // 20 characters end with a point.
  return `(length(${text}) >= 19 AND length(${text}) != 20 AND ${isPrefix})`
}

/**
 * SQL in whose order the least and greatest value are found, for texts that the family accepts. The other families are
 * in order as texts (times in one layout are).
 */
export function sortKey(text: string, candidate: Candidate, timezone: string): string | undefined {
  if (isLayout(candidate)) {
    return isNumberLayout(candidate)
      ? `toFloat64OrZero(${plainNumber(text, candidate).text})`
      : isoTime(text, candidate)[typesOf(candidate)[0] === 'Date32' ? 'date' : 'text']
  }
  switch (candidate) {
    case 'integer':
    case 'wideInteger':
    case 'hugeInteger':
    case 'ipv4':
    case 'ipv6':
      return `to${familyOf(candidate).types[0]}OrNull(${text})`
    case 'float':
      return `toFloat64OrZero(${text})`
    case 'date':
      return `toDate32OrZero(${text})`
    case 'second':
      return secondOf(text, timezone)
    case 'bool':
    case 'dateTime':
    case 'isoDateTime':
    case 'uuid':
    case 'json':
      return undefined
  }
}

/** From 2^53 on a float has no decimals, and not every whole number: it would not be what the text says. */
const keepsWhole = (text: string, value: string): string =>
  `(abs(${value}) < ${2 ** 53} OR NOT match(${text}, '^-?[0-9]+[.][0-9]*[1-9][0-9]*$'))`

/** NaN and infinities are no ends of a column. */
export const isFloat = (candidate: Candidate): boolean =>
  candidate === 'float' || (isLayout(candidate) && isNumberLayout(candidate))

/** What the whole file says about a family. */
export interface Evidence {
  /** For each type, how many texts it is the first to accept. */
  accepted: readonly bigint[]
  /** The ends in the family's order, as text; null when there are none. */
  min: string | null
  max: string | null
}

/** The narrowest type of the family that holds all of the values, or undefined when none does. */
export function chooseType(candidate: Candidate, evidence: Evidence, values: bigint): string | undefined {
  const { accepted, min, max } = evidence
  let count = 0n
  const type = typesOf(candidate)[accepted.findIndex((more) => (count += more) >= values)]
  // A column of nan and inf alone holds no number.
  if (type === undefined || min === null || max === null) return undefined
  if (type === 'Float64' && accepted.length > 1 && !areExact(min, max)) return undefined
  if (type.includes('Int')) return integerType(min, max) ?? (type === 'Int64' ? type : undefined)
  if (type === 'Date32') return min >= '1970-01-01' && max <= '2149-06-06' ? 'Date' : type
  // Nanoseconds reach from 1677-09-21 to 2262-04-11; less a day, because a time zone moves the ends.
  if (type === 'DateTime64(9)' && (min < '1677-09-23' || max > '2262-04-10')) return undefined
  return type
}

/** Integers among numbers with decimals are floats, too, if a float holds each of them. */
const areExact = (min: string, max: string) =>
  Math.abs(Number(min)) < Number.MAX_SAFE_INTEGER && Math.abs(Number(max)) < Number.MAX_SAFE_INTEGER

function integerType(least: string, greatest: string): string | undefined {
  // Those in a layout of their own are compared as floats, of which the great ones are written with an exponent.
  if (!/^-?\d+$/.test(least) || !/^-?\d+$/.test(greatest)) return undefined
  const [min, max] = [BigInt(least), BigInt(greatest)]
  const signed = min < 0n
  const width = [8n, 16n, 32n, 64n, 128n, 256n].find((bits) => {
    const room = 1n << (signed ? bits - 1n : bits)
    return min >= -room && max < room
  })
  return width === undefined ? undefined : `${signed ? 'Int' : 'UInt'}${width}`
}
