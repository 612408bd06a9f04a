import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import iconv from 'iconv-lite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Server } from '../../src/clickhouse/index.ts'
import { openSurroundings } from '../../src/main/open.ts'
import { inspectFile, preview, previewText, runTransfer, type Surroundings } from '../../src/runs/index.ts'
import {
  fileEndSchema,
  previewRequestSchema,
  transferSchema,
  type DialectChoice,
  type Encoding,
  type Report,
} from '../../src/shared/index.ts'
import { password } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'

const { signal } = new AbortController()
const folder = mkdtempSync(join(tmpdir(), 'flathouse-normalise-'))
let surroundings: Surroundings & AsyncDisposable
let embedded: Server

beforeAll(async () => {
  surroundings = await openSurroundings({ dataDir: join(folder, 'data'), password }, {})
  embedded = await surroundings.server('embedded')
})
afterAll(async () => {
  await embedded[Symbol.asyncDispose]()
  await surroundings[Symbol.asyncDispose]()
  removeFolder(folder)
})

let files = 0

function write(content: string | Uint8Array, name = 'file.csv'): string {
  const own = join(folder, String(++files))
  mkdirSync(own)
  writeFileSync(join(own, name), content)
  return join(own, name)
}

interface Choice {
  dialect?: DialectChoice
  encoding?: Encoding
  types?: { column: string; type: string }[]
}

const source = (path: string, { dialect = {}, encoding }: Choice = {}) => ({
  ...{ kind: 'file', path, dialect },
  ...(encoding !== undefined && { encoding }),
})

const run = (transfer: object): Promise<Report> =>
  runTransfer(transferSchema.parse(transfer), surroundings, { signal, onEvent: () => undefined })

function load(path: string, { types, ...choice }: Choice = {}, more: object = {}): Promise<Report> {
  const target = { kind: 'table', server: 'embedded', table: `t${files}` }
  return run({ direction: 'import', source: source(path, choice), target, ...(types && { types }), ...more })
}

const stored = (order: string): Promise<object[]> =>
  embedded.rows(`SELECT * FROM t${files} ORDER BY ${order}`)

const people = [
  { id: 1, name: 'Ann', note: 'said "hi"' },
  { id: 2, name: 'Bo', note: 'a, b; c' },
  { id: 3, name: "O'Neil", note: 'two\nlines' },
]
const plain = 'id,name,note\n1,Ann,"said ""hi"""\n2,Bo,"a, b; c"\n3,O\'Neil,"two\nlines"\n'

/** The same table in other dialects: what is chosen by hand, and the text. */
const dialects: [string, DialectChoice, string][] = [
  [
    'two bars',
    { delimiter: '||' },
    'id||name||note\n1||Ann||"said ""hi"""\n2||Bo||a, b; c\n3||O\'Neil||"two\nlines"\n',
  ],
  [
    'comma and blank',
    { delimiter: ', ' },
    'id, name, note\n1, Ann, "said ""hi"""\n2, Bo, "a, b; c"\n3, O\'Neil, "two\nlines"\n',
  ],
  [
    'single quotes',
    { quote: "'" },
    "id,name,note\n1,Ann,said \"hi\"\n2,Bo,'a, b; c'\n3,'O''Neil','two\nlines'\n",
  ],
  [
    'backslashes',
    { escape: 'backslash' },
    'id,name,note\n1,Ann,"said \\"hi\\""\n2,Bo,"a, b; c"\n3,O\'Neil,"two\nlines"\n',
  ],
  [
    'stray quotes',
    { escape: null },
    'id,name,note\n1,Ann,said "hi"\n2,Bo,"a, b; c"\n3,O\'Neil,"two\nlines"\n',
  ],
  [
    'padding',
    { delimiter: '|', padding: true },
    'id | name   | note\n1  | Ann    | said "hi"\n2  | Bo     | a, b; c  \n3  | O\'Neil | "two\nlines"\n',
  ],
  [
    'comments',
    { commentPrefix: '#' },
    'id,name,note\n# one\n1,Ann,"said ""hi"""\n#\n2,Bo,"a, b; c"\n3,O\'Neil,"two\nlines"\n# end\n',
  ],
  [
    'a preamble and a footer',
    { skipLines: 2, footerLines: 2 },
    `Report\n\n${plain}Total,3\nEnd of "report\n`,
  ],
  [
    'delimiters at the edges',
    { delimiter: '|', edgeDelimiter: 'both' },
    '|id|name|note|\n|1|Ann|"said ""hi"""|\n|2|Bo|a, b; c|\n|3|O\'Neil|"two\nlines"|\n',
  ],
  [
    'a trailing delimiter',
    { edgeDelimiter: 'trailing' },
    'id,name,note,\n1,Ann,"said ""hi""",\n2,Bo,"a, b; c",\n3,O\'Neil,"two\nlines",\n',
  ],
  [
    'CR in TSV',
    { delimiter: '\t', quote: null, escape: 'backslash', lineTerminator: '\r' },
    'id\tname\tnote\r1\tAnn\tsaid "hi"\r2\tBo\ta, b; c\r3\tO\'Neil\ttwo\\nlines\r',
  ],
  [
    'no quotes',
    { delimiter: ';;', quote: null, escape: 'backslash' },
    'id;;name;;note\n1;;Ann;;said "hi"\n2;;Bo;;a, b\\; c\n3;;O\'Neil;;two\\nlines\n',
  ],
]

describe('files in other dialects', () => {
  it.each(dialects)('%s: imported, previewed, inspected and converted', async (_, dialect, text) => {
    const path = write(text)
    const report = await load(path, { dialect: { header: true, ...dialect } })
    expect(report).toMatchObject({ error: null, rowsRead: 3, rowsWritten: 3 })
    expect(await stored('id')).toEqual(people)

    const end = fileEndSchema.parse(source(path, { dialect: { header: true, ...dialect } }))
    const shown = await preview(previewRequestSchema.parse({ source: end, records: 2 }), surroundings, signal)
    expect(shown.rows).toEqual(people.slice(0, 2).map((row) => Object.values(row).map(String)))
    expect(shown.file?.reading).toMatchObject({ by: 'normaliser', reason: expect.any(String) as string })

    const inspected = await inspectFile(end, surroundings, { signal, onProgress: () => undefined })
    expect(inspected.columns.map(({ name }) => name)).toEqual(['id', 'name', 'note'])
    expect(inspected.records).toBe(3)

    const target = { kind: 'file', path: join(folder, `out${files}.csv`) }
    expect((await run({ direction: 'convert', source: end, target })).error).toBeNull()
    expect(readFileSync(target.path, 'utf8').replaceAll('"', '')).toBe(
      plain.replaceAll('""', '').replaceAll('"', ''),
    )
  })

  it('keeps NULL, empty texts and what looks like NULL apart', async () => {
    const path = write("a|b\n|''\n\\N|'\\N'\nx|y\n")
    const types = ['a', 'b'].map((column) => ({ column, type: 'Nullable(String)' }))
    expect(
      (await load(path, { types, dialect: { delimiter: '|', quote: "'", header: true } })).error,
    ).toBeNull()
    expect(await stored('b')).toEqual([
      { a: null, b: '' },
      { a: null, b: '\\N' },
      { a: 'x', b: 'y' },
    ])
  })

  it('takes a missing field for NULL, and for nothing else', async () => {
    const text = `a,b,c\n1,x,y\n2,x\n3\n4,x,y,\n${'9,x,y\n'.repeat(20)}`
    const ragged: Choice = { dialect: { ragged: true, header: true, nullTokens: ['-'] } }
    expect((await load(write(text), ragged)).error).toBeNull()
    expect((await stored('a')).slice(0, 4)).toEqual([
      { a: 1, b: 'x', c: 'y' },
      { a: 2, b: 'x', c: null },
      { a: 3, b: null, c: null },
      { a: 4, b: 'x', c: 'y' },
    ])
    const types = ['b', 'c'].map((column) => ({ column, type: 'String' }))
    const report = await load(write(text), { ...ragged, types })
    expect(report.error).toMatchObject({ code: 'VALUE_REJECTED', place: { line: 3, column: 'c' } })
    const wide = await load(write(`${text}5,x,y,z\n`), ragged)
    expect(wide.error).toMatchObject({ code: 'RECORD_MALFORMED', place: { line: 26 } })
  })
})

describe('files in other encodings', () => {
  const cities = 'id;name;note\n1;Zürich;„groß“\n2;Köln;"a;\nb"\n'
  const table = [
    { id: 1, name: 'Zürich', note: '„groß“' },
    { id: 2, name: 'Köln', note: 'a;\nb' },
  ]

  it.each<[Encoding, (text: string) => Uint8Array]>([
    ['utf-16le', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['utf-16be', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['windows-1252', (text) => iconv.encode(text, 'windows-1252')],
    ['utf-8-bom', (text) => Buffer.from(`\ufeff${text}`)],
  ])('%s', async (encoding, encode) => {
    const path = write(encode(cities))
    expect((await load(path)).error).toBeNull()
    expect(await stored('id')).toEqual(table)
    const { file } = await previewText(fileEndSchema.parse(source(path)), 5, surroundings, signal)
    expect(file?.encoding).toBe(encoding)
    expect(file?.reading.by).toBe(encoding === 'utf-8-bom' ? 'clickhouse' : 'normaliser')
  })

  it.each<[Encoding, string]>([
    ['shift_jis', '東京,ソース表'],
    ['gb18030', '北京,商品€'],
    ['big5', '台北,功能'],
    ['euc-kr', '서울,안녕'],
    ['koi8-r', 'Москва,привет'],
  ])('%s, chosen by hand', async (encoding, words) => {
    const text = Array.from({ length: 2000 }, (_, n) => `${n},${words}\n`).join('')
    const bytes = iconv.encode(`id,a,b\n${text}`, encoding)
    expect((await load(write(bytes), { encoding })).error).toBeNull()
    const [a, b] = words.split(',')
    expect(await embedded.rows(`SELECT DISTINCT a, b, count() OVER () AS n FROM t${files}`)).toMatchObject([
      { a, b },
    ])
    expect(await embedded.rows(`SELECT max(id) AS last, uniqExact(id) AS n FROM t${files}`)).toEqual([
      { last: 1999, n: 2000 },
    ])
  })

  it('never takes bytes that are no letters for others', async () => {
    const good = iconv.encode('id,name\n1,東京\n2,大阪\n', 'shift_jis')
    const path = write(Buffer.concat([good, Buffer.from([0x33, 0x2c, 0x81, 0xff, 0x0a]), good.subarray(8)]))
    const choice: Choice = { encoding: 'shift_jis', dialect: { header: true, delimiter: ',' } }
    const report = await load(path, choice)
    expect(report.error).toMatchObject({
      code: 'FILE_ENCODING',
      message: `${path}, line 4: the record holds bytes that are no letters in shift_jis.`,
    })
    const target = { kind: 'file', path: join(folder, `out${files}.csv`) }
    const converted = await run({ direction: 'convert', source: source(path, choice), target })
    expect(converted.error?.code).toBe('FILE_ENCODING')
  })

  it('finds invalid UTF-8 in a file that is normalised as in any other', async () => {
    const bad = Buffer.concat([
      Buffer.from("a;b\n1;'x'\n2;'"),
      Buffer.from([0xff]),
      Buffer.from("'\n3;'y'\n"),
    ])
    const choice: Choice = { encoding: 'utf-8', dialect: { quote: "'", header: true, delimiter: ';' } }
    const path = write(bad)
    const report = await load(path, choice)
    expect(report.error).toMatchObject({ code: 'FILE_ENCODING', place: { line: 3, column: 'b' } })
    const taken = await load(path, { ...choice, encoding: 'binary' }, { mode: 'replace' })
    expect(taken.error).toBeNull()
    expect(await embedded.rows(`SELECT hex(b) AS b FROM t${files} WHERE a = 2`)).toEqual([{ b: 'FF' }])
  })
})

describe('compressed files in other dialects', () => {
  const text = `a;b\n${"1;'it''s'\n".repeat(20_000)}`
  const choice: Choice = { dialect: { quote: "'", delimiter: ';', header: true } }
  const bz2 =
    'QlpoOTFBWSZTWWI6iSIBEXFZgAAQAIAgCDAgDAAgAHBBkxAUqmmBrAIVHAQqOghUbBCo/BCo0CFRsEKjmM5AhUdBCo8LuSKcKEgxHUSRAA=='
  /** As the server packs, which knows more ways than Node. */
  const packed = (path: string, compression: string) =>
    embedded.command(
      `INSERT INTO FUNCTION file('${path}', 'RawBLOB', 'b String', '${compression}') ` +
        `SELECT concat('a;b\\n', repeat('1;\\'it\\'\\'s\\'\\n', 20000))`,
    )

  it.each<[string, (path: string) => unknown]>([
    ['gz', (path) => writeFileSync(path, gzipSync(text))],
    ['zst', (path) => writeFileSync(path, zstdCompressSync(text))],
    ['bz2', (path) => writeFileSync(path, Buffer.from(bz2, 'base64'))],
    ['xz', (path) => packed(path, 'xz')],
    ['lz4', (path) => packed(path, 'lz4')],
  ])('%s', async (extension, pack) => {
    const path = `${write('')}.${extension}`
    await pack(path)
    const report = await load(path, choice)
    expect(report).toMatchObject({ error: null, rowsWritten: 20_000 })
    expect(await embedded.rows(`SELECT DISTINCT a, b FROM t${files}`)).toEqual([{ a: 1, b: "it's" }])
  })

  it('never takes a damaged file for a whole one', async () => {
    const packed = gzipSync(Array.from({ length: 300_000 }, (_, n) => `${n};'it''s ${n}'\n`).join(''))
    const path = write(packed.subarray(0, packed.length - 5000), 'cut.csv.gz')
    const report = await load(path, choice)
    expect(report.error).toMatchObject({
      code: 'FILE_DAMAGED',
      message: `"${path}" cannot be decompressed as gzip: it is damaged or not complete.`,
    })
    expect(await embedded.tables(embedded.database)).not.toContainEqual(
      expect.objectContaining({ name: `t${files}` }),
    )
  })
})

describe('several files', () => {
  it('are one table, and each keeps its name in errors', async () => {
    const path = write("a;b\n1;'x'\n", 'f1.csv')
    writeFileSync(join(path, '../f2.csv'), iconv.encode("a;b\n2;'ä'\n", 'windows-1252'))
    writeFileSync(join(path, '../f10.csv'), "a;b\n10;'z'\n11;'z'\n")
    const pattern = join(path, '../f*.csv')
    const choice: Choice = { dialect: { quote: "'" } }
    expect(await load(pattern, choice)).toMatchObject({ error: null, rowsWritten: 4 })
    expect(await stored('a')).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'ä' },
      { a: 10, b: 'z' },
      { a: 11, b: 'z' },
    ])
    writeFileSync(join(path, '../f10.csv'), "a;b\n10;'z'\nbad;'z'\n12;'z'\n")
    const report = await load(pattern, choice, { mode: 'replace' })
    expect(report.error).toMatchObject({ code: 'VALUE_REJECTED', place: { line: 3, column: 'a' } })
    expect(report.error?.message).toContain('f10.csv, line 3, column "a": "bad" does not fit UInt8.')
  })
})

describe('records that cannot be read', () => {
  it.each([
    ['too many fields', "a;b\n1;'x\ny'\n2;'x';3\n", 4, 1],
    ['too few fields', "a;b\n1;'x'\n2\n", 3, 1],
    ['a quote that is not closed', "a;b\n1;'x'\n2;'y\n3;z\n", 3, 2],
  ])('%s: the line is named', async (_, text, line, others) => {
    const path = write(text)
    const choice: Choice = { dialect: { quote: "'", delimiter: ';', header: true } }
    const expected = { code: 'RECORD_MALFORMED', place: { line } }
    expect((await load(path, choice)).error).toMatchObject(expected)
    const end = fileEndSchema.parse(source(path, choice))
    const { records, warnings } = await inspectFile(end, surroundings, {
      signal,
      onProgress: () => undefined,
    })
    expect([records, warnings.at(-1)]).toEqual([others, expect.stringContaining(`line ${line}: `)])
    await expect(previewText(end, 100, surroundings, signal)).rejects.toMatchObject(expected)
  })

  it('leaves no process and no FIFO behind', () => {
    expect(readdirSync(join(folder, 'data', 'mounts'))).toEqual([])
    const processes = execFileSync('ps', ['-o', 'args=', '--ppid', String(process.pid)]).toString()
    expect(processes).not.toContain('normaliser.ts')
  })
})

it('compares checksums by reading the file again', async () => {
  const path = write(dialects[2]?.[2] ?? '')
  const report = await load(path, { dialect: { quote: "'", header: true } }, { verify: 'checksum' })
  expect(report).toMatchObject({ error: null, verification: { mode: 'checksum', passed: true } })
})
