import { describe, expect, it } from 'vitest'
import { targetDialect } from './dialects.ts'

describe('targetDialect', () => {
  it.each([
    ['csv', {}, ',', '"'],
    ['', {}, ',', '"'],
    ['txt', {}, ',', '"'],
    ['tsv', {}, '\t', null],
    ['tab', {}, '\t', null],
    ['psv', {}, '|', '"'],
    ['csv', { delimiter: '\t' }, '\t', null],
    ['csv', { delimiter: '\t', quote: '"' }, '\t', '"'],
    ['tsv', { delimiter: ';' }, ';', '"'],
  ])('.%s with %j', (extension, choice, delimiter, quote) => {
    expect(targetDialect(choice, extension, 'out')).toMatchObject({ delimiter, quote, header: true })
  })

  it.each([
    [{ delimiter: '||' }],
    [{ delimiter: 'é' }],
    [{ delimiter: '"' }],
    [{ delimiter: ',', quote: null }],
    [{ quote: "'" }],
    [{ escape: 'backslash' as const }],
  ])('refuses %j', (choice) => {
    expect(() => targetDialect(choice, 'csv', 'out.csv')).toThrow(/^out\.csv: /)
  })
})
