import { describe, expect, it } from 'vitest'
import { valueLayouts } from '../../shared/index.ts'
import { familyOf, isLayout, layoutsFor, readAs, typeForLayout } from './layouts.ts'

describe('layouts', () => {
  it('knows every one, and its example reads back', () => {
    const shown = layoutsFor('String', []).map(({ layout }) => layout)
    expect(shown.toSorted()).toEqual([...valueLayouts].toSorted())
    expect(valueLayouts.every(isLayout)).toBe(true)
    for (const { layout, example } of layoutsFor('String', []))
      expect([layout, example]).toEqual([layout, expect.not.stringContaining('undefined')])
  })

  it.each([
    ['31/12/2024', 'DD/MM/YYYY', '31 Dec 2024'],
    ['12/31/2024', 'DD/MM/YYYY', undefined],
    ['31/02/2024', 'DD/MM/YYYY', undefined],
    ['29/02/2024', 'DD/MM/YYYY', '29 Feb 2024'],
    ['1/2/2024', 'DD/MM/YYYY', undefined],
    ['1/2/2024', 'M/D/YYYY', '2 Jan 2024'],
    ['01.02.70', 'DD.MM.YY', '1 Feb 1970'],
    ['01.02.69', 'DD.MM.YY', '1 Feb 2069'],
    ['dec 31, 2024', 'Mon DD, YYYY', '31 Dec 2024'],
    ['Dec 31, 2024', 'Mon DD, YYYY', '31 Dec 2024'],
    ['2024-12-31 24:00', 'YYYY-MM-DD HH:mm', undefined],
    ['2024-12-31 12:05 AM', 'YYYY-MM-DD hh:mm AM', '31 Dec 2024 00:05'],
    ['2024-12-31 12:05:09.25 pm', 'YYYY-MM-DD hh:mm:ss AM', '31 Dec 2024 12:05:09'],
    ['1735652709', 'epoch', '31 Dec 2024 13:45:09'],
    ['1,234,567.5', '1,234.5', '1234567.5'],
    ['1,23', '1,234.5', undefined],
    ['1.234,5', '1.234,5', '1234.5'],
    ['-12,5', '1234,5', '-12.5'],
    ['1 234,5', '1 234,5', '1234.5'],
  ] as const)('%s as %s is %s', (text, layout, reading) => expect(readAs(text, layout)).toBe(reading))

  it('offers first those that fit all values', () => {
    const first = (type: string, samples: string[]) => layoutsFor(type, samples)[0]
    expect(first('Date', ['01/02/2024', '12/31/2024'])).toEqual({
      layout: 'MM/DD/YYYY',
      isFit: true,
      example: '01/02/2024 → 2 Jan 2024',
    })
    expect(first('Float64', ['x'])).toMatchObject({ layout: '1,234.5', isFit: false })
  })

  it('goes by the type, whatever is around it', () => {
    expect(
      ['LowCardinality(Nullable(String))', 'Nullable(DateTime64(3))', 'Date32', 'UUID'].map(familyOf),
    ).toEqual(['text', 'moment', 'date', undefined])
    expect(typeForLayout('Nullable(String)', 'DD/MM/YYYY')).toBe('Nullable(Date32)')
    expect(typeForLayout('Date', 'DD/MM/YYYY')).toBeUndefined()
  })
})
