import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../shared/index.ts'
import { Formatter, UnwritableValue, type WrittenKind } from './format.ts'

const plain: Dialect = {
  delimiter: ',',
  quote: '"',
  escape: 'double',
  lineTerminator: '\n',
  header: false,
  skipLines: 0,
  nullTokens: ['\\N'],
}

function write(canonical: string, dialect: Partial<Dialect>, kinds?: (WrittenKind | null)[]): string {
  const width = canonical.split('\n', 1)[0]?.split(',').length ?? 1
  const formatter = new Formatter(
    { ...plain, ...dialect },
    kinds ?? Array.from({ length: width }, () => null),
  )
  return formatter.push(canonical).text + formatter.end().text
}

/** Of which column, from 0, in which row, from 1, and why. */
function fault(canonical: string, dialect: Partial<Dialect>, kinds?: (WrittenKind | null)[]) {
  try {
    write(canonical, dialect, kinds)
  } catch (error) {
    if (error instanceof UnwritableValue) return [error.row, error.column, error.message]
    throw error
  }
  return undefined
}

const row = '1,"a b","",\\N\n'

describe('what is written', () => {
  it.each<[string, Partial<Dialect>, string]>([
    ['as it came', {}, '1,"a b","",\\N\n'],
    ['semicolon', { delimiter: ';' }, '1;"a b";"";\\N\n'],
    ['long delimiter', { delimiter: '||' }, '1||"a b"||""||\\N\n'],
    ['CRLF', { lineTerminator: '\r\n' }, '1,"a b","",\\N\r\n'],
    ['CR', { lineTerminator: '\r' }, '1,"a b","",\\N\r'],
    ['null token', { nullTokens: ['NULL'] }, '1,"a b","",NULL\n'],
    ['empty null token', { nullTokens: [''] }, '1,"a b","",\n'],
    ['other quote', { quote: "'" }, "1,'a b','',\\N\n"],
    ['always', { quoting: 'always' }, '"1","a b","",\\N\n'],
    ['needed', { quoting: 'needed' }, '1,a b,"",\\N\n'],
    ['needed, with a delimiter inside', { quoting: 'needed', delimiter: ' ' }, '1 "a b" "" \\N\n'],
    ['never', { quoting: 'never' }, '1,a b,,\\N\n'],
    ['no quotes', { quote: null, escape: null }, '1,a b,,\\N\n'],
    ['leading', { edgeDelimiter: 'leading' }, ',1,"a b","",\\N\n'],
    ['trailing', { edgeDelimiter: 'trailing' }, '1,"a b","",\\N,\n'],
    ['both', { edgeDelimiter: 'both', delimiter: '|' }, '|1|"a b"|""|\\N|\n'],
  ])('%s', (_, dialect, text) => {
    expect(write(row, dialect)).toBe(text)
  })

  it.each<[string, string, Partial<Dialect>, string]>([
    ['a doubled quote', '"a""b"\n', { quote: "'" }, "'a\"b'\n"],
    ['a quote that has to be doubled', '"a\'b"\n', { quote: "'" }, "'a''b'\n"],
    ['a quote after a backslash', '"a""\\b"\n', { escape: 'backslash' }, '"a\\"\\\\b"\n'],
    ['a backslash delimiter', '"a|b",1\n', { quote: null, escape: 'backslash', delimiter: '|' }, 'a\\|b|1\n'],
    [
      'control characters',
      '"a\tb\nc\\d",1\n',
      { quote: null, escape: 'backslash', delimiter: '\t' },
      'a\\tb\\nc\\\\d\t1\n',
    ],
    [
      'the end of a delimiter',
      '"a|",1\n',
      { quote: null, escape: 'backslash', delimiter: '||' },
      'a\\|||1\n',
    ],
    ['blanks that would be trimmed', '" a","b "\n', { quoting: 'needed' }, '" a","b "\n'],
    ['a number with the delimiter in it', '1.5,-2\n', { delimiter: '.' }, '"1.5".-2\n'],
    ['a number that stands for NULL', '-1,\\N\n', { nullTokens: ['-1'] }, '"-1",-1\n'],
    ['a text that stands for NULL', '"NA",\\N\n', { nullTokens: ['NA'], quoting: 'needed' }, '"NA",NA\n'],
    [
      'a text like a comment',
      '"#1",2\n"#2",3\n',
      { commentPrefix: '#', quoting: 'needed' },
      '#1,2\n"#2",3\n',
    ],
    ['a stray quote', '"a ""b"" c"\n', { escape: null }, '"a "b" c"\n'],
  ])('%s', (_, canonical, dialect, text) => {
    expect(write(canonical, dialect)).toBe(text)
  })

  it('takes numbers in quotes for numbers where it is told so, but not in the header', () => {
    const dialect = { header: true, delimiter: ';' }
    expect(write('"x"\n"1,5"\n', dialect, ['number'])).toBe('"x"\n1,5\n')
    expect(write('"x"\n"1,5"\n', { header: true }, ['number'])).toBe('"x"\n"1,5"\n')
  })

  it('adds no escapes to a nested value', () => {
    const tsv: Partial<Dialect> = { quote: null, escape: 'backslash', delimiter: '\t' }
    expect(write("\"['a\\'']\"\n", tsv, ['nested'])).toBe("['a\\'']\n")
    expect(fault('"[\'a\tb\']",1\n', tsv, ['nested', null])).toEqual([
      1,
      0,
      'it holds the delimiter, and nothing is quoted there',
    ])
  })

  it('is the same however the stream is cut', () => {
    const canonical = '"a","b"\n"x""y",1\n"line\nend",\\N\n'
    const whole = write(canonical, { header: true, delimiter: ';' })
    for (const size of [1, 2, 3, 5, 7]) {
      const formatter = new Formatter({ ...plain, header: true, delimiter: ';' }, [null, null])
      let text = ''
      for (let at = 0; at < canonical.length; at += size)
        text += formatter.push(canonical.slice(at, at + size)).text
      expect(text + formatter.end().text).toBe(whole)
    }
  })
})

describe('what is refused', () => {
  it.each<[string, string, Partial<Dialect>, [number, number | undefined, RegExp]]>([
    [
      'a delimiter without quotes',
      '1,"a"\n2,"a;b"\n',
      { quoting: 'never', delimiter: ';' },
      [2, 1, /^it holds the delimiter/],
    ],
    [
      'half a delimiter at the end',
      '"a|",1\n',
      { quote: null, escape: null, delimiter: '||' },
      [1, 0, /^it holds the delimiter/],
    ],
    ['a line end without quotes', '"a\nb"\n', { quoting: 'never' }, [1, 0, /^it holds a line end/]],
    ['a CR', '"a\rb"\n', { quote: null, escape: null }, [1, 0, /^it holds a line end/]],
    ['a quote without quotes', '"a""b"\n', { quoting: 'never' }, [1, 0, /^it holds a quote/]],
    [
      'a text that stands for NULL',
      '"NULL"\n',
      { quoting: 'never', nullTokens: ['NULL'] },
      [1, 0, /stands for NULL/],
    ],
    ['a quote before the end', '"a"""\n', { escape: null }, [1, 0, /^it holds a quote, which would end it/]],
    [
      'a quote before a delimiter',
      '"a"" ,"\n',
      { escape: null },
      [1, 0, /^it holds a quote, which would end it/],
    ],
    ['two quotes', '"a""""b"\n', { escape: null }, [1, 0, /^it holds a quote, which would end it/]],
    ['an empty text alone', '""\n', { quoting: 'never' }, [1, 0, /blank line/]],
    ['NULL alone', '\\N\n', { nullTokens: [''] }, [1, 0, /blank line/]],
    [
      'a comment',
      '"a",1\n"#b",1\n',
      { commentPrefix: '#', quoting: 'never' },
      [2, 0, /^it begins as a comment/],
    ],
    [
      'NULL like a comment',
      '1,1\n\\N,1\n',
      { commentPrefix: '#', nullTokens: ['#'] },
      [2, 0, /as a comment does/],
    ],
    [
      'a name',
      '"a;b"\n',
      { header: true, quoting: 'never', delimiter: ';' },
      [0, 0, /^it holds the delimiter/],
    ],
  ])('%s', (_, canonical, dialect, [line, column, reason]) => {
    expect(fault(canonical, dialect)).toEqual([line, column, expect.stringMatching(reason)])
  })

  it('a year that two digits do not tell', () => {
    expect(fault('"!1969-12-31"\n', {}, ['short-date'])).toEqual([
      1,
      0,
      'two digits do not tell the year of 1969-12-31',
    ])
  })

  it('a stream that ends within a record', () => {
    expect(() => write('1,"a', {})).toThrow(TypeError)
  })

  it('a record beyond every bound', () => {
    const formatter = new Formatter(plain, [null])
    const piece = 'x'.repeat(4 * 1_048_576)
    formatter.push('"')
    expect(() => {
      for (let n = 0; n < 12; n++) formatter.push(piece)
    }).toThrow('longer than 16 MiB')
  })
})
