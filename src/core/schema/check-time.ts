import { literal } from '../sql/index.ts'
import type { Check } from './sql-check.ts'

/** Date, Date32, Time and Time64 have one layout, so the value, written back, must be the text. */
export function plainTimeCheck(text: string, name: string, scale?: number): Check {
  if (scale === undefined) {
    const value = `to${name}OrNull(${text})`
    return { value, ok: `ifNull(toString(${value}) = ${text}, 0)` }
  }
  const value = `to${name}OrNull(${text}, ${scale})`
  return { value, ok: `ifNull(toString(${value}) = ${padFraction(text, scale)}, 0)` }
}

/** A shorter fraction is the same instant; it is compared with the zeros that ClickHouse would print. */
function padFraction(text: string, scale: number): string {
  if (scale === 0) return text
  const dotted = `if(position(${text}, '.') = 0, concat(${text}, '.'), ${text})`
  // rightPad alone would also cut a longer fraction.
  return `if(position(${text}, '.') > 0 AND length(${text}) >= position(${text}, '.') + ${scale}, ${text}, rightPad(${dotted}, position(${dotted}, '.') + ${scale}, '0'))`
}

/**
 * `YYYY-MM-DD hh:mm:ss[.fraction]` in the column's time zone; also with `T`, and with `Z` or an offset, which name
 * an instant without any doubt and are how an ambiguous local time is written (see write.ts).
 */
export function dateTimeCheck(
  text: string,
  name: 'DateTime' | 'DateTime64',
  scale: number,
  zone: string,
): Check {
  // With a scale of at least 1, because toDateTime64OrNull(…, 0) answers with a plain DateTime (seen).
  const wide = Math.max(scale, 1)
  const parse64 = (sql: string, tz: string) => `toDateTime64OrNull(${sql}, ${wide}, ${literal(tz)})`
  // A column without fractions takes no text with one, be it as short as the wide scale.
  const written64 = (sql: string) => (scale === 0 ? `concat(${sql}, '.0')` : padFraction(sql, scale))
  const narrow = name === 'DateTime'
  const parse = (sql: string, tz: string) =>
    narrow ? `toDateTimeOrNull(${sql}, ${literal(tz)})` : parse64(sql, tz)
  const writtenAs = (sql: string) => (narrow ? sql : written64(sql))
  const written = writtenAs(text)
  const plain = parse(text, zone)
  const plainOk = `ifNull(toString(${plain}) = ${written}, 0)`

  const iso = `extract(${text}, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\\\.[0-9]+)?')`
  const local = `replaceOne(${iso}, 'T', ' ')`
  const suffix = `substring(${text}, length(${iso}) + 1)`
  // Through a wide type, so that an instant outside the column's range is seen and not wrapped.
  const wall = parse64(local, 'UTC')
  const wallOk = `ifNull(toString(${wall}) = ${written64(local)}, 0)`
  const seconds =
    `(if(startsWith(${suffix}, '-'), -1, 1) * (toInt32OrZero(substring(${suffix}, 2, 2)) * 3600` +
    ` + toInt32OrZero(substring(${suffix}, -2)) * 60))`
  const shift = `if(${suffix} = 'Z', 0, ${seconds})`
  const unix = `(toUnixTimestamp64Second(${wall}) - ${shift})`
  const offsetOk = `match(${suffix}, '^(Z|[+-][01][0-9]:?[0-5][0-9])$')`
  const localValue = parse(local, zone)
  const localOk = `(${suffix} = '' AND ifNull(toString(${localValue}) = ${writtenAs(local)}, 0))`
  const inRange = narrow
    ? `${unix} BETWEEN 0 AND 4294967295`
    : `(${shift} = 0 OR ${unix} BETWEEN ${secondsRange(wide)})`
  // A shift that leaves the range throws, so it is not made.
  const safeShift = `if(ifNull(${inRange}, 0), ${shift}, 0)`
  const instantValue = narrow
    ? `toDateTime(toUInt32(${unix}), ${literal(zone)})`
    : `toTimeZone(${wall} - toIntervalSecond(${safeShift}), ${literal(zone)})`
  const instantOk = `(${offsetOk} AND ${wallOk} AND ifNull(${inRange}, 0))`
  return {
    value: `if(${plainOk}, ${plain}, if(${suffix} = '', ${localValue}, ${instantValue}))`,
    ok: `(${plainOk} OR (${iso} != '' AND (${localOk} OR ${instantOk})))`,
  }
}

/** The seconds since 1970 that a DateTime64 surely holds: the years 1 to 9999, or what Int64 has room for. */
function secondsRange(scale: number): string {
  const room = 2n ** 63n / 10n ** BigInt(scale) - 1n
  const least = room < 62135596800n ? room : 62135596800n
  const most = room < 253402300799n ? room : 253402300799n
  return `-${least} AND ${most}`
}
