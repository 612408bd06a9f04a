import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { runTransfer, viewPlan, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema, type PlanView } from '../../src/shared/index.ts'
import { contents, House } from '../support/cli.ts'
import { errorOf, password, startServer, type TestServer } from '../support/clickhouse-server.ts'

let house: House
let theirs: TestServer
let surroundings: Surroundings & AsyncDisposable
const { signal } = new AbortController()

beforeAll(async () => {
  house = new House()
  theirs = await startServer()
  surroundings = await openSurroundings({ dataDir: house.data, password }, {})
  const rows = Array.from({ length: 30_000 }, (_, n) => `${n},${n % 7},text ${n}\n`)
  house.write('big.csv', `id,kind,note\n${rows.join('')}`)
  house.write('small.csv', 'id,kind,note\n1,2,x\n')
  await using server = await surroundings.server('embedded')
  await server.command('CREATE TABLE t (id UInt32, kind UInt8, note String) ENGINE = MergeTree ORDER BY id')
  await server.command("INSERT INTO t SELECT number, number % 7, 'x' FROM numbers(1000)")
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
  await house[Symbol.asyncDispose]()
})

const importing = (file: string, more: object = {}) =>
  transferSchema.parse({
    direction: 'import',
    source: { kind: 'file', path: house.path(file) },
    target: { kind: 'table', server: 'embedded', table: 'fresh' },
    ...more,
  })
const exporting = (more: object = {}) =>
  transferSchema.parse({
    direction: 'export',
    source: { kind: 'table', server: 'embedded', table: 't' },
    target: { kind: 'file', path: house.path('out.csv') },
    ...more,
  })

/** The plan, after which everything is as it was before. */
async function plan(transfer: ReturnType<typeof importing>): Promise<PlanView> {
  await using server = await surroundings.server('embedded')
  const seen = async () => [
    readdirSync(house.files).sort(),
    await contents(server),
    await contents(theirs.server),
  ]
  const before = await seen()
  const view = await viewPlan(transfer, surroundings, signal)
  expect(await seen()).toEqual(before)
  return view
}

describe('the plan of an import', () => {
  it('into a new table tells its types by the first records, and its real name', async () => {
    const view = await plan(importing('big.csv', { orderBy: ['id'] }))
    expect(view).toMatchObject({
      strategy: 'pushdown',
      commit: 'rename',
      targetExists: false,
      sampled: 20_000,
    })
    expect(view.columns.map(({ type }) => type)).toEqual(['UInt16', 'UInt8', 'String'])
    expect(view.statements.map(({ role, server }) => [role, server])).toEqual([
      ['create', 'the embedded database'],
      ['write', 'the embedded database'],
    ])
    expect(view.statements[0]?.sql).toBe(
      'CREATE TABLE `main`.`fresh` (`id` UInt16, `kind` UInt8, `note` String) ENGINE = MergeTree ORDER BY `id`',
    )
    expect(view.statements[1]?.sql).toContain(
      `INSERT INTO \`main\`.\`fresh\` (\`id\`, \`kind\`, \`note\`) SELECT`,
    )
    expect(view.statements[1]?.sql).toContain(`FROM file('${house.path('big.csv')}', 'CSV'`)
    expect(view.rows).toBeGreaterThan(25_000)
    expect(view.rows).toBeLessThan(40_000)
    expect(view.bytes).toBeGreaterThan(400_000)
  })

  it('of a small file knows all of it', async () => {
    expect(await plan(importing('small.csv'))).toMatchObject({ rows: 1, sampled: 1 })
  })

  it('into a table that is there samples nothing, and says what is not used', async () => {
    const more = {
      target: { kind: 'table', server: 'embedded', table: 't' },
      types: [{ column: 'id', type: 'String' }],
      orderBy: ['day'],
    }
    const view = await plan(importing('big.csv', more))
    expect(view).toMatchObject({ commit: 'partition-move', targetExists: true, sampled: null })
    expect(view.columns[0]?.type).toBe('UInt32')
    expect(view.warnings).toEqual([
      'main.t is there and keeps its own types, sorting key; those chosen are not used.',
    ])
    const { warnings } = await plan(importing('big.csv', { target: more.target, orderBy: ['id'] }))
    expect(warnings).toEqual([])
  })

  it('to another server names it', async () => {
    const view = await plan(
      importing('small.csv', { target: { kind: 'table', server: theirs.connection, table: 'fresh' } }),
    )
    const label = `127.0.0.1:${theirs.connection.port}`
    expect(view.statements.map(({ role, server }) => [role, server])).toEqual([
      ['create', label],
      ['read', 'the embedded database'],
      ['write', label],
    ])
    expect(JSON.stringify(view)).not.toContain(password)
  })

  it('asks for no sample when every type is chosen', async () => {
    const types = ['id', 'kind', 'note'].map((column) => ({ column, type: 'String' }))
    expect(await plan(importing('big.csv', { types }))).toMatchObject({ sampled: null })
  })

  it('refuses ReplacingMergeTree without a key', async () => {
    const request = viewPlan(importing('small.csv', { engine: 'ReplacingMergeTree' }), surroundings, signal)
    expect(await errorOf(request)).toMatchObject({ code: 'USAGE' })
  })
})

describe('the plan of an export', () => {
  it('knows the rows of a table, and leaves no file', async () => {
    const view = await plan(exporting())
    expect(view).toMatchObject({
      strategy: 'pushdown',
      commit: 'file-rename',
      rows: 1000,
      targetExists: false,
    })
    expect(view.statements).toHaveLength(1)
    expect(view.statements[0]?.sql).toContain(`file('${house.path('out.csv')}', 'CSVWithNames'`)
    expect(await plan(exporting({ limit: 10 }))).toMatchObject({ rows: 10 })
    expect(await plan(exporting({ where: 'id > 3' }))).toMatchObject({ rows: null })
  })

  it('is refused while another export writes the file', async () => {
    await using file = await surroundings.workspace.target(house.path('out.csv'))
    expect(await errorOf(viewPlan(exporting(), surroundings, signal))).toMatchObject({ code: 'FILE_BUSY' })
    expect(file.name).toBe(house.path('out.csv'))
  })

  it('stands in the way of nobody who plans or exports the same', async () => {
    const plans = Array.from({ length: 5 }, () => plan(exporting()))
    await expect(Promise.all(plans)).resolves.toHaveLength(5)
  })

  it('of a conversion', async () => {
    const transfer = transferSchema.parse({
      direction: 'convert',
      source: { kind: 'file', path: house.path('small.csv') },
      target: { kind: 'file', path: house.path('small.tsv') },
    })
    expect(await plan(transfer)).toMatchObject({ strategy: 'pushdown', rows: 1 })
  })
})

describe('an import with chosen types', () => {
  const run = async (transfer: ReturnType<typeof importing>) =>
    await runTransfer(transfer, surroundings, { signal, onEvent: () => undefined })

  it('makes the table of them, and refuses what does not fit', async () => {
    const types = [
      { column: 'id', type: 'decimal(9,2)' },
      { column: 'kind', type: 'LowCardinality(String)' },
    ]
    const target = { kind: 'table', server: 'embedded', table: 'typed' }
    expect(await run(importing('small.csv', { target, types, verify: 'checksum' }))).toMatchObject({
      error: null,
      rowsWritten: 1,
    })
    await using server = await surroundings.server('embedded')
    const { columns } = await server.table({ database: 'main', table: 'typed' })
    expect(columns.map(({ type }) => type)).toEqual(['Decimal(9, 2)', 'LowCardinality(String)', 'String'])
    const strict = importing('big.csv', {
      target: { ...target, table: 'strict' },
      types: [{ column: 'id', type: 'UInt8' }],
    })
    expect((await run(strict)).error).toMatchObject({
      code: 'VALUE_REJECTED',
      place: { line: 258, column: 'id' },
    })
  })

  it.each(['embedded', 'separate'] as const)('and rows of one key merged, %s', async (which) => {
    const server = which === 'embedded' ? which : theirs.connection
    const target = { kind: 'table', server, table: 'merged' }
    const transfer = importing('big.csv', {
      target,
      engine: 'ReplacingMergeTree',
      orderBy: ['kind'],
      verify: 'checksum',
    })
    expect(await run(transfer)).toMatchObject({
      error: null,
      rowsRead: 30_000,
      verification: { mode: 'count' },
    })
    await using connection = await surroundings.server(server)
    const [row] = await connection.rows('SELECT toUInt32(count()) AS n FROM merged FINAL')
    expect(row).toEqual({ n: 7 })
  })
})
