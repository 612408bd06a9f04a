import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { identifier, literal } from '../../src/core/sql/index.ts'
import { openSurroundings } from '../../src/main/open.ts'
import { runTransfer, type Surroundings } from '../../src/runs/index.ts'
import {
  encodings,
  transferSchema,
  type DialectChoice,
  type Encoding,
  type Report,
  type ServerChoice,
} from '../../src/shared/index.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { everyType, nullable } from '../support/every-type.ts'
import { removeFolder } from '../support/folder.ts'

let folder: string
let theirs: TestServer
let surroundings: Surroundings & AsyncDisposable

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flathouse-write-'))
  theirs = await startServer()
  surroundings = await openSurroundings({ dataDir: join(folder, 'data'), password }, {})
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
  removeFolder(folder)
})

interface Layout {
  dialect?: DialectChoice
  encoding?: Encoding
}

const path = (name: string) => join(folder, name)
const file = (name: string, layout: Layout) => ({ kind: 'file', path: path(name), ...layout })

async function run(transfer: unknown): Promise<Report> {
  const options = { signal: new AbortController().signal, onEvent: () => undefined }
  return runTransfer(transferSchema.parse(transfer), surroundings, options)
}

async function completed(transfer: unknown): Promise<Report> {
  const report = await run(transfer)
  expect(report.error).toBeNull()
  expect(report.rowsRead).toBe(report.rowsWritten)
  return report
}

const exporting = (server: ServerChoice, table: string, name: string, layout: Layout) => ({
  direction: 'export',
  source: { kind: 'table', server, table },
  target: file(name, layout),
  verify: 'checksum',
})

/** The choice of a target, as the source that is read back has it: what only says how to write is left out. */
const readLayout = ({ dialect = {}, encoding }: Layout): Layout => {
  const ofWriting = ['quoting', 'decimal', 'dateLayout']
  const read = Object.fromEntries(Object.entries(dialect).filter(([name]) => !ofWriting.includes(name)))
  return { dialect: read, ...(encoding !== undefined && { encoding }) }
}

async function checksum(choice: ServerChoice, table: string): Promise<unknown> {
  await using server = await surroundings.server(choice)
  const [row] = await server.rows(
    `SELECT toString(count()) AS rows, toString(sum(cityHash64(tuple(*)))) AS hash FROM ${identifier(table)}`,
  )
  return row
}

const columns = [
  ...everyType.map(([type, values], n) => ({ name: `c${n}`, type, values })),
  ...nullable.map(([type, values], n) => ({
    name: `n${n}`,
    type: `Nullable(${type})`,
    values: ['NULL', ...values],
  })),
]

async function createEvery(
  server: ServerChoice,
  table: string,
  has: (type: string) => boolean,
): Promise<void> {
  await using connection = await surroundings.server(server)
  const list = columns.filter(({ type }) => has(type))
  const settings = { allow_suspicious_low_cardinality_types: 1 }
  const shape = list.map(({ name, type }) => `${name} ${type}`).join(', ')
  await connection.command(`CREATE TABLE ${table} (${shape}) ENGINE = MergeTree ORDER BY tuple()`, {
    settings,
  })
  const rows = Math.max(...list.map(({ values }) => values.length))
  for (let row = 0; row < rows; row++) {
    const values = list.map(
      ({ type, values: all }) => `CAST(${all[row % all.length] ?? ''}, '${type.replaceAll("'", "\\'")}')`,
    )
    await connection.command(`INSERT INTO ${table} SELECT ${values.join(', ')}`)
  }
}

const layoutOf = (type: string, dialect: DialectChoice) => {
  const base = /^(?:Nullable\()?(Date(?:32)?|DateTime|DateTime64|Float|Decimal)(?:32|64|128|256)?\b/.exec(
    type,
  )?.[1]
  if (base === undefined) return undefined
  if (base === 'Float' || base === 'Decimal') return dialect.decimal === ',' ? '1234,5' : undefined
  if (dialect.dateLayout === undefined) return undefined
  return base.startsWith('DateTime') ? `${dialect.dateLayout} HH:mm:ss` : dialect.dateLayout
}

const layouts: [string, string, Layout][] = [
  [
    'Excel in German',
    'csv',
    { dialect: { delimiter: ';', decimal: ',', dateLayout: 'DD.MM.YYYY' }, encoding: 'utf-8-bom' },
  ],
  [
    'decimal commas between commas',
    'csv',
    { dialect: { decimal: ',', dateLayout: 'D/M/YYYY', quoting: 'needed' } },
  ],
  [
    'Unicode text of Excel',
    'txt',
    {
      dialect: { delimiter: '\t', quote: '"', quoting: 'needed', lineTerminator: '\r\n' },
      encoding: 'utf-16le',
    },
  ],
  ['months by name', 'csv.gz', { dialect: { dateLayout: 'Mon DD, YYYY', quoting: 'always' } }],
  ['long delimiter', 'csv', { dialect: { delimiter: '||', quoting: 'needed' } }],
  ['comma and blank', 'csv', { dialect: { delimiter: ', ', quote: "'" } }],
  ['backslashes before quotes', 'csv.zst', { dialect: { escape: 'backslash', lineTerminator: '\r\n' } }],
  [
    'backslashes without quotes',
    'csv',
    { dialect: { delimiter: '|', quote: null, escape: 'backslash', nullTokens: ['\\N'] } },
  ],
  ['edges', 'csv', { dialect: { delimiter: '|', edgeDelimiter: 'both' } }],
  ['CR', 'csv', { dialect: { lineTerminator: '\r' } }],
  ['comments', 'csv', { dialect: { commentPrefix: '#', quoting: 'needed' } }],
  ['NULL that looks like a number', 'csv', { dialect: { nullTokens: ['-1'] } }],
  ['a letter outside ASCII between', 'csv', { dialect: { delimiter: '§', quote: '¦' } }],
  ['TSV in UTF-16', 'tsv', { encoding: 'utf-16be' }],
  ['TSV in UTF-8 with a mark', 'tsv', { encoding: 'utf-8-bom' }],
  ['bytes', 'csv', { dialect: { quoting: 'always', delimiter: ';' }, encoding: 'binary' }],
]

describe.each(['embedded', 'separate'] as const)('every type, from the %s database', (which) => {
  const server = () => (which === 'embedded' ? which : theirs.connection)

  beforeAll(() => createEvery(server(), 'every', () => true))

  // What is read remotely goes the same way then.
  it.each(which === 'embedded' ? layouts : layouts.slice(0, 4))(
    '%s: .%s',
    async (name, extension, layout) => {
      const target = `${which} ${name}.${extension}`
      await completed(exporting(server(), 'every', target, layout))
      const again = name.replaceAll(/\W/g, '_')
      await using connection = await surroundings.server(server())
      await connection.command(`CREATE TABLE ${again} AS every`)
      const readings = columns.flatMap(({ name: column, type }) => {
        const one = layoutOf(type, layout.dialect ?? {})
        return one === undefined ? [] : [{ column, layout: one }]
      })
      await completed({
        direction: 'import',
        source: file(target, readLayout(layout)),
        target: { kind: 'table', server: server(), table: again },
        mode: 'append',
        readings,
      })
      expect(await checksum(server(), again)).toEqual(await checksum(server(), 'every'))
    },
  )
})

describe('every encoding', () => {
  const words: Partial<Record<Encoding, string>> = {
    'windows-1252': 'Grüße für 5 € – ‚ß‘',
    'windows-1250': 'Żółć, příliš',
    'windows-1251': 'Съешь ещё',
    'windows-1253': 'Καλημέρα',
    'windows-1254': 'Günaydın, şğ',
    'windows-1257': 'Ąžuolas, ėę',
    'iso-8859-2': 'Żółć, příliš',
    'iso-8859-5': 'Съешь ещё',
    'iso-8859-7': 'Καλημέρα',
    'iso-8859-15': 'Grüße für 5 €',
    'koi8-r': 'Съешь ещё',
    ibm866: 'Съешь ещё',
    macintosh: 'Grüße – ∞',
    shift_jis: '日本語の表ﾃﾞｰﾀ',
    'euc-jp': '日本語の表',
    gb18030: '汉字 ß 🚀',
    big5: '繁體中文',
    'euc-kr': '한국어',
  }

  it.each(encodings)('%s is read as it was written, in two dialects', async (encoding) => {
    const text = words[encoding] ?? 'Grüße 日本 🚀'
    await using connection = await surroundings.server('embedded')
    const table = `in_${encoding.replaceAll('-', '_')}`
    const sql = `SELECT number AS id, concat(${literal(text)}, '"', toString(number), ';\n') AS "text ${text}" FROM numbers(3000)`
    await connection.command(`CREATE TABLE ${table} ENGINE = MergeTree ORDER BY id AS ${sql}`)
    for (const [n, dialect] of [
      { delimiter: ';' },
      { delimiter: '||', quoting: 'needed' as const },
    ].entries()) {
      const name = `${encoding}-${n}.csv`
      await completed(exporting('embedded', table, name, { dialect, encoding }))
      const again = `${table}_${n}`
      await completed({
        direction: 'import',
        source: file(name, { dialect: { delimiter: dialect.delimiter }, encoding }),
        target: { kind: 'table', server: 'embedded', table: again },
        orderBy: ['id'],
        types: [{ column: 'id', type: 'UInt64' }],
      })
      expect(await checksum('embedded', again)).toEqual(await checksum('embedded', table))
    }
  })

  it('begins with a byte order mark where Excel looks for one', () => {
    const first = (name: string) => readFileSync(path(name)).subarray(0, 4).toString('hex')
    expect(first('utf-8-bom-0.csv')).toMatch(/^efbbbf/)
    expect(first('utf-16le-0.csv')).toBe('fffe2200')
    expect(first('utf-16be-0.csv')).toBe('feff0022')
    expect(first('utf-8-0.csv')).toMatch(/^22/)
  })
})

/** The layout that the writer adds is not what a text file is judged by: what it holds is. */
describe('what is written', () => {
  const source = (sql: string) => ({ kind: 'query', server: theirs.connection, sql })
  const some = `SELECT 1 AS id, 'a;"b"' AS name, -1.5 AS x, toDate('2024-02-29') AS d, toDateTime64('2024-02-29 08:05:09.25', 2, 'UTC') AS t, CAST(NULL, 'Nullable(String)') AS n`
  const written = async (name: string, layout: Layout) => {
    await completed({ direction: 'export', source: source(some), target: file(name, layout) })
    return readFileSync(path(name))
  }

  it.each<[string, DialectChoice, string]>([
    [
      'as German Excel has it',
      { delimiter: ';', decimal: ',', dateLayout: 'DD.MM.YYYY', lineTerminator: '\r\n' },
      '"id";"name";"x";"d";"t";"n"\r\n1;"a;""b""";-1,5;"29.02.2024";"29.02.2024 08:05:09.25";\\N\r\n',
    ],
    [
      'with as few quotes as can be',
      { quoting: 'needed', dateLayout: 'M/D/YYYY', nullTokens: ['NULL'] },
      'id,name,x,d,t,n\n1,"a;""b""",-1.5,2/29/2024,2/29/2024 08:05:09.25,NULL\n',
    ],
    [
      'with all quotes',
      { quoting: 'always', quote: "'", header: false, dateLayout: 'DD-Mon-YY' },
      "'1','a;\"b\"','-1.5','29-Feb-24','29-Feb-24 08:05:09.25',\\N\n",
    ],
    [
      'without quotes',
      { quote: null, delimiter: '|', header: false, dateLayout: 'Mon DD, YYYY' },
      '1|a;"b"|-1.5|Feb 29, 2024|Feb 29, 2024 08:05:09.25|\\N\n',
    ],
  ])('%s', async (name, dialect, text) => {
    expect((await written(`${name}.csv`, { dialect })).toString()).toBe(text)
  })

  it('is compressed as its name says, and nothing else is', async () => {
    const layout: Layout = { dialect: { delimiter: '||' }, encoding: 'utf-16le' }
    const plain = await written('plain.csv', layout)
    expect(gunzipSync(await written('packed.csv.gz', layout))).toEqual(plain)
    expect(zstdDecompressSync(await written('packed.csv.zst', layout))).toEqual(plain)
    const { error } = await run({
      direction: 'export',
      source: source(some),
      target: file('packed.csv.xz', layout),
    })
    expect(error).toMatchObject({ code: 'USAGE' })
    expect(error?.message).toContain('.gz or .zst, not as xz')
  })

  it('is converted, from one dialect to another and back', async () => {
    await written('first.csv', {})
    const there = { delimiter: '\t', quote: '"', quoting: 'needed' as const }
    const conversion = (from: object, to: object) =>
      completed({ direction: 'convert', source: from, target: to })
    await conversion(file('first.csv', {}), file('second.txt', { dialect: there, encoding: 'utf-16be' }))
    await conversion(
      file('second.txt', { dialect: { delimiter: '\t', quote: '"' }, encoding: 'utf-16be' }),
      file('third.csv', { dialect: { quoting: 'always' } }),
    )
    const [header, row] = readFileSync(path('third.csv'), 'utf8').split('\n')
    expect(header).toBe('"id","name","x","d","t","n"')
    expect(row).toBe('"1","a;""b""","-1.5","2024-02-29","2024-02-29 08:05:09.25",\\N')
  })

  it('has other decimals and dates after a conversion only where types are asked for', async () => {
    await written('typed.csv', {})
    const dialect: DialectChoice = { decimal: ',', dateLayout: 'DD.MM.YYYY', delimiter: ';', header: false }
    const transfer = {
      direction: 'convert',
      source: file('typed.csv', {}),
      target: file('typed-again.csv', { dialect }),
      columns: ['id', 'x', 'd'],
    }
    expect((await run(transfer)).error).toMatchObject({ code: 'USAGE' })
    await completed({ ...transfer, types: true })
    expect(readFileSync(path('typed-again.csv'), 'utf8')).toBe('1;-1,5;"29.02.2024"\n')
  })
})

describe('a value that cannot be written leaves no file', () => {
  const cases: [string, string, Layout, string][] = [
    ['a delimiter', "'a;b'", { dialect: { quoting: 'never', delimiter: ';' } }, 'it holds the delimiter'],
    ['a line end', "'a\nb'", { dialect: { quote: null, escape: null } }, 'it holds a line end'],
    ['a quote', "'a\"b'", { dialect: { quoting: 'never' } }, 'it holds a quote'],
    [
      'a quote at the end',
      "'a\"'",
      { dialect: { escape: null } },
      'it holds a quote, which would end it there',
    ],
    [
      'a NULL token',
      "'NULL'",
      { dialect: { quote: null, nullTokens: ['NULL'] } },
      'the text that stands for NULL',
    ],
    ['a letter', "'Łódź'", { encoding: 'windows-1252' }, 'windows-1252 has no "Ł"'],
    ['no text', "'\\xff'", { encoding: 'utf-16le' }, 'it is not UTF-8 text'],
    ['a year', "toDate32('1969-12-31')", { dialect: { dateLayout: 'DD.MM.YY' } }, 'the year of 1969-12-31'],
  ]
  const children = () =>
    readdirSync('/proc').filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('files/formatter.ts')
      } catch {
        return false
      }
    })

  it.each(cases)('%s', async (name, value, layout, reason) => {
    // Far into the file, and with much behind it that nobody needs to wait for.
    const sql = `SELECT number AS id, if(number = 150000, ${value}, ${value.startsWith('toDate') ? "toDate32('2024-01-01')" : "'fine'"}) AS "odd one" FROM numbers(1000000000)`
    const target = file(`${name}.csv`, layout)
    const { error, status } = await run({
      direction: 'export',
      source: { kind: 'query', server: theirs.connection, sql },
      target,
    })
    expect(status).toBe('failed')
    expect(error).toMatchObject({ code: 'VALUE_UNWRITABLE' })
    expect(error?.message).toMatch(/row 150001 /i)
    expect(error?.message).toContain(reason)
    expect(error?.place).toMatchObject({ column: 'odd one' })
    expect(readdirSync(folder).filter((entry) => entry.startsWith(name))).toEqual([])
    expect(readdirSync(join(folder, 'data', 'mounts'))).toEqual([])
    expect(children()).toEqual([])
  })

  it('a record beyond every bound', async () => {
    const sql =
      "SELECT number AS id, repeat(repeat('x', 1000), if(number = 3, 20000, 1)) AS long FROM numbers(5)"
    const target = file('long.csv', { dialect: { quoting: 'needed' } })
    const source = { kind: 'query', server: theirs.connection, sql }
    const { error } = await run({ direction: 'export', source, target })
    expect(error).toMatchObject({ code: 'VALUE_UNWRITABLE' })
    expect(error?.message).toMatch(/^Row 4 cannot be written to ".*long\.csv": it is longer than 16 MiB\.$/)
  })

  it('in the embedded database', async () => {
    await using connection = await surroundings.server('embedded')
    await connection.command(
      "CREATE TABLE unwritable ENGINE = MergeTree ORDER BY id AS SELECT number AS id, if(number = 150000, 'Ł', 'l') AS name FROM numbers(1000000)",
    )
    const { error } = await run(
      exporting('embedded', 'unwritable', 'unwritable.csv', { encoding: 'iso-8859-15' }),
    )
    expect(error).toMatchObject({ code: 'VALUE_UNWRITABLE', place: { column: 'name' } })
    expect(error?.message).toContain('in row 150001 ')
    expect(readdirSync(folder).filter((entry) => entry.startsWith('unwritable'))).toEqual([])
  })
})
