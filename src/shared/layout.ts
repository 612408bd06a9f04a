/**
 * How a value stands in a flat file when that is not how ClickHouse writes it. In patterns, YYYY is the year, YY its last
 * two digits (70–99 are 19xx), MM and DD two digits of month and day, M and D one or two, Mon an English abbreviation.
 */
export const dateLayouts = [
  'YYYY-MM-DD',
  'YYYY/MM/DD',
  'YYYY.MM.DD',
  'YYYYMMDD',
  'DD/MM/YYYY',
  'MM/DD/YYYY',
  'DD-MM-YYYY',
  'MM-DD-YYYY',
  'DD.MM.YYYY',
  'D/M/YYYY',
  'M/D/YYYY',
  'D-M-YYYY',
  'M-D-YYYY',
  'D.M.YYYY',
  'DD/MM/YY',
  'MM/DD/YY',
  'DD.MM.YY',
  'DD Mon YYYY',
  'DD-Mon-YYYY',
  'DD-Mon-YY',
  'Mon DD, YYYY',
] as const
export type DateLayout = (typeof dateLayouts)[number]

/** HH is 00 to 23, hh with AM or PM 1 to 12; the fraction of a second may follow `ss`. */
const timeLayouts = ['HH:mm', 'HH:mm:ss', 'hh:mm AM', 'hh:mm:ss AM'] as const

/** Seconds or milliseconds since 1970 in UTC. */
const epochLayouts = ['epoch', 'epoch-ms'] as const

/** Groups of three digits by the first sign, decimals after the second; `,` alone is a decimal comma without groups. */
export const numberLayouts = ['1,234.5', '1.234,5', '1 234,5', "1'234.5", '1234,5'] as const

/** As a person chooses it for a column: a date, a date and a time with a blank between, an epoch, or a number. */
export const valueLayouts = [
  ...dateLayouts,
  ...dateLayouts.flatMap((date) => timeLayouts.map((time) => `${date} ${time}` as const)),
  ...epochLayouts,
  ...numberLayouts,
] as const
export type ValueLayout = (typeof valueLayouts)[number]
