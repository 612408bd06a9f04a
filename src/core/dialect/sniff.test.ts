import { describe, expect, test } from 'vitest'
import type { DialectChoice, Encoding } from '../../shared/index.ts'
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

describe('what a person should know is said', () => {
  test.each([
    ['a,b\n1,2\r\n3,4\n', '2 with LF, 1 with CRLF'],
    ['a,b\n1,2\n3,4\r5,6\n7,8\n', '1 with CR'],
    ['a,b\n1,2\n3,"4\n5,6\n', 'on line 3 is never closed'],
    ['a,b,,\n1,2,,\n3,4,,\n', '2 columns have no name'],
    ['a,b,c\n1,2,3\n4,5,6\n,,\n,,\n', '2 records hold nothing but delimiters'],
    ['a,b,c\nx,2,3\ny,5,6\nTotal,7,9\n', 'may be a total of the others: "Total,7,9"'],
    ['1,50\n2,75\n13,20\n', 'decimal comma'],
    ['"id,name"\n"1,Ann"\n"2,Bob"\n', 'Every line stands in quotes as a whole'],
    ['id,j\n1,{"a":1,"b":2}\n2,{"a":2,"b":3}\n', 'Every line holds `,`'],
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
    const choice: DialectChoice = {
      delimiter: '||',
      quote: "'",
      escape: 'backslash',
      lineTerminator: '\r\n',
      header: false,
      skipLines: 1,
      nullTokens: ['nil'],
      commentPrefix: '#',
      headerLines: 1,
      footerLines: 1,
      padding: true,
      edgeDelimiter: 'both',
    }
    const found = look("x\r\n'a\\'||b'||2\r\n#\r\n 3 ||4\r\nend\r\n", choice)
    expect(found.dialect).toEqual(choice)
    expect(found.sample).toEqual([
      ["a'||b", '2'],
      ['3', '4'],
    ])
    expect(found.reasons.filter((reason) => reason.includes('chosen by hand'))).toHaveLength(12)
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

describe('values that are alike', () => {
  const values = (name: string, value: (n: number) => string) =>
    `${name}\n${Array.from({ length: 30 }, (_, n) => value(n)).join('\n')}\n`
  test.each([values('phrase', (n) => `hello world ${n}`), values('note', (n) => `value: ${n}`)])(
    'below a name in a CSV file are one column: %j',
    (text) => {
      const found = look(text, {}, { extension: 'csv' })
      expect([found.names, found.dialect.skipLines]).toEqual([[text.split('\n')[0]], 0])
    },
  )
})

describe('encodings', () => {
  test('a few bytes that are not UTF-8 do not spoil the letters that are', () => {
    const line = bytesOf('1,café\n')
    const lines = Array.from({ length: 20 }, () => [...line]).flat()
    const bytes = bytesOf('id,t\n', lines, '2,caf', [0xe9], '\n')
    const found = sniff({ bytes, complete: true }, { choice: {} })
    expect(found.encoding).toBe('utf-8')
    expect(found.sample[0]).toEqual(['1', 'café'])
    expect(found.warnings).toContain('The text is UTF-8, but some bytes are not valid UTF-8')
  })
  const table = 'näme,n\nÅsa,1\nÖrn,2\n'
  test.each([
    ['utf-8', encoder.encode(table)],
    ['utf-8-bom', bytesOf([0xef, 0xbb, 0xbf], table)],
    ['utf-16le', utf16(table, true, true)],
    ['utf-16be', utf16(table, false, true)],
    ['utf-16le', utf16(table, true, false)],
    ['utf-16be', utf16(table, false, false)],
    ['windows-1252', Uint8Array.from(table, (letter) => letter.charCodeAt(0))],
  ])('%s', (encoding, bytes) => {
    const found = sniff({ bytes, complete: true }, { choice: {} })
    expect(found.encoding).toBe(encoding)
    expect(found.names).toEqual(['näme', 'n'])
    expect(found.sample).toEqual([
      ['Åsa', '1'],
      ['Örn', '2'],
    ])
  })
  test('one that is chosen wins, and says what it cannot read', () => {
    const bytes = Uint8Array.from('näme,n\nÅsa,1\n', (letter) => letter.charCodeAt(0))
    const as = (encoding: Encoding) => sniff({ bytes, complete: true }, { choice: {}, encoding })
    expect(as('windows-1251')).toMatchObject({ encoding: 'windows-1251', names: ['nдme', 'n'] })
    expect(as('windows-1251').reasons[0]).toBe('Encoding chosen by hand: windows-1251')
    expect(as('utf-8').warnings).toEqual(['Some bytes are not valid utf-8'])
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
    expect(sniff({ bytes, complete: true }, { choice: {} }).encoding).toBe('windows-1252')
  })
})

describe('what stands around the table', () => {
  const found = (text: string, choice: DialectChoice = {}): Sniffed => look(text, choice)
  test('a preamble is skipped, and said', () => {
    const { dialect, names, warnings } = found('Rain by month\nmm\n\nmonth,north,south\nJan,1,2\nFeb,3,4\n')
    expect([dialect.skipLines, names]).toEqual([3, ['month', 'north', 'south']])
    expect(warnings).toEqual(['The first 3 lines are no records and are skipped: "Rain by month"…'])
  })
  test('footers are counted from the end, also when only the tail shows them', () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i},a,b\n`).join('')
    const footer = '\nSource: the harbour office\n'
    expect(found(`id,x,y\n${rows}${footer}`).dialect.footerLines).toBe(2)
    const tail = encoder.encode(rows + footer)
    const head = { bytes: encoder.encode(`id,x,y\n${rows}`), complete: false, tail }
    const cut = sniff(head, { choice: {} })
    expect(cut.dialect.footerLines).toBe(2)
    expect(cut.warnings.join()).toContain('2 lines at the end of the file are no records')
  })
  test('comments, several header lines, edges and padding', () => {
    expect(found('id,v,w\n1,2,3\n# checked\n4,5,6\n7,8,9\n').dialect.commentPrefix).toBe('#')
    const units = found('t;temp;hum\n;(C);(%)\n0;20;40\n1;21;41\n2;22;42\n3;21;43\n')
    expect(units.dialect.headerLines).toBe(2)
    expect(units.names).toEqual(['t', 'temp (C)', 'hum (%)'])
    expect(units.sample).toHaveLength(4)
    const drawn = found('| id | name |\n| 1  | Ann  |\n| 2  | Bo   |\n').dialect
    expect(drawn).toMatchObject({ delimiter: '|', padding: true, edgeDelimiter: 'both' })
  })
  test('the larger of two tables is taken, and the other one named', () => {
    const { tables, dialect, warnings } = found('a,b\n1,2\n3,4\n\nx,y,z\n1,2,3\n4,5,6\n7,8,9\n1,1,1\n')
    expect(dialect.skipLines).toBe(4)
    expect(tables).toEqual([{ line: 1, records: 3, fields: 2 }])
    expect(warnings.join()).toContain('several tables')
  })
  test('a delimiter that fits nearly as well is named', () => {
    expect(found('a b\nc d\n').warnings).toEqual([])
    const { reasons } = found('id;x;y\n1;a,b;2\n2;c;3\n3;d,e,f;4\n')
    expect(reasons).toContain('The next best, `,`, gives 1 to 3 fields')
  })
})

describe('what names the columns and the delimiter besides a header', () => {
  test('`sep=` names the delimiter', () => {
    const { dialect, names, reasons } = look('sep=;\r\nid;x\r\n1;a,b\r\n2;c\r\n')
    expect([dialect.delimiter, dialect.skipLines, names]).toEqual([';', 1, ['id', 'x']])
    expect(reasons.join()).toContain('`sep=;`')
  })
  test.each([
    '#Version: 1.0\n#Fields: date time status\n2024-01-02 10:00:01 200\n2024-01-02 10:00:02 404\n2024-01-02 10:00:03 404\n',
    '# date x status\n2024-01-02 1.5 200\n2024-01-03 2.5 404\n2024-01-04 2.9 404\n',
  ])('a comment names the columns: %j', (text) => {
    const { dialect, names, sample, reasons } = look(text)
    expect([dialect.header, names[2], sample.length]).toEqual([false, 'status', 3])
    expect(reasons).toContain('The comment above the first record names the columns')
  })
  test('edges are no columns', () => {
    const { names, sample, reasons } = look('a,b,\n1,2,\n3,4,\n')
    expect([names, sample[0], reasons[0]]).toEqual([
      ['a', 'b'],
      ['1', '2'],
      expect.stringContaining('2 fields'),
    ])
  })
  test('rulers around a drawn table are comments', () => {
    const drawn = '+----+------+\n| id | name |\n+----+------+\n|  1 | Ann  |\n|  2 | Bob  |\n+----+------+\n'
    expect(look(drawn)).toMatchObject({
      names: ['id', 'name'],
      sample: [
        ['1', 'Ann'],
        ['2', 'Bob'],
      ],
    })
  })
})

describe('records that lack fields', () => {
  const row = (i: number) => (i % 3 === 0 ? `${i},a\n` : `${i},a,${i * 2},c\n`)
  const text = `id,t,v,w\n${Array.from({ length: 30 }, (_, i) => row(i)).join('')}`
  test('have NULL there when many do and none has too many', () => {
    const { dialect, warnings } = look(text)
    expect([dialect.ragged, dialect.header]).toEqual([true, true])
    expect(warnings.join()).toContain('10 lines of 31 lack fields at the end, which are read as NULL')
    expect(look(text, { ragged: false }).dialect.ragged).toBe(false)
  })
  test('are malformed when others have too many', () => {
    expect(look(`${text}1,2,3,4,5\n`).dialect.ragged).toBeUndefined()
  })
  test('lack what only the header and a few records have', () => {
    const rows = Array.from({ length: 30 }, (_, i) => `${i},x,${i}${i % 5 === 4 ? ',old' : ''}\n`).join('')
    const { dialect, names } = look(`id,t,v,remark\n${rows}`)
    expect([dialect.skipLines, dialect.ragged, names]).toEqual([0, true, ['id', 't', 'v', 'remark']])
  })
  test('have a name for each field', () => {
    const { names, warnings } = look('"mpg" "cyl"\n"Mazda RX4" 21 6\n"Datsun 710" 22.8 4\n"Valiant" 18.1 6\n')
    expect(names).toEqual(['', 'mpg', 'cyl'])
    expect(warnings.join()).toContain('2 names')
  })
  test('titles with delimiters are no header', () => {
    const rows = Array.from({ length: 9 }, (_, i) => `0${i + 1}.03.2024;shop ${i};-${i},50\n`).join('')
    const { dialect, names } = look(`Account;DE00 1234;\nMonth;March;\n\nDay;Text;Sum\n${rows}`)
    expect([dialect.skipLines, names]).toEqual([3, ['Day', 'Text', 'Sum']])
  })
})

describe('a quote that is never closed', () => {
  const rows = Array.from({ length: 40 }, (_, i) => `${i},"a, ${i}",x\n`).join('')
  test('spoils its record, and not the way the others are read', () => {
    const { dialect, warnings } = look(`id,text,t\n${rows}40,"b,x\n${'41,c,x\n'.repeat(40)}`)
    expect(dialect).toMatchObject({ delimiter: ',', quote: '"', header: true })
    expect(warnings).toContain('The quote that opens a field on line 42 is never closed')
  })
  test('inside fields, quotes are text', () => {
    expect(look('size,n\n3" pipe,1\n4" pipe,2\n5" pipe,3\n').warnings).toEqual([])
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
