/**
 * What a text column could be. A family is a kind of value in one layout. Its types, from narrow to wide, are tried on
 * every text, each on those that the ones before it refuse.
 */
import { dateLayouts, type DateLayout, type ValueLayout } from '../../shared/index.ts'
import { numberPattern } from './layout-number.ts'
import { timeParts } from './layout-time.ts'

export interface Family {
  types: readonly string[]
  /** What the texts look like: says less than the check, but does not refuse what that takes. */
  pattern: RegExp
  /** Undefined where the values are laid out as ClickHouse writes them. */
  layout?: ValueLayout
}

const times = ['DateTime', 'DateTime64(3)', 'DateTime64(6)', 'DateTime64(9)']
/** Narrowed to Date by the ends. */
const days = ['Date32']

const plain = {
  bool: { types: ['Bool'], pattern: /^(?:true|false)$/i },
  integer: { types: ['Int64'], pattern: /^(?:0|-?[1-9]\d{0,18})$/ },
  wideInteger: { types: ['Int256'], pattern: /^(?:0|-?[1-9]\d{0,76})$/ },
  hugeInteger: { types: ['UInt256'], pattern: /^(?:0|[1-9]\d{0,77})$/ },
  float: {
    types: ['Float64'],
    pattern: /^-?(?:(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|nan|inf|infinity)$/i,
  },
  date: { types: days, pattern: /^\d{4}-\d\d-\d\d$/ },
  /** Most times: asked about alone, they are compared as numbers. */
  second: { types: ['DateTime'], pattern: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/ },
  dateTime: { types: times, pattern: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?$/ },
  isoDateTime: {
    types: times,
    pattern: /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?$/,
  },
  uuid: { types: ['UUID'], pattern: /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i },
  ipv4: { types: ['IPv4'], pattern: /^\d{1,3}(?:\.\d{1,3}){3}$/ },
  ipv6: { types: ['IPv6'], pattern: /^(?=.*:)[\da-f:.]+$/i },
  /** Stays text, but it is worth a word. */
  json: { types: ['String'], pattern: /^\s*\{[\s\S]*\}\s*$/ },
} satisfies Record<string, Family>

type PlainFamily = keyof typeof plain

/** The layouts with days and months of two digits are those of one digit or two, of which none has one. */
const paddedToo: Partial<Record<DateLayout, DateLayout>> = {
  'DD/MM/YYYY': 'D/M/YYYY',
  'MM/DD/YYYY': 'M/D/YYYY',
  'DD-MM-YYYY': 'D-M-YYYY',
  'MM-DD-YYYY': 'M-D-YYYY',
  'DD.MM.YYYY': 'D.M.YYYY',
}

const patterns: Record<string, string> = {
  YYYY: String.raw`\d{4}`,
  YY: String.raw`\d\d`,
  Mon: '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)',
  MM: String.raw`(?:0[1-9]|1[0-2])`,
  DD: String.raw`(?:0[1-9]|[12]\d|3[01])`,
  M: String.raw`(?:0?[1-9]|1[0-2])`,
  D: String.raw`(?:0?[1-9]|[12]\d|3[01])`,
  HH: String.raw`(?:[01]\d|2[0-3])`,
  hh: String.raw`(?:0?[1-9]|1[0-2])`,
  mm: String.raw`[0-5]\d`,
  ss: String.raw`[0-5]\d(?:\.\d+)?`,
  AM: '[AP]M',
  '.': String.raw`\.`,
}

const timePattern = (layout: string) =>
  new RegExp(
    `^${layout.replaceAll(/YYYY|YY|Mon|MM|DD|M|D|HH|hh|mm|ss|AM|\./g, (part) => patterns[part] ?? part)}$`,
    'i',
  )

/** Any eight digits are no dates of this age. */
const recent = (pattern: RegExp) =>
  new RegExp(pattern.source.replace(String.raw`\d{4}`, String.raw`(?:19|20)\d\d`), 'i')

function dateFamilies(): [ValueLayout, Family][] {
  return dateLayouts
    .filter((date) => paddedToo[date] === undefined)
    .flatMap((date) => {
      const clocks = ['', ' HH:mm', ' HH:mm:ss', ' hh:mm AM', ' hh:mm:ss AM'] as const
      const layouts = clocks.map((clock) => `${date}${clock}` as ValueLayout)
      return layouts
        .filter((layout) => layout !== 'YYYY-MM-DD' && layout !== 'YYYY-MM-DD HH:mm:ss')
        .map((layout): [ValueLayout, Family] => {
          const pattern = timePattern(layout)
          const types = layout === date ? days : times
          return [layout, { types, layout, pattern: date === 'YYYYMMDD' ? recent(pattern) : pattern }]
        })
    })
}

const numbers = (['1,234.5', '1234,5', '1.234,5', '1 234,5', "1'234.5"] as const).map(
  (layout): [ValueLayout, Family] => {
    const withoutZeros = numberPattern(layout).replace('^[+-]?', '^-?(?!0[0-9])')
    return [layout, { types: ['Int64', 'Float64'], layout, pattern: new RegExp(withoutZeros) }]
  },
)

export type Candidate = PlainFamily | ValueLayout

const all = new Map<Candidate, Family>([
  ...(Object.entries(plain) as [PlainFamily, Family][]),
  ...dateFamilies(),
  ...numbers,
])

export const candidates: readonly Candidate[] = [...all.keys()]

export function familyOf(candidate: Candidate): Family {
  const family = all.get(candidate)
  if (!family) throw new Error(`${candidate} is no family`)
  return family
}

/** Whether the family is one of a layout that is not ClickHouse's own. */
export const isLayout = (candidate: Candidate): candidate is ValueLayout => !(candidate in plain)

export const typesOf = (candidate: Candidate): readonly string[] => familyOf(candidate).types

/** The other way to read the same texts as other values: which is meant, only a text that is none in it can tell. */
export function rivalOf(candidate: Candidate): Candidate | undefined {
  const layout = familyOf(candidate).layout
  if (layout === undefined) return candidate === 'float' ? '1.234,5' : undefined
  if (layout === '1,234.5') return '1234,5'
  if (layout === '1234,5') return '1,234.5'
  const swapped = swapDayAndMonth(layout)
  return swapped !== layout && all.has(swapped) ? swapped : undefined
}

/** `D/M/YYYY HH:mm` to `M/D/YYYY HH:mm` and back. */
export function swapDayAndMonth(layout: ValueLayout): ValueLayout {
  const swapped = layout.replace(/^(DD?|MM?)(.)(DD?|MM?)\b/, '$3$2$1')
  return swapped as ValueLayout
}

/** The layout that values of a family have when every day and month has two digits. */
export function paddedLayout(layout: ValueLayout): ValueLayout {
  const date = timeParts(layout)?.date
  const padded = dateLayouts.find((one) => paddedToo[one] === date && date !== undefined)
  return padded === undefined || date === undefined ? layout : (layout.replace(date, padded) as ValueLayout)
}

export const hasPaddedLayout = (layout: ValueLayout): boolean => paddedLayout(layout) !== layout
