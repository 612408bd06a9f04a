import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Server } from '../../src/clickhouse/index.ts'
import { openSurroundings } from '../../src/main/open.ts'
import { recover, runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema, type Connection, type Report, type ServerChoice } from '../../src/shared/index.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'

const staging = 'CREATE TABLE, DROP TABLE, SELECT, INSERT, ALTER DELETE, ALTER SETTINGS ON main.__flathouse_*'
const users = [
  { name: 'inserter', password, grants: ['GRANT SELECT, INSERT ON main.*'] },
  {
    name: 'stager',
    password,
    grants: ['GRANT SELECT, INSERT ON main.t', `GRANT ${staging}`, 'GRANT TABLE ENGINE ON MergeTree'],
  },
]
const rows = 200_000

let stack: AsyncDisposableStack
let folder: string
let remote: TestServer
let surroundings: Surroundings
let embedded: Server
beforeAll(async () => {
  stack = new AsyncDisposableStack()
  folder = mkdtempSync(join(tmpdir(), 'flathouse-commit-'))
  stack.defer(() => {
    removeFolder(folder)
  })
  const lines = (last: string) =>
    `id,d\n${Array.from({ length: rows }, (_, n) => `${n},2024-0${1 + (n % 6)}-01\n`).join('')}${last}`
  writeFileSync(join(folder, 'good.csv'), lines(''))
  writeFileSync(join(folder, 'bad.csv'), lines('x,2024-01-01\n'))
  writeFileSync(join(folder, 'same.csv'), `id,d\n${'1,2024-01-01\n'.repeat(1000)}`)
  remote = stack.use(await startServer(users))
  surroundings = stack.use(await openSurroundings({ dataDir: join(folder, 'data'), password }, {}))
  embedded = stack.use(await surroundings.server('embedded'))
})
afterAll(() => stack[Symbol.asyncDispose]())

interface Told {
  server?: ServerChoice
  file?: string
  table?: string
  around?: Surroundings
}

/** Imports into the other server, or where it is told. */
async function load(told: Told = {}, more: object = {}): Promise<Report> {
  const { server = remote.connection, file = 'good.csv', table = 't', around = surroundings } = told
  const [database, name] = table.split('.') as [string, string | undefined]
  const target = { kind: 'table', server, table: name ?? database, ...(name !== undefined && { database }) }
  const source = { kind: 'file', path: join(folder, file) }
  const transfer = transferSchema.parse({ direction: 'import', source, target, ...more })
  const { signal } = new AbortController()
  return await runTransfer(transfer, around, { signal, onEvent: () => undefined })
}

const as = (user: string): Connection => ({ ...remote.connection, user })

async function value(server: Server, sql: string): Promise<string> {
  const [row] = await server.rows<{ v: string }>(`SELECT toString(${sql}) AS v`)
  return row?.v ?? ''
}
const count = (table = 't', server = remote.server) =>
  value(server, `(SELECT concat(toString(count()), ' ', toString(uniqExact(id))) FROM ${table})`)
const all = `${rows} ${rows}`

async function reset(ddl: string[], server = remote.server): Promise<void> {
  for (const { table, engine } of await server.tables('main')) {
    if (engine === 'View' || engine === 'MaterializedView') await server.command(`DROP TABLE ${table} SYNC`)
  }
  for (const { table } of await server.tables('main'))
    await server.command(`DROP TABLE IF EXISTS \`${table}\` SYNC`)
  for (const sql of ddl) await server.command(sql, { settings: { allow_deprecated_database_ordinary: 1 } })
}

/** Nothing is left on the server, nor in the journal. */
async function expectTidy(server = remote.server): Promise<void> {
  const tables = await server.tables('main')
  expect(tables.filter(({ table }) => table.includes('flathouse'))).toEqual([])
  expect(await surroundings.journal.openRuns()).toEqual(new Set())
}

const columns = '(id UInt64, d Date)'
const monthly = `CREATE TABLE t ${columns} ENGINE = MergeTree PARTITION BY toYYYYMM(d) ORDER BY id`
const feeds = `CREATE MATERIALIZED VIEW v ENGINE = MergeTree ORDER BY id AS SELECT id FROM t`

describe('an import commits', () => {
  it.each([
    ['partition-move', [monthly]],
    ['partition-move', [`CREATE TABLE t ${columns} ENGINE = ReplacingMergeTree ORDER BY id`]],
    ['partition-move', [`${monthly} TTL d + INTERVAL 90 YEAR`]],
    ['partition-move', [`${monthly} SETTINGS non_replicated_deduplication_window = 100`]],
    ['insert-select', [monthly, feeds]],
    [
      'insert-select',
      [
        `CREATE TABLE t (id UInt64, d Nullable(Date), x UInt8 DEFAULT 7) ENGINE = MergeTree PARTITION BY d PRIMARY KEY cityHash64(id)
         ORDER BY (cityHash64(id), id) SAMPLE BY cityHash64(id) SETTINGS allow_nullable_key = 1`,
        feeds,
      ],
    ],
    [
      'insert-select',
      [
        `CREATE TABLE t ${columns} ENGINE = ReplacingMergeTree ORDER BY (id DESC, d) SETTINGS allow_experimental_reverse_key = 1`,
        feeds,
      ],
    ],
    ...['Log', 'StripeLog', 'TinyLog', 'Memory'].map(
      (engine) => ['insert-select', [`CREATE TABLE t ${columns} ENGINE = ${engine}`]] as const,
    ),
    ['rename', []],
  ] as const)('as %s into %s', async (commit, ddl) => {
    await reset([...ddl])
    const report = await load()
    expect([report.error, report.commit, report.warnings, report.rowsWritten]).toEqual([
      null,
      commit,
      [],
      rows,
    ])
    expect(await count()).toBe(all)
    if (ddl[1]) expect(await count('v')).toBe(all)
    await expectTidy()
    const again = await load()
    const twice = ddl[0]?.includes('Replacing') ? await count('t FINAL') : await count()
    expect([again.error, twice]).toEqual([null, ddl[0]?.includes('Replacing') ? all : `${2 * rows} ${rows}`])
  })

  it.each(['MergeTree ORDER BY id', 'Log', 'ReplacingMergeTree ORDER BY id'])(
    'as exchange in place of a %s',
    async (engine) => {
      await reset([`CREATE TABLE t ${columns} ENGINE = ${engine}`, "INSERT INTO t VALUES (7, '2020-01-01')"])
      const { error, commit } = await load({}, { mode: 'replace' })
      expect([error, commit, await count()]).toEqual([null, 'exchange', all])
      await expectTidy()
    },
  )

  it('with equal rows as often as they are in the file', async () => {
    await reset([
      `CREATE TABLE t ${columns} ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100`,
      feeds,
    ])
    for (const times of [1, 2]) {
      await load({ file: 'same.csv' })
      expect([await count(), await count('v')]).toEqual([`${times * 1000} 1`, `${times * 1000} 1`])
    }
    await reset([`${monthly} SETTINGS non_replicated_deduplication_window = 100`])
    for (const times of [1, 2]) {
      expect(await load({ file: 'same.csv', server: as('inserter') })).toMatchObject({ commit: 'direct' })
      expect(await count()).toBe(`${times * 1000} 1`)
    }
  })

  it('into the embedded database, also out of a table that feeds views', async () => {
    await reset([monthly, feeds], embedded)
    const { error, commit, strategy } = await load({ server: 'embedded' })
    expect([error, commit, strategy]).toEqual([null, 'insert-select', 'pushdown'])
    expect([await count('t', embedded), await count('v', embedded)]).toEqual([all, all])
    await expectTidy(embedded)
  })

  it('with the rights on tables of its own name only', async () => {
    await reset([`CREATE TABLE t ${columns} ENGINE = MergeTree ORDER BY id`])
    const { error, commit } = await load({ server: as('stager') })
    expect([error, commit, await count()]).toEqual([null, 'partition-move', all])
    await expectTidy()
  })

  it('as one block for a user who may not stage, whose first bad record leaves nothing', async () => {
    // More than the server would put into one block by itself.
    const ids = Array.from({ length: 2_200_000 }, (_, n) => n).join('\n')
    writeFileSync(join(folder, 'many.csv'), `id\n${ids}\n`)
    writeFileSync(join(folder, 'many-bad.csv'), `id\n${ids}\nx\n`)
    await reset(['CREATE TABLE t (id UInt32) ENGINE = MergeTree ORDER BY id'])
    const bad = await load({ server: as('inserter'), file: 'many-bad.csv' })
    expect([bad.error?.code, bad.commit, await count()]).toEqual(['VALUE_REJECTED', 'single-block', '0 0'])
    expect(bad.commitReason).toMatch(
      /^Rows go into main\.t as one block, .* \(lacking CREATE TABLE ON main\.\*\)\.$/,
    )
    const { error } = await load({ server: as('inserter'), file: 'many.csv' })
    expect([error, await count()]).toEqual([null, '2200000 2200000'])
    const parts =
      "(SELECT concat(toString(count()), ' ', toString(max(level))) FROM system.parts WHERE table = 't')"
    expect(await value(remote.server, parts)).toBe('1 0')
  })

  it.each([
    ['CREATE VIEW t AS SELECT 1 AS id, today() AS d', {}, 'main.t is a View, which takes no rows.'],
    [
      `CREATE TABLE t ${columns} ENGINE = Merge(main, 'x')`,
      { mode: 'replace' },
      'main.t is a Merge, which takes no rows.',
    ],
    [
      `CREATE TABLE t ${columns} ENGINE = Buffer(main, x, 1, 1, 1, 1, 1, 1, 1)`,
      { mode: 'replace' },
      /^main.t cannot be replaced, because a table of the engine Buffer/,
    ],
  ])('not into %s', async (ddl, more, sentence) => {
    await reset([ddl])
    const { error } = await load({}, more)
    expect(error).toMatchObject({
      code: 'TABLE_UNSUITABLE',
      message: expect.stringMatching(sentence) as string,
    })
    await expectTidy()
  })

  it('only where tables can be renamed and exchanged', async () => {
    await reset([
      'CREATE DATABASE IF NOT EXISTS old ENGINE = Ordinary',
      'CREATE DATABASE IF NOT EXISTS fleeting ENGINE = Memory',
    ])
    expect(await load({ table: 'old.t' })).toMatchObject({ error: null, commit: 'rename' })
    expect(await load({ table: 'old.t' })).toMatchObject({ error: null, commit: 'partition-move' })
    expect((await load({ table: 'old.t' }, { mode: 'replace' })).error?.message).toMatch(
      /because its database is of the engine Ordinary/,
    )
    expect((await load({ table: 'fleeting.t' })).error?.message).toMatch(
      /because a database of the engine Memory renames none/,
    )
    expect(await count('old.t')).toBe(`${2 * rows} ${rows}`)
    await remote.server.command('DROP DATABASE old SYNC')
  })
})

function killEmbedded(): Promise<void> {
  const file = join(folder, 'data/embedded/runtime.json')
  process.kill((JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid, 'SIGKILL')
  return Promise.resolve()
}

/** Something happens when the commit has been written down, before it begins. */
const before = (happens: () => Promise<unknown>): Surroundings => ({
  ...surroundings,
  journal: {
    ...surroundings.journal,
    beginCommit: async (entry, committing) => {
      await surroundings.journal.beginCommit(entry, committing)
      await happens()
    },
  },
})

describe('a commit that breaks off', () => {
  it.each([
    ['partition-move', [monthly], {}],
    ['insert-select', [monthly, feeds], {}],
    ['exchange', [monthly], { mode: 'replace' }],
    ['rename', [], {}],
  ] as const)('as %s is completed when the server is back', async (commit, ddl, more) => {
    await reset([...ddl], embedded)
    const report = await load({ server: 'embedded', around: before(killEmbedded) }, more)
    embedded = stack.use(await surroundings.server('embedded'))
    expect([report.error, report.status, report.commit]).toEqual([null, 'completed', commit])
    expect(await count('t', embedded)).toBe(all)
    await expectTidy(embedded)
  })

  it('whose answer is lost is completed over another connection', async () => {
    await reset([monthly])
    await using proxy = await FaultProxy.start(remote.connection)
    const server = { ...remote.connection, port: proxy.port }
    const around = before(() => {
      proxy.plan({ fault: 'stall', side: 'answer', after: 0 })
      return Promise.resolve()
    })
    const { error, commit } = await load({ server, around })
    expect([error, commit, proxy.hasStruck, await count()]).toEqual([null, 'partition-move', true, all])
    await expectTidy()
  })

  it('is taken back when the server refuses before it has anything', async () => {
    await reset([monthly])
    const around = before(() => remote.server.command('ALTER TABLE t ADD COLUMN x UInt8'))
    const { error, status } = await load({ around })
    expect([status, error?.code, await count()]).toEqual(['failed', 'SERVER_REFUSED', '0 0'])
    await expectTidy()
  })

  it.each([
    ['CONSTRAINT c CHECK', "d < '2024-06-01'", 'SERVER_REFUSED'],
    ['m UInt8 MATERIALIZED', "throwIf(d >= '2024-06-01')", 'VALUE_REJECTED'],
    ['x UInt8 DEFAULT', "throwIf(d >= '2024-06-01')", 'VALUE_REJECTED'],
  ])('is not begun when the target refuses a row of a later part: %s', async (what, expression, code) => {
    const refusing = `(id UInt64, d Date, ${what} ${expression})`
    await reset([`CREATE TABLE t ${refusing} ENGINE = MergeTree PARTITION BY toYYYYMM(d) ORDER BY id`, feeds])
    const { error, status, commit } = await load()
    expect([status, error?.code, commit]).toEqual(['failed', code, 'insert-select'])
    expect([await count(), await count('v')]).toEqual(['0 0', '0 0'])
    await expectTidy()
  })

  it.each(['DROP TABLE t SYNC', 'RENAME TABLE t TO gone'])('is taken back after %s', async (sql) => {
    await reset([monthly, 'CREATE TABLE kept (id UInt64) ENGINE = Null'])
    await remote.server.command('CREATE MATERIALIZED VIEW v TO kept AS SELECT id FROM t')
    const { error, status } = await load({ around: before(() => remote.server.command(sql)) })
    expect([status, error?.code]).toEqual(['failed', 'TABLE_NOT_FOUND'])
    await expectTidy()
  })

  it('is not begun when a view has been made that would not see moved rows', async () => {
    await reset([monthly])
    let isMade = false
    const { journal } = surroundings
    const begin: typeof journal.begin = async (entry) => {
      await journal.begin(entry)
      if (!isMade) await remote.server.command(feeds)
      isMade = true
    }
    const { error, commit, failedAttempts } = await load({
      around: { ...surroundings, journal: { ...journal, begin } },
    })
    expect([error, commit, await count('v')]).toEqual([null, 'insert-select', all])
    expect(failedAttempts.map((failed) => failed.error)).toMatchObject([
      {
        code: 'TABLE_CHANGED',
        message:
          'A materialized view was made on main.t while rows were loaded, and would not have seen them: nothing was changed.',
      },
    ])
    await expectTidy()
  })

  it('that the server refuses when it has a part of it is completed later', async () => {
    await reset([monthly])
    const around = before(async () => {
      const [table] = (await remote.server.tables('main')).filter(({ table: name }) =>
        name.includes('flathouse'),
      )
      await remote.server.command(`ALTER TABLE ${table?.table} MOVE PARTITION ID '202403' TO TABLE t`)
      await remote.server.command('ALTER TABLE t ADD COLUMN x UInt8')
    })
    const { error, status } = await load({ around })
    expect([status, error?.code]).toEqual(['interrupted', 'RUN_INTERRUPTED'])
    expect(error?.message).toMatch(
      /^The commit broke off at [^ ]+: what main\.t has not yet of 6 partitions is in main\.__flathouse_\w+, and Flathouse completes it as soon as the server does not refuse it any more\.$/,
    )
    await remote.server.command('ALTER TABLE t DROP COLUMN x')
    expect(await recover(surroundings)).toMatchObject([{ outcome: 'completed' }])
    expect(await count()).toBe(all)
    await expectTidy()
  })
})
