import type { DateLayout, Dialect, ValueLayout } from '../../shared/index.ts'
import { literal } from '../sql/index.ts'
import { quotedArgument, unwrap, type TypeNode } from './type.ts'

/** What goes into a file for a column: `sql` of type `type`. */
export interface Written {
  sql: string
  type: string
  /** How it stands in the file, and has to be read, when that is not as ClickHouse writes it. */
  layout?: ValueLayout
}

/** How a file lays out numbers and dates. */
export type WrittenLayout = Pick<Dialect, 'decimal' | 'dateLayout'>

/**
 * ClickHouse writes every type so that checked reading gets the value back, but for the local times of the hour that a
 * clock change repeats: those, and only those, are written with their offset.
 *
 * @param column SQL of the column
 * @param timezone of the server that the column is from
 */
export function writtenColumn(
  column: string,
  type: TypeNode,
  timezone: string,
  { decimal, dateLayout }: WrittenLayout,
): Written {
  const { base, nullable } = unwrap(type)
  const asText = (sql: string, layout?: ValueLayout): Written => ({
    sql,
    type: nullable ? 'Nullable(String)' : 'String',
    ...(layout !== undefined && { layout }),
  })
  const laidOut = dateLayout === 'YYYY-MM-DD' ? undefined : dateLayout
  if (base.name === 'Date' || base.name === 'Date32') {
    if (laidOut) return asText(datesText(`toString(${column})`, laidOut), laidOut)
  } else if (base.name === 'DateTime' || base.name === 'DateTime64') {
    const zone = quotedArgument(base) ?? timezone
    if (laidOut) {
      const rest = `substring(${timesText(column, base, zone)}, 11)`
      const day = datesText(`toString(${column}, ${literal(zone)})`, laidOut)
      return asText(`concat(${day}, ${rest})`, `${laidOut} HH:mm:ss`)
    }
    if (!withoutClockChanges.test(zone)) return asText(timesText(column, base, zone))
  } else if (decimal === ',' && /^(?:B?Float|Decimal)/.test(base.name)) {
    return asText(`replaceOne(toString(${column}), '.', ',')`, '1234,5')
  }
  return { sql: column, type: type.text }
}

/** Whether values of the type hold others that would be laid out if they stood alone. */
export const hidesLaidOut = (type: TypeNode, layout: WrittenLayout): boolean =>
  unwrap(type).base.types.some((inner) => isLaidOut(inner, layout) || hidesLaidOut(inner, layout))

function isLaidOut(type: TypeNode, { decimal, dateLayout = 'YYYY-MM-DD' }: WrittenLayout): boolean {
  const { name } = unwrap(type).base
  if (decimal === ',' && /^(?:B?Float|Decimal)/.test(name)) return true
  return dateLayout !== 'YYYY-MM-DD' && name.startsWith('Date')
}

/** Zones in which a wall clock tells every moment. */
export const withoutClockChanges = /^(UTC|UCT|GMT|Zulu|Universal|Greenwich|Etc\/.*)$/

/** `YYYY-MM-DD hh:mm:ss` with its fraction, and with its offset where the clock shows that time twice. */
function timesText(column: string, base: TypeNode, zone: string): string {
  const text = `toString(${column}, ${literal(zone)})`
  if (withoutClockChanges.test(zone)) return text
  const scale = base.name === 'DateTime' ? undefined : (base.values[0] ?? '3')
  const readBack =
    scale === undefined
      ? `toDateTimeOrNull(${text}, ${literal(zone)})`
      : `toDateTime64OrNull(${text}, ${scale}, ${literal(zone)})`
  const offset = `formatDateTime(${column}, '%z', ${literal(zone)})`
  return `if(ifNull(${readBack} != ${column}, 0), concat(${text}, ${offset}), ${text})`
}

export const hasShortYear = (layout: DateLayout): boolean => !layout.includes('YYYY')

/** Of a text that begins with YYYY-MM-DD. A date whose year two digits do not tell becomes `!` and that text. */
function datesText(iso: string, layout: DateLayout): string {
  const parts = layout.match(/YYYY|YY|MM|Mon|M|DD|D|[^YMD]+/g) ?? []
  const text = `concat(${parts.map((part) => datePart(iso, part)).join(', ')})`
  if (!hasShortYear(layout)) return text
  return `if(toUInt16(substring(${iso}, 1, 4)) BETWEEN 1970 AND 2069, ${text}, concat('!', substring(${iso}, 1, 10)))`
}

function datePart(iso: string, part: string): string {
  const month = `substring(${iso}, 6, 2)`
  const day = `substring(${iso}, 9, 2)`
  const sql: Record<string, string> = {
    YYYY: `substring(${iso}, 1, 4)`,
    YY: `substring(${iso}, 3, 2)`,
    MM: month,
    M: `toString(toUInt8(${month}))`,
    Mon: `substring('JanFebMarAprMayJunJulAugSepOctNovDec', toUInt8(${month}) * 3 - 2, 3)`,
    DD: day,
    D: `toString(toUInt8(${day}))`,
  }
  return sql[part] ?? literal(part)
}
