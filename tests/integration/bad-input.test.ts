import { mkdirSync } from 'node:fs'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { House } from '../support/cli.ts'
import { openScene, type Expected, type Scene } from '../support/scene.ts'

let scene: Scene
let house: House
beforeAll(async () => {
  scene = await openScene()
  house = scene.house
})
afterAll(() => scene[Symbol.asyncDispose]())

type Where = 'embedded' | 'remote'

const refuses = (args: string[], expected: Expected, where: Where = 'embedded') =>
  scene.refuses([...args, ...(where === 'remote' ? scene.connection : [])], expected)

const load = (file: string, ...more: string[]) => ['import', file, '--table', 't', ...more]
const header = 'id,name,day\n'
const good = `${header}1,a,2024-01-01\n`
const records = (count: number) =>
  Array.from({ length: count }, (_, index) => `${index},name ${index},2024-02-01\n`).join('')
const many = 300_000
let deep: string
beforeAll(() => {
  deep = records(many)
  house.write('good.csv', good)
})

describe('a file', () => {
  beforeAll(() => {
    mkdirSync(house.path('folder'))
    house.write('empty.csv', '')
    house.write('empty.csv.gz', gzipSync(''))
    house.write('blank.csv', '\n\n\n')
    house.write('header.csv', header)
    house.write('header.csv.gz', gzipSync(header.trimEnd()))
    house.write('picture.csv', Buffer.from([0x89, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 0, 1, 2, 255]))
    house.write('latin1.csv', Buffer.from(`${good}2,été,2024-01-01\n`, 'latin1'))
    house.write('latin1-deep.csv', Buffer.from(`${header}${deep}2,été,2024-01-01\n`, 'latin1'))
    house.write('twice.csv', 'id,id,day\n1,2,2024-01-01\n')
    house.write('line.csv', 'a'.repeat(100_000_000))
  })

  it.each<[string, string[], ...Expected]>([
    ['that is not there', ['none.csv'], 2, 'FILE_NOT_FOUND', '"none.csv" does not exist'],
    ['that no pattern finds', ['none-*.csv'], 2, 'FILE_NOT_FOUND', '"none-*.csv"'],
    ['that is a folder', ['folder'], 2, 'FILE_IS_DIRECTORY', '"folder"'],
    ['outside', ['/etc/passwd', '--workspace', '.'], 2, 'FILE_OUTSIDE_WORKSPACE', '"/etc/passwd"'],
    ['that is empty', ['empty.csv'], 4, 'FILE_EMPTY', 'empty.csv'],
    ['that is empty inside', ['empty.csv.gz'], 4, 'FILE_EMPTY', 'empty.csv.gz'],
    ['of blank lines', ['blank.csv'], 4, 'FILE_EMPTY', 'blank.csv'],
    ['of a header', ['header.csv'], 4, 'FILE_NO_RECORDS', 'header.csv'],
    ['of a header, to replace', ['header.csv', '--mode', 'replace'], 4, 'FILE_NO_RECORDS', 'header.csv'],
    ['of a header, compressed', ['header.csv.gz'], 4, 'FILE_NO_RECORDS', 'header.csv.gz'],
    ['that is no text', ['picture.csv'], 4, 'FILE_ENCODING', 'picture.csv'],
    ['that is not in UTF-8 as said', ['latin1.csv', '--encoding', 'utf-8'], 4, 'FILE_ENCODING', 'line 3'],
    ['with two like columns', ['twice.csv'], 4, 'HEADER_DUPLICATE', '"id"'],
    ['of one line of 100 MB', ['line.csv'], 4, 'RECORD_TOO_LARGE', 'line.csv'],
  ])('%s', (_, [file = '', ...more], ...expected) => refuses(load(file, ...more), expected))

  it('in Latin-1 far down, by pipe', () =>
    refuses(
      load('latin1-deep.csv'),
      [4, 'FILE_ENCODING', /^latin1-deep.csv, line 300002, column "name"/],
      'remote',
    ))

  it('that may not be read', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('only root can become a user that may not read a file')
    await using other = new House()
    const file = other.write('private.csv', good)
    other.shareAllBut(file)
    const { exitCode, report } = await other.transfer(load(file), { uid: 65534 })
    expect([exitCode, report.error?.code]).toEqual([2, 'FILE_UNREADABLE'])
    expect(report.error?.message).toContain('"private.csv"')
  })
})

describe('a damaged file', () => {
  const cut = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)
  const spoilt = (bytes: Buffer) => Buffer.from(bytes).fill(7, bytes.length / 2, bytes.length / 2 + 100)
  beforeAll(() => {
    const [gzip, zstd] = [gzipSync(header + deep), zstdCompressSync(header + deep)]
    house.write('cut.csv.gz', cut(gzip))
    house.write('spoilt.csv.gz', spoilt(gzip))
    house.write('cut.csv.zst', cut(zstd))
    house.write('spoilt.csv.zst', spoilt(zstd))
    house.write('plain.csv.gz', good)
    house.write('part-1.csv.gz', gzip)
    house.write('part-2.csv.gz', cut(gzip))
  })

  it.each<[string, Where, ...string[]]>([
    ['cut.csv.gz', 'embedded', '--mode', 'replace'],
    ['cut.csv.gz', 'remote'],
    ['spoilt.csv.gz', 'embedded'],
    ['cut.csv.zst', 'embedded'],
    ['spoilt.csv.zst', 'remote'],
    ['plain.csv.gz', 'embedded'],
  ])('%s (%s)', (file, where, ...more) =>
    refuses(load(file, ...more), [4, 'FILE_DAMAGED', new RegExp(`^"?${file}"? cannot be decomp`)], where),
  )

  it('among others is named', () =>
    refuses(load('part-*.csv.gz'), [4, 'FILE_DAMAGED', /^part-2.csv.gz /], 'remote'))
})

describe('a record', () => {
  const last = `line ${many + 2}`
  beforeAll(() => {
    house.write('few.csv', `${good}2,b\n3,c,2024-01-01\n`)
    house.write('many.csv', `${good}2,b,2024-01-01,x\n3,c,2024-01-01\n`)
    house.write('quoted.csv', `${header}1,"a\nb\nc",2024-01-01\n2,b\n`)
    house.write('windows.csv', `${header}1,"a\nb\nc",2024-01-01\n2,b\n`.replaceAll('\n', '\r\n'))
    house.write('deep.csv', `${header}${deep}5,x\n${records(10)}`)
    house.write('deep.csv.gz', gzipSync(`${header}${deep}5,x\n${records(10)}`))
    house.write('deep-quoted.csv', `${header}${deep.replace('name 7777,', '"name\n7777",')}5,x\n`)
    for (const [name, bad] of Object.entries({ 1: '', 2: '', 3: '1\n', 4: '2\n' }))
      house.write(`glob-${name}.csv`, header + records(1000) + bad + records(10))
    house.write('open.csv', `${good}2,"b,2024-01-01\n3,c,2024-01-01\n`)
    house.write('open-deep.csv', `${header}${records(1000)}2,"b,2024-01-01\n${deep}`)
    house.write('huge.csv', `${header}${records(1000)}5,${'a'.repeat(100_000_000)}\n${records(10)}`)
  })

  const one = /, line 3: the record has 2 fields, but 3 are expected\.$/
  it.each<[string, Where, string[], string | RegExp]>([
    ['with a field too few', 'embedded', ['few.csv'], one],
    ['with a field too many', 'embedded', ['many.csv'], 'line 3: the record has 4 fields, but 3'],
    ['below a quoted line end', 'embedded', ['quoted.csv'], 'quoted.csv, line 5: the record has 2'],
    ['below a quoted CRLF', 'remote', ['windows.csv'], 'windows.csv, line 5: the record has 2'],
    ['far down', 'embedded', ['deep.csv', '--mode', 'replace'], `deep.csv, ${last}: the record has 2`],
    ['far down, by pipe', 'remote', ['deep.csv'], `deep.csv, ${last}: the record has 2`],
    ['far down, compressed', 'embedded', ['deep.csv.gz'], `deep.csv.gz, ${last}: the record has 2`],
    ['far below a quoted line end', 'remote', ['deep-quoted.csv'], `line ${many + 3}: the record has 2`],
    ['of one file of many', 'remote', ['glob-*.csv'], 'glob-3.csv, line 1002: the record has 1 field,'],
    ['with an open quote', 'embedded', ['open.csv'], 'open.csv, line 3: a quote is opened and not closed'],
    ['with an open quote, by pipe', 'remote', ['open-deep.csv'], 'line 1002: a quote is opened and not'],
  ])('%s', (_, where, [file = '', ...more], message) =>
    refuses(load(file, ...more), [4, 'RECORD_MALFORMED', message], where),
  )

  it('far down, when the table would be new', () =>
    refuses(['import', 'deep.csv', '--table', 'fresh'], [4, 'RECORD_MALFORMED', `deep.csv, ${last}`]))

  it('of 100 MB that does not parse', () =>
    refuses(load('huge.csv'), [4, 'RECORD_TOO_LARGE', 'huge.csv, line 1002: '], 'remote'))
})

describe('a value that does not fit', () => {
  beforeAll(() => {
    house.write('first.csv', `${header}-1,a,2024-01-01\n${deep}`)
    house.write('middle.csv', `${header}${deep}5,x,2024-02-30\n${deep}`)
    house.write('last.csv', `${header}${deep}5,x,yesterday`)
    house.write('null.csv', `${good},b,2024-02-03\n`)
  })

  it.each<[string, Where, ...string[]]>([
    ['first.csv, line 2, column "id": "-1" does not fit UInt32.', 'embedded'],
    ['first.csv, line 2, column "id": "-1" does not fit UInt32.', 'remote', '--mode', 'replace'],
    [`middle.csv, line ${many + 2}, column "day": "2024-02-30" does not fit Date.`, 'remote'],
    [`last.csv, line ${many + 2}, column "day": "yesterday" does not fit Date.`, 'embedded'],
    [`last.csv, line ${many + 2}, column "day": "yesterday" does not fit Date.`, 'remote'],
    ['null.csv, line 3, column "id": "" does not fit UInt32.', 'embedded', '--mode', 'replace'],
  ])('%s (%s)', (message, where, ...more) =>
    refuses(load(message.split(',')[0] ?? '', ...more), [4, 'VALUE_REJECTED', message], where),
  )
})

describe('a name', () => {
  beforeAll(() => {
    house.write('other.csv', 'id,nome,day\n1,a,2024-01-01\n')
    house.write('narrow.csv', 'id,name\n1,a\n')
  })

  it.each<[string, string[], ...Expected]>([
    [
      'of --columns',
      load('good.csv', '--columns', 'id,x'),
      2,
      'COLUMN_NOT_FOUND',
      'no column "x"; it has "id"',
    ],
    ['of --map', load('good.csv', '--map', 'x=id'), 2, 'COLUMN_NOT_FOUND', 'good.csv has no column "x"'],
    ['that --map gives', load('good.csv', '--map', 'name=x'), 2, 'COLUMN_NOT_FOUND', 't has no column "x"'],
    ['given twice', load('good.csv', '--map', 'name=id'), 2, 'USAGE', 'would be called "id"'],
    ['in the header', load('other.csv'), 2, 'COLUMN_NOT_FOUND', 't has no column "nome"'],
    ['not in the header', load('narrow.csv'), 2, 'COLUMN_MISSING', 'narrow.csv has no column "day"'],
    ['with a wrong delimiter', load('good.csv', '--delimiter', ';'), 2, 'COLUMN_NOT_FOUND', '--delimiter'],
    ['of a table', load('good.csv', '--table', 'x', '--mode', 'append'), 2, 'TABLE_NOT_FOUND', 'main.x'],
    ['of a database', load('good.csv', '--table', 'x.t'), 2, 'TABLE_NOT_FOUND', 'no database x '],
    ['that is taken', load('good.csv', '--mode', 'create'), 5, 'TABLE_EXISTS', 'main.t'],
    ['of a table to export', ['export', 'x', '--to', 'x.csv'], 2, 'TABLE_NOT_FOUND', 'main.x'],
    [
      'of a column to export',
      ['export', 't', '--to', 'x.csv', '--columns', 'x'],
      2,
      'COLUMN_NOT_FOUND',
      '"x"',
    ],
    ['of an export’s folder', ['export', 't', '--to', 'x/x.csv'], 2, 'FILE_NOT_FOUND', '"x"'],
  ])('%s', (_, args, ...expected) => refuses(args, expected))

  it.each<[string, string[], Expected[1]]>([
    ['of a database', load('good.csv', '--table', 'x.t'), 'TABLE_NOT_FOUND'],
    ['of a table to export', ['export', 'x', '--to', 'x.csv'], 'TABLE_NOT_FOUND'],
    ['in --where', ['export', 't', '--to', 'x.csv', '--where', 'x = 1'], 'COLUMN_NOT_FOUND'],
  ])('%s, on another server', (_, args, code) =>
    refuses(args, [2, code, `127.0.0.1:${scene.remote.connection.port}`], 'remote'),
  )
})

it('tells a person the sentence and the hint, and nothing else', async () => {
  const { exitCode, stdout, stderr } = await house.run(load('none.csv'))
  const hint = 'Check the path; it is relative to the current folder.'
  expect([exitCode, stdout, stderr]).toEqual([2, '', `The file "none.csv" does not exist.\n${hint}\n`])
})
