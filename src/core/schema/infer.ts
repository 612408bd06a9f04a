/**
 * What a text column could be. A family is a kind of value. Its types, from narrow to wide, are tried on every text,
 * each on those that the ones before it refuse.
 */
import { literal } from '../sql/index.ts'
import { checkText, type CheckOptions } from './check.ts'
import { parseType } from './type.ts'

const times = ['DateTime', 'DateTime64(3)', 'DateTime64(6)', 'DateTime64(9)']

const families = {
  bool: { types: ['Bool'], layout: /^(?:true|false)$/i },
  integer: { types: ['Int64'], layout: /^(?:0|-?[1-9]\d{0,18})$/ },
  wideInteger: { types: ['Int256'], layout: /^(?:0|-?[1-9]\d{0,76})$/ },
  hugeInteger: { types: ['UInt256'], layout: /^(?:0|[1-9]\d{0,77})$/ },
  float: {
    types: ['Float64'],
    layout: /^-?(?:(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|nan|inf|infinity)$/i,
  },
  date: { types: ['Date', 'Date32'], layout: /^\d{4}-\d\d-\d\d$/ },
  dateTime: { types: times, layout: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?$/ },
  isoDateTime: {
    types: times,
    layout: /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?$/,
  },
  uuid: { types: ['UUID'], layout: /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i },
  ipv4: { types: ['IPv4'], layout: /^\d{1,3}(?:\.\d{1,3}){3}$/ },
  ipv6: { types: ['IPv6'], layout: /^(?=.*:)[\da-f:.]+$/i },
} satisfies Record<string, { types: string[]; layout: RegExp }>

export type Candidate = keyof typeof families

export const typesOf = (family: Candidate): readonly string[] => families[family].types

/** These make long queries or slow ones, and show themselves in a sample: no use is made of them without a sign. */
const dear: Partial<Record<Candidate, RegExp>> = {
  wideInteger: /^.{19}/,
  hugeInteger: /^.{19}/,
  isoDateTime: /^.{10}T|[Z+]|-\d\d:?\d\d$/,
}

/** The families that the sample does not rule out: all but the dear ones when it holds no value. */
export function candidatesFor(sampleTexts: readonly string[], nullTokens: readonly string[]): Candidate[] {
  const values = sampleTexts.filter((text) => text !== '' && !nullTokens.includes(text))
  return (Object.keys(families) as Candidate[]).filter((family) => {
    const sign = dear[family]
    const expected = sign === undefined || values.some((text) => sign.test(text))
    return expected && values.every((text) => families[family].layout.test(text))
  })
}

/**
 * SQL that holds for the texts that checked reading accepts, less those that say more than the value: zip codes with
 * leading zeros, phone numbers with a plus, 32 hex digits, yes and no.
 */
export function acceptance(text: string, family: Candidate, type: string, options: CheckOptions): string {
  const { value, ok } = checkText(text, parseType(type), options)
  switch (family) {
    case 'bool':
      return `lower(${text}) IN ('true', 'false')`
    case 'integer':
    case 'wideInteger':
    case 'hugeInteger':
      return `ifNull(toString(${value}) = ${text}, 0)`
    case 'float':
      // A sign, a point and 0 sort below '1', so that the pattern is seldom needed.
      return `(${ok} AND (${text} >= '1' OR NOT match(${text}, '^([+]|-?0[0-9])')))`
    case 'uuid':
      return `ifNull(toString(${value}) = lower(${text}), 0)`
    case 'ipv6':
      return `(position(${text}, ':') > 0 AND ${ok})`
    case 'dateTime':
      return plainTime(text, type, options.timezone)
    case 'date':
    case 'isoDateTime':
    case 'ipv4':
      return ok
  }
}

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
export function sortKey(text: string, family: Candidate): string | undefined {
  switch (family) {
    case 'integer':
    case 'wideInteger':
    case 'hugeInteger':
    case 'ipv4':
    case 'ipv6':
      return `to${families[family].types[0]}OrNull(${text})`
    case 'float':
      return `if(isFinite(toFloat64OrNull(${text})), toFloat64OrNull(${text}), NULL)`
    case 'bool':
    case 'date':
    case 'dateTime':
    case 'isoDateTime':
    case 'uuid':
      return undefined
  }
}

/** What the whole file says about a family. */
export interface Evidence {
  /** For each type, how many texts it is the first to accept. */
  accepted: readonly bigint[]
  /** The ends in the family's order, as text; null when there are none. */
  min: string | null
  max: string | null
}

/** The narrowest type of the family that holds all of the values, or undefined when none does. */
export function chooseType(family: Candidate, evidence: Evidence, values: bigint): string | undefined {
  const { accepted, min, max } = evidence
  let count = 0n
  const type = typesOf(family)[accepted.findIndex((more) => (count += more) >= values)]
  // A column of nan and inf alone holds no number.
  if (type === undefined || min === null || max === null) return undefined
  if (type.includes('Int')) return integerType(BigInt(min), BigInt(max))
  // Nanoseconds reach from 1677-09-21 to 2262-04-11; less a day, because a time zone moves the ends.
  if (type === 'DateTime64(9)' && (min < '1677-09-23' || max > '2262-04-10')) return undefined
  return type
}

function integerType(min: bigint, max: bigint): string | undefined {
  const signed = min < 0n
  const width = [8n, 16n, 32n, 64n, 128n, 256n].find((bits) => {
    const room = 1n << (signed ? bits - 1n : bits)
    return min >= -room && max < room
  })
  return width === undefined ? undefined : `${signed ? 'Int' : 'UInt'}${width}`
}
