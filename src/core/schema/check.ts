/**
 * Checked reading (DESIGN §2): a field is read as text and converted together with a check that holds only when the
 * value is the one the text says. ClickHouse's own readers wrap, clamp and truncate without a word; nothing here
 * relies on them to notice. Every expression below was pinned against a real server (tests/contract/checked.test.ts).
 */
import { literal } from '../sql/index.ts'
import { enumNames, numericArgument, quotedArgument, unwrap, type TypeNode } from './type.ts'
import type { Check } from './sql-check.ts'
import { dateTimeCheck, plainTimeCheck } from './check-time.ts'

/** Wide integers wrap even in `to…OrNull` (seen on 26.7), the narrower ones do not. */
const wideIntegers = new Set(['Int128', 'Int256', 'UInt128', 'UInt256'])
const integers = /^U?Int(8|16|32|64|128|256)$/
/** Every integer of at most this many digits is exact in the type. */
const exactDigits: Record<string, number> = { Float64: 15, Float32: 7, BFloat16: 2 }
const trueTexts = ['true', 't', 'yes', 'y', 'on', '1']
const falseTexts = ['false', 'f', 'no', 'n', 'off', '0']

export interface CheckOptions {
  /** The time zone of DateTime columns that name none: the target server's. */
  timezone: string
  /** False for encoding `binary`: text columns take any bytes. */
  utf8: boolean
}

/**
 * The check for a value that is not NULL.
 *
 * @param text SQL of type String
 * @param type the target type; Nullable, LowCardinality and SimpleAggregateFunction around it do not matter here
 */
export function checkText(text: string, type: TypeNode, options: CheckOptions): Check {
  const { base } = unwrap(type)
  const { name } = base
  if (integers.test(name)) return integerCheck(text, name)
  if (name in exactDigits) return floatCheck(text, name, exactDigits[name] ?? 0)
  if (name.startsWith('Decimal')) return decimalCheck(text, base)
  if (name === 'DateTime' || name === 'DateTime64') {
    const scale = name === 'DateTime' ? 0 : (numericArgument(base, 0) ?? 3)
    return dateTimeCheck(text, name, scale, quotedArgument(base) ?? options.timezone)
  }
  if (name === 'Date' || name === 'Date32' || name === 'Time') return plainTimeCheck(text, name)
  if (name === 'Time64') return plainTimeCheck(text, name, numericArgument(base, 0) ?? 3)
  if (name === 'Enum8' || name === 'Enum16') return enumCheck(text, base)
  if (name === 'Bool') return boolCheck(text)
  if (name === 'UUID' || name === 'IPv6') return parsed(`to${name}OrNull(${text})`)
  if (name === 'IPv4') return roundTrip(`toIPv4OrNull(${text})`, text)
  if (name === 'String') return { value: text, ok: options.utf8 ? `isValidUTF8(${text})` : '1' }
  if (name === 'FixedString') return fixedStringCheck(text, numericArgument(base, 0) ?? 1)
  return compositeCheck(text, zonedType(base, options.timezone))
}

const parsed = (value: string): Check => ({ value, ok: `isNotNull(${value})` })

/** The value, written back, must be the text. */
const roundTrip = (value: string, text: string): Check => ({
  value,
  ok: `ifNull(toString(${value}) = ${text}, 0)`,
})

function integerCheck(text: string, name: string): Check {
  const value = `to${name}OrNull(${text})`
  if (!wideIntegers.has(name)) return parsed(value)
  // Compared without a plus sign and leading zeros, which change nothing.
  const plain = `replaceRegexpOne(${text}, '^(?:\\\\+|(-))?0*([0-9])', '\\\\1\\\\2')`
  return { value, ok: `ifNull(toString(${value}) = ${plain}, 0)` }
}

/**
 * A float holds the nearest value to a decimal text; that is its meaning. What is refused: too large (would become
 * inf), too small (would become 0), and an integer that the type cannot hold exactly, unless the text is how
 * ClickHouse itself prints the value.
 */
function floatCheck(text: string, name: string, exact: number): Check {
  const value = `to${name}OrNull(${text})`
  const infinity = `match(${text}, '^[+-]?(?i:inf|infinity)$')`
  const zero = `NOT match(${text}, '^[+-]?[0-9.]*[1-9]')`
  const inexact = `(length(${text}) > ${exact} AND match(${text}, '^[+-]?[0-9]+$'))`
  const exactly =
    `(toString(${value}) = ${text} OR ` +
    `ifNull(toInt256(ifNull(toFloat64(${value}), 0)) = toInt256OrNull(${text}), 0))`
  const ok =
    `isNotNull(${value}) AND (NOT isInfinite(${value}) OR ${infinity}) AND (${value} != 0 OR ${zero})` +
    ` AND (isNaN(${value}) OR isInfinite(${value}) OR NOT ${inexact} OR ${exactly})`
  return { value, ok: `ifNull(${ok}, 0)` }
}

/** Overflow is noticed by `toDecimal…OrNull`; digits beyond the scale are cut in silence, so the text is looked at. */
function decimalCheck(text: string, type: TypeNode): Check {
  const fixed = /^Decimal(32|64|128|256)$/.exec(type.name)
  const digits = { 32: 9, 64: 18, 128: 38, 256: 76 }
  const width = (fixed ? Number(fixed[1]) : widthOf(numericArgument(type, 0) ?? 10)) as keyof typeof digits
  const precision = fixed ? digits[width] : (numericArgument(type, 0) ?? 10)
  const scale = numericArgument(type, fixed ? 0 : 1) ?? 0
  const value = `toDecimal${width}OrNull(${text}, ${scale})`
  const layout = `match(${text}, '^[+-]?0*[0-9]{0,${precision - scale}}(\\\\.[0-9]{0,${scale}}0*)?$')`
  // '.' and '-' alone would be 0.
  return { value, ok: `(isNotNull(${value}) AND ${layout} AND match(${text}, '[0-9]'))` }
}

const widthOf = (precision: number) =>
  precision <= 9 ? 32 : precision <= 18 ? 64 : precision <= 38 ? 128 : 256

function enumCheck(text: string, type: TypeNode): Check {
  const names = enumNames(type).map(literal)
  const known = `${text} IN (${names.join(', ')})`
  return {
    value: `CAST(if(${known}, ${text}, ${names[0] ?? "''"}), ${literal(type.text)})`,
    ok: `(${known})`,
  }
}

function boolCheck(text: string): Check {
  const list = (texts: string[]) => texts.map(literal).join(', ')
  const isTrue = `(lower(${text}) IN (${list(trueTexts)}))`
  return { value: `toBool(${isTrue})`, ok: `(lower(${text}) IN (${list([...trueTexts, ...falseTexts])}))` }
}

function fixedStringCheck(text: string, length: number): Check {
  return {
    value: `toFixedString(substring(${text}, 1, ${length}), ${length})`,
    ok: `(length(${text}) <= ${length})`,
  }
}

/**
 * Arrays, maps, tuples: ClickHouse has no `…OrNull` for them, but a cast to Variant(String, T) keeps the text as
 * String when it does not parse as T. Values inside may still wrap, so the value, written back, must be the text;
 * only spaces outside quotes may differ.
 */
function compositeCheck(text: string, type: string): Check {
  const variant = `CAST(${text}, ${literal(`Variant(String, ${type})`)})`
  const value = `variantElement(${variant}, ${literal(type)})`
  const quotedOrSpace = literal(String.raw`(?s)('(?:[^'\\]|\\.)*')| `)
  const spaceless = (sql: string) => `replaceRegexpAll(${sql}, ${quotedOrSpace}, '\\\\1')`
  return {
    value,
    ok: `(variantType(${variant}) != 'String' AND ${spaceless(`toString(${value})`)} = ${spaceless(text)})`,
  }
}

/** The type with the time zone of every DateTime inside it spelt out: its text is local time in the target's zone. */
function zonedType(type: TypeNode, timezone: string): string {
  const isTime = type.name === 'DateTime' || type.name === 'DateTime64'
  if (isTime && quotedArgument(type) === undefined) {
    const scale = type.name === 'DateTime' ? [] : [numericArgument(type, 0) ?? 3]
    return `${type.name}(${[...scale, literal(timezone)].join(', ')})`
  }
  if (type.types.length === 0) return type.text
  const inner = type.types.map((element) => {
    const label = element.label === undefined ? '' : `${element.label} `
    return label + zonedType(element, timezone)
  })
  return `${type.name}(${[...type.values, ...inner].join(', ')})`
}

/** Settings under which the expressions above mean what this file says. */
export const checkSettings = {
  cast_string_to_variant_use_inference: 1,
  precise_float_parsing: 1,
  allow_suspicious_variant_types: 1,
  allow_suspicious_low_cardinality_types: 1,
  allow_suspicious_fixed_string_types: 1,
  enable_time_time64_type: 1,
  session_timezone: 'UTC',
} as const
