/**
 * Checked reading (DESIGN §2): a field is read as text and converted together with a check that holds only when the
 * value is the one the text says. ClickHouse's own readers wrap, clamp and truncate without a word; nothing here
 * relies on them to notice. Every expression below was pinned against a real server (tests/contract/checked.test.ts).
 */
import { literal } from '../sql/index.ts'
import { decimalCheck } from './check-decimal.ts'
import { nestedCheck } from './check-nested.ts'
import { dateCheck, dateTimeCheck, timeCheck } from './check-time.ts'
import { checkNotNull, type Check } from './sql-check.ts'
import { enumNames, numericArgument, quotedArgument, unwrap, type TypeNode } from './type.ts'

/** Wide integers wrap even in `to…OrNull` (seen on 26.7), the narrower ones do not. */
const wideIntegers = new Set(['Int128', 'Int256', 'UInt128', 'UInt256'])
const integers = /^U?Int(8|16|32|64|128|256)$/
/** Every integer nearer to 0 than this is exact in the type. */
const exactBelow: Record<string, number> = { Float64: 2 ** 53, Float32: 2 ** 24, BFloat16: 2 ** 8 }
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
  if (name in exactBelow) return floatCheck(text, name, exactBelow[name] ?? 0)
  if (name.startsWith('Decimal')) return decimalCheck(text, base)
  if (name === 'DateTime' || name === 'DateTime64') {
    const scale = name === 'DateTime' ? 0 : (numericArgument(base, 0) ?? 3)
    return dateTimeCheck(text, name, scale, quotedArgument(base) ?? options.timezone)
  }
  if (name === 'Date' || name === 'Date32') return dateCheck(text, name)
  if (name === 'Time') return timeCheck(text)
  if (name === 'Time64') return timeCheck(text, numericArgument(base, 0) ?? 3)
  if (name === 'Enum8' || name === 'Enum16') return enumCheck(text, base)
  if (name === 'Bool') return boolCheck(text)
  if (name === 'UUID' || name === 'IPv6') return checkNotNull(`to${name}OrNull(${text})`)
  if (name === 'IPv4') return roundTrip(`toIPv4OrNull(${text})`, text)
  if (name === 'String') return { value: text, ok: options.utf8 ? utf8(text) : '1' }
  if (name === 'FixedString') return fixedStringCheck(text, numericArgument(base, 0) ?? 1)
  const { value, ok } = nestedCheck(text, base, options.timezone)
  return { value, ok: options.utf8 ? `(${utf8(text)} AND ${ok})` : ok }
}

/** Most text is ASCII, which is five times as fast to tell (seen on 26.7). */
const utf8 = (text: string) => `(isValidASCII(${text}) OR isValidUTF8(${text}))`

/** The value, written back, must be the text. */
const roundTrip = (value: string, text: string): Check => ({
  value,
  ok: `ifNull(toString(${value}) = ${text}, 0)`,
})

function integerCheck(text: string, name: string): Check {
  const value = `to${name}OrNull(${text})`
  if (!wideIntegers.has(name)) return checkNotNull(value)
  // Compared without a plus sign and leading zeros, which change nothing.
  const plain = `replaceRegexpOne(${text}, '^(?:\\\\+|(-))?0*([0-9])', '\\\\1\\\\2')`
  return { value, ok: `ifNull(toString(${value}) = ${text} OR toString(${value}) = ${plain}, 0)` }
}

/**
 * A float holds the nearest value to a decimal text; that is its meaning. What is refused: too large (would become
 * inf), too small (would become 0), and an integer that the type cannot hold exactly, unless the text is how
 * ClickHouse itself prints the value. A finite value that is not 0 and in the range of exact integers needs no look
 * at the text, and most are.
 */
function floatCheck(text: string, name: string, exactBelow: number): Check {
  const value = `to${name}OrZero(${text})`
  const infinity = `match(${text}, '^[+-]?(?i:inf|infinity)$')`
  const zero = `NOT match(${text}, '^[+-]?[0-9.]*[1-9]')`
  const notInteger = `NOT match(${text}, '^[+-]?[0-9]+(\\\\.0*)?$')`
  const integer = `extract(${text}, '^[^.]+')`
  const exactly = `(toString(${value}) = ${integer} OR ifNull(toInt256(${value}) = toInt256OrNull(${integer}), 0))`
  const looked =
    `isNotNull(to${name}OrNull(${text})) AND multiIf(isNaN(${value}), 1, isInfinite(${value}), ${infinity}, ` +
    `${value} = 0, ${zero}, ${notInteger} OR ${exactly})`
  return {
    value,
    ok: `((${value} != 0 AND ${value} > -${exactBelow} AND ${value} < ${exactBelow}) OR (${looked}))`,
  }
}

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

/** Settings under which the expressions above mean what this file says. */
export const checkSettings = {
  cast_string_to_variant_use_inference: 1,
  precise_float_parsing: 1,
  allow_suspicious_variant_types: 1,
  allow_suspicious_low_cardinality_types: 1,
  allow_suspicious_fixed_string_types: 1,
  enable_time_time64_type: 1,
  enable_nullable_tuple_type: 1,
  session_timezone: 'UTC',
} as const
