import type { DateLayout, ValueLayout } from '../../shared/index.ts'

/** The last day of 2024 in each of them: an example for the list, and the list itself. */
const dates: Record<DateLayout, string> = {
  'YYYY-MM-DD': '2024-12-31',
  'YYYY/MM/DD': '2024/12/31',
  'YYYY.MM.DD': '2024.12.31',
  YYYYMMDD: '20241231',
  'DD/MM/YYYY': '31/12/2024',
  'MM/DD/YYYY': '12/31/2024',
  'DD-MM-YYYY': '31-12-2024',
  'MM-DD-YYYY': '12-31-2024',
  'DD.MM.YYYY': '31.12.2024',
  'D/M/YYYY': '31/12/2024',
  'M/D/YYYY': '12/31/2024',
  'D-M-YYYY': '31-12-2024',
  'M-D-YYYY': '12-31-2024',
  'D.M.YYYY': '31.12.2024',
  'DD/MM/YY': '31/12/24',
  'MM/DD/YY': '12/31/24',
  'DD.MM.YY': '31.12.24',
  'DD Mon YYYY': '31 Dec 2024',
  'DD-Mon-YYYY': '31-Dec-2024',
  'DD-Mon-YY': '31-Dec-24',
  'Mon DD, YYYY': 'Dec 31, 2024',
}
type TimePart<L> = L extends `${DateLayout} ${infer T}` ? T : never
const times: Record<TimePart<ValueLayout>, string> = {
  'HH:mm': '13:45',
  'HH:mm:ss': '13:45:09',
  'hh:mm AM': '01:45 PM',
  'hh:mm:ss AM': '01:45:09 PM',
}
type EpochLayout = Extract<ValueLayout, `epoch${string}`>
const epochs: Record<EpochLayout, string> = { epoch: '1735652709', 'epoch-ms': '1735652709000' }
type NumberLayout = Exclude<ValueLayout, DateLayout | EpochLayout | `${DateLayout} ${string}`>
const numbers: Record<NumberLayout, { example: string; groups: string; point: string }> = {
  '1,234.5': { example: '1,234.5', groups: ',', point: '.' },
  '1.234,5': { example: '1.234,5', groups: '.', point: ',' },
  '1 234,5': { example: '1 234,5', groups: ' ', point: ',' },
  "1'234.5": { example: "1'234.5", groups: "'", point: '.' },
  '1234,5': { example: '1234,5', groups: '', point: ',' },
}

const keysOf = <K extends string>(record: Record<K, unknown>) => Object.keys(record) as K[]
const isOneOf = <K extends string>(record: Record<K, unknown>, text: string): text is K =>
  Object.hasOwn(record, text)

const dateLayouts = keysOf(dates)
const momentLayouts = dateLayouts.flatMap((date) =>
  keysOf(times).map((time) => ({
    layout: `${date} ${time}` as const,
    example: `${dates[date]} ${times[time]}`,
  })),
)

const examples = new Map<string, string>([
  ...Object.entries(dates),
  ...momentLayouts.map(({ layout, example }) => [layout, example] as const),
  ...Object.entries(epochs),
  ...keysOf(numbers).map((layout) => [layout, numbers[layout].example] as const),
])

export const isLayout = (text: string): text is ValueLayout => examples.has(text)

type Family = 'date' | 'moment' | 'number' | 'text'

const baseOf = (type: string) => type.replace(/^(?:LowCardinality\(|Nullable\()+/, '')

/** What a column of this type holds; undefined for one whose values have no layouts. */
export function familyOf(type: string): Family | undefined {
  const base = baseOf(type)
  if (base.startsWith('DateTime')) return 'moment'
  if (base.startsWith('Date')) return 'date'
  if (/^(?:U?Int|Float|Decimal)/.test(base)) return 'number'
  return /^(?:Fixed)?String/.test(base) ? 'text' : undefined
}

const familyOfLayout = (layout: ValueLayout): Family =>
  isOneOf(dates, layout) ? 'date' : isOneOf(numbers, layout) ? 'number' : 'moment'

const moments: readonly ValueLayout[] = [...momentLayouts.map(({ layout }) => layout), ...keysOf(epochs)]
const offered: Record<Family, readonly ValueLayout[]> = {
  date: dateLayouts,
  moment: [...moments, ...dateLayouts],
  number: keysOf(numbers),
  text: [...dateLayouts, ...keysOf(numbers), ...moments],
}

/** Whether values of a column of this type may be laid out so. */
export function takesLayout(type: string, layout: ValueLayout): boolean {
  const family = familyOf(type)
  return family !== undefined && family !== 'text' && offered[family].includes(layout)
}

/**
 * The layouts that a column of a type may have, those first by which all samples can be read, and what the first of them
 * is then: "31/12/2024 → 31 Dec 2024".
 */
export function layoutsFor(type: string, samples: readonly string[]) {
  const all = offered[familyOf(type) ?? 'text'].map((layout) => {
    const readings = samples.map((text) => readAs(text, layout))
    const [text, reading] = [samples[0], readings[0]]
    const isFit = readings.length > 0 && readings.every((one) => one !== undefined)
    const example = examples.get(layout) ?? ''
    return {
      layout,
      isFit,
      example: isFit ? `${text} → ${reading}` : `${example} → ${readAs(example, layout)}`,
    }
  })
  return [...all.filter(({ isFit }) => isFit), ...all.filter(({ isFit }) => !isFit)]
}

/** A type for texts that are read in a layout, as wide as its values can be; undefined for one that takes them already. */
export function typeForLayout(type: string, layout: ValueLayout): string | undefined {
  if (familyOf(type) !== 'text') return undefined
  const wide = { date: 'Date32', moment: 'DateTime64(3)', number: 'Float64', text: 'String' }[
    familyOfLayout(layout)
  ]
  return type.includes('Nullable(') ? `Nullable(${wide})` : wide
}

const tokens: Record<string, string> = {
  YYYY: '(?<year>\\d{4})',
  YY: '(?<year>\\d{2})',
  MM: '(?<month>\\d{2})',
  M: '(?<month>\\d{1,2})',
  DD: '(?<day>\\d{2})',
  D: '(?<day>\\d{1,2})',
  Mon: '(?<month>[A-Za-z]{3})',
  HH: '(?<hour>\\d{2})',
  hh: '(?<hour>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2})(?:\\.\\d+)?',
  AM: '(?<half>[AaPp][Mm])',
}
const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** What a text is in a layout, as a person would say it; undefined where it is not in that layout. */
export function readAs(text: string, layout: ValueLayout): string | undefined {
  if (isOneOf(numbers, layout)) return readNumber(text, layout)
  if (isOneOf(epochs, layout)) return readEpoch(text, layout)
  const pattern = layout
    .replaceAll('.', '\\.')
    .replaceAll(/YYYY|YY|MM|Mon|M|DD|D|HH|hh|mm|ss|AM/g, (token) => {
      return tokens[token] ?? token
    })
  const parts = new RegExp(`^${pattern}$`).exec(text)?.groups
  return parts && readMoment(parts)
}

function readMoment(parts: Partial<Record<string, string>>): string | undefined {
  const { year = '', month = '', day = '', hour, minute = '', second, half } = parts
  const monthAt = /\d/.test(month)
    ? Number(month) - 1
    : monthNames.findIndex((name) => name.toLowerCase() === month.toLowerCase())
  const fullYear = year.length === 4 ? Number(year) : Number(year) + (Number(year) < 70 ? 2000 : 1900)
  const date = new Date(Date.UTC(fullYear, monthAt, Number(day)))
  if (date.getUTCMonth() !== monthAt || date.getUTCDate() !== Number(day)) return undefined
  const said = `${Number(day)} ${monthNames[monthAt]} ${fullYear}`
  if (hour === undefined) return said
  const isLate = half?.toLowerCase() === 'pm'
  const ofDay = half === undefined ? Number(hour) : (Number(hour) % 12) + (isLate ? 12 : 0)
  const isHour = half === undefined ? Number(hour) < 24 : Number(hour) >= 1 && Number(hour) <= 12
  if (!isHour || Number(minute) > 59 || Number(second ?? 0) > 59) return undefined
  return [
    `${said} ${String(ofDay).padStart(2, '0')}`,
    minute,
    ...(second === undefined ? [] : [second]),
  ].join(':')
}

function readNumber(text: string, layout: NumberLayout): string | undefined {
  const { groups, point } = numbers[layout]
  const whole = groups === '' ? '\\d+' : `(?:\\d{1,3}(?:[${groups}]\\d{3})+|\\d+)`
  if (!new RegExp(`^[+-]?${whole}(?:[${point}]\\d+)?$`).test(text)) return undefined
  const plain = groups === '' ? text : text.replaceAll(groups, '')
  return plain.replace(point, '.')
}

function readEpoch(text: string, layout: EpochLayout): string | undefined {
  if (!/^\d{1,15}$/.test(text)) return undefined
  const time = new Date(Number(text) * (layout === 'epoch' ? 1000 : 1))
  const iso = Number.isNaN(time.getTime()) ? '' : time.toISOString()
  const [, year, month, day, clock] = /^(\d{4})-(\d\d)-(\d\d)T([\d:]+)/.exec(iso) ?? []
  return year && `${Number(day)} ${monthNames[Number(month) - 1]} ${year} ${clock}`
}
