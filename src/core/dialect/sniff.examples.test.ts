import { describe, expect, test } from 'vitest'
import { dialectSchema } from '../../shared/index.ts'
import { sniff } from './index.ts'

/** What it is, the text, its delimiter, the names (or how many columns when there is no header), records, extension. */
type Example = [string, string, string, string[] | number, number, string?]

/** One column: any delimiter will do that is not in the text. */
const one = 'any'

const examples: Example[] = [
  // Commas
  ['plain CSV', 'id,name\n1,Ann\n2,Bob\n', ',', ['id', 'name'], 2],
  ['no final newline', 'id,name\n1,Ann\n2,Bob', ',', ['id', 'name'], 2],
  ['CRLF', 'id,name\r\n1,Ann\r\n2,Bob\r\n', ',', ['id', 'name'], 2],
  ['all quoted', '"a","b"\n"1","x"\n"2","y"\n', ',', ['a', 'b'], 2],
  ['quoted newline', 'id,note\n1,"two\nlines"\n2,"x"\n', ',', ['id', 'note'], 2],
  ['quoted blank line', 'id,note\n1,"two\n\nlines"\n2,x\n', ',', ['id', 'note'], 2],
  ['quoted commas', 'name,sum\n"Roe, Jane",5\n"Doe, Jim",7\n', ',', ['name', 'sum'], 2],
  ['quoted semicolons', 'k,v\n"a;b;c",1\n"d;e;f",2\n', ',', ['k', 'v'], 2],
  ['doubled quotes', 'size,n\n"3"" pipe",1\n"4"" pipe",2\n', ',', ['size', 'n'], 2],
  ['stray quotes', 'size,n\n3" pipe,1\n4" pipe,2\n', ',', ['size', 'n'], 2],
  ['space before a quote', 'a, b\n1, "x, y"\n2, "z, w"\n', ', ', ['a', 'b'], 2],
  ['times', 'at,v\n10:30:00,1\n11:45:10,2\n', ',', ['at', 'v'], 2],
  ['datetimes, no header', '2024-01-01 10:30:00,5\n2024-01-02 11:30:00,6\n', ',', 2, 2],
  ['URLs', 'site,hits\nhttps://a.org/x?y=1,4\nhttps://b.org/,9\n', ',', ['site', 'hits'], 2],
  ['numbers only', '1,2,3\n4,5,6\n7,8,9\n', ',', 3, 3],
  ['decimals with points', '1.5,2.7\n3.1,4.2\n', ',', 2, 2],
  ['empty fields', 'a,b,c\n1,,\n,2,\n,,3\n', ',', ['a', 'b', 'c'], 3],
  ['trailing delimiter', 'a,b,\n1,2,\n3,4,\n', ',', ['a', 'b'], 2],
  ['unnamed row numbers', ',x,y\n0,1.5,2\n1,2.5,3\n', ',', ['', 'x', 'y'], 2],
  ['unicode names', 'имя,город,größe\nАня,Омск,170\nИра,Уфа,165\n', ',', ['имя', 'город', 'größe'], 2],
  ['names in Chinese', '姓名,城市,年\n王,上海,2001\n李,北京,2002\n', ',', ['姓名', '城市', '年'], 2],
  ['repeated names', 'id,v,v\n1,2,3\n4,5,6\n', ',', ['id', 'v', 'v'], 2],
  ['all texts', 'name,city\nAnn,Paris\nBob,Rome\nCid,Oslo\n', ',', ['name', 'city'], 3],
  ['all texts, title case', 'Name,City\nAnn,Paris\nBob,Rome\nCid,Oslo\n', ',', ['Name', 'City'], 3],
  ['all texts, no header', 'Ann,Paris\nBob,Rome\nCid,Oslo\nDee,Bonn\n', ',', 2, 4],
  ['categories, no header', 'red,yes\nblue,no\nred,no\nblue,yes\n', ',', 2, 4],
  [
    'snake case over texts',
    'first_part,second_part\nab,cd\nef,gh\nij,kl\n',
    ',',
    ['first_part', 'second_part'],
    3,
  ],
  ['codes of one length', 'market,area\nUS,NA\nFR,EU\nJP,AS\nIT,EU\n', ',', ['market', 'area'], 4],
  [
    'years as names',
    'land,1999,2000,2001\nPeru,1.5,1.6,1.7\nFiji,2.5,2.6,2.7\n',
    ',',
    ['land', '1999', '2000', '2001'],
    2,
  ],
  [
    'decades as names',
    'land,iso,1970,1980,1990\nPeru,PE,1.5,1.6,..\nFiji,FJ,2.5,2.6,2.7\n',
    ',',
    ['land', 'iso', '1970', '1980', '1990'],
    2,
  ],
  ['days as names', 'shop,1/30/20,1/31/20\nPeru,1,0\nFiji,,7\n', ',', ['shop', '1/30/20', '1/31/20'], 2],
  ['counted names', ',0,1,2\n0,.51,.25,.1\n1,.43,.5,.9\n', ',', ['', '0', '1', '2'], 2],
  ['years as values', 'Ann,1815,1852\nBob,1912,1954\nCid,1906,1992\n', ',', 3, 3],
  ['counted values', '1,2,3,4\n2,1,4,3\n4,3,2,1\n3,1,2,4\n', ',', 4, 4],
  [
    'years above names',
    ',2019,,2020,\nland,men,women,men,women\nPeru,1,2,3,4\nFiji,5,6,7,8\nIran,3,1,2,2\n',
    ',',
    ['land', '2019 men', '2019 women', '2020 men', '2020 women'],
    3,
  ],
  [
    'titles and groups above names',
    'Table 2,,\nThousands,,\n,2019,\nland,men,women\nPeru,1,2\nFiji,5,6\nIran,3,1\n',
    ',',
    ['land', '2019 men', '2019 women'],
    3,
  ],
  [
    'a wider line above the header',
    'TOA5,CR1000,c3,x9,st,p1,h\ntime,id,volt\n10:00,1,12.5\n10:10,2,12.4\n10:20,3,12.4\n10:30,4,12.2\n',
    ',',
    ['time', 'id', 'volt'],
    4,
  ],
  [
    'settings as wide as the table',
    'Tool,UV-18\nDay,2019-05-05\n\nnm,abs\n400,.1\n401,.2\n402,.2\n403,.3\n',
    ',',
    ['nm', 'abs'],
    4,
  ],
  [
    'settings filled up to the width of the table',
    'Run,R-1,\nPlate,P2,\nn,sec,A1\n1,0,.5\n2,600,.5\n3,1200,.6\n',
    ',',
    ['n', 'sec', 'A1'],
    3,
  ],
  ['text ids above numbers', 'k,v\nab,Red\ncd,Tan\n10,Sky\n11,Sea\n12,Ash\n13,Oak\n', ',', ['k', 'v'], 6],
  ['header only', 'id,name,price\n', ',', ['id', 'name', 'price'], 0],
  ['one record of values', '1,Ann,2.5\n', ',', 3, 1],
  ['one record, repeated text', 'x,x\n', ',', 2, 1],
  ['one ragged line', 'a,b\n1,2\n3\n4,5\n6,7\n', ',', ['a', 'b'], 4],
  ['leading blank lines', '\n\n  \nid,name\n1,Ann\n', ',', ['id', 'name'], 1],
  ['blank lines between', 'id,name\n1,Ann\n\n2,Bob\n', ',', ['id', 'name'], 2],
  ['nulls in words', 'a,b\nNULL,1\n3,NA\n4,5\n', ',', ['a', 'b'], 3],
  ['dates', 'day,n\n2024-02-03,1\n2024-02-04,2\n', ',', ['day', 'n'], 2],
  [
    'UUIDs',
    'u,n\n123e4567-e89b-12d3-a456-426614174000,1\n123e4567-e89b-12d3-a456-426614174001,2\n',
    ',',
    ['u', 'n'],
    2,
  ],
  ['booleans and addresses', 'ok,ip\ntrue,10.0.0.1\nfalse,10.0.0.2\n', ',', ['ok', 'ip'], 2],
  // Semicolons
  ['European decimals', '1,5;2,7\n3,1;4,2\n', ';', 2, 2],
  [
    'European table',
    'Datum;Preis;Menge\n01.02.2024;1.234,50;3\n02.02.2024;99,90;4\n',
    ';',
    ['Datum', 'Preis', 'Menge'],
    2,
    'csv',
  ],
  ['semicolons with prose', 'id;note\n1;well, yes, fine\n2;no, never\n3;perhaps\n', ';', ['id', 'note'], 3],
  ['quoted semicolon file with commas', '"a";"b, c"\n"1";"x, y"\n"2";"z, w"\n', ';', ['a', 'b, c'], 2],
  ['semicolons, all quoted', '"1";"2"\n"3";"4"\n', ';', 2, 2],
  // Tabs
  ['TSV', 'id\tname\n1\tAnn\n2\tBob\n', '\t', ['id', 'name'], 2],
  ['TSV with commas', 'name\tsum\nRoe, Jane\t5\nDoe, Jim\t7\n', '\t', ['name', 'sum'], 2],
  ['TSV with inch marks', 'size\tn\n3"\t1\n"4\t2\n5"\t3\n', '\t', ['size', 'n'], 3],
  ['one column by extension .tsv', 'v\n1\n2\n', '\t', ['v'], 2, 'tsv'],
  ['extension .TAB settles a draw', 'a\tb,c\nd\te,f\n', '\t', 2, 2, 'TAB'],
  // Others
  ['pipes', 'id|name|v\n1|Ann|2.5\n2|Bob|3.5\n', '|', ['id', 'name', 'v'], 2],
  ['pipes around dates with commas', 'd|n\n"Jan 3, 2024"|1\n"Feb 4, 2024"|2\n', '|', ['d', 'n'], 2, 'psv'],
  ['carets', 'id^name\n1^Ann\n2^Bob\n', '^', ['id', 'name'], 2],
  ['tildes', 'id~name\n1~Ann\n2~Bob\n', '~', ['id', 'name'], 2],
  ['colons, as in passwd', 'root:x:0:0:root:/root:/bin/sh\nbin:x:1:1:bin:/bin:/bin/no\n', ':', 7, 2],
  ['byte 0x01', '1\u0001Ann, A\n2\u0001Bob, B\n', '\u0001', 2, 2],
  ['byte 0x1F', 'id\u001fname\n1\u001fAnn\n', '\u001f', ['id', 'name'], 1],
  // One column
  ['words', 'apple\nbanana\ncherry\n', one, 1, 3],
  ['figures under a name', 'price\n10\n20\n', one, ['price'], 2],
  ['times alone', '10:30:00\n11:45:10\n12:00:00\n', one, 1, 3],
  ['URLs alone', 'http://a.org/\nhttp://b.org/\n', one, 1, 2],
  ['paths alone', '/usr/lib/a.so\n/opt/x/b.txt\n/home/ann/c\n', one, 1, 3],
  ['paths with drives', 'C:\\Users\\ann\\a.txt\nD:\\data\\b.csv\nD:\\data\\c.csv\n', one, 1, 3],
  ['prose', 'It rained, a lot.\nThen we left\nHome, at last, and dry, all of us\nThe end\n', one, 1, 4],
  ['JSON lines', '{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n', one, 1, 2],
  ['one word', 'hello', one, ['hello'], 0],
  ['one number', '42\n', one, 1, 1],
]

describe('sniff on small files', () => {
  test.each(examples)('%s', (_, text, delimiter, names, records, extension) => {
    const head = { bytes: new TextEncoder().encode(text), complete: true }
    const found = sniff(head, { choice: {}, ...(extension === undefined ? {} : { extension }) })
    if (delimiter === one) expect(text).not.toContain(found.dialect.delimiter)
    else expect(found.dialect.delimiter).toBe(delimiter)
    const numbered = Array.from({ length: Number(names) || 0 }, (_, index) => `c${index + 1}`)
    expect(found.names).toEqual(typeof names === 'number' ? numbered : names)
    expect(found.dialect.header).toBe(typeof names !== 'number')
    expect(found.sample).toHaveLength(records)
    const tsv = found.dialect.delimiter === '\t'
    expect([found.dialect.quote, found.dialect.nullTokens]).toEqual(
      tsv ? [null, ['\\N']] : ['"', ['\\N', '']],
    )
    expect(dialectSchema.safeParse(found.dialect).success).toBe(true)
    expect(found.confidence).toBeGreaterThan(0)
    expect(found.reasons).not.toEqual([])
  })
})

test('a quote that is alone between commas is one that was not closed', () => {
  const text = 'id,word,n\n1,a,7\n2,"b,8\n3,c,9\n4,d,9\n5,e,9\n'
  const { dialect } = sniff({ bytes: new TextEncoder().encode(text), complete: true }, { choice: {} })
  expect(dialect).toMatchObject({ delimiter: ',', quote: '"' })
})

test('a quote that is alone between tabs is text', () => {
  const text = 'the\t99\nof\t80\n"\t70\na\t60\n'
  const { dialect, sample } = sniff({ bytes: new TextEncoder().encode(text), complete: true }, { choice: {} })
  expect(dialect).toMatchObject({ delimiter: '\t', quote: null })
  expect(sample).toContainEqual(['a', '60'])
})

test('dashes among aligned columns are missing values, and no delimiter', () => {
  const rows = ['1990  1  2.5  ---', '1990  2  2.1  ---', '1990  3  ---  1.5', '1990  4  2.0  ---']
  const text = `year  m  min  max\n${rows.join('\n')}\n`
  const { dialect } = sniff({ bytes: new TextEncoder().encode(text), complete: true }, { choice: {} })
  expect(dialect).toMatchObject({ delimiter: ' ', padding: true, header: true })
})

test('columns of a fixed width that blanks cannot cut are warned of', () => {
  const text = 'name        town           n\nAnn Lee     New York      12\nBo Diaz     Bath           9\n'
  const { warnings } = sniff({ bytes: new TextEncoder().encode(text), complete: true }, { choice: {} })
  expect(warnings.join()).toContain('columns of a fixed width')
})

test('blanks around names in the header are warned of when nothing else is padded', () => {
  const text = `name      ,day    \n${'river road,2024-01-01\n'.repeat(20)}`
  const { warnings } = sniff({ bytes: new TextEncoder().encode(text), complete: true }, { choice: {} })
  expect(warnings).toContain('Blanks around names in the header are kept')
})
