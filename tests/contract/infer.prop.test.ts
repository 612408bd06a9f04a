import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseType, unwrap } from '../../src/core/schema/index.ts'
import { csv, quoted } from './checked-support.ts'
import { startInference, type Inference } from './infer-support.ts'

let inference: Inference
beforeAll(async () => {
  inference = await startInference()
})
afterAll(() => inference.stop())

const two = (n: number) => String(n).padStart(2, '0')
const upTo = (max: number) => fc.nat({ max })
const bits = (width: bigint) => fc.bigInt({ min: -(2n ** width), max: 2n ** width })
const integer = fc
  .oneof(...[7n, 8n, 16n, 31n, 32n, 63n, 64n, 127n, 128n, 255n, 256n].map(bits))
  .map((value) => String(value))
const float = fc.oneof(
  fc.double().map(String),
  fc.tuple(integer, upTo(999)).map(([whole, fraction]) => `${whole}.${fraction}`),
  fc.constantFrom('nan', '-inf', '.5', '5.', '-0', '0.0', '1e5', '1E-400', '0e7', '00.5', '1e400'),
)
// Not near 1677 and 2262, where the range of nanoseconds depends on the time zone.
const year = fc.oneof(
  fc.integer({ min: 1970, max: 2105 }),
  fc.constantFrom('0001', 1600, 1899, 1900, 1969, 2106, 2150, 2250, 2299, 2300, 9999),
)
const date = fc.tuple(year, upTo(13), upTo(31)).map(([y, m, d]) => `${y}-${two(m)}-${two(d)}`)
const clock = fc.tuple(upTo(24), upTo(60), upTo(60)).map((parts) => parts.map(two).join(':'))
const goodDate = fc.tuple(year, upTo(11), upTo(27)).map(([y, m, d]) => `${y}-${two(m + 1)}-${two(d + 1)}`)
const goodClock = fc.tuple(upTo(23), upTo(59), upTo(59)).map((parts) => parts.map(two).join(':'))
const fraction = fc.oneof(fc.constantFrom('', '', '.0', '.000', '.5', '.'), fc.stringMatching(/^\.\d{1,10}$/))
const zone = fc.constantFrom('Z', '+02:00', '-0330', '+14:00', '+2', '')
const dateTimes = (day: fc.Arbitrary<string>, time: fc.Arbitrary<string>) => [
  fc.tuple(day, time).map((parts) => parts.join(' ')),
  fc.tuple(day, time, fraction).map(([d, t, f]) => `${d} ${t}${f}`),
  fc.tuple(day, fc.constantFrom('T', ' '), time, fraction, zone).map((parts) => parts.join('')),
]
const ipv6 = fc.oneof(
  fc.ipV6(),
  fc.constantFrom('::', '::1', '2001:DB8::1', '::ffff:1.2.3.4', 'a:b', '::1%eth0'),
)
const words = fc.constantFrom(
  'x',
  'true',
  'false',
  'TRUE',
  'yes',
  '007',
  '+491',
  ' 5',
  '5 ',
  '1,5',
  "'",
  '"',
  'é',
)

const kinds: fc.Arbitrary<string>[] = [
  ...[bits(7n), bits(16n), bits(40n), bits(64n)].map((value) => value.map(String)),
  integer,
  float,
  fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.oneof(integer, float),
  date,
  goodDate,
  ...dateTimes(date, clock),
  ...dateTimes(goodDate, goodClock),
  fc.constantFrom('true', 'false', 'True'),
  fc.uuid(),
  fc.oneof(
    fc.uuid(),
    fc.uuid().map((text) => text.toUpperCase()),
    fc.uuid().map((text) => text.replaceAll('-', '')),
  ),
  fc.ipV4(),
  ipv6,
  fc.oneof(fc.ipV4(), ipv6),
  words,
]

/** A text with one character put in, taken out or changed. */
const spoilt = (kind: fc.Arbitrary<string>) =>
  fc
    .tuple(
      kind,
      fc.nat(),
      upTo(1),
      fc.constantFrom('', '0', '1', ' ', '-', '+', '.', ':', 'e', 'Z', 'T', 'é'),
    )
    .map(([text, at, cut, put]) => {
      const position = at % (text.length + 1)
      return text.slice(0, position) + put + text.slice(position + cut)
    })

const blank = fc.constantFrom('', '""', '\\N', 'NA')
const isBlank = (field: string) => ['', '""', '\\N', 'NA'].includes(field)
const written = (text: string) => (/[",\n\r]|^\s|\s$/.test(text) ? quoted(text) : text)

/** Fields of one kind as they stand in a file; now and then one is spoilt or blank. */
const column = fc.constantFrom(...kinds).chain((kind) => {
  const oneSpoilt = fc.tuple(fc.array(kind, { minLength: 3, maxLength: 3 }), spoilt(kind))
  const values = fc.oneof(
    { weight: 3, arbitrary: fc.array(kind, { minLength: 4, maxLength: 4 }) },
    { weight: 1, arbitrary: oneSpoilt.map(([sound, last]) => [...sound, last]) },
  )
  const blanks = fc.option(fc.tuple(blank, blank))
  return fc.tuple(values, blanks).map(([texts, rest]) => ({
    values: texts.filter((text) => text !== '' && text !== 'NA'),
    fields: [...texts, ...(rest === null ? texts.slice(0, 2) : [])].map(written).concat(rest ?? []),
  }))
})

const widths = [8, 16, 32, 64, 128, 256]
const integers = widths.flatMap((width) => [`UInt${width}`, `Int${width}`])
const times = ['DateTime', 'DateTime64(3)', 'DateTime64(6)', 'DateTime64(9)']
const others = ['Bool', 'Float64', 'Date', 'Date32', 'UUID', 'IPv4', 'IPv6']

/** Types that hold less than this one. */
function narrower(type: string): string[] {
  if (type === 'String') return [...integers, ...times, ...others]
  if (integers.includes(type)) return integers.slice(0, widths.indexOf(Number(/\d+/.exec(type))) * 2)
  if (type === 'Float64') return integers
  if (type === 'Date32') return ['Date']
  return times.slice(0, Math.max(0, times.indexOf(type)))
}

/** Whether some text says more than the type would keep: leading zeros, a plus, another spelling, lost decimals. */
function saysMore(values: readonly string[], type: string): boolean {
  const numeric = integers.includes(type) || type === 'Float64'
  if (type === 'Float64' && values.every((text) => /^-?(?:nan|inf\w*)$/i.test(text))) return true
  return values.some(
    (text) =>
      (numeric && /^\+|^-?0\d/.test(text)) ||
      (integers.includes(type) && /^-0$/.test(text)) ||
      // From 2^53 on a float has no decimals.
      (type === 'Float64' && /^-?\d+\.\d*[1-9]/.test(text) && Math.abs(Number(text)) >= 2 ** 53) ||
      (type === 'Bool' && !/^(?:true|false)$/i.test(text)) ||
      (type === 'UUID' && !/^\w{8}(?:-\w{4}){3}-\w{12}$/.test(text)) ||
      (type === 'IPv6' && !text.includes(':')),
  )
}

const dialect = { ...csv, nullTokens: ['', '\\N', 'NA'] }
const file = fc.record({
  columns: fc.array(column, { minLength: 4, maxLength: 4 }),
  sampleSize: fc.constantFrom(0, 2, 6, 6, 6),
  timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York'),
})

it('infers types that take every value, and none narrower would', async () => {
  const inferred = new Set<string>()
  await fc.assert(
    fc.asyncProperty(file, async ({ columns, sampleSize, timezone }) => {
      const fields = columns.map((one) => one.fields)
      const given = { columns: fields, sampleSize, timezone, dialect, raw: true }
      const profile = await inference.profile(given)
      for (const [n, { type, nullable, layout, ownTokens }] of profile.entries()) {
        const base = unwrap(parseType(type)).base.text
        inferred.add(base)
        const less =
          // What is laid out in another way is held by no other type as it stands.
          sampleSize < 6 || layout !== null
            ? []
            : narrower(base).filter((other) => !saysMore(columns[n]?.values ?? [], other))
        const typed = less.map((other) =>
          nullable || fields[n]?.some(isBlank) ? `Nullable(${other})` : other,
        )
        const own = ownTokens.length > 0 && { nullTokens: [...dialect.nullTokens, ...ownTokens] }
        const how = { ...(layout && { layout }), ...own }
        const refusals = await inference.refusedBy(given, n, [type, ...typed], how)
        const seen = `${JSON.stringify(fields[n])} as ${type}: `
        expect(seen + String(refusals.get(type))).toBe(`${seen}0`)
        const fitting = typed.filter((other) => refusals.get(other) === 0)
        if ((columns[n]?.values.length ?? 0) > 0) expect(seen + fitting.join()).toBe(seen)
      }
    }),
    { numRuns: 80 },
  )
  expect(inferred.size).toBeGreaterThan(9)
})

const apart = (sign: string, days: readonly [string, string, string]) => days.join(sign)
const someDay = fc.tuple(upTo(12), upTo(30), fc.integer({ min: 1969, max: 2110 }))
const laidOut: fc.Arbitrary<string>[] = [
  ...['/', '-', '.'].flatMap((sign) => [
    someDay.map(([m, d, y]) => apart(sign, [two(d + 1), two(m + 1), String(y)])),
    someDay.map(([m, d, y]) => apart(sign, [String(m + 1), String(d + 1), String(y)])),
    someDay.map(([m, d, y]) => apart(sign, [two(d + 1), two(m + 1), two(y % 100)])),
    fc
      .tuple(someDay, clock)
      .map(([[m, d, y], time]) => `${apart(sign, [two(d + 1), two(m + 1), String(y)])} ${time}`),
  ]),
  someDay.map(([m, d, y]) => `${y}${two(m + 1)}${two(d + 1)}`),
  ...[',', '.', ' ', "'", '\u00a0', ''].map((sign) =>
    fc
      .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.constantFrom('', ',5', '.25'))
      .map(([n, fraction]) => String(n).replaceAll(/\B(?=(?:\d{3})+$)/g, sign) + fraction),
  ),
  fc.integer({ min: 0, max: 4_200_000_000 }).map(String),
]
const nullText = fc.constantFrom('', 'NA', '-', 'NULL', '\\N', '?', 'none', 'n/a')
const laidOutColumn = fc.constantFrom(...laidOut).chain((kind) =>
  fc.array(
    fc.oneof(
      { weight: 8, arbitrary: kind },
      { weight: 1, arbitrary: nullText },
      { weight: 1, arbitrary: spoilt(kind) },
    ),
    {
      minLength: 5,
      maxLength: 5,
    },
  ),
)

it('what it finds out about layouts and NULL lets every value through', async () => {
  const found = new Set<string>()
  const names = fc.constantFrom('a', 'date', 'created_at')
  const property = fc.asyncProperty(
    fc.array(laidOutColumn, { minLength: 5, maxLength: 5 }),
    fc.array(names, { minLength: 5, maxLength: 5 }),
    fc.constantFrom(1, 2, 5),
    fc.constantFrom('UTC', 'Europe/Berlin'),
    async (columns, columnNames, sampleSize, timezone) => {
      const given = { columns, names: columnNames, sampleSize, timezone }
      for (const [n, { type, layout, ownTokens }] of (await inference.profile(given)).entries()) {
        if (layout !== null) found.add(layout)
        const own = ownTokens.length > 0 && { nullTokens: ['', '\\N', ...ownTokens] }
        const refused = await inference.refusedBy(given, n, [type], { ...(layout && { layout }), ...own })
        const seen = `${JSON.stringify(columns[n])} as ${type} ${String(layout)} ${ownTokens.join()}: `
        expect(seen + String(refused.get(type))).toBe(`${seen}0`)
      }
    },
  )
  await fc.assert(property, { numRuns: 60 })
  expect(found.size).toBeGreaterThan(9)
})
