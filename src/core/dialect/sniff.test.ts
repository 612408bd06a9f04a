import { describe, expect, test } from 'vitest'
import type { DialectChoice } from '../../shared/index.ts'
import { dialectSchema } from '../../shared/index.ts'
import { describeDelimiter, parseRecords, sniff } from './index.ts'
import type { Sniffed, SniffHints } from './index.ts'

const encoder = new TextEncoder()

function look(
  text: string,
  choice: DialectChoice = {},
  hints: Partial<SniffHints> = {},
  complete = true,
): Sniffed {
  return sniff({ bytes: encoder.encode(text), complete }, { ...hints, choice })
}

function bytesOf(...parts: (string | number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...encoder.encode(part)] : part)),
  )
}

function utf16(text: string, littleEndian: boolean, mark: boolean): Uint8Array {
  const units = (mark ? '\ufeff' : '') + text
  const view = new DataView(new ArrayBuffer(units.length * 2))
  for (let i = 0; i < units.length; i++) view.setUint16(i * 2, units.charCodeAt(i), littleEndian)
  return new Uint8Array(view.buffer)
}

describe('sniff explains itself', () => {
  test('counts the lines', () => {
    const lines = Array.from({ length: 3377 }, (_, i) => `${i},a,b,c,d,e,f\n`).join('')
    expect(look(lines).reasons[0]).toBe('`,` gives 7 fields on every one of 3,377 lines')
    expect(look(lines).sample).toHaveLength(1000)
    expect(look(`${lines}1,2\n`).reasons[0]).toBe('`,` gives 7 fields on 3,377 of 3,378 lines (99 %)')
    expect(look(lines, {}, {}, false).reasons[0]).toContain('of the part that was read')
  })
  test('reads values without their quotes', () => {
    expect(look('id,note\n1,"say ""hi""\nthen"\n').sample).toEqual([['1', 'say "hi"\nthen']])
  })
  test.each([
    ['a,b\n1,2\n', '\n'],
    ['a,b\r\n1,2\r\n', '\r\n'],
    ['a,b\r1,2\r3,4\r', '\r'],
    ['a,b\r\n1,2\r\n3,4\n', '\r\n'],
    ['"a\n\n\n\nb",1\r\n"c",2\r\n', '\r\n'],
    ['a,b', '\n'],
  ])('line terminator of %j', (text, terminator) => {
    expect(look(text).dialect.lineTerminator).toBe(terminator)
  })
  test('leading blank lines are skipped and said', () => {
    const found = look('\r\n\r\nid,n\r\n1,2\r\n')
    expect(found.dialect.skipLines).toBe(2)
    expect(found.reasons.join()).toContain('The first 2 lines are blank')
  })
})

describe('backslashes in TSV', () => {
  test.each([
    [
      'id\tv\n1\t\\N\n2\tx\n',
      'backslash',
      [
        ['1', '\\N'],
        ['2', 'x'],
      ],
    ],
    [
      'id\tv\n1\ta\\tb\\nc\n2\td\\\\e\n',
      'backslash',
      [
        ['1', 'a\tb\nc'],
        ['2', 'd\\e'],
      ],
    ],
    [
      'id\tv\n1\tC:\\Users\n2\t\\N\n',
      null,
      [
        ['1', 'C:\\Users'],
        ['2', '\\N'],
      ],
    ],
    ['id\tv\n1\tC:\\temp\n', null, [['1', 'C:\\temp']]],
    ['id\tv\n1\t\\x41\n', null, [['1', '\\x41']]],
    ['id\tv\n1\tx\\N\n', null, [['1', 'x\\N']]],
    ['id\tv\n1\\\t2\n', null, [['1\\', '2']]],
    ['id\tv\n1\t2\n', 'backslash', [['1', '2']]],
  ])('%j → %s', (text, escape, sample) => {
    const found = look(text)
    expect(found.dialect).toMatchObject({ delimiter: '\t', quote: null, escape })
    expect(found.sample).toEqual(sample)
  })
})

describe('what cannot be read yet is named', () => {
  test.each([
    ['a||b||c\n1||2||3\n4||5||6\n', '`||`'],
    ['a~|~b\n1~|~2\n4~|~5\n', '`~|~`'],
    ["'a','b'\n'x','1'\n'y','2'\n", "`'` quotes"],
    ['"a"\t"b"\n"x"\t"1"\n"y"\t"2"\n', 'between tabs'],
    ['t x y\n1 2 3\n4 5 6\n', 'separated by spaces'],
    ['a;b\r1;2\r3;4\r', 'CR only'],
    ['a,b\n1,2\r\n3,4\n', '2 with LF, 1 with CRLF'],
    ['a,b\n1,2\n3,4\r5,6\n7,8\n', '1 with CR'],
    ['a,b\n1,2\n3,"4\n5,6\n', 'never closed'],
    ['a,b,\n1,2,\n3,4,\n', 'no name'],
    ['id,v,v\n1,2,3\n4,5,6\n', 'repeat'],
    ['a,b\n1,2,3\n4,5,6\n7,8,9\n', '2 names'],
    ['a,b\n1,2\n\n3,4\n', '1 blank line'],
  ])('%j: %s', (text, words) => {
    expect(look(text).warnings.join('\n')).toContain(words)
  })
  test('ordinary files have no warnings', () => {
    expect(look("id,name\n1,Ann Lee\n2,Bob O'Neil\n").warnings).toEqual([])
    expect(look('Ann Lee\nBob Ray\nCid Fox\n').warnings).toEqual([])
    expect(look('a|b|c\n1||3\n||\n').warnings).toEqual([])
  })
})

describe('what a person chose wins', () => {
  test('a delimiter that does not fit is used, and said', () => {
    const found = look('a,b,c\n1,2,3\n4,5,6\n', { delimiter: ';' })
    expect(found.dialect.delimiter).toBe(';')
    expect(found.names).toEqual(['a,b,c'])
    expect(found.warnings).toContain('`;` gives 1 field on every line; `,` gives 3 fields on every line')
    expect(found.reasons).toContain('Delimiter chosen by hand: semicolon `;`')
  })
  test('the delimiter that would be sniffed brings no warning', () => {
    expect(look('a,b\n1,2\n', { delimiter: ',' }).warnings).toEqual([])
  })
  test('every part', () => {
    const choice: Required<DialectChoice> = {
      delimiter: '||',
      quote: "'",
      escape: 'backslash',
      lineTerminator: '\r\n',
      header: false,
      skipLines: 1,
      nullTokens: ['nil'],
    }
    const found = look("x\r\n'a\\'||b'||2\r\n3||4\r\n", choice)
    expect(found.dialect).toEqual(choice)
    expect(found.sample).toEqual([
      ["a'||b", '2'],
      ['3', '4'],
    ])
    expect(found.reasons.filter((reason) => reason.includes('chosen by hand'))).toHaveLength(7)
    expect(found.warnings.join()).toContain('several characters')
  })
  test('quotes between tabs', () => {
    const found = look('"a"\t"b"\n"1"\t"x\ty"\n', { delimiter: '\t', quote: '"' })
    expect(found.dialect).toMatchObject({ delimiter: '\t', quote: '"', escape: 'double', header: true })
    expect(found.sample).toEqual([['1', 'x\ty']])
  })
  test('header and skipped lines', () => {
    expect(look('1,2\n3,4\n', { header: true }).names).toEqual(['1', '2'])
    expect(look('a,b\n3,4\n', { header: false }).names).toEqual(['c1', 'c2'])
    expect(look('Report of May\na,b\n3,4\n', { skipLines: 1 }).names).toEqual(['a', 'b'])
    expect(look('a,b\n', { skipLines: 9 }).names).toEqual([])
  })
})

describe('encodings', () => {
  const table = 'näme,n\nÅsa,1\nÖrn,2\n'
  test.each([
    ['utf-8', encoder.encode(table)],
    ['utf-8-bom', bytesOf([0xef, 0xbb, 0xbf], table)],
    ['utf-16le', utf16(table, true, true)],
    ['utf-16be', utf16(table, false, true)],
    ['utf-16le', utf16(table, true, false)],
    ['utf-16be', utf16(table, false, false)],
    ['unknown-8bit', Uint8Array.from(table, (letter) => letter.charCodeAt(0))],
  ])('%s', (encoding, bytes) => {
    const found = sniff({ bytes, complete: true }, { choice: {} })
    expect(found.encoding).toBe(encoding)
    expect(found.names).toEqual(['näme', 'n'])
    expect(found.sample).toEqual([
      ['Åsa', '1'],
      ['Örn', '2'],
    ])
  })
  test('binary', () => {
    const bytes = bytesOf([0x89], 'PNG\r\n', [0x1a, 10, 0, 0, 0, 13], 'IHDR', [0, 0, 2, 0xff, 0, 0, 1, 0])
    const found = sniff({ bytes, complete: true }, { choice: {} })
    expect(found.encoding).toBe('binary')
    expect(found.warnings).toContain('This does not look like a text file')
  })
  test('a letter cut by the end of the head', () => {
    const bytes = bytesOf('a,b\n1,2\n3,', [0xc3])
    expect(sniff({ bytes, complete: false }, { choice: {} }).encoding).toBe('utf-8')
    expect(sniff({ bytes, complete: true }, { choice: {} }).encoding).toBe('unknown-8bit')
  })
})

describe('heads that are cut, empty or huge', () => {
  test('the last record is dropped when it may be cut', () => {
    const text = 'a,b,c\n1,2,3\n4,5'
    expect(look(text, {}, {}, false).sample).toEqual([['1', '2', '3']])
    expect(look(text).sample).toEqual([
      ['1', '2', '3'],
      ['4', '5'],
    ])
    expect(look('a,b\n1,2\n3,"cut he', {}, {}, false).warnings).toEqual([])
  })
  test('a first record longer than the head', () => {
    const found = look('a,b,c', {}, {}, false)
    expect(found.names).toHaveLength(3)
    expect(found.warnings.join()).toContain('longer than the part')
  })
  test.each(['', '\n', '\r\n\r\n', '   \n  ', '\ufeff'])('nothing in %j', (text) => {
    const found = look(text)
    expect(found).toMatchObject({
      names: [],
      sample: [],
      confidence: 0,
      dialect: { delimiter: ',', skipLines: 0 },
    })
    expect(found.reasons.join()).toContain('empty')
  })
  test('5,000 columns', () => {
    const row = (cell: (i: number) => string) => Array.from({ length: 5000 }, (_, i) => cell(i)).join(',')
    const found = look([row((i) => `col${i}`), row((i) => `${i}`), row((i) => `${i}.5`)].join('\n'))
    expect(found.names).toHaveLength(5000)
    expect(found.names[4999]).toBe('col4999')
  })
  test.each(['x', ',', '"', '\\', '\t', '\r', "a'b,"])('one giant line of %j', (piece) => {
    expect(dialectSchema.safeParse(look(piece.repeat(300_000), {}, {}, false).dialect).success).toBe(true)
  })
})

test('parseRecords', () => {
  const text = 'skip me\na;"b;c"\n\n1;2'
  const { dialect } = look(text, { delimiter: ';', skipLines: 1 })
  expect(parseRecords(text, dialect, 10)).toEqual([['a', 'b;c'], [''], ['1', '2']])
  expect(parseRecords(text, dialect, 1)).toEqual([['a', 'b;c']])
  expect(parseRecords(text, dialect, 0)).toEqual([])
  expect(parseRecords('a,', { ...dialect, delimiter: ',', skipLines: 0 }, 9)).toEqual([['a', '']])
})

test('describeDelimiter', () => {
  const all = ['\t', ',', ';', '|', ' ', '\u0001', '\u001f', '||'].map(describeDelimiter)
  expect(all).toEqual([
    'tab',
    'comma `,`',
    'semicolon `;`',
    'pipe `|`',
    'space',
    'byte 0x01',
    'byte 0x1F',
    '`||`',
  ])
})
