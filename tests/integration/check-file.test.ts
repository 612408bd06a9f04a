import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { checkFile, runTransfer, type Surroundings } from '../../src/runs/index.ts'
import {
  importSchema,
  type FileCheck,
  type ImportTransfer,
  type PlanView,
  type Reject,
} from '../../src/shared/index.ts'
import { contents, House } from '../support/cli.ts'
import { errorOf, password, startServer, type TestServer } from '../support/clickhouse-server.ts'

let house: House
let theirs: TestServer
let surroundings: Surroundings & AsyncDisposable
const watcher = { signal: new AbortController().signal, onProgress: () => undefined }

beforeAll(async () => {
  house = new House()
  theirs = await startServer()
  surroundings = await openSurroundings({ dataDir: house.data, password }, {})
  const sql = 'CREATE TABLE t (id UInt32, day Nullable(Date), price UInt8) ENGINE = MergeTree ORDER BY id'
  await using server = await surroundings.server('embedded')
  await server.command(sql)
  await theirs.server.command(sql)
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
  await house[Symbol.asyncDispose]()
})

const importing = (path: string, more: object = {}): ImportTransfer =>
  importSchema.parse({
    direction: 'import',
    source: { kind: 'file', path: house.path(path) },
    target: { kind: 'table', server: 'embedded', table: 't' },
    ...more,
  })

/** The check, after which everything is as it was before. */
async function check(transfer: ImportTransfer): Promise<FileCheck> {
  await using server = await surroundings.server('embedded')
  const seen = async () => [await contents(server), await contents(theirs.server)]
  const before = await seen()
  const found = await checkFile(transfer, surroundings, watcher)
  expect(await seen()).toEqual(before)
  return found
}

const misfitsOf = ({ columns }: FileCheck) => columns.map(({ source, misfits }) => [source, misfits])

/** A file of many records with faults of several kinds, and what a check must find in it. */
function faulty(records: number) {
  const lines = ['id,day,price']
  const bad = { id: [] as number[], day: [] as number[], price: [] as number[], malformed: [] as number[] }
  let [rejected, dayAlone] = [0, 0]
  for (let n = 1; n <= records; n++) {
    const line = lines.length + 1
    const isFew = n % 1000 === 7
    const isMany = n % 1000 === 307
    const isId = n % 700 === 3
    const isDay = n % 300 === 5
    const isPrice = n % 1100 === 9
    if (isFew || isMany) {
      bad.malformed.push(line)
      rejected++
      lines.push(isFew ? `${n},2024-01-01` : `${n},2024-01-01,1,2`)
      continue
    }
    if (isId) bad.id.push(line)
    if (isDay) bad.day.push(line)
    if (isPrice) bad.price.push(line)
    if (isId || isDay || isPrice) rejected++
    if (isDay && !isId && !isPrice) dayAlone++
    lines.push(
      `${isId ? `no ${n}` : n},${isDay ? '2024-02-30' : n % 4 === 0 ? '\\N' : '2024-02-29'},${isPrice ? 256 : n % 256}`,
    )
  }
  return { text: `${lines.join('\n')}\n`, bad, records, rejected, dayAlone }
}

/** The lines and the values of the examples, the file's name left out. */
const shown = (examples: Reject[]) => examples.map(({ line, value }) => [line, value])

describe('a check of a whole file', () => {
  const file = faulty(20_000)
  const column = (found: FileCheck, name: string) => found.columns.find(({ source }) => source === name)

  it.each([
    ['as it is', 'faulty.csv', Buffer.from(file.text), 'embedded'],
    ['compressed', 'faulty.csv.gz', gzipSync(file.text), 'embedded'],
    ['for another server', 'faulty.csv', Buffer.from(file.text), 'theirs'],
  ])('counts what would be rejected, and why: %s', async (_, name, bytes, server) => {
    house.write(name, bytes)
    const target = {
      kind: 'table',
      server: server === 'theirs' ? theirs.connection : 'embedded',
      table: 't',
    }
    const found = await check(importing(name, { target }))
    const { id, day, price, malformed } = file.bad
    expect(misfitsOf(found)).toEqual([
      ['id', id.length],
      ['day', day.length],
      ['price', price.length],
    ])
    expect(found).toMatchObject({
      records: file.records,
      rejected: file.rejected,
      malformed: malformed.length,
    })
    expect(shown(column(found, 'id')?.examples ?? [])).toEqual(
      id.slice(0, 5).map((line) => [line, `no ${line - 1}`]),
    )
    expect(shown(column(found, 'day')?.examples ?? [])).toEqual(
      day.slice(0, 5).map((line) => [line, '2024-02-30']),
    )
    expect(found.malformedExamples.map(({ line, raw }) => [line, raw])).toEqual(
      malformed.slice(0, 5).map((line) => [line, file.text.split('\n')[line - 1]]),
    )
  })

  it.each([
    ['with blank lines', file.text.replace(/(\n4[^\n]*)/g, '$1\n')],
    ['with records that span lines', file.text.replaceAll(',2024-02-29,9', ',"2024-02-29","9\n"')],
    ['with a quote that is never closed', `${file.text}5,"2024-01-01,7\n6,2024-01-01,7\n`],
    ['with CRLF, without a last line end', file.text.trimEnd().replaceAll('\n', '\r\n')],
  ])('counts what an import then rejects: %s', async (_, text) => {
    house.write('same.csv', text)
    const found = await check(importing('same.csv'))
    await using server = await surroundings.server('embedded')
    await server.command(
      'CREATE OR REPLACE TABLE same (id UInt32, day Nullable(Date), price UInt8) ENGINE = MergeTree ORDER BY id',
    )
    const target = { kind: 'table', server: 'embedded', table: 'same' }
    const options = { signal: watcher.signal, onEvent: () => undefined }
    const report = await runTransfer(
      importing('same.csv', { target, onError: 'skip' }),
      surroundings,
      options,
    )
    expect(report).toMatchObject({ error: null, rowsRead: found.records, rowsRejected: found.rejected })
    expect(found.rejected).toBeGreaterThan(100)
    await server.command('DROP TABLE same')
  })

  it('counts misfits that become NULL or the default, and rejects nothing for them', async () => {
    house.write('faulty.csv', file.text)
    const found = await check(importing('faulty.csv', { readings: [{ column: 'day', misfit: 'null' }] }))
    expect(column(found, 'day')?.misfits).toBe(file.bad.day.length)
    expect(found.rejected).toBe(file.rejected - file.dayAlone)
    const none = await check(
      importing('faulty.csv', {
        readings: ['id', 'day', 'price'].map((name) => ({ column: name, misfit: 'default' })),
      }),
    )
    expect(misfitsOf(none)).toEqual(misfitsOf(found))
    expect([none.rejected, none.malformed]).toEqual([file.bad.malformed.length, file.bad.malformed.length])
  })

  it('adds up the files of a pattern, and says which file it speaks of', async () => {
    for (const n of [1, 2, 3])
      house.write(`part-${n}.csv`, `id,day,price\n1,2024-01-01,${n === 2 ? 'x' : 5}\n2,x${n}\n`)
    const found = await check(importing('part-*.csv'))
    expect(found).toMatchObject({ records: 6, rejected: 4, malformed: 3 })
    expect(column(found, 'price')?.examples).toMatchObject([
      { file: house.path('part-2.csv'), line: 2, value: 'x' },
    ])
    expect(found.malformedExamples.map(({ file: name, line }) => [name, line])).toEqual([
      [house.path('part-1.csv'), 3],
      [house.path('part-2.csv'), 3],
      [house.path('part-3.csv'), 3],
    ])
  })

  it('knows the lines of records after some that span lines', async () => {
    house.write(
      'long.csv',
      'preamble\nid,note\r\n1,"a\nb"\r\nx,"c ""d""\r\n"\r\n3,y\r\nz,"\n\n\n"\r\n5\r\nw,1\r\n',
    )
    const transfer = importing('long.csv', {
      source: {
        kind: 'file',
        path: house.path('long.csv'),
        dialect: { skipLines: 1, header: true, delimiter: ',' },
      },
      target: { kind: 'table', server: 'embedded', table: 'fresh' },
      types: [
        { column: 'id', type: 'UInt8' },
        { column: 'note', type: 'String' },
      ],
    })
    const found = await check(transfer)
    expect(found).toMatchObject({ records: 6, rejected: 4, malformed: 1 })
    expect(shown(column(found, 'id')?.examples ?? [])).toEqual([
      [5, 'x'],
      [8, 'z'],
      [13, 'w'],
    ])
    expect(found.malformedExamples).toMatchObject([{ line: 12, raw: '5' }])
  })

  it('of a new table finds nothing that would be rejected but what a person chose', async () => {
    house.write('new.csv', 'id,name\n1,a\n2,b\nx,c\n')
    const target = { kind: 'table', server: 'embedded', table: 'fresh' }
    expect(await check(importing('new.csv', { target }))).toMatchObject({
      records: 3,
      rejected: 0,
      malformed: 0,
    })
    const types = [{ column: 'id', type: 'Int64' }]
    const found = await check(importing('new.csv', { target, types }))
    expect(found).toMatchObject({ records: 3, rejected: 1 })
    expect(column(found, 'id')).toMatchObject({
      type: 'Int64',
      misfits: 1,
      examples: [{ line: 4, value: 'x' }],
    })
  })

  it('takes NULL for no value, where the column has room for it', async () => {
    house.write('nulls.csv', 'id,day,price\n\\N,\\N,5\n2,,6\n')
    const found = await check(importing('nulls.csv'))
    expect(misfitsOf(found)).toEqual([
      ['id', 1],
      ['day', 0],
      ['price', 0],
    ])
    expect(found.columns[0]?.examples).toMatchObject([{ line: 2, raw: '\\N,\\N,5', offset: 13 }])
  })

  it('sees what is wrong behind a quote that is not closed', async () => {
    const good = Array.from({ length: 50 }, (_, n) => `${n},2024-01-01,5\n`).join('')
    house.write('open.csv', `id,day,price\n${good}7,"2024-01-01,x\n8,2024-01-01,5\n`)
    const found = await check(
      importing('open.csv', {
        source: { kind: 'file', path: house.path('open.csv'), dialect: { quote: '"', escape: 'double' } },
      }),
    )
    expect(found).toMatchObject({ records: 52, rejected: 1, malformed: 1 })
    expect(found.malformedExamples).toMatchObject([
      { line: 52, column: null, reason: expect.stringContaining('quote') as unknown },
    ])
  })

  it.each([
    [
      'utf-16le',
      Buffer.from('\ufeffid;day;price\r\n1;2024-01-01;5\r\né;2024-01-01;6\r\n2;2024-01-01\r\n', 'utf16le'),
      'é;2024-01-01;6',
    ],
    [
      'windows-1252',
      Buffer.from("id||day||price\n1||2024-01-01||5\n\xe9t\xe9||'2024-01-01'||6\n2||2024-01-01\n", 'latin1'),
      "été||'2024-01-01'||6",
    ],
  ])('reads a file in %s, which ClickHouse does not', async (encoding, bytes, raw) => {
    house.write('odd.txt', bytes)
    const source = {
      kind: 'file',
      path: house.path('odd.txt'),
      encoding,
      dialect: { quote: "'", delimiter: raw.includes('||') ? '||' : ';' },
    }
    const found = await check(importing('odd.txt', { source }))
    expect(found).toMatchObject({ records: 3, rejected: 2, malformed: 1 })
    expect(column(found, 'id')).toMatchObject({ misfits: 1, examples: [{ line: 3, raw }] })
    expect(found.malformedExamples).toMatchObject([{ line: 4 }])
  })

  it('takes a file of many columns', async () => {
    const names = Array.from({ length: 400 }, (_, n) => `c_${n}`)
    const row = (n: number) => names.map((_, c) => (c === 317 && n % 10 === 0 ? 'x' : `${n}`)).join()
    house.write('wide.csv', `${names.join()}\n${Array.from({ length: 100 }, (_, n) => row(n)).join('\n')}\n`)
    const found = await check(
      importing('wide.csv', {
        target: { kind: 'table', server: 'embedded', table: 'wide' },
        types: names.map((column_) => ({ column: column_, type: column_ === 'c_5' ? 'Int16' : 'UInt8' })),
        readings: [{ column: 'c_6', misfit: 'default' }],
      }),
    )
    expect(found).toMatchObject({ records: 100, rejected: 10, malformed: 0 })
    expect(found.columns.filter(({ misfits }) => misfits > 0)).toMatchObject([
      { source: 'c_317', misfits: 10, examples: [{ line: 2, value: 'x' }, {}, {}, {}, {}] },
    ])
  })

  it('ends when it is cancelled', async () => {
    house.write('faulty.csv', file.text)
    const cancelled = { ...watcher, signal: AbortSignal.abort() }
    await expect(checkFile(importing('faulty.csv'), surroundings, cancelled)).rejects.toThrow()
  })

  it('says what looking at both ends says', async () => {
    house.write('short.csv', 'id,day\n1,2024-01-01\n')
    const error = await errorOf(checkFile(importing('short.csv'), surroundings, watcher))
    expect(error).toMatchObject({ code: 'COLUMN_MISSING' })
  })
})

describe('--dry-run of an import', () => {
  it('says how many records would be rejected, and the first of them', async () => {
    house.write('people.csv', 'id,day,price\n1,2024-01-01,5\n2,2024-02-30,x\n3,2024-03-01\n4,,300\n')
    const args = ['import', 'people.csv', '--table', 'fresh', '--dry-run']
    const types = ['--types', 'id=UInt8,day=Nullable(Date),price=UInt8', '--misfit', 'day=null']
    const { exitCode, stdout } = await house.run([...args, ...types])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('Checked 4 records: 3 would be rejected (1 does not parse).')
    expect(stdout).toContain('people.csv, line 4: the record has 2 fields, but 3 are expected')
    expect(stdout).toMatch(/^day +Nullable\(Date\) +1 +NULL +3 +"2024-02-30"$/m)
    expect(stdout).toMatch(/^price +UInt8 +2 +rejected +3, 5 +"x", "300"$/m)
    const asJson = await house.run([...args, ...types, '--json'])
    const plan = JSON.parse(asJson.stdout) as PlanView & { check: FileCheck }
    expect(plan).toMatchObject({ strategy: 'pushdown', check: { records: 4, rejected: 3, malformed: 1 } })
  })
})
