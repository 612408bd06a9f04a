import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { csv, tsv } from './checked-support.ts'
import { startInference, type Inference, type TestFile } from './infer-support.ts'

let inference: Inference
beforeAll(async () => {
  inference = await startInference()
})
afterAll(() => inference.stop())

/** The profile of columns, and that checked reading, told what the profile says, refuses nothing. */
async function profile(file: TestFile) {
  const columns = await inference.profile(file)
  for (const [n, { type, layout, ownTokens }] of columns.entries()) {
    const tokens = [...(file.dialect ?? csv).nullTokens, ...ownTokens]
    const own = ownTokens.length > 0 && { nullTokens: tokens }
    const how = { ...(layout && { layout }), ...own, ...file.readings?.[n] }
    const refused = await inference.refusedBy(file, n, [type], how)
    expect([columns[n]?.name, type, refused.get(type)]).toEqual([columns[n]?.name, type, 0])
  }
  return columns
}

const one = async (fields: string[], more: Partial<TestFile> = {}) =>
  (await profile({ columns: [fields], ...more }))[0]

const many = (text: string, n = 500) => Array<string>(n).fill(text)

describe('dates', () => {
  it.each<[string[], string, string | null, string?, string?]>([
    [['31/01/2024', '01/02/2024'], 'Date', 'DD/MM/YYYY', '2024-01-31', '2024-02-01'],
    [['01/31/2024', '02/01/2024'], 'Date', 'MM/DD/YYYY', '2024-01-31', '2024-02-01'],
    [['31/1/2024', '01/02/2024'], 'Date', 'D/M/YYYY'],
    [['1/31/2024', '12/01/2024'], 'Date', 'M/D/YYYY'],
    [['31-12-1969', '01-02-2024'], 'Date32', 'DD-MM-YYYY', '1969-12-31', '2024-02-01'],
    [['01.02.2024', '28.02.2024'], 'Date', 'DD.MM.YYYY'],
    [['1.2.2024'], 'Date', 'D.M.YYYY'],
    [['2024/02/29'], 'Date', 'YYYY/MM/DD'],
    [['2024.02.29'], 'Date', 'YYYY.MM.DD'],
    [['31/12/99', '01/01/00'], 'Date', 'DD/MM/YY', '1999-12-31', '2000-01-01'],
    [['29 Feb 2024', '01 mar 2024'], 'Date', 'DD Mon YYYY'],
    [['29-FEB-24'], 'Date', 'DD-Mon-YY'],
    [['Feb 29, 2024'], 'Date', 'Mon DD, YYYY'],
    [['31/01/2024 23:59', '01/02/2024 00:00'], 'DateTime', 'DD/MM/YYYY HH:mm', '2024-01-31 23:59:00'],
    [['1/31/2024 1:05 PM', '2/1/2024 12:00 AM'], 'DateTime', 'M/D/YYYY hh:mm AM', '2024-01-31 13:05:00'],
    [['31.01.2024 23:59:01.5'], 'DateTime64(3)', 'DD.MM.YYYY HH:mm:ss'],
    [['2024-02-29 13:05'], 'DateTime', 'YYYY-MM-DD HH:mm'],
    [['31/02/2024', '01/02/2024'], 'String', null],
    [['31/01/2024', '01/31/2024'], 'String', null],
    [['31/01/2024', '31-01-2024'], 'String', null],
  ])('%j: %s, %s', async (fields, type, layout, min, max) => {
    const found = await one(fields)
    expect(found).toMatchObject({ type, layout })
    if (min !== undefined) expect(found?.min).toBe(min)
    if (max !== undefined) expect(found?.max).toBe(max)
  })

  it('the whole column decides between day and month, the last line too', async () => {
    const late = await one([...many('01/02/2024'), '13/02/2024'], { sampleSize: 100 })
    expect(late).toMatchObject({ type: 'Date', layout: 'DD/MM/YYYY' })
    expect(late?.notes.join()).toContain('1 value would not fit M/D/YYYY')
  })

  it('in doubt it stays text and says so, unless another column tells', async () => {
    const alone = await one(['01/02/2024', '03/04/2024'])
    expect(alone).toMatchObject({ type: 'String', layout: null })
    expect(alone?.notes[0]).toMatch(/DD\/MM\/YYYY and MM\/DD\/YYYY alike/)
    const doubtful = ['01/02/2024', '03/04/2024']
    const together = await profile({
      columns: [doubtful, ['31/01/2024', '01/01/2024'], doubtful.map((text) => text.replaceAll('/', '-'))],
      names: ['a', 'b', 'c'],
    })
    expect(together.map(({ layout }) => layout)).toEqual(['DD/MM/YYYY', 'DD/MM/YYYY', 'DD-MM-YYYY'])
    expect(together[0]?.notes[0]).toContain('"b"')
    const torn = await profile({
      columns: [doubtful, ['31/01/2024', '01/01/2024'], ['12/31/2024', '01/01/2024']],
    })
    expect(torn.map(({ layout }) => layout)).toEqual([null, 'DD/MM/YYYY', 'MM/DD/YYYY'])
  })

  it('eight digits are a date when the column is called after one, and numbers otherwise', async () => {
    const fields = ['20240229', '19991231']
    const [named, number, wrong] = await profile({
      columns: [fields, fields, ['20240229', '20240230']],
      names: ['orderDate', 'amount', 'date'],
    })
    expect(named).toMatchObject({ type: 'Date', layout: 'YYYYMMDD', min: '1999-12-31' })
    expect(number).toMatchObject({ type: 'UInt32', layout: null })
    expect(wrong).toMatchObject({ type: 'UInt32', layout: null })
  })

  it('seconds and milliseconds since 1970 likewise', async () => {
    const seconds = ['1709164800', '1700000000']
    const [named, number, small, millis] = await profile({
      columns: [seconds, seconds, ['5', '1709164800'], seconds.map((text) => `${text}123`)],
      names: ['created_at', 'bytes', 'ts', 'event_time'],
    })
    expect(named).toMatchObject({ type: 'DateTime', layout: 'epoch', min: '2023-11-14 22:13:20' })
    expect(number).toMatchObject({ type: 'UInt32', layout: null })
    expect(number?.notes[0]).toContain('seconds since 1970')
    expect(small).toMatchObject({ type: 'UInt32', layout: null, notes: [] })
    expect(millis).toMatchObject({
      type: 'DateTime64(3)',
      layout: 'epoch-ms',
      max: '2024-02-29 00:00:00.123',
    })
  })
})

describe('numbers', () => {
  it.each<[string[], string, string | null]>([
    [['1,234.5', '12'], 'Float64', '1,234.5'],
    [['1,234,567', '12'], 'UInt32', '1,234.5'],
    [['1.234,5', '-7,25'], 'Float64', '1.234,5'],
    [['12,5', '3'], 'Float64', '1234,5'],
    [['1234,5', '3'], 'Float64', '1234,5'],
    [['1 234,5', '3'], 'Float64', '1 234,5'],
    [['1\u00a0234', '-300'], 'Int16', '1 234,5'],
    [["1'234.5"], 'Float64', "1'234.5"],
    [['1,23,456'], 'String', null],
    [['1,5', '007,5'], 'String', null],
    [['1.5', '9007199254740993'], 'String', null],
  ])('%j: %s, %s', async (fields, type, layout) => {
    const found = await one(fields)
    expect(found).toMatchObject({ type, layout })
  })

  it('1,234 may be either, and stays text until another column tells', async () => {
    const doubtful = ['1,234', '5,678', '12']
    expect(await one(doubtful)).toMatchObject({ type: 'String', layout: null })
    const german = await profile({ columns: [doubtful, ['1,5', '2,25', '3']] })
    expect(german.map(({ type }) => type)).toEqual(['Float64', 'Float64'])
    const english = await profile({ columns: [doubtful, ['1.5', '2.25', '3']] })
    expect(english.map(({ type }) => type)).toEqual(['UInt16', 'Float64'])
  })

  it('leading zeros stay, and are counted', async () => {
    const found = await one(['007', '12', '0815'])
    expect(found).toMatchObject({ type: 'String', layout: null })
    expect(found?.notes[0]).toMatch(/^2 values with leading zeros/)
    const late = await one([...many('12'), '007'], { sampleSize: 100 })
    expect(late?.type).toBe('String')
    expect(late?.notes[0]).toMatch(/^1 value with leading zeros/)
  })
})

describe('NULL tokens', () => {
  it.each<[string[], string, string[]]>([
    [['1', 'NA', '3'], 'Nullable(UInt8)', ['NA']],
    [['1', '-', 'n/a', '?'], 'Nullable(UInt8)', ['-', 'n/a', '?']],
    [['2024-02-29', 'NULL', ''], 'Nullable(Date)', ['NULL']],
    [['31/01/2024', 'none'], 'Nullable(Date)', ['none']],
    [['true', '#N/A', 'false'], 'Nullable(Bool)', ['#N/A']],
    [['x', 'NA', 'y'], 'String', []],
    [['NA', 'NA'], 'String', []],
    [['1', 'NA', 'x'], 'String', []],
    [['1', 'NaN', '2.5'], 'Float64', []],
  ])('%j: %s without %j', async (fields, type, tokens) => {
    for (const dialect of [csv, tsv]) {
      const found = await one(fields, { dialect, raw: true })
      expect(found?.type).toBe(type)
      expect(found?.ownTokens.toSorted()).toEqual(tokens.toSorted())
    }
  })

  it('counts those that show themselves late, and those of a text', async () => {
    const late = await one([...many('5'), 'NA', 'NA', '-', '\\N', '""'], { sampleSize: 100, raw: true })
    expect(late).toMatchObject({ type: 'Nullable(UInt8)', nulls: 4, empties: 1, distinct: 1, min: '5' })
    expect(late?.nullTokens).toEqual(
      expect.arrayContaining([
        { token: 'NA', count: 2 },
        { token: '-', count: 1 },
        { token: '\\N', count: 1 },
      ]),
    )
    const mixed = await one([...many('5'), 'NA', '0.5', '7,000'], { sampleSize: 100 })
    expect(mixed).toMatchObject({ type: 'Nullable(Float64)', layout: '1,234.5', ownTokens: ['NA'], nulls: 1 })
    const text = await one(['x', 'NA', 'NA', '?'])
    expect(text?.nullTokens).toEqual([
      { token: 'NA', count: 2 },
      { token: '?', count: 1 },
    ])
  })

  it("a person's own tokens count alone", async () => {
    const fields = ['1', 'NA', '-9']
    const own = await one(fields, { readings: [{ nullTokens: ['-9', 'NA'] }] })
    expect(own).toMatchObject({ type: 'Nullable(UInt8)', nulls: 2, ownTokens: [] })
    const readings = [{ nullTokens: [''] }]
    const [empty] = await profile({
      columns: [
        ['x', ''],
        ['1', '2'],
      ],
      readings,
    })
    expect(empty).toMatchObject({ type: 'Nullable(String)', empties: 1 })
  })
})

it('says what kept a column text', async () => {
  const found = await one([...many('7'), 'seven'], { sampleSize: 100 })
  expect(found).toMatchObject({ type: 'String', records: 501 })
  expect(found?.notes).toEqual(['500 of 501 values are integers, but not "seven": the column stays text'])
})

it('knows JSON objects, and yes and no', async () => {
  const [json, broken, yes, bool] = await profile({
    columns: [
      ['{"a":1}', '{}'],
      ['{"a":1}', '{"a":'],
      ['yes', 'no'],
      ['true', 'false'],
    ],
  })
  expect(json).toMatchObject({ type: 'String', notes: ['Every value is a JSON object; it stays text'] })
  expect(broken?.notes.join()).not.toContain('Every value')
  expect(yes).toMatchObject({ type: 'String' })
  expect(yes?.notes[0]).toContain('Bool')
  expect(bool).toMatchObject({ type: 'Bool', notes: [] })
})

it('takes the layout that a person chose, whatever does not fit it', async () => {
  const [date, number] = await inference.profile({
    columns: [
      ['01/02/2024', '13/13/2024', 'x'],
      ['1.234', '7', 'x'],
    ],
    readings: [{ layout: 'MM/DD/YYYY' }, { layout: '1.234,5' }],
  })
  expect(date).toMatchObject({ type: 'Date', layout: 'MM/DD/YYYY' })
  expect(number).toMatchObject({ type: 'UInt16', layout: '1.234,5' })
})

it('asks a second time only about columns that surprised it', async () => {
  const before = inference.asked()
  await profile({ columns: [['1', '2'], ['x', 'y'], many('2024-01-01', 2), ['1', '']] })
  expect(inference.asked() - before).toBe(1)
  await profile({
    columns: [
      ['1', '2'],
      ['1', '1.5'],
    ],
    sampleSize: 1,
  })
  expect(inference.asked() - before).toBe(3)
})
