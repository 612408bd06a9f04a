import type { Random } from './random.ts'
import { tongues, type Tongue } from './words.ts'

/** A kind of column: what it may be called and what stands in it. */
export interface Kind {
  names: string[]
  value: (random: Random, row: number) => string
}

const two = (value: number): string => String(value).padStart(2, '0')
const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

interface Day {
  y: number
  m: number
  d: number
}
const day = (random: Random): Day => ({
  y: random.int(1987, 2025),
  m: random.int(1, 12),
  d: random.int(1, 28),
})
const clock = (random: Random): string =>
  `${two(random.int(0, 23))}:${two(random.int(0, 59))}:${two(random.int(0, 59))}`
const grouped = (value: number, mark: string): string => String(value).replace(/\B(?=(?:\d{3})+$)/gu, mark)
const dated = (write: (day: Day) => string) => (random: Random) => write(day(random))

/** Columns of numbers, none of which holds a comma or a blank. */
export const numeric: Kind[] = [
  { names: ['id', 'ID', 'record_id', 'nr'], value: (_, row) => String(row + 1) },
  { names: ['count', 'Quantity', 'n', 'visits'], value: (random) => String(random.int(0, 5000)) },
  { names: ['price', 'Amount', 'unit cost'], value: (random) => (random.next() * 900).toFixed(2) },
  { names: ['lat', 'latitude', 'Y'], value: (random) => (random.next() * 180 - 90).toFixed(5) },
  { names: ['lon', 'longitude', 'X'], value: (random) => (random.next() * 360 - 180).toFixed(5) },
  { names: ['year', 'Year', 'season'], value: (random) => String(random.int(1950, 2024)) },
  {
    names: ['ratio', 'p_value'],
    value: (random) => `${random.int(1, 9)}.${random.digits(3)}e-0${random.int(1, 9)}`,
  },
  { names: ['change', 'delta'], value: (random) => String(random.int(-400, 400)) },
]

export const typed: Kind[] = [
  ...numeric,
  { names: ['date', 'Date', 'created'], value: dated(({ y, m, d }) => `${y}-${two(m)}-${two(d)}`) },
  { names: ['day', 'Issued'], value: dated(({ y, m, d }) => `${two(d)}/${two(m)}/${y}`) },
  { names: ['birth date', 'Datum'], value: dated(({ y, m, d }) => `${two(d)}.${two(m)}.${y}`) },
  { names: ['shipped', 'due'], value: dated(({ y, m, d }) => `${d}-${month[m - 1] ?? ''}-${y}`) },
  { names: ['period', 'yyyymmdd'], value: dated(({ y, m, d }) => `${y}${two(m)}${two(d)}`) },
  {
    names: ['timestamp', 'updated_at'],
    value: (random) => `${dated(({ y, m, d }) => `${y}-${two(m)}-${two(d)}`)(random)} ${clock(random)}`,
  },
  {
    names: ['logged', 'eventTime'],
    value: (random) => `${dated(({ y, m, d }) => `${y}-${two(m)}-${two(d)}`)(random)}T${clock(random)}Z`,
  },
  { names: ['time', 'start'], value: (random) => clock(random).slice(0, 5) },
  { names: ['share', 'Rate (%)'], value: (random) => `${(random.next() * 100).toFixed(1)}%` },
  { names: ['cost', 'Budget'], value: (random) => `$${random.int(1, 999)}.${random.digits(2)}` },
  { names: ['active', 'is_open'], value: (random) => random.pick(['true', 'false']) },
  { names: ['paid', 'member'], value: (random) => random.pick(['Yes', 'No']) },
  { names: ['grade', 'size'], value: (random) => random.pick(['A', 'B', 'C', 'D']) },
  { names: ['status', 'State'], value: (random) => random.pick(['open', 'closed', 'pending', 'on hold']) },
  {
    names: ['code', 'SKU'],
    value: (random) => `${random.pick(['AX', 'BR', 'KL', 'ZT'])}-${random.digits(4)}`,
  },
  { names: ['zip', 'postcode'], value: (random) => random.digits(5) },
  {
    names: ['ip', 'client_ip'],
    value: (random) => Array.from({ length: 4 }, () => random.int(1, 254)).join('.'),
  },
  {
    names: ['email', 'Contact'],
    value: (random) =>
      `${random.pick(['ann', 'bob.r', 'c_lee', 'dora'])}${random.int(1, 99)}@${random.pick(['mail.org', 'firm.co.uk', 'x-y.net'])}`,
  },
  {
    names: ['url', 'link', 'Website'],
    value: (random) =>
      `https://www.${random.pick(['town', 'data', 'shop'])}.org/${random.pick(['a', 'view', 'p/q'])}?id=${random.int(1, 999)}&s=${random.int(1, 9)}`,
  },
  {
    names: ['phone', 'Tel'],
    value: (random) => `+${random.int(1, 99)} ${random.digits(3)} ${random.digits(3)} ${random.digits(4)}`,
  },
  {
    names: ['mobile', 'fax'],
    value: (random) => `(${random.digits(3)}) ${random.digits(3)}-${random.digits(4)}`,
  },
  {
    names: ['iban', 'IBAN'],
    value: (random) =>
      `DE${random.digits(2)} ${random.digits(4)} ${random.digits(4)} ${random.digits(4)} ${random.digits(4)} ${random.digits(2)}`,
  },
  {
    names: ['uuid', 'session'],
    value: (random) =>
      [8, 4, 4, 4, 12]
        .map((size) => Array.from({ length: size }, () => random.int(0, 15).toString(16)).join(''))
        .join('-'),
  },
]

/** Values that hold a comma, so that they are quoted where commas separate. */
export const commas: Kind[] = [
  { names: ['Betrag', 'Preis', 'prix'], value: (random) => `${random.int(0, 900)},${random.digits(2)}` },
  {
    names: ['Umsatz', 'total'],
    value: (random) => `${grouped(random.int(1000, 99_999), '.')},${random.digits(2)}`,
  },
  { names: ['population', 'Revenue'], value: (random) => grouped(random.int(900, 9_000_000), ',') },
  {
    names: ['net', 'gross'],
    value: (random) => `€${grouped(random.int(900, 90_000), ',')}.${random.digits(2)}`,
  },
  {
    names: ['coordinates', 'location', 'geo'],
    value: (random) => `(${(random.next() * 90).toFixed(4)}, ${(random.next() * -90).toFixed(4)})`,
  },
  {
    names: ['payload', 'attributes', 'json'],
    value: (random) =>
      `{"k": ${random.int(1, 99)}, "tags": ["${random.pick(['a', 'b'])}", "c"], "ok": ${String(random.chance(0.5))}}`,
  },
  { names: ['press date', 'Published'], value: dated(({ y, m, d }) => `${month[m - 1] ?? ''} ${d}, ${y}`) },
]

export function texts(tongue: Tongue): Kind[] {
  const phrase = (random: Random, low: number, high: number): string =>
    Array.from({ length: random.int(low, high) }, () => random.pick(tongue.words)).join(' ')
  return [
    {
      names: ['name', 'Full Name', tongue.headers[0] ?? 'name'],
      value: (random) => random.pick(tongue.names),
    },
    { names: ['city', 'Town', tongue.headers[1] ?? 'city'], value: (random) => random.pick(tongue.places) },
    { names: ['title', 'Category', tongue.headers[2] ?? 'title'], value: (random) => phrase(random, 1, 3) },
    {
      names: ['address', 'Street', tongue.headers[3] ?? 'address'],
      value: (random) => `${random.int(1, 250)} ${random.pick(tongue.words)}, ${random.pick(tongue.places)}`,
    },
    {
      names: ['notes', 'Description', tongue.headers[4] ?? 'notes'],
      value: (random) =>
        `${phrase(random, 2, 6)}${random.pick([', ', '; ', ' - ', ': ', '. '])}${phrase(random, 1, 7)}${random.pick(['', '.', '!', '?', " (don't)"])}`,
    },
  ]
}

export const english = texts(tongues.english)

export const lines: Kind = {
  names: ['comment', 'Address block', 'body'],
  value: (random) =>
    Array.from({ length: random.int(1, 3) }, () =>
      Array.from({ length: random.int(1, 5) }, () => random.pick(tongues.english.words)).join(' '),
    ).join('\n'),
}
