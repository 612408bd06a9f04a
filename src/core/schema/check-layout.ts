import type { ValueLayout } from '../../shared/index.ts'
import { literal } from '../sql/index.ts'
import { dateCheck, secondsRange } from './check-time.ts'
import { checkText, type CheckOptions } from './check.ts'
import { isNumberLayout, plainNumber } from './layout-number.ts'
import { isoClock, isoDate, timeParts, type Translated } from './layout-time.ts'
import type { Check } from './sql-check.ts'
import { numericArgument, quotedArgument, unwrap, type TypeNode } from './type.ts'
import { withoutClockChanges } from './write.ts'

const numbers = /^(?:U?Int\d+|B?Float\d+|Decimal\d*)$/
const days = /^Date(?:32)?$/
const times = /^DateTime(?:64)?$/

/** Whether values of the type can stand in the layout. */
export function takesLayout(type: TypeNode, layout: ValueLayout): boolean {
  const { name } = unwrap(type).base
  if (isNumberLayout(layout)) return numbers.test(name)
  return times.test(name) || days.test(name)
}

/**
 * The check for a value that is laid out in another way than ClickHouse's own. The text must be a value in that layout
 * and nothing else: it is translated, and what comes out is checked as a text of ClickHouse's.
 *
 * @param type one that takes the layout
 */
export function layoutCheck(text: string, type: TypeNode, layout: ValueLayout, options: CheckOptions): Check {
  const { base } = unwrap(type)
  if (isNumberLayout(layout))
    return translated(plainNumber(text, layout), (sql) => checkText(sql, base, options))
  if (layout === 'epoch' || layout === 'epoch-ms')
    return epochCheck(text, base, layout === 'epoch' ? 0 : 3, options)
  const time = isoTime(text, layout)
  if (!days.test(base.name)) return translated(time, (sql) => wallCheck(sql, base, options))
  const midnight = `match(${time.clock}, '^00:00:00([.]0*)?$')`
  const day = { text: time.date, ok: `${time.ok} AND ${midnight}` }
  return translated(time.clock === noClock ? { ...day, ok: time.ok } : day, (sql) =>
    dateCheck(sql, base.name as 'Date' | 'Date32'),
  )
}

function translated({ text, ok }: Translated, check: (sql: string) => Check): Check {
  const plain = check(text)
  return { value: plain.value, ok: `(${ok} AND ifNull(${plain.ok}, 0))` }
}

/**
 * A translated time. The value, written back with zeros after it, begins with the text: a fraction may be shorter than the
 * type's, and longer by zeros. Looks at the text a few times only, because that is an expression itself.
 */
function wallCheck(text: string, type: TypeNode, { timezone }: CheckOptions): Check {
  const zone = quotedArgument(type) ?? timezone
  const scale = type.name === 'DateTime' ? 0 : Math.max(numericArgument(type, 0) ?? 3, 1)
  const length = 20 + (numericArgument(type, 0) ?? 3)
  const value =
    type.name === 'DateTime'
      ? `toDateTimeOrZero(substring(${text}, 1, 19), ${literal(zone)})`
      : `toDateTime64OrZero(substring(${text}, 1, ${length}), ${scale}, ${literal(zone)})`
  // 20 characters end with a point.
  const ok = `${writtenBack(value, type, text)} AND length(${text}) NOT IN (0, 20)`
  return withoutClockChanges.test(zone)
    ? { value, ok }
    : withOffset(text, type, { zone, scale }, { value, ok })
}

const writtenBack = (value: string, type: TypeNode, text: string) =>
  `startsWith(concat(toString(${value}), '${type.name === 'DateTime' ? '.' : ''}000000000'), ${text})`

/** An offset may follow the time, as it does in a file of ours where the clock shows that time twice. */
function withOffset(
  text: string,
  type: TypeNode,
  { zone, scale }: { zone: string; scale: number },
  wall: Check,
): Check {
  const hasOffset = `match(${text}, '[+-][0-9]{4}$')`
  const instant =
    type.name === 'DateTime'
      ? `parseDateTimeBestEffortOrZero(${text}, ${literal(zone)})`
      : `parseDateTime64BestEffortOrZero(${text}, ${scale}, ${literal(zone)})`
  const isSame = writtenBack(instant, type, `substring(${text}, 1, length(${text}) - 5)`)
  const isThere = `formatDateTime(${instant}, '%z', ${literal(zone)}) = substring(${text}, -5)`
  return {
    value: `if(${hasOffset}, ${instant}, ${wall.value})`,
    ok: `if(${hasOffset}, ${isSame} AND ${isThere} AND length(${text}) NOT IN (5, 25), ${wall.ok})`,
  }
}

const noClock = "'00:00:00'"

/** `YYYY-MM-DD hh:mm:ss[.fraction]`, a day's own being its first moment; and its halves. */
export function isoTime(text: string, layout: ValueLayout): Translated & { date: string; clock: string } {
  const parts = timeParts(layout)
  if (parts === undefined) throw new Error(`${layout} is no layout of dates`)
  if (parts.clock === undefined) {
    const date = isoDate(text, parts.date)
    return { date: date.text, clock: noClock, text: `concat(${date.text}, ' 00:00:00')`, ok: date.ok }
  }
  const isShort = /\bM\b/.test(parts.date)
  const first = isShort ? `substringIndex(${text}, ' ', 1)` : `substring(${text}, 1, ${parts.date.length})`
  const length = isShort ? `length(${first})` : String(parts.date.length)
  const date = isoDate(first, parts.date)
  const clock = isoClock(`substring(${text}, ${length} + 2)`, parts.clock)
  return {
    date: date.text,
    clock: clock.text,
    text: `concat(${date.text}, ' ', ${clock.text})`,
    ok: `${date.ok} AND substring(${text}, ${length} + 1, 1) = ' ' AND ${clock.ok}`,
  }
}

/** Whole units of 10^-unit seconds, or with a fraction that the type has room for. A Date is the first moment of its day. */
function epochCheck(text: string, type: TypeNode, unit: number, { timezone }: CheckOptions): Check {
  const zone = literal(quotedArgument(type) ?? timezone)
  const scale = type.name === 'DateTime64' ? (numericArgument(type, 0) ?? 3) : 0
  const { ticks, isWhole } = epochTicks(text, unit, scale)
  const isNumber = `match(${text}, '^(?:0|-?[1-9][0-9]{0,14}|-0)(?:[.][0-9]+)?$')`
  const fits = (range: string, more = '') =>
    `(${isNumber} AND ${isWhole} AND ${ticks} BETWEEN ${range}${more})`
  if (type.name === 'DateTime64') {
    const [least, most] = secondsRange(scale).map((seconds) => seconds * 10n ** BigInt(scale))
    return {
      value: `reinterpret(${ticks}, ${literal(`DateTime64(${scale}, ${zone})`)})`,
      ok: fits(`${String(least)} AND ${String(most)}`),
    }
  }
  if (type.name === 'DateTime')
    return { value: `toDateTime(toUInt32(${ticks}), ${zone})`, ok: fits('0 AND 4294967295') }
  const isMidnight = ` AND ${ticks} % 86400 = 0`
  const day = `toInt32(intDiv(${ticks}, 86400))`
  return type.name === 'Date'
    ? { value: `toDate(toUInt16(${day}))`, ok: fits('0 AND 5662310399', isMidnight) }
    : { value: `toDate32(${day})`, ok: fits('-2208988800 AND 10413791999', isMidnight) }
}

/** The Int64 that counts 10^-scale seconds, made of digits so that none is lost, and whether it says all of the text. */
function epochTicks(text: string, unit: number, scale: number): { ticks: string; isWhole: string } {
  const whole = `extract(${text}, '^-?[0-9]+')`
  const fraction = `trim(TRAILING '0' FROM substring(${text}, length(${whole}) + 2))`
  const room = scale - unit
  if (room >= 0) {
    const digits = room === 0 ? whole : `concat(${whole}, rightPad(${fraction}, ${room}, '0'))`
    const isHeld = room === 0 ? '1' : `isNotNull(toInt64OrNull(${digits}))`
    return { ticks: `toInt64OrZero(${digits})`, isWhole: `(length(${fraction}) <= ${room} AND ${isHeld})` }
  }
  const units = `toInt64OrZero(${whole})`
  const divisor = 10 ** -room
  return { ticks: `intDiv(${units}, ${divisor})`, isWhole: `${fraction} = '' AND ${units} % ${divisor} = 0` }
}
