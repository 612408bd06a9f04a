import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { runTransfer, type Surroundings } from '../../src/runs/index.ts'
import {
  transferSchema,
  type DialectChoice,
  type Encoding,
  type Report,
  type ServerChoice,
  type TransferInput,
} from '../../src/shared/index.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'

let house: string
let folder: string
let theirs: TestServer
let surroundings: Surroundings & AsyncDisposable

const rows = 100_000
/** Line ends, quotes and delimiters where a cut could go wrong; two names that need quotes; NULL. */
const values = `toUInt32(number) AS id, number % 7 = 0 ? NULL : 'a, "b"\\nc' || toString(number) AS \`no
te\`, [toString(number), '\\n'] AS list, toDate('2024-01-01') + number % 300 AS day`

beforeAll(async () => {
  house = mkdtempSync(join(tmpdir(), 'flathouse-split-'))
  theirs = await startServer()
  surroundings = await openSurroundings({ dataDir: join(house, 'data'), password }, {})
  await using embedded = await surroundings.server('embedded')
  for (const server of [embedded, theirs.server]) {
    const create = `CREATE TABLE source ENGINE = MergeTree ORDER BY id AS SELECT ${values} FROM numbers(${rows})`
    await server.command(create)
    await server.command('CREATE TABLE nothing AS source')
    await server.command(
      `CREATE VIEW broken AS SELECT id, throwIf(id = 80000, 'half-way') AS x FROM source SETTINGS max_threads = 1`,
    )
  }
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
  removeFolder(house)
})

beforeEach(() => {
  folder = mkdtempSync(join(house, 'files-'))
})

type Split = NonNullable<Extract<TransferInput, { direction: 'export' }>['split']>

interface Layout {
  dialect?: DialectChoice
  encoding?: Encoding
}

interface Choice extends Layout {
  split: Split
  server?: ServerChoice
  table?: string
  sort?: { column: string; descending: boolean }[]
}

async function run(transfer: TransferInput, signal = new AbortController().signal): Promise<Report> {
  return runTransfer(transferSchema.parse(transfer), surroundings, { signal, onEvent: () => undefined })
}

const exporting = (name: string, { split, server = 'embedded', table = 'source', sort, ...end }: Choice) =>
  run({
    direction: 'export',
    source: { kind: 'table', server, table },
    target: { kind: 'file', path: join(folder, name), ...end },
    split,
    verify: 'checksum',
    ...(sort && { sort }),
  })

async function importing(pattern: string, layout: Layout = {}): Promise<string> {
  await using embedded = await surroundings.server('embedded')
  await embedded.command('DROP TABLE IF EXISTS back SYNC')
  await embedded.command('CREATE TABLE back AS source')
  const report = await run({
    direction: 'import',
    source: { kind: 'file', path: join(folder, pattern), ...layout },
    target: { kind: 'table', server: 'embedded', table: 'back' },
  })
  expect(report.error).toBeNull()
  return await checksum('back')
}

async function checksum(table: string): Promise<string> {
  await using embedded = await surroundings.server('embedded')
  const sql = `SELECT concat(toString(count()), '-', toString(sum(cityHash64(tuple(*))))) AS sum FROM ${table}`
  return (await embedded.rows<{ sum: string }>(sql))[0]?.sum ?? ''
}

interface Manifest {
  source: string
  rows: number
  bytes: number
  columns: { name: string; type: string }[]
  files: { name: string; rows: number; bytes: number; sha256: string }[]
}

const manifest = (stem: string) =>
  JSON.parse(readFileSync(join(folder, `${stem}.manifest.json`), 'utf8')) as Manifest

/** What lies in the folder is what the manifest says, byte for byte. */
function proven(stem: string): Manifest {
  const found = manifest(stem)
  const names = found.files.map(({ name }) => name)
  expect(readdirSync(folder).toSorted()).toEqual([...names, `${stem}.manifest.json`].toSorted())
  for (const { name, bytes, sha256 } of found.files) {
    const content = readFileSync(join(folder, name))
    expect([content.length, createHash('sha256').update(content).digest('hex')]).toEqual([bytes, sha256])
  }
  const sum = (of: 'rows' | 'bytes') => found.files.reduce((total, file) => total + file[of], 0)
  expect([sum('rows'), sum('bytes')]).toEqual([found.rows, found.bytes])
  return found
}

const layouts: [string, string, Layout][] = [
  ['as ClickHouse writes CSV', 'csv', {}],
  ['without a header', 'csv', { dialect: { header: false } }],
  ['as ClickHouse writes TSV', 'tsv', {}],
  ['with CRLF, compressed', 'csv.gz', { dialect: { lineTerminator: '\r\n' } }],
  ['compressed', 'tsv.zst', {}],
  ['formatted, UTF-16', 'csv', { dialect: { delimiter: '||' }, encoding: 'utf-16le' }],
  ['formatted and compressed', 'csv.zst', { dialect: { quoting: 'always' }, encoding: 'utf-8-bom' }],
]

describe('a split export', () => {
  it.each(layouts)('comes back whole by its pattern: %s', async (_, extension, layout) => {
    for (const server of ['embedded', theirs.connection]) {
      folder = mkdtempSync(join(house, 'files-'))
      const report = await exporting(`out.${extension}`, { ...layout, server, split: { rows: 30_000 } })
      expect(report).toMatchObject({ error: null, rowsRead: rows, rowsWritten: rows, commit: 'file-rename' })
      const { files, ...found } = proven('out')
      expect(files.map((file) => [file.name, file.rows])).toEqual(
        [30_000, 30_000, 30_000, 10_000].map((count, n) => [`out-0000${n + 1}.${extension}`, count]),
      )
      expect(found).toMatchObject({
        ...{ format: 'flathouse-split', version: 1, source: 'main.source', rows, bytes: report.bytesWritten },
        columns: [
          { name: 'id', type: 'UInt32' },
          { name: 'no\nte', type: 'Nullable(String)' },
          { name: 'list', type: 'Array(String)' },
          { name: 'day', type: 'Date' },
        ],
      })
      expect(await importing(`out-*.${extension}`, layout)).toBe(await checksum('source'))
    }
  })

  it('begins each file with the header, and keeps an order through all of them', async () => {
    const sort = [{ column: 'id', descending: true }]
    expect((await exporting('out.tsv', { split: { bytes: 500_000 }, sort })).error).toBeNull()
    const { files } = proven('out')
    expect(files.length).toBeGreaterThan(5)
    const ids = files.flatMap(({ name, rows: count }) => {
      const [header, ...lines] = readFileSync(join(folder, name), 'utf8').split('\n')
      expect([header, lines.length]).toEqual(['id\tno\\nte\tlist\tday', count + 1])
      return lines.slice(0, -1).map((line) => Number(line.split('\t')[0]))
    })
    expect(ids).toEqual(Array.from({ length: rows }, (_, n) => rows - 1 - n))
  })

  it.each([
    ['as ClickHouse writes', {}, 'csv', (bytes: Buffer) => bytes, 200],
    ['compressed', {}, 'csv.gz', gunzipSync, 200],
    ['zstd', {}, 'csv.zst', zstdDecompressSync, 200],
    ['formatted', { dialect: { delimiter: '||' } }, 'csv', (bytes: Buffer) => bytes, 70_000],
    ['UTF-16', { encoding: 'utf-16le' as const }, 'csv', (bytes: Buffer) => bytes, 140_000],
  ])(
    'ends a file with the record by which it has the size: %s',
    async (_, layout, extension, plain, over) => {
      const bytes = 1_000_000
      expect((await exporting(`out.${extension}`, { ...layout, split: { bytes } })).error).toBeNull()
      const sizes = proven('out').files.map(({ name }) => plain(readFileSync(join(folder, name))).length)
      expect(sizes.length).toBeGreaterThan(3)
      for (const size of sizes.slice(0, -1)) {
        expect(size).toBeGreaterThanOrEqual(bytes)
        expect(size).toBeLessThan(bytes + over)
      }
      expect(sizes.at(-1)).toBeLessThan(bytes + over)
    },
  )

  it('ends no file with less when the last record fills it, and has one without any row', async () => {
    expect((await exporting('out.csv', { split: { rows: rows / 2 } })).error).toBeNull()
    expect(proven('out').files.map((file) => file.rows)).toEqual([rows / 2, rows / 2])
    const report = await exporting('none.csv', { split: { rows: 5, bytes: 5 }, table: 'nothing' })
    expect(report).toMatchObject({ error: null, rowsWritten: 0 })
    expect(manifest('none').files).toMatchObject([{ name: 'none-00001.csv', rows: 0 }])
    expect(readFileSync(join(folder, 'none-00001.csv'), 'utf8')).toBe('"id","no\nte","list","day"\n')
  })

  it.each([
    ['embedded', 'csv', {}],
    ['remote', 'csv.gz', {}],
    ['remote', 'csv', { dialect: { delimiter: '||' } }],
  ])('leaves nothing when its source fails half-way: %s, %s, %j', async (where, extension, layout) => {
    const server = where === 'embedded' ? 'embedded' : theirs.connection
    const name = `out.${extension}`
    const report = await exporting(name, { ...layout, server, table: 'broken', split: { rows: 1000 } })
    expect(report.error?.detail ?? report.error?.message).toContain('half-way')
    expect(readdirSync(folder)).toEqual([])
  })

  it('leaves nothing when it is cancelled before its commit', async () => {
    const cancel = new AbortController()
    const transfer = transferSchema.parse({
      direction: 'export',
      source: { kind: 'table', server: 'embedded', table: 'source' },
      target: { kind: 'file', path: join(folder, 'out.csv') },
      split: { rows: 10 },
    })
    const report = await runTransfer(transfer, surroundings, {
      signal: cancel.signal,
      onEvent: (event) => {
        if (event.type === 'status' && event.status === 'ingesting') cancel.abort()
      },
    })
    expect([report.status, readdirSync(folder)]).toEqual(['cancelled', []])
  })

  it('names the row of a value that cannot be written, counted through all files', async () => {
    await using embedded = await surroundings.server('embedded')
    await embedded.command(
      "CREATE OR REPLACE TABLE letters ENGINE = MergeTree ORDER BY n AS SELECT number AS n, n = 4321 ? '♥' : 'x' AS s FROM numbers(5000)",
    )
    const choice = { table: 'letters', encoding: 'windows-1252' as const, split: { rows: 1000 } }
    const { error } = await exporting('out.csv', choice)
    expect(error).toMatchObject({ code: 'VALUE_UNWRITABLE' })
    expect(error?.message).toContain('The value of "s" in row 4322 cannot be written')
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('what lies there already', () => {
  it('is replaced when the last manifest names it, and what is too much is deleted', async () => {
    await exporting('out.csv', { split: { rows: 10_000 } })
    expect(proven('out').files).toHaveLength(10)
    expect((await exporting('out.csv', { split: { rows: 40_000 } })).error).toBeNull()
    expect(proven('out').files).toHaveLength(3)
    expect(await importing('out-*.csv')).toBe(await checksum('source'))
  })

  it('stays as it was when the next export fails', async () => {
    await exporting('out.csv', { split: { rows: 40_000 } })
    const before = proven('out')
    const report = await exporting('out.csv', { table: 'broken', split: { rows: 1000 } })
    expect(report.error).not.toBeNull()
    expect(proven('out')).toEqual(before)
  })

  it.each([
    ['USAGE', 'out-00007.csv', 'a stranger'],
    ['USAGE', 'out.manifest.json', '{"files": []}'],
    ['FILE_BUSY', 'out-00001.csv.part', 'unfinished'],
    ['FILE_BUSY', 'out.manifest.json.part', 'unfinished'],
  ])('stops the export with %s when it is %s', async (code, name, content) => {
    writeFileSync(join(folder, name), content)
    const { error } = await exporting('out.csv', { split: { rows: 40_000 } })
    expect(error).toMatchObject({ code })
    expect(error?.message).toContain(name.replace('.part', '').replace('-00001.csv', ''))
    expect([readdirSync(folder), readFileSync(join(folder, name), 'utf8')]).toEqual([[name], content])
  })

  it('is not taken for its own by an export with another extension', async () => {
    await exporting('out.csv.gz', { table: 'nothing', split: { rows: 40_000 } })
    const before = proven('out')
    const { error } = await exporting('out.tsv', { table: 'nothing', split: { rows: 40_000 } })
    expect(error).toMatchObject({ code: 'USAGE' })
    expect(error?.message).toContain('"out-00001.csv.gz"')
    expect(proven('out')).toEqual(before)
  })

  it.each([
    ['FILE_IS_DIRECTORY', (path: string) => mkdirSync(path)],
    ['FILE_NOT_REGULAR', (path: string) => symlinkSync('/etc/hostname', path)],
  ])('stops the export with %s when it cannot be replaced', async (code, make) => {
    make(join(folder, 'out.manifest.json'))
    expect((await exporting('out.csv', { split: { rows: 40_000 } })).error).toMatchObject({ code })
    expect(readdirSync(folder)).toEqual(['out.manifest.json'])
  })
})

it('is refused where there is no compressor, or where there would be no end of files', async () => {
  for (const name of ['out.csv.xz', 'out.csv.lz4', 'out.csv.bz2'])
    expect((await exporting(name, { split: { rows: 10 } })).error).toMatchObject({ code: 'USAGE' })
  const { error } = await exporting('out.csv', { split: { rows: 1 } })
  expect(error).toMatchObject({ code: 'USAGE' })
  expect(error?.message).toContain('split into too many files')
  expect(readdirSync(folder)).toEqual([])
})
