import { dateLayouts, type DateLayout, type ValueLayout } from '../../shared/index.ts'
import { literal } from '../sql/index.ts'

/** A text in a layout, as ClickHouse itself would write it. Only where `ok` holds has `text` a meaning. */
export interface Translated {
  text: string
  ok: string
}

type Clock = 'HH:mm' | 'HH:mm:ss' | 'hh:mm AM' | 'hh:mm:ss AM'

/** The two halves of a layout of dates; undefined for the other layouts. */
export function timeParts(layout: ValueLayout): { date: DateLayout; clock: Clock | undefined } | undefined {
  const date = dateLayouts.find((one) => layout === one || layout.startsWith(`${one} `))
  if (date === undefined) return undefined
  return { date, clock: (layout.slice(date.length + 1) || undefined) as Clock | undefined }
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const list = (texts: readonly (string | number)[]) =>
  `[${texts.map((one) => literal(String(one))).join(', ')}]`
const two = (n: number) => String(n).padStart(2, '0')

/**
 * `YYYY-MM-DD` of a text in the layout. Whether the day exists is left to the check of the date, which takes digits in
 * their places and nothing else.
 */
export function isoDate(text: string, layout: DateLayout): Translated {
  if (/\bM\b/.test(layout)) return shortDate(text, layout)
  const at = (part: string) => `substring(${text}, ${layout.indexOf(part) + 1}, ${part.length})`
  const year = layout.includes('YYYY')
    ? at('YYYY')
    : `concat(if(${at('YY')} < '70', '20', '19'), ${at('YY')})`
  const month = layout.includes('Mon')
    ? `transform(lower(${at('Mon')}), ${list(months)}, ${list(months.map((_, n) => two(n + 1)))}, '')`
    : at('MM')
  const signs = layout
    .split(/(?=.)/)
    .flatMap((char, n) =>
      /[A-Za-z]/.test(char) ? [] : [`substring(${text}, ${n + 1}, 1) = ${literal(char)}`],
    )
  return {
    text: `concat(${year}, '-', ${month}, '-', ${at('DD')})`,
    ok: [`length(${text}) = ${layout.length}`, ...signs].join(' AND '),
  }
}

/** Of days and months of one digit or two, such as D/M/YYYY. */
function shortDate(text: string, layout: DateLayout): Translated {
  const sign = literal(layout.charAt(1))
  const first = `substringIndex(${text}, ${sign}, 1)`
  const second = `substring(${text}, length(${first}) + 2, length(${text}) - length(${first}) - 6)`
  const [day, month] = layout.startsWith('D') ? [first, second] : [second, first]
  const pad = (sql: string) => `leftPad(${sql}, 2, '0')`
  return {
    text: `concat(substring(${text}, -4), '-', ${pad(month)}, '-', ${pad(day)})`,
    ok:
      `length(${text}) BETWEEN 8 AND 10 AND length(${first}) <= 2 AND length(${second}) <= 2 ` +
      `AND substring(${text}, -5, 1) = ${sign}`,
  }
}

/** `hh:mm:ss[.fraction]`, of which the check of a time says whether it is one. */
export function isoClock(text: string, clock: Clock): Translated {
  if (clock === 'HH:mm:ss') return { text, ok: `length(${text}) >= 8` }
  if (clock === 'HH:mm') return { text: `concat(${text}, ':00')`, ok: `length(${text}) = 5` }
  const isShort = clock === 'hh:mm AM'
  const late = `if(upper(substring(${text}, -2, 1)) = 'P', 12, 0)`
  const hour = `toString(toUInt8OrZero(substringIndex(${text}, ':', 1)) % 12 + ${late})`
  const rest = `substring(${text}, position(${text}, ':'), length(${text}) - position(${text}, ':') - 2)`
  const seconds = isShort ? '' : ':[0-5][0-9](?:[.][0-9]+)?'
  return {
    text: `concat(leftPad(${hour}, 2, '0'), ${rest}${isShort ? ", ':00'" : ''})`,
    ok: `match(${text}, '^(?:0?[1-9]|1[0-2]):[0-5][0-9]${seconds} [AaPp][Mm]$')`,
  }
}
