import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CommitMark } from '../../src/core/transfer/index.ts'
import { openSurroundings } from '../../src/main/open.ts'
import { markCommit } from '../../src/runs/commit.ts'
import { recover, type Recovered, type Surroundings } from '../../src/runs/index.ts'
import { Recovery } from '../../src/runs/recovery.ts'
import { reportSchema, type Report } from '../../src/shared/index.ts'
import { openJournal, type JournalEntry } from '../../src/store/index.ts'
import { contents } from '../support/cli.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { holdingProxy } from '../support/holding-proxy.ts'
import { removeFolder } from '../support/folder.ts'

let folder: string
let theirs: TestServer
let surroundings: Surroundings & AsyncDisposable
beforeAll(async () => {
  theirs = await startServer([{ name: 'reader', password, grants: ['GRANT SELECT ON main.*'] }])
})
afterAll(() => theirs[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flathouse-recover-'))
  const config = { dataDir: join(folder, 'data'), password }
  surroundings = await openSurroundings(config, {})
  await theirs.server.command(
    'CREATE OR REPLACE TABLE t (id UInt32) ENGINE = MergeTree ORDER BY id PARTITION BY id % 3',
  )
  await theirs.server.command('INSERT INTO t SELECT number FROM numbers(7)')
})
afterEach(async () => {
  for (const table of Object.keys(await contents(theirs.server)))
    await theirs.server.command(`DROP TABLE ${table} SYNC`)
  await surroundings[Symbol.asyncDispose]()
  removeFolder(folder)
})

const hex = (run: number) => `${run}`.padStart(32, '0')
const idOf = (run: number) => hex(run).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')

const entry = (run: number, more: Partial<JournalEntry> = {}): JournalEntry => ({
  runId: idOf(run),
  attempt: 1,
  server: theirs.connection,
  label: theirs.server.label,
  database: 'main',
  staging: `__flathouse_${hex(run)}_1`,
  target: 't',
  commit: 'partition-move',
  committing: null,
  startedAt: '2026-11-21T19:00:00.000Z',
  ...more,
})
const report = (run: number): Report =>
  reportSchema.parse({
    ...{ runId: idOf(run), status: 'completed', strategy: 'pipe', commit: 'partition-move' },
    ...{ rowsRead: 6, rowsWritten: 6, rowsRejected: 0, bytesRead: 1, bytesWritten: 1, durationMs: 1 },
    ...{ verification: null, rejectsFile: null, warnings: [], error: null },
  })

/** As a run leaves it that was killed when it had loaded six rows. */
async function stage({ staging }: JournalEntry): Promise<void> {
  await theirs.server.command(`CREATE TABLE ${staging} AS t`)
  await theirs.server.command(`INSERT INTO ${staging} SELECT 100 + number FROM numbers(6)`)
}

/** Entries of which nobody is at any. */
async function left(...entries: JournalEntry[]): Promise<void> {
  await using journal = await openJournal(join(folder, 'data'))
  for (const one of entries) {
    await journal.begin(one)
    if (one.committing) await journal.beginCommit(one, one.committing)
    await journal.release(one)
  }
}

/** As it is when the commit begins. */
const markOf = ({ staging, target }: JournalEntry) =>
  markCommit(
    theirs.server,
    { commit: 'partition-move' },
    { staging: { database: 'main', table: staging }, target: { database: 'main', table: target } },
  )

const outcomes = async (options = {}) =>
  Object.fromEntries(
    (await recover(surroundings, options)).map(({ entry: { runId }, outcome }) => [
      Number(runId.slice(-12)),
      outcome,
    ]),
  )
const count = async (table: string) => (await contents(theirs.server))[table]?.split('-')[0]
const open = async () =>
  [...(await surroundings.journal.openRuns())].map((id) => Number(id.slice(-12))).sort()

describe('what a dead run left', () => {
  it('is dropped when its commit had not begun', async () => {
    await stage(entry(1))
    await left(entry(1))
    expect(await outcomes()).toEqual({ 1: 'dropped' })
    expect(Object.keys(await contents(theirs.server))).toEqual(['t'])
    expect([await count('t'), await open()]).toEqual(['7', []])
    expect(await outcomes()).toEqual({})
  })

  it('is gone without a staging table, too', async () => {
    await left(entry(1))
    expect([await outcomes(), await open()]).toEqual([{ 1: 'dropped' }, []])
  })

  it('ends also what its statements still do, and no other', async () => {
    await stage(entry(1))
    await stage(entry(1, { staging: `__flathouse_${hex(1)}_10` }))
    await left(entry(1))
    const slowly = (attempt: number) =>
      theirs.server.command(
        `INSERT INTO __flathouse_${hex(1)}_${attempt} SELECT number + sleepEachRow(1) FROM numbers(1000) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0`,
      )
    const [first, tenth] = [slowly(1), slowly(10)].map((work) =>
      work.then(
        () => 'done',
        (error: unknown) => String(error),
      ),
    )
    const going = async () =>
      (
        await theirs.server.rows<{ query: string }>(
          "SELECT query FROM system.processes WHERE query LIKE 'INSERT INTO __flathouse%'",
        )
      ).length
    await expect.poll(going).toBe(2)
    expect(await outcomes()).toEqual({ 1: 'dropped' })
    expect(await first).toContain('cancelled')
    expect(await going()).toBe(1)
    await theirs.server.command(`KILL QUERY WHERE query LIKE 'INSERT INTO __flathouse%' SYNC`)
    await tenth
  })

  it.each([
    ['at its very beginning', 0],
    ['after some of its partitions', 2],
    ['after all of them', 3],
  ])('is completed when its commit broke off %s', async (_, moved) => {
    await stage(entry(1))
    const committing = { mark: await markOf(entry(1)), report: report(1) }
    for (const partition of [0, 1, 2].slice(0, moved)) {
      await theirs.server.command(`ALTER TABLE ${entry(1).staging} MOVE PARTITION ${partition} TO TABLE t`)
    }
    await left(entry(1, { committing }))
    expect(await outcomes()).toEqual({ 1: 'completed' })
    expect([await count('t'), await open()]).toEqual(['13', []])
    expect(Object.keys(await contents(theirs.server))).toEqual(['t'])
  })

  it('stays, with what it has staged, when it cannot be told what has arrived', async () => {
    await stage(entry(1))
    const mark = await markOf(entry(1))
    // Nothing of it has an id, and somebody else has written.
    await theirs.server.command('INSERT INTO t SELECT number FROM numbers(2)')
    await left(entry(1, { committing: { mark, report: report(1) } }))
    expect(await outcomes()).toEqual({ 1: 'unclear' })
    expect([await count(entry(1).staging), await count('t'), await open()]).toEqual(['6', '9', [1]])
  })

  it('is not taken for complete when somebody has dropped what it had staged', async () => {
    await stage(entry(1))
    const committing = { mark: await markOf(entry(1)), report: report(1) }
    const { staging } = entry(1)
    await theirs.server.command(`ALTER TABLE ${staging} MOVE PARTITION 0 TO TABLE t`)
    await left(entry(1, { committing }))
    await theirs.server.command(`DROP TABLE ${staging} SYNC`)
    expect(await outcomes()).toEqual({ 1: 'abandoned' })
    expect([await count('t'), await open()]).toEqual(['9', []])
  })

  it('is complete without its staging table when that was written down before', async () => {
    await theirs.server.command('INSERT INTO t SELECT 100 + number FROM numbers(6)')
    const mark: CommitMark = { kind: 'partition-move', partitions: [{ id: '0', rows: '6', before: '3' }] }
    await left(entry(1, { committing: { mark, report: report(1), isComplete: true } }))
    expect([await outcomes(), await count('t'), await open()]).toEqual([{ 1: 'completed' }, '13', []])
  })

  it('is not committed while another commit into the same table goes on', async () => {
    await stage(entry(1))
    await left(entry(1, { committing: { mark: await markOf(entry(1)), report: report(1) } }))
    await using other = await openJournal(join(folder, 'data'))
    const turn = await other.takeTurn(entry(2))
    expect([await outcomes(), await count('t')]).toEqual([{ 1: 'unreachable' }, '7'])
    await turn?.[Symbol.asyncDispose]()
    expect([await outcomes(), await count('t')]).toEqual([{ 1: 'completed' }, '13'])
  })

  it('is dropped where a server drops nothing so large unless it is told to', async () => {
    const settings = { max_table_size_to_drop: '1', max_partition_size_to_drop: '1' }
    await stage(entry(1))
    await left(entry(1, { server: { ...theirs.connection, settings } }))
    expect(await outcomes()).toEqual({ 1: 'dropped' })
    expect(await count(entry(1).staging)).toBeUndefined()
  })

  it('is kept in mind with the reason why it cannot be dropped', async () => {
    await stage(entry(1))
    await left(entry(1, { server: { ...theirs.connection, user: 'reader' } }))
    const [found] = await recover(surroundings)
    expect(found).toMatchObject({ outcome: 'unreachable', problem: { code: 'ACCESS_DENIED' } })
    expect([await count(entry(1).staging), await open()]).toEqual(['6', [1]])
  })
})

/** As on a machine that has much to do. */
const slowly =
  (server: Surroundings['server']): Surroundings['server'] =>
  async (...given) => {
    await sleep(500)
    return await server(...given)
  }

describe('one that cannot be ended', () => {
  it('keeps none of the others, and is ended later', async () => {
    await using other = await holdingProxy(theirs.connection)
    const away = { server: { ...other.connection, port: 1 }, label: '127.0.0.1:1' }
    for (const run of [1, 2, 3, 4, 5]) await stage(entry(run))
    await theirs.server.command('CREATE TABLE u AS t')
    const refused = entry(4, { target: 'u' })
    const committing = { mark: await markOf(refused), report: report(4) }
    await left(
      entry(1, away),
      entry(2, { server: 'no such connection' }),
      entry(3),
      { ...refused, committing },
      // Since it was saved, the connection has been led elsewhere.
      entry(5, { label: 'another.example:8123' }),
      entry(6, { server: 'embedded', label: 'the embedded database' }),
    )
    await theirs.server.command('ALTER TABLE u ADD COLUMN other UInt8')
    const first = {
      1: 'unreachable',
      2: 'unreachable',
      3: 'dropped',
      4: 'unreachable',
      5: 'unreachable',
      6: 'dropped',
    }
    expect(await outcomes()).toEqual(first)
    expect(await open()).toEqual([1, 2, 4, 5])
    await theirs.server.command('ALTER TABLE u DROP COLUMN other')
    expect(await outcomes()).toMatchObject({
      1: 'unreachable',
      2: 'unreachable',
      4: 'completed',
      5: 'unreachable',
    })
    expect(await count('u')).toBe('6')
  })

  it('is not waited for longer than is wanted', async () => {
    await using silent = await holdingProxy(theirs.connection)
    void silent.hold(/./)
    const server = { ...silent.connection, connectTimeout: 600 }
    await stage(entry(1))
    await left(entry(1, { server, label: `127.0.0.1:${server.port}` }), entry(2))
    expect(await outcomes({ patienceMs: 5000 })).toEqual({ 1: 'unreachable', 2: 'dropped' })
    silent.open()
    expect(await outcomes({ patienceMs: 60_000 })).toEqual({ 1: 'dropped' })
  })

  it('is waited for when it is the embedded server, which may take longer to start', async () => {
    const embedded = { server: 'embedded', label: 'the embedded database' } as const
    await left(entry(1, embedded))
    const starting = { ...surroundings, server: slowly(surroundings.server) }
    const [found] = await recover(starting, { patienceMs: 50 })
    expect([found?.outcome, await open()]).toEqual(['dropped', []])
  })

  it('is not asked when it may not be', async () => {
    await stage(entry(1))
    await left(entry(1))
    expect(await outcomes({ mayAsk: () => false })).toEqual({ 1: 'unreachable' })
    expect(await count(entry(1).staging)).toBe('6')
  })
})

describe('a service', () => {
  it('tries again until a server answers, one sweep at a time', async () => {
    await using way = await holdingProxy(theirs.connection)
    void way.hold(/version\(\)/)
    const from = {
      server: { ...way.connection, connectTimeout: 1 },
      label: `127.0.0.1:${way.connection.port}`,
    }
    await stage(entry(1))
    await left(entry(1, from))
    const heard: Recovered['outcome'][] = []
    const recovery = new Recovery(surroundings, ({ outcome }) => heard.push(outcome), 100)
    expect((await recovery.begin()).map(({ outcome }) => outcome)).toEqual(['unreachable'])
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBeGreaterThan(1)
    way.open()
    await expect.poll(() => heard.at(-1), { timeout: 20_000 }).toBe('dropped')
    expect(new Set(heard.slice(0, -1))).toEqual(new Set(['unreachable']))
    expect([await count(entry(1).staging), await open()]).toEqual([undefined, []])
    await recovery.stop()
    await left(entry(2))
    const told = heard.length
    await sleep(500)
    expect([heard.length, await open()]).toEqual([told, [2]])
  })
})

it('drops tables in the embedded database of runs that are not in the journal, and no others', async () => {
  await using embedded = await surroundings.server('embedded')
  const tables = [
    ...[`__flathouse_${hex(1)}_1_records`, `__flathouse_${hex(1)}_1_view_rows`, `__flathouse_${hex(2)}_1`],
    ...['__flathouse_', '__flathouse_mine', `x__flathouse_${hex(1)}`, `__flathouse_${hex(3)}_1_rejects`],
  ]
  for (const table of tables.filter((name) => !name.endsWith('view_rows'))) {
    await embedded.command(`CREATE TABLE ${table} (id UInt32) ENGINE = MergeTree ORDER BY id`)
  }
  const [records = '', view = ''] = tables
  await embedded.command(
    `CREATE MATERIALIZED VIEW ${view} TO ${tables[2] ?? ''} AS SELECT id FROM ${records}`,
  )
  await left(entry(3, { server: 'no such connection' }))
  await outcomes()
  expect(Object.keys(await contents(embedded)).sort()).toEqual(tables.slice(3).sort())
})
