import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import type { Dialect, Encoding } from '../../shared/index.ts'
import { codeOfFault, Normaliser, separatorOf } from './normalise.ts'
import { canonical, normalised } from '../../../tests/support/normalised.ts'

const plain: Dialect = {
  ...{ delimiter: ',', quote: '"', escape: 'double', lineTerminator: '\n' },
  ...{ header: false, skipLines: 0, nullTokens: ['\\N', ''] },
}
const job = (dialect: Partial<Dialect>, width = 2) => ({
  ...{ dialect: { ...plain, ...dialect }, encoding: 'utf-8' as Encoding, width, missing: '\\N' },
})
const lines = (text: string, dialect: Partial<Dialect>, width?: number) =>
  canonical(Buffer.from(text), job(dialect, width)).split('\n').slice(0, -1)

describe('what is written', () => {
  it.each<[string, Partial<Dialect>, string, string]>([
    ['a quoted field stays quoted', {}, '"1",2', '"1",2'],
    ['a field that is not stays so', {}, '1,\\N', '1,\\N'],
    ['a quoted null token stays a text', { quote: "'" }, "'\\N',\\N", '"\\N",\\N'],
    ['an empty field and an empty text stay two things', { quote: "'" }, "'',", '"",'],
    ['another quote', { quote: "'" }, `'it''s "x"',a"b`, `"it's ""x""","a""b"`],
    ['a quote outside ASCII', { quote: '«' }, '«a,«« "«,b', '"a,« """,b'],
    ['backslashes in quotes', { escape: 'backslash' }, String.raw`"a\"b\\c\n",d`, String.raw`"a""b\c\n",d`],
    ['a stray quote', { escape: null }, '"a "b" c",d', '"a ""b"" c",d'],
    ['blanks after a quote', {}, '"a" ,c', '"a",c'],
    ['blanks before a quote', {}, ' \t"a,b",c', '"a,b",c'],
    ['TSV', { delimiter: '\t', quote: null, escape: 'backslash' }, 'a\\tb\\n\t\\N', '"a\tb\n",\\N'],
    ['an escaped backslash', { delimiter: '\t', quote: null, escape: 'backslash' }, '\\\\N\tx', '"\\N",x'],
    ['several characters', { delimiter: '||' }, 'a|b||c,d', 'a|b,"c,d"'],
    ['padding', { delimiter: ';', padding: true }, ' a b ;"  c " ', 'a b;"  c "'],
    ['columns of blanks', { delimiter: ' ', padding: true }, '  a    "b c"  ', 'a,"b c"'],
    ['an edge', { delimiter: '|', edgeDelimiter: 'both' }, '|a|b|', 'a|b'],
    ['CR', { lineTerminator: '\r' }, 'a,b\r', 'a,b'],
    ['a CR that ends nothing', {}, 'a\r,b', '"a\r",b'],
  ])('%s', (_, dialect, text, expected) => {
    const separator = separatorOf({ ...plain, ...dialect })
    const written = canonical(Buffer.from(`${text}\n`), job(dialect))
    expect(written.slice(0, expected.length + 1)).toBe(expected + separator)
    // What follows is ours.
    const ours = written.slice(expected.length + 1).split(separator)
    expect(ours).toEqual(['1', '1', '0', expect.stringMatching(/^\d+$/u), '\n'])
  })

  it('leaves out preamble, header, comments, blank lines and footer', () => {
    const text = '\ufeffAbout\n"\na,b\n#a,b\n1,2\n\n# x\n3,"4\n5"\n  \nTotal,"\n'
    const dialect = { skipLines: 2, header: true, commentPrefix: '#', footerLines: 1 }
    expect(lines(text, dialect).join('\n')).toBe('1,2,1,5,20,3,\n3,"4\n5",1,8,29,7,')
  })

  it('never takes the first line for a comment', () => {
    expect(lines('#a,b\n#c\n1,2\n', { header: true, commentPrefix: '#' })).toEqual(['1,2,1,3,8,3,'])
  })

  it('keeps blank lines where there is one column', () => {
    expect(lines('a\n\nb', {}, 1)).toEqual(['a,1,1,0,1,', ',1,2,2,0,', 'b,1,3,3,1,'])
  })

  it('takes missing fields for NULL in ragged files only', () => {
    expect(lines('a\nb,c,,\nd,e,"",f\n', { ragged: true })).toEqual([
      'a,\\N,1,1,0,1,',
      'b,c,1,2,2,5,',
      ',,1,3,8,8,"the record has 4 fields, but 2 are expected"',
    ])
    expect(lines('a\n', {})).toEqual([',,1,1,0,1,"the record has 1 field, but 2 are expected"'])
  })
})

describe('what cannot be read', () => {
  it('reads on below the line whose quote is never closed', () => {
    const records = normalised(Buffer.from('1,"a\n2,b\n3,"c"\n'), job({}))
    expect(records.map(({ line, fault, fields }) => [line, fault, ...fields])).toEqual([
      [1, 'a quote is opened and not closed', '', ''],
      [2, '', '2', 'b'],
      [3, '', '3', 'c'],
    ])
  })

  it('takes a quote that is not doubled for no end of a field', () => {
    const records = normalised(Buffer.from("1,'it's'\n2,'b'\n'x'y'z\n"), job({ quote: "'" }))
    expect(records.map(({ fault }) => fault)).toEqual([
      'a quote inside a field is not doubled',
      '',
      'a quote inside a field is not doubled',
    ])
  })

  it('bounds what a quote can swallow', () => {
    const text = `1,"a\n${'2,b\n'.repeat(1000)}`
    const records = normalised(Buffer.from(text), job({}), [10, 500, 1000, 2000, 2500, 3500], 1000)
    expect(records).toHaveLength(1001)
    expect(records[0]).toMatchObject({ line: 1, offset: 0, length: 4 })
    expect(codeOfFault(records[0]?.fault ?? '')).toBe('RECORD_TOO_LARGE')
    expect(records.at(-1)).toMatchObject({ line: 1001, fault: '', fields: ['2', 'b'] })
  })

  it('drops the rest of a line that is too long', () => {
    const text = `1,2\n${'x'.repeat(5000)}\n3,4\n`
    const cuts = Array.from({ length: 50 }, (_, n) => n * 100)
    const records = normalised(Buffer.from(text), job({}), cuts, 1000)
    expect(records.map(({ line, fault }) => [line, fault === '' ? '' : codeOfFault(fault)])).toEqual([
      [1, ''],
      [2, 'RECORD_TOO_LARGE'],
      [3, ''],
    ])
  })

  it('says which codes its faults have', () => {
    expect(codeOfFault('the record has 1 field, but 2 are expected')).toBe('RECORD_MALFORMED')
    expect(codeOfFault('a quote is opened and not closed')).toBe('RECORD_MALFORMED')
  })
})

describe('other encodings', () => {
  const text = 'id,größe\n1,"zwei\nZeilen ü"\r\n2,ä\n'
  const encodings: [Encoding, Uint8Array][] = [
    ['windows-1252', iconv.encode(text, 'windows-1252')],
    ['iso-8859-15', iconv.encode(text, 'iso-8859-15')],
    ['gb18030', iconv.encode(text, 'gb18030')],
    ['gb18030', iconv.encode(`\ufeff${text}`, 'gb18030')],
    ['utf-16le', Buffer.from(text, 'utf16le')],
    ['utf-16le', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['utf-16be', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ]

  it.each(encodings)('%s: the places are those in the file, however it is cut', (encoding, bytes) => {
    for (let size = 1; size < 20; size++) {
      const cuts = Array.from({ length: bytes.length / size }, (_, n) => n * size)
      const records = normalised(bytes, { ...job({ header: true }), encoding }, cuts)
      expect(records.map(({ fields }) => fields)).toEqual([
        ['1', 'zwei\nZeilen ü'],
        ['2', 'ä'],
      ])
      expect(records.map(({ line }) => line)).toEqual([2, 4])
      const raw = records.map(({ offset, length }) => bytes.subarray(offset, offset + length))
      expect(raw.map((each) => new TextDecoder(encoding).decode(each))).toEqual(['1,"zwei\nZeilen ü"', '2,ä'])
    }
  })

  it.each<[Encoding, number[]]>([
    ['shift_jis', [0x81, 0xff]],
    ['euc-kr', [0xff, 0x41]],
    ['utf-16le', [0x00, 0xd8, 0x41, 0x00]],
  ])('%s: a record with what is no letter is at fault, and no other', (encoding, bad) => {
    const encode = (each: string) =>
      encoding === 'utf-16le' ? Buffer.from(each, 'utf16le') : iconv.encode(each, encoding)
    const bytes = Buffer.concat([encode('1,a\n2,'), Buffer.from(bad), encode('\n3,c\n')])
    const records = normalised(bytes, { ...job({}), encoding })
    expect(records.map(({ line, fault }) => [line, fault])).toEqual([
      [1, ''],
      [2, `the record holds bytes that are no letters in ${encoding}`],
      [3, ''],
    ])
    expect(codeOfFault(records[1]?.fault ?? '')).toBe('FILE_ENCODING')
  })

  it('leaves bytes as they are in UTF-8 files', () => {
    const normaliser = new Normaliser(job({}), 'utf-8', 7)
    const given = normaliser.add(Buffer.from([0x31, 0x2c, 0xff, 0x0a]))
    expect([...given.subarray(0, 6)]).toEqual([0x31, 0x2c, 0x22, 0xff, 0x22, 0x2c])
    expect(Buffer.from(given.subarray(6)).toString()).toBe('7,1,0,3,\n')
  })
})
