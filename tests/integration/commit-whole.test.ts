import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openServer } from '../../src/clickhouse/index.ts'
import type { CommitMark } from '../../src/core/transfer/index.ts'
import type { UserSpec } from '../../src/embedded/index.ts'
import { AppError, type Connection } from '../../src/shared/index.ts'
import { CommitSession } from '../../src/runs/commit-tables.ts'
import { commitMarked, markCommit, rollForward } from '../../src/runs/commit.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'

/** What a server's administrator may give a user, who cannot give it here. */
const profiles: Record<string, UserSpec['settings']> = {
  limited: { limit: 5 },
  skipping: { offset: 7 },
  breaking: { max_rows_to_read: 100_000, read_overflow_mode: 'break' },
}

let remote: TestServer
beforeAll(async () => {
  const users = Object.entries(profiles).map(([name, settings = {}]) => ({ name, password, settings }))
  remote = await startServer(users)
})
afterAll(() => remote[Symbol.asyncDispose]())

const names = {
  staging: { database: 'main', table: '__flathouse_1' },
  target: { database: 'main', table: 't' },
}
const run = async (...statements: string[]) => {
  for (const sql of statements) await remote.server.command(sql)
}
async function value(sql: string): Promise<string> {
  const [row] = await remote.server.rows<{ v: string }>(`SELECT toString((${sql})) AS v`)
  return row?.v ?? ''
}
const count = (table: string, where = 'true') => value(`SELECT count() FROM ${table} WHERE ${where}`)

const columns = '(id UInt64, p UInt8)'
const stored = `${columns} ENGINE = MergeTree PARTITION BY p ORDER BY id`
const insert = (table: string, first: number, rows: number) =>
  `INSERT INTO ${table} SELECT ${first} + number, number % 2 FROM numbers(${rows})`

beforeEach(async () => {
  for (const table of ['v', 't', 'u', '__flathouse_1']) await run(`DROP TABLE IF EXISTS ${table} SYNC`)
  // No run of ours gives its staging table a name that another one had.
  await run('SYSTEM FLUSH LOGS query_log', 'TRUNCATE TABLE system.query_log')
  await run(`CREATE TABLE __flathouse_1 ${stored}`, insert('__flathouse_1', 0, 60))
})

const mark = (commit: CommitMark['kind']) => markCommit(remote.server, { commit }, names)
const isBusy = () => new CommitSession(remote.server, names, AbortSignal.timeout(5000)).isBusy()

describe('a commit that takes its time', () => {
  beforeEach(() =>
    run(
      `CREATE TABLE t ${stored}`,
      'CREATE MATERIALIZED VIEW v ENGINE = MergeTree ORDER BY id AS SELECT id FROM t WHERE sleepEachRow(0.05) = 0',
    ),
  )

  it('is not ended by a look at it', async () => {
    const marked = await mark('insert-select')
    const committed = commitMarked(remote.server, names, marked, new AbortController().signal)
    await expect.poll(isBusy).toBe(true)
    await committed
    expect([await count('t'), await count('v')]).toEqual(['60', '60'])
  })

  it('goes on when its connection is cut, and is completed afterwards', async () => {
    const proxy = await FaultProxy.start(remote.connection)
    const marked = await mark('insert-select')
    await using server = openServer({ ...remote.connection, port: proxy.port }, { password })
    const committed = commitMarked(server, names, marked, new AbortController().signal)
    const lost = expect(committed).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    await expect.poll(isBusy).toBe(true)
    const closed = proxy[Symbol.asyncDispose]()
    await lost
    const { signal } = new AbortController()
    const goOn = async () => {
      return await rollForward(remote.server, names, marked, signal).catch((error: unknown) => {
        if (!(error instanceof AppError) || error.code !== 'ALREADY_RUNNING') throw error
      })
    }
    await expect.poll(goOn).toBe('completed')
    expect([await count('t'), await count('v')]).toEqual(['60', '60'])
    await closed
  })
})

describe('an insert-select of which the server cuts something off', () => {
  beforeEach(() => run(`CREATE TABLE t ${stored}`))
  const serverOf = (other: Partial<Connection>) =>
    openServer({ ...remote.connection, ...other }, { password })

  it.each(['limited', 'skipping'])('for a user %s inserts all the same', async (user) => {
    await using server = serverOf({ user })
    await commitMarked(server, names, await mark('insert-select'))
    expect([await count('t'), await count('__flathouse_1')]).toEqual(['60', '0'])
  })

  it('for a user who reads no more than some rows breaks off instead', async () => {
    await run(insert('__flathouse_1', 60, 600_000))
    await using server = serverOf({ user: 'breaking' })
    const cut = commitMarked(server, names, await mark('insert-select'))
    await expect(cut).rejects.toMatchObject({ code: 'SERVER_REFUSED' })
    expect(Number(await count('t')) + Number(await count('__flathouse_1'))).toBe(600_060)
  })

  it('keeps what has not been inserted', async () => {
    const settings = { additional_table_filters: "{'__flathouse_1': 'id < 20'}" }
    await using server = serverOf({ settings })
    const cut = commitMarked(server, names, await mark('insert-select'))
    await expect(cut).rejects.toMatchObject({
      code: 'VERIFICATION_FAILED',
      message: 'Of 30 rows of the part 0_1_1_0 of main.__flathouse_1, 10 were inserted into main.t.',
    })
    expect([await count('t'), await count('__flathouse_1')]).toEqual(['10', '60'])
  })
})

describe('as many rows of somebody else', () => {
  it.each(['Log', 'Memory', 'MergeTree ORDER BY id'])(
    'are not taken for those of an insert-select into a table of the engine %s',
    async (engine) => {
      await run(`CREATE TABLE t ${columns} ENGINE = ${engine}`)
      const marked = await mark('insert-select')
      // The same as those of the first part.
      await run('INSERT INTO t SELECT * FROM __flathouse_1 WHERE p = 0')
      expect(await rollForward(remote.server, names, marked)).toBe('unclear')
      expect([await count('t'), await count('__flathouse_1')]).toEqual(['30', '60'])
    },
  )

  it('are not taken for parts that have been moved', async () => {
    await run(`CREATE TABLE t ${stored}`)
    const marked = await mark('partition-move')
    await run(insert('t', 0, 60))
    expect(await rollForward(remote.server, names, marked)).toBe('unclear')
    expect([await count('t'), await count('__flathouse_1')]).toEqual(['60', '60'])
  })
})

describe('an insert-select that broke off', () => {
  beforeEach(() => run(`CREATE TABLE t ${stored}`))
  const queryId = 'flathouse-commit-__flathouse_1'
  const first = "INSERT INTO t SELECT * FROM `main`.`__flathouse_1` WHERE _part = '0_1_1_0'"

  it('goes on after what the server has written down, whatever others do', async () => {
    const marked = await mark('insert-select')
    await remote.server.command(first, { queryId })
    await run(insert('t', 1000, 7))
    expect(await rollForward(remote.server, names, marked)).toBe('completed')
    expect([await count('t'), await count('__flathouse_1')]).toEqual(['67', '0'])
  })

  it('does not go on after what the server has refused', async () => {
    await run(
      `CREATE MATERIALIZED VIEW v ENGINE = MergeTree ORDER BY id AS SELECT id + throwIf(id = 50) AS id FROM t`,
    )
    const marked = await mark('insert-select')
    await expect(remote.server.command(first, { queryId })).rejects.toThrow()
    await run('DROP TABLE v SYNC')
    const lacks = (await count('t')) === '0'
    expect(await rollForward(remote.server, names, marked)).toBe(lacks ? 'completed' : 'unclear')
    expect(await count('t')).toBe(lacks ? '60' : '30')
  })
})

describe('another table in the place of the target', () => {
  it.each(['partition-move', 'insert-select', 'exchange'] as const)('takes nothing as %s', async (commit) => {
    await run(`CREATE TABLE t ${stored}`)
    const marked = await mark(commit)
    await run(`CREATE TABLE u ${stored}`, 'EXCHANGE TABLES t AND u')
    expect(await rollForward(remote.server, names, marked)).toBe('unclear')
    expect([await count('t'), await count('u'), await count('__flathouse_1')]).toEqual(['0', '0', '60'])
  })
})
