import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { identifier } from '../../src/core/sql/index.ts'
import { openSurroundings } from '../../src/main/open.ts'
import { writeFlights } from '../../src/main/samples.ts'
import { runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema, type Report, type ServerChoice } from '../../src/shared/index.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { everyType, nullable } from '../support/every-type.ts'
import { removeFolder } from '../support/folder.ts'

let folder: string
let theirs: TestServer
let surroundings: Surroundings & AsyncDisposable

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flathouse-round-trip-'))
  theirs = await startServer([{ name: 'reader', password, readonly: true }])
  surroundings = await openSurroundings({ dataDir: join(folder, 'data'), password }, {})
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
  removeFolder(folder)
})

async function run(transfer: unknown): Promise<Report> {
  const options = { signal: new AbortController().signal, onEvent: () => undefined }
  const report = await runTransfer(transferSchema.parse(transfer), surroundings, options)
  expect(report.error).toBeNull()
  expect(report.status).toBe('completed')
  expect(report.rowsRead).toBe(report.rowsWritten + report.rowsRejected)
  return report
}

const path = (name: string) => join(folder, name)
const exported = (server: ServerChoice, table: string, name: string) =>
  run({
    direction: 'export',
    source: { kind: 'table', server, table },
    target: { kind: 'file', path: path(name) },
    verify: 'checksum',
  })
const imported = (server: ServerChoice, name: string, table: string, more: object = {}) =>
  run({
    direction: 'import',
    source: { kind: 'file', path: path(name) },
    target: { kind: 'table', server, table },
    verify: 'checksum',
    ...more,
  })

async function checksum(choice: ServerChoice, table: string): Promise<unknown> {
  await using server = await surroundings.server(choice)
  const [row] = await server.rows(
    `SELECT toString(count()) AS rows, toString(sum(cityHash64(tuple(*)))) AS hash FROM ${identifier(table)}`,
  )
  return row
}

const digest = (name: string) =>
  createHash('sha256')
    .update(readFileSync(path(name)))
    .digest('hex')

describe.each(['embedded', 'separate'] as const)('3 million flights, %s database', (which) => {
  it('come back as they were, and are written again as the same bytes', async () => {
    const server = which === 'embedded' ? which : theirs.connection
    await writeFlights(path('flights.csv'), surroundings)
    const first = await imported(server, 'flights.csv', 'flights')
    // Checksums are taken on the way, so there is one also within one server.
    expect(first).toMatchObject({ rowsRead: 3_000_000, strategy: 'pipe' })
    await exported(server, 'flights', `${which}-1.csv`)
    await imported(server, `${which}-1.csv`, 'flights_again')
    expect(await checksum(server, 'flights_again')).toEqual(await checksum(server, 'flights'))
    await exported(server, 'flights_again', `${which}-2.csv`)
    expect(digest(`${which}-2.csv`)).toBe(digest(`${which}-1.csv`))
  })
})

const columns = [
  ...everyType.map(([type, values], n) => ({ name: `c${n}`, type, values })),
  ...nullable.map(([type, values], n) => ({
    name: `n${n}`,
    type: `Nullable(${type})`,
    values: ['NULL', ...values],
  })),
]

describe.each(['embedded', 'separate'] as const)('a table of every type, %s database', (which) => {
  const server = () => (which === 'embedded' ? which : theirs.connection)

  beforeAll(async () => {
    await using connection = await surroundings.server(server())
    const list = columns.map(({ name, type }) => `${name} ${type}`).join(', ')
    const settings = { allow_suspicious_low_cardinality_types: 1 }
    await connection.command(`CREATE TABLE every (${list}) ENGINE = MergeTree ORDER BY tuple()`, { settings })
    const rows = Math.max(...columns.map(({ values }) => values.length))
    for (let row = 0; row < rows; row++) {
      const values = columns.map(
        ({ type, values: all }) => `CAST(${all[row % all.length] ?? ''}, '${type.replaceAll("'", "\\'")}')`,
      )
      await connection.command(`INSERT INTO every SELECT ${values.join(', ')}`)
    }
  })

  it.each(['csv', 'tsv', 'csv.gz', 'psv', 'tsv.zst'])('survives as .%s', async (extension) => {
    const again = `again_${extension.replace('.', '_')}`
    await using connection = await surroundings.server(server())
    await exported(server(), 'every', `${which}.${extension}`)
    await connection.command(`CREATE TABLE ${again} AS every`)
    await imported(server(), `${which}.${extension}`, again, { mode: 'append' })
    expect(await checksum(server(), again)).toEqual(await checksum(server(), 'every'))
  })
})

it.each(['embedded', 'separate'] as const)(
  'a table that feeds views counts its own rows, %s',
  async (which) => {
    const server = which === 'embedded' ? which : theirs.connection
    await using connection = await surroundings.server(server)
    await connection.command('CREATE TABLE feeding (id UInt8) ENGINE = MergeTree ORDER BY id')
    const view = 'CREATE MATERIALIZED VIEW fed ENGINE = MergeTree ORDER BY id AS SELECT id FROM feeding'
    await connection.command(view)
    writeFileSync(path('feeding.csv'), 'id\n1\n2\n3\n')
    const report = await imported(server, 'feeding.csv', 'feeding', { verify: 'count' })
    expect(report).toMatchObject({ commit: 'insert-select', rowsRead: 3, rowsWritten: 3 })
    expect(await checksum(server, 'fed')).toEqual(await checksum(server, 'feeding'))
  },
)

it('a user who may only read, and change no setting, exports', async () => {
  await using connection = await surroundings.server(theirs.connection)
  await connection.command('CREATE TABLE readable ENGINE = MergeTree ORDER BY tuple() AS SELECT 1 AS id')
  await exported({ ...theirs.connection, user: 'reader' }, 'readable', 'readable.csv')
  expect(readFileSync(path('readable.csv'), 'utf8')).toBe('"id"\n1\n')
})

describe('what a flat file cannot carry', () => {
  it.each([
    ['AggregateFunction(uniq, UInt8)', "arrayReduce('uniqState', [1])"],
    ['Variant(String, UInt8)', '1::UInt8'],
    ['Dynamic', '1'],
    ['JSON', '\'{"a":1}\''],
  ])('%s is refused before the run, by column and type', async (type, value) => {
    await using connection = await surroundings.server(theirs.connection)
    await connection.command('DROP TABLE IF EXISTS uncarried')
    await connection.command(
      `CREATE TABLE uncarried (id UInt8, "odd one" ${type}) ENGINE = MergeTree ORDER BY id`,
    )
    await connection.command(`INSERT INTO uncarried SELECT 1, ${value}`)
    const transfer = transferSchema.parse({
      direction: 'export',
      source: { kind: 'table', server: theirs.connection, table: 'uncarried' },
      target: { kind: 'file', path: path('uncarried.csv') },
    })
    const options = { signal: new AbortController().signal, onEvent: () => undefined }
    const { error, status } = await runTransfer(transfer, surroundings, options)
    expect(status).toBe('failed')
    expect(error).toMatchObject({ code: 'TYPE_UNSUPPORTED', place: { column: 'odd one', expected: type } })
    expect(error?.message).toContain('"odd one" of main.uncarried')
  })
})
