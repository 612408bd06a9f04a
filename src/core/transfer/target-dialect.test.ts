import { describe, expect, it } from 'vitest'
import type { DialectChoice, Encoding } from '../../shared/index.ts'
import { isWrittenNatively, targetDialect } from './target-dialect.ts'

describe('targetDialect', () => {
  it.each<[string, DialectChoice, string, string | null, string | null]>([
    ['csv', {}, ',', '"', 'double'],
    ['', {}, ',', '"', 'double'],
    ['txt', {}, ',', '"', 'double'],
    ['tsv', {}, '\t', null, 'backslash'],
    ['tab', {}, '\t', null, 'backslash'],
    ['psv', {}, '|', '"', 'double'],
    ['csv', { delimiter: '\t' }, '\t', null, 'backslash'],
    ['csv', { delimiter: '\t', quote: '"' }, '\t', '"', 'double'],
    ['tsv', { delimiter: ';' }, ';', '"', 'double'],
    ['csv', { quote: null, escape: null }, ',', null, null],
    ['csv', { quote: "'", escape: null }, ',', "'", null],
  ])('.%s with %j', (extension, choice, delimiter, quote, escape) => {
    const dialect = targetDialect(choice, extension, 'out')
    expect(dialect).toMatchObject({ delimiter, quote, escape, header: true, nullTokens: ['\\N'] })
  })

  it('takes what is written and leaves what is only found in files that are read', () => {
    const read = { skipLines: 2, headerLines: 2, footerLines: 1, padding: true, ragged: true }
    const written = {
      edgeDelimiter: 'trailing',
      quoting: 'always',
      decimal: ',',
      dateLayout: 'DD.MM.YYYY',
    } as const
    const dialect = targetDialect({ ...read, ...written, commentPrefix: '#' }, 'csv', 'out')
    expect(dialect).toMatchObject({ ...written, commentPrefix: '#', skipLines: 0 })
    expect(Object.keys(dialect)).not.toEqual(expect.arrayContaining(['padding']))
    expect(targetDialect({ edgeDelimiter: 'none', commentPrefix: '' }, 'csv', 'out')).toEqual(
      targetDialect({}, 'csv', 'out'),
    )
  })

  it.each<[DialectChoice]>([
    [{ delimiter: '"' }],
    [{ delimiter: '\n' }],
    [{ delimiter: 'n', quote: null }],
    [{ quote: null, escape: 'double' }],
    [{ quote: '\\', escape: 'backslash' }],
    [{ nullTokens: ['a,b'] }],
    [{ nullTokens: ['"NULL"'] }],
    [{ nullTokens: ['\n'] }],
    [{ commentPrefix: ',' }],
  ])('refuses %j', (choice) => {
    expect(() => targetDialect(choice, 'csv', 'out.csv')).toThrow(/^out\.csv: .+\.$/)
  })
})

describe('isWrittenNatively', () => {
  const two = ['UInt8', 'String']
  const native = (choice: DialectChoice, extension: string, encoding: Encoding = 'utf-8', types = two) =>
    isWrittenNatively(targetDialect(choice, extension, 'out'), encoding, types)

  it.each<[DialectChoice, string]>([
    [{}, 'csv'],
    [{}, 'tsv'],
    [{}, 'psv'],
    [{ delimiter: ';' }, 'csv'],
    [{ delimiter: ' ' }, 'csv'],
    [{ delimiter: '\t', quote: '"' }, 'csv'],
    [{ lineTerminator: '\r\n' }, 'csv'],
    [{ lineTerminator: '\r\n' }, 'tsv'],
    [{ nullTokens: ['NULL'] }, 'csv'],
    [{ nullTokens: [''] }, 'csv'],
    [{ decimal: '.' }, 'csv'],
    [{ dateLayout: 'DD.MM.YYYY' }, 'csv'],
    [{ header: false }, 'csv'],
  ])('%j in .%s', (choice, extension) => {
    expect(native(choice, extension)).toBe(true)
    expect(native(choice, extension, 'binary')).toBe(true)
    expect(native(choice, extension, 'utf-8-bom')).toBe(false)
    expect(native(choice, extension, 'windows-1252')).toBe(false)
  })

  it.each<[DialectChoice, string]>([
    [{ delimiter: '||' }, 'csv'],
    [{ delimiter: 'é' }, 'csv'],
    [{ delimiter: '.' }, 'csv'],
    [{ delimiter: '1' }, 'csv'],
    [{ quote: "'" }, 'csv'],
    [{ quote: null }, 'csv'],
    [{ escape: 'backslash' }, 'csv'],
    [{ escape: null }, 'csv'],
    [{ quoting: 'needed' }, 'csv'],
    [{ lineTerminator: '\r' }, 'csv'],
    [{ nullTokens: ['-1'] }, 'csv'],
    [{ nullTokens: ['true'] }, 'csv'],
    [{ nullTokens: ['NaN'] }, 'csv'],
    [{ nullTokens: ['NULL'] }, 'tsv'],
    [{ escape: null }, 'tsv'],
    [{ edgeDelimiter: 'both' }, 'csv'],
    [{ commentPrefix: '#' }, 'csv'],
    [{ decimal: ',' }, 'csv'],
    [{ dateLayout: 'DD.MM.YY' }, 'csv'],
  ])('not %j in .%s', (choice, extension) => {
    expect(native(choice, extension)).toBe(false)
  })

  it.each<[string, DialectChoice, string, boolean]>([
    ['String', {}, 'csv', true],
    ['Nullable(String)', {}, 'csv', true],
    ['Nullable(Int32)', { nullTokens: [''] }, 'csv', false],
    ['LowCardinality(Nullable(String))', { nullTokens: [''] }, 'csv', false],
    ['Int32', { nullTokens: [''] }, 'csv', true],
    ['String', {}, 'tsv', false],
    ["Enum8('' = 1)", {}, 'tsv', false],
    ['Nullable(Int32)', {}, 'tsv', true],
    ['Array(String)', {}, 'tsv', true],
  ])('of a column of %s alone, with %j, in .%s: %j', (type, choice, extension, expected) => {
    expect(native(choice, extension, 'utf-8', [type])).toBe(expected)
  })
})
