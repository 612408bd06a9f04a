import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dateLayouts, valueLayouts, type ValueLayout } from '../../src/shared/index.ts'
import { NULL, quoted, startChecked } from './checked-support.ts'

let server: Awaited<ReturnType<typeof startChecked>>
beforeAll(async () => {
  server = await startChecked()
})
afterAll(() => server.stop())

/** What becomes of texts that all stand in quotes: the values as texts, null where one is refused. */
async function read(type: string, layout: ValueLayout, texts: readonly string[], timezone = 'UTC') {
  const how = { layout, misfit: 'reject' as const }
  const answers = await server.readFields({ type, how, timezone }, texts.map(quoted))
  expect(answers).toHaveLength(texts.length)
  return answers.map(([n, value]) => [texts[n] ?? '', value])
}

const pad = (n: number) => String(n).padStart(2, '0')
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A day in a layout, written by a rule that has nothing to do with how it is read. */
const inLayout = (layout: string, [year, month, day]: readonly [number, number, number]): string => {
  const parts: Record<string, string> = {
    YYYY: String(year).padStart(4, '0'),
    YY: pad(year % 100),
    Mon: months[month - 1] ?? '',
    MM: pad(month),
    DD: pad(day),
    M: String(month),
    D: String(day),
  }
  return layout.replaceAll(/YYYY|YY|Mon|MM|DD|M|D/g, (part) => parts[part] ?? part)
}

const days = [
  [2024, 2, 29],
  [1999, 12, 31],
  [1970, 1, 1],
  [2069, 3, 4],
] as const
const noDays = [
  [2023, 2, 29],
  [2024, 4, 31],
  [2024, 1, 0],
  [2024, 1, 32],
] as const
const iso = ([year, month, day]: readonly [number, number, number]) => `${year}-${pad(month)}-${pad(day)}`

const spoilt = (text: string): string[] => [
  '',
  ` ${text}`,
  `${text} `,
  `${text}0`,
  `${text} 00:00`,
  text.slice(1),
  text.slice(0, -1),
  text.replace(/[^0-9A-Za-z]/, '~'),
  text.replace(/\d/, 'x'),
  text.replace(/\d/, '+'),
]

describe.each(dateLayouts)('%s', (layout) => {
  const texts = days.map((day) => inLayout(layout, day))
  const bad = [...noDays.map((day) => inLayout(layout, day)), ...spoilt(texts[1] ?? '')]
  // A text that is whole in the layout after all.
  const wrong = [...new Set(bad)].filter(
    (text) => !texts.includes(text) && (!/^\d{1,2}([/.-])\d{1,2}\1\d{4}$/.test(text) || !isDay(text, layout)),
  )

  it.each(['Date', 'Date32'])('as a %s', async (type) => {
    expect(await read(type, layout, texts)).toEqual(texts.map((text, n) => [text, iso(days[n] ?? [0, 0, 0])]))
    expect(await read(type, layout, wrong)).toEqual(wrong.map((text) => [text, null]))
  })

  it.each([
    ['DateTime', ''],
    ['DateTime64(3)', '.000'],
  ])('as a %s, its first moment', async (type, fraction) => {
    const times = days.map((day) => `${iso(day)} 00:00:00${fraction}`)
    expect(await read(type, layout, texts)).toEqual(texts.map((text, n) => [text, times[n]]))
    expect(await read(type, layout, wrong)).toEqual(wrong.map((text) => [text, null]))
  })

  it('with a clock', async () => {
    const day = texts[0] ?? ''
    const good: [ValueLayout, string, string][] = [
      [`${layout} HH:mm`, `${day} 23:59`, '23:59:00.000'],
      [`${layout} HH:mm`, `${day} 00:00`, '00:00:00.000'],
      [`${layout} HH:mm:ss`, `${day} 13:05:09`, '13:05:09.000'],
      [`${layout} HH:mm:ss`, `${day} 13:05:09.25`, '13:05:09.250'],
      [`${layout} hh:mm AM`, `${day} 12:00 AM`, '00:00:00.000'],
      [`${layout} hh:mm AM`, `${day} 12:30 pm`, '12:30:00.000'],
      [`${layout} hh:mm AM`, `${day} 1:05 PM`, '13:05:00.000'],
      [`${layout} hh:mm:ss AM`, `${day} 01:05:09 AM`, '01:05:09.000'],
      [`${layout} hh:mm:ss AM`, `${day} 11:05:09.5 PM`, '23:05:09.500'],
    ]
    for (const [own, group] of Map.groupBy(good, ([one]) => one)) {
      const expected = group.map(([, text, clock]) => [text, `2024-02-29 ${clock}`])
      expect(
        await read(
          'DateTime64(3)',
          own,
          group.map(([, text]) => text),
        ),
      ).toEqual(expected)
    }
    const bad: [ValueLayout, string[]][] = [
      [
        `${layout} HH:mm`,
        [day, `${day} 24:00`, `${day} 3:05`, `${day} 13:60`, `${day} 13:05:09`, `${day}T13:05`],
      ],
      [
        `${layout} HH:mm:ss`,
        [day, `${day} 13:05`, `${day} 13:05:60`, `${day} 13:05:09.1234`, `${day}  3:05:09`],
      ],
      [
        `${layout} hh:mm AM`,
        [`${day} 0:30 AM`, `${day} 13:30 PM`, `${day} 1:30`, `${day} 1:30AM`, `${day} +1:30 AM`],
      ],
      [`${layout} hh:mm:ss AM`, [`${day} 1:05 PM`, `${day} 1:05:60 PM`, `${day} 1:05:09 XM`]],
    ]
    for (const [own, refused] of bad) {
      expect(await read('DateTime64(3)', own, refused)).toEqual(refused.map((text) => [text, null]))
    }
  })

  it('as a Date only at midnight', async () => {
    const day = texts[0] ?? ''
    const clocked = [`${day} 00:00:00`, `${day} 00:00:00.000`, `${day} 00:00:01`]
    expect((await read('Date', `${layout} HH:mm:ss`, clocked)).map(([, value]) => value)).toEqual([
      '2024-02-29',
      '2024-02-29',
      null,
    ])
  })
})

/** Cut by a sign, a day may be another one. */
function isDay(text: string, layout: string): boolean {
  const [first = 0, second = 0] = text.split(/\D/).map(Number)
  const [day, month] = layout.startsWith('D') ? [first, second] : [second, first]
  const isPadded = layout.length < 10 || text.length === 10
  return isPadded && text.length >= 8 && month >= 1 && month <= 12 && day >= 1 && day <= 28
}

it('reads years of two digits around 1970, months in any case and times in the zone of the server', async () => {
  expect(await read('Date32', 'DD/MM/YY', ['01/02/69', '01/02/70', '01/02/99', '01/02/00'])).toEqual([
    ['01/02/69', '2069-02-01'],
    ['01/02/70', '1970-02-01'],
    ['01/02/99', '1999-02-01'],
    ['01/02/00', '2000-02-01'],
  ])
  expect(
    await read('Date', 'DD-Mon-YYYY', ['01-JAN-2024', '01-jan-2024', '01-Jän-2024', '01-Ja-2024']),
  ).toEqual([
    ['01-JAN-2024', '2024-01-01'],
    ['01-jan-2024', '2024-01-01'],
    ['01-Jän-2024', null],
    ['01-Ja-2024', null],
  ])
  const how = { layout: 'DD.MM.YYYY HH:mm' as const, misfit: 'reject' as const }
  const shown = (value: string) => `toString(toUnixTimestamp(${value}))`
  const answers = await server.readFields({ type: 'DateTime', how, timezone: 'Europe/Berlin', shown }, [
    quoted('01.07.2024 12:00'),
    quoted('31.03.2024 02:30'),
  ])
  // The second is an hour that the clocks leave out.
  expect(answers).toEqual([
    [0, String(Date.parse('2024-07-01T10:00:00Z') / 1000)],
    [1, null],
  ])
})

it('takes out of range for what it is', async () => {
  expect(await read('Date', 'DD/MM/YYYY', ['31/12/1969', '07/06/2149'])).toEqual([
    ['31/12/1969', null],
    ['07/06/2149', null],
  ])
  expect(await read('DateTime', 'DD/MM/YYYY', ['08/02/2106'])).toEqual([['08/02/2106', null]])
})

describe('epochs', () => {
  it.each<[string, ValueLayout, [string, string | null][]]>([
    [
      'DateTime',
      'epoch',
      [
        ['0', '1970-01-01 00:00:00'],
        ['1709164800', '2024-02-29 00:00:00'],
        ['4294967295', '2106-02-07 06:28:15'],
        ['1709164800.000', '2024-02-29 00:00:00'],
        ...['4294967296', '-1', '1709164800.5', '', 'x', '+5', '007', '1e9', '1709164800 '].map(refusedText),
      ],
    ],
    [
      'DateTime64(3)',
      'epoch',
      [
        ['1709164800.5', '2024-02-29 00:00:00.500'],
        ['-0.5', '1969-12-31 23:59:59.500'],
        ['-62135596800', '0001-01-01 00:00:00.000'],
        ...['1709164800.1234', '99999999999999', '1709164800.'].map(refusedText),
      ],
    ],
    [
      'DateTime',
      'epoch-ms',
      [
        ['1709164800000', '2024-02-29 00:00:00'],
        ...['1709164800001', '1709164800000.5', '4294967296000'].map(refusedText),
      ],
    ],
    [
      'DateTime64(3)',
      'epoch-ms',
      [
        ['1709164800123', '2024-02-29 00:00:00.123'],
        ['-1', '1969-12-31 23:59:59.999'],
        ['5', '1970-01-01 00:00:00.005'],
        ['1709164800123.5', null],
      ],
    ],
    ['DateTime64(6)', 'epoch-ms', [['1709164800123.5', '2024-02-29 00:00:00.123500']]],
    [
      'DateTime64(9)',
      'epoch',
      [['9223372035', '2262-04-11 23:47:15.000000000'], ...['99999999999', '-99999999999'].map(refusedText)],
    ],
    ['DateTime64(9)', 'epoch-ms', ['99999999999999', '9223372036855'].map(refusedText)],
    [
      'DateTime64(1)',
      'epoch-ms',
      [
        ['1709164800100', '2024-02-29 00:00:00.1'],
        ['1709164800120', null],
      ],
    ],
    [
      'Date',
      'epoch',
      [
        ['1709164800', '2024-02-29'],
        ['5662310399', null],
        ['5662224000', '2149-06-06'],
        ['-86400', null],
        ['1709164801', null],
      ],
    ],
    [
      'Date32',
      'epoch',
      [
        ['1709164800', '2024-02-29'],
        ['-86400', '1969-12-31'],
        ['-2208988800', '1900-01-01'],
        ['-2209075200', null],
      ],
    ],
    [
      'Date',
      'epoch-ms',
      [
        ['1709164800000', '2024-02-29'],
        ['1709164800001', null],
      ],
    ],
  ])('%s from %s', async (type, layout, pairs) => {
    expect(
      await read(
        type,
        layout,
        pairs.map(([text]) => text),
      ),
    ).toEqual(pairs)
  })
})

function refusedText(text: string): [string, null] {
  return [text, null]
}

describe('numbers', () => {
  const good: Record<string, string[]> = {
    '1,234.5': ['0', '1,234.5', '1,234,567.25', '-12,345', '1234.5', '12', '+5', '.5'],
    '1.234,5': ['0', '1.234,5', '1.234.567,25', '-12.345', '1234,5', '12', '+5', ',5'],
    '1 234,5': ['0', '1 234,5', '1\u00a0234\u00a0567,25', '-12 345', '1234,5', '12', '+5', ',5'],
    "1'234.5": ['0', "1'234.5", '1\u2019234\u2019567.25', "-12'345", '1234.5', '12', '+5', '.5'],
    '1234,5': ['0', '1234,5', '1234567,25', '-12345', '1234,5', '12', '+5', ',5'],
  }
  const values = ['0', '1234.5', '1234567.25', '-12345', '1234.5', '12', '5', '0.5']
  const bad: Record<string, string[]> = {
    '1,234.5': ['1,23', '12,34.5', '1,2345', '0,123', ',123', '1,234,', '1.234,5', '1,234.5,6'],
    '1.234,5': ['1.23', '12.34,5', '1.2345', '0.123', '.123', '1.234.', '1,234.5', '1.234,5.6'],
    '1 234,5': ['1 23', '12 34,5', '1 2345', '0 123', ' 123', '1 234 ', '1.234', '1  234'],
    "1'234.5": ["1'23", "12'34.5", "1'2345", "0'123", "'123", "1'234'", '1,234', "1''234"],
    '1234,5': ['1.234', '1 234', '1,2,3', ',', '-,', 'x', '1,5 ', '1 ,5'],
  }
  it.each(Object.keys(good) as ValueLayout[])('%s', async (layout) => {
    const texts = good[layout] ?? []
    for (const type of ['Float64', 'Decimal(18, 2)']) {
      expect(await read(type, layout, texts)).toEqual(texts.map((text, n) => [text, values[n]]))
    }
    const whole = values.map((value) => (value.includes('.') ? null : value))
    expect(await read('Int64', layout, texts)).toEqual(texts.map((text, n) => [text, whole[n]]))
    const wrong = [...(bad[layout] ?? []), '', '-', '--1', 'abc', '1.5.5']
    for (const type of ['Float64', 'Decimal(18, 2)', 'Int64']) {
      expect(await read(type, layout, wrong)).toEqual(wrong.map((text) => [text, null]))
    }
  })

  it('keeps to the width of the type', async () => {
    expect(await read('UInt8', '1.234,5', ['255', '256', '1.000'])).toEqual([
      ['255', '255'],
      ['256', null],
      ['1.000', null],
    ])
    expect(await read('Decimal(9, 2)', '1.234,5', ['9.999.999,99', '10.000.000', '1,239', '1,230'])).toEqual([
      ['9.999.999,99', '9999999.99'],
      ['10.000.000', null],
      ['1,239', null],
      ['1,230', '1.23'],
    ])
    expect(await read('Float32', '1,234.5', ['16,777,216', '16,777,217'])).toEqual([
      ['16,777,216', '16777216'],
      ['16,777,217', null],
    ])
  })
})

it('has every layout tried in a type that takes it', async () => {
  for (const layout of valueLayouts) {
    const type = /^(1[^9]|1234)/.test(layout) ? 'Int32' : 'DateTime64(3)'
    expect((await read(type, layout, ['?', '']))[0]?.[1]).toBeNull()
    const other = type === 'Int32' ? 'DateTime' : 'Int32'
    await expect(read(other, layout, ['1'])).rejects.toMatchObject({ code: 'USAGE' })
    await expect(read('String', layout, ['1'])).rejects.toMatchObject({ code: 'USAGE' })
  }
})

describe('NULL and misfits', () => {
  const fields = ['5', 'x', 'NA', '"NA"', '', '\\N', '"\\N"', '-', '""']
  const column = async (type: string, how: object) => {
    const reading = { type, how: { misfit: 'reject' as const, ...how } }
    return (await server.readFields(reading, fields)).map(([, value]) => value)
  }

  it("a column's own tokens stand for the file's", async () => {
    const own = { nullTokens: ['NA', '-'] }
    expect(await column('Nullable(Int8)', own)).toEqual(['5', null, NULL, NULL, NULL, null, null, NULL, NULL])
    expect(await column('Nullable(String)', own)).toEqual(['5', 'x', NULL, NULL, '', '\\N', '\\N', NULL, ''])
    const isNull = async (nullTokens: string[]) =>
      JSON.parse(
        `[${(await server.readFields({ type: 'Nullable(String)', how: { nullTokens, misfit: 'reject' }, shown: (sql) => `toString(isNull(${sql}))` }, fields)).map(([, one]) => one).join()}]`,
      ) as unknown
    expect(await isNull(['\\N'])).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0])
    expect(await isNull([''])).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 1])
    // The two that the reader knows are NULL without quotes only.
    expect(await isNull(['', '\\N'])).toEqual([0, 0, 0, 0, 1, 1, 0, 0, 0])
    expect(await column('Nullable(String)', { nullTokens: [] })).toEqual(
      fields.map((text) => text.replaceAll('"', '')),
    )
  })

  it('NULL or the default in place of what does not fit', async () => {
    expect(await column('Nullable(Int8)', { misfit: 'null' })).toEqual(['5', ...Array<string>(8).fill(NULL)])
    expect(await column('Int8', { misfit: 'default' })).toEqual(['5', ...Array<string>(8).fill('0')])
    expect(await column('Date', { misfit: 'default' })).toEqual(Array<string>(9).fill('1970-01-01'))
    expect(await column("Enum8('x' = 3, 'y' = 1)", { misfit: 'default' })).toEqual(
      fields.map((text) => (text === 'x' ? 'x' : 'y')),
    )
    expect(await column('LowCardinality(Nullable(String))', { misfit: 'null' })).toContain('x')
    expect(await column('Array(UInt8)', { misfit: 'default' })).toEqual(Array<string>(9).fill('[]'))
    expect(await column('Nullable(Date)', { misfit: 'null', layout: 'DD/MM/YYYY' })).toEqual(
      Array<string>(9).fill(NULL),
    )
    await expect(column('Int8', { misfit: 'null' })).rejects.toMatchObject({
      code: 'USAGE',
      place: { column: '' },
    })
  })
})
