import { literal } from '../sql/index.ts'
import { checkNotNull, type Check } from './sql-check.ts'

/**
 * A text that ClickHouse would print for its value is taken at once; any other spelling goes through `slow`, which is
 * NULL where the text is refused. As one expression, so that `slow` runs only for the rows that need it.
 */
const fastOr = (fast: string, isWritten: string, slow: string): Check =>
  checkNotNull(`if(${isWritten}, ${fast}, ${slow})`)

/** What follows the clock: `[.fraction][suffix]`. */
function afterClock(rest: string) {
  const dotted = `if(startsWith(${rest}, '.'), extract(${rest}, '^\\\\.[0-9]+'), '')`
  return {
    // Zeros at its end change nothing.
    fraction: `trim(TRAILING '0' FROM substring(${dotted}, 2))`,
    suffix: `substring(${rest}, length(${dotted}) + 1)`,
  }
}

const padded = (clock: string, fraction: string, scale: number) =>
  scale === 0 ? clock : `concat(${clock}, '.', rightPad(${fraction}, ${scale}, '0'))`

/** Date and Date32 have one layout, so the value, written back, must be the text. */
export function dateCheck(text: string, name: 'Date' | 'Date32'): Check {
  const value = `to${name}OrZero(${text})`
  return { value, ok: `(toString(${value}) = ${text})` }
}

/** `[-]hh:mm:ss[.fraction]` */
export function timeCheck(text: string, scale?: number): Check {
  const parse = (sql: string) =>
    scale === undefined ? `toTimeOrZero(${sql})` : `toTime64OrZero(${sql}, ${scale})`
  const isWritten = (sql: string) => `toString(${parse(sql)}) = ${sql}`
  const clock = `extract(${text}, '^-?[0-9]{2,3}:[0-9]{2}:[0-9]{2}')`
  const { fraction, suffix } = afterClock(`substring(${text}, length(${clock}) + 1)`)
  const full = padded(clock, fraction, scale ?? 0)
  const fits = `${suffix} = '' AND length(${fraction}) <= ${scale ?? 0} AND ${isWritten(full)}`
  return fastOr(parse(text), isWritten(text), `if(${fits}, ${parse(full)}, NULL)`)
}

/**
 * `YYYY-MM-DD hh:mm:ss[.fraction]` in the column's time zone; also with `T`, and with `Z` or an offset, which name
 * an instant without any doubt and are how an ambiguous local time is written.
 */
export function dateTimeCheck(
  text: string,
  name: 'DateTime' | 'DateTime64',
  scale: number,
  zone: string,
): Check {
  const narrow = name === 'DateTime'
  // With a scale of at least 1, because toDateTime64OrNull(…, 0) answers with a plain DateTime (seen).
  const wide = Math.max(scale, 1)
  const parse64 = (sql: string, tz: string) => `toDateTime64OrZero(${sql}, ${wide}, ${literal(tz)})`
  const parse = (sql: string, tz: string) =>
    narrow ? `toDateTimeOrZero(${sql}, ${literal(tz)})` : parse64(sql, tz)
  const plain = parse(text, zone)
  // A column without fractions is not written with the one that the wide scale adds.
  const written = narrow || scale > 0 ? text : `concat(${text}, '.0')`

  const clock = `replaceOne(substring(${text}, 1, 19), 'T', ' ')`
  const { fraction, suffix } = afterClock(`substring(${text}, 20)`)
  const wall = padded(clock, fraction, narrow ? 0 : wide)
  const isWritten = (value: string) => `toString(${value}) = ${wall}`
  const local = parse(wall, zone)
  const utc = parse(wall, 'UTC')
  const instant = instantCheck(padded(clock, fraction, wide), suffix, narrow, wide, zone)
  const slow =
    `multiIf(length(${fraction}) > ${scale}, NULL, ${suffix} = '' AND ${isWritten(local)}, ${local}, ` +
    `${suffix} = 'Z' AND ${isWritten(utc)}, toTimeZone(${utc}, ${literal(zone)}), ` +
    `${instant.ok}, ${instant.value}, NULL)`
  return fastOr(plain, `toString(${plain}) = ${written}`, slow)
}

/** An instant: a wall clock and its distance from UTC. */
function instantCheck(wall: string, offset: string, narrow: boolean, wide: number, zone: string): Check {
  // Through a wide type, so that an instant outside the column's range is seen and not wrapped.
  const utc = `toDateTime64OrZero(${wall}, ${wide}, 'UTC')`
  const distance =
    `(if(startsWith(${offset}, '-'), -1, 1) * (toInt32OrZero(substring(${offset}, 2, 2)) * 3600` +
    ` + toInt32OrZero(substring(${offset}, -2)) * 60))`
  const unix = `(toUnixTimestamp64Second(${utc}) - ${distance})`
  const inRange = narrow
    ? `${unix} BETWEEN 0 AND 4294967295`
    : `(${distance} = 0 OR ${unix} BETWEEN ${secondsRange(wide).join(' AND ')})`
  // A shift that leaves the range throws, so it is not made.
  const safeShift = `if(${inRange}, ${distance}, 0)`
  return {
    value: narrow
      ? `toDateTime(toUInt32(${unix}), ${literal(zone)})`
      : `toTimeZone(${utc} - toIntervalSecond(${safeShift}), ${literal(zone)})`,
    ok: `match(${offset}, '^[+-][01][0-9]:?[0-5][0-9]$') AND toString(${utc}) = ${wall} AND ${inRange}`,
  }
}

/** The seconds since 1970 that a DateTime64 surely holds: the years 1 to 9999, or what Int64 has room for. */
export function secondsRange(scale: number): [least: bigint, most: bigint] {
  const room = 2n ** 63n / 10n ** BigInt(scale) - 1n
  const least = room < 62135596800n ? room : 62135596800n
  const most = room < 253402300799n ? room : 253402300799n
  return [-least, most]
}
