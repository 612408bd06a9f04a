import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openServer, type Server } from '../../src/clickhouse/index.ts'
import type { CommitMark } from '../../src/core/transfer/index.ts'
import { launchServer, type RunningServer } from '../../src/embedded/index.ts'
import { commitMarked, markCommit, rollForward } from '../../src/runs/commit.ts'
import { randomFrom } from '../support/chances.ts'
import { password } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'

/** A server that can be killed and started again on what it has stored. */
let dir: string
let running: RunningServer
let server: Server
async function start(): Promise<void> {
  running = await launchServer({ dir, users: [{ name: 'tester', password }], memoryLimit: 1_500_000_000 })
  const { hostname: host, port } = new URL(running.url)
  const connection = { protocol: 'http', host, port: Number(port), database: 'main', user: 'tester' } as const
  server = openServer(connection, { password })
}
async function kill(): Promise<void> {
  process.kill(running.pid, 'SIGKILL')
  await running.exited
  running.release()
  await server.close()
}
/** Kills the server in the middle of work, which may fail, and starts it again. */
async function killDuring(work: Promise<unknown>[], ms: number): Promise<void> {
  const ended = Promise.allSettled(work)
  await sleep(ms)
  await kill()
  await ended
  await start()
}
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'flathouse-killed-'))
  await start()
})
afterAll(async () => {
  await server.close()
  await running.stop()
  removeFolder(dir)
})

const names = {
  staging: { database: 'main', table: '__flathouse_1' },
  target: { database: 'main', table: 't' },
}
const run = async (...statements: string[]) => {
  for (const sql of statements) await server.command(sql)
}
async function value(sql: string): Promise<string> {
  const [row] = await server.rows<{ v: string }>(`SELECT toString((${sql})) AS v`)
  return row?.v ?? ''
}
/** How many rows there are, and how many different ones. */
const contents = (table = 't') =>
  value(`SELECT concat(toString(count()), ' ', toString(uniqExact(id))) FROM ${table}`)

const [partitions, partsEach, rowsEach] = [6, 4, 500]
const loaded = partitions * partsEach * rowsEach

/** Puts a part back, and takes away the empty one that stands for it. */
function restore(part: string, data: string): void {
  const name = part.slice(part.lastIndexOf('/') + 1)
  rmSync(join(data, name.replace(/_0$/, '_1')), { recursive: true, force: true })
  cpSync(part, join(data, name), { recursive: true })
}

/** Rows of all partitions that nobody has yet. */
const insert = (table: string, first: number, rows = partitions * rowsEach) =>
  `INSERT INTO ${table} SELECT ${first} + number, number % ${partitions} FROM numbers(${rows})`

/** A target that has rows, and a loaded staging table. */
async function load({ as, target = '' }: { as: CommitMark['kind']; target?: string }): Promise<void> {
  await run(
    'DROP TABLE IF EXISTS v SYNC',
    'DROP TABLE IF EXISTS t SYNC',
    'DROP TABLE IF EXISTS __flathouse_1 SYNC',
  )
  const columns = '(id UInt64, p UInt8) ENGINE = MergeTree PARTITION BY p ORDER BY id'
  if (as !== 'rename') await run(`CREATE TABLE t ${columns} ${target}`, insert('t', 1_000_000))
  await run(`CREATE TABLE __flathouse_1 ${columns}`)
  if (as === 'partition-move') await run('ALTER TABLE __flathouse_1 MODIFY SETTING assign_part_uuids = 1')
  if (as === 'insert-select') {
    // No run of ours gives its staging table a name that another one had.
    await run('SYSTEM FLUSH LOGS query_log', 'TRUNCATE TABLE system.query_log')
    await run('ALTER TABLE __flathouse_1 MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = 1')
  }
  for (let n = 0; n < partsEach; n++) await run(insert('__flathouse_1', n * partitions * rowsEach))
}
const mark = (commit: CommitMark['kind']) => markCommit(server, { commit }, names)

describe('a server that is killed in the middle of a commit has every row once when it is completed', () => {
  const draw = randomFrom(20)
  const instants = Array.from({ length: 20 }, (_, n) => [n + 1, draw()] as const)

  it.each(instants)('as partition-move (%i)', async (_, instant) => {
    await load({ as: 'partition-move' })
    const marked = await mark('partition-move')
    // Somebody else, before and meanwhile.
    await run(insert('t', 2_000_000))
    const [theirs, commit] = [server.command(insert('t', 3_000_000)), commitMarked(server, names, marked)]
    await killDuring([theirs, commit], instant * 120)
    expect(await rollForward(server, names, marked)).toBe('completed')
    expect(await contents('__flathouse_1')).toBe('0 0')
    const ours = `SELECT concat(toString(count()), ' ', toString(uniqExact(id))) FROM t WHERE id < 1000000`
    expect(await value(ours)).toBe(`${loaded} ${loaded}`)
    const before = `SELECT toString(count()) FROM t WHERE id >= 1000000 AND id < 3000000`
    expect(await value(before)).toBe(String(2 * partitions * rowsEach))
    expect(await rollForward(server, names, marked)).toBe('completed')
    expect(await value(ours)).toBe(`${loaded} ${loaded}`)
  })

  it.each(instants.slice(0, 8))('as insert-select (%i)', async (_, instant) => {
    await load({ as: 'insert-select' })
    await run('CREATE MATERIALIZED VIEW v ENGINE = MergeTree ORDER BY id AS SELECT id FROM t')
    const marked = await mark('insert-select')
    await killDuring([commitMarked(server, names, marked)], instant * 400)
    expect(await rollForward(server, names, marked)).toBe('completed')
    const total = loaded + partitions * rowsEach
    expect([await contents(), await contents('__flathouse_1')]).toEqual([`${total} ${total}`, '0 0'])
  })

  it.each(
    instants
      .slice(0, 4)
      .flatMap(([n, at]) => (['rename', 'exchange'] as const).map((as) => [as, n, at] as const)),
  )('as %s (%i)', async (as, _, instant) => {
    await load({ as })
    const marked = await mark(as)
    await killDuring([commitMarked(server, names, marked)], instant * 10)
    expect(await rollForward(server, names, marked)).toBe('completed')
    expect(await rollForward(server, names, marked)).toBe('completed')
    expect(await contents()).toBe(`${loaded} ${loaded}`)
  })
})

describe('rollForward', () => {
  beforeEach(() => load({ as: 'partition-move' }))
  const unknown = (marked: CommitMark): CommitMark => ({ ...marked, partsKnownUntil: 0 }) as CommitMark
  const total = loaded + partitions * rowsEach

  it.each([
    ['all parts', 0],
    ['some parts', 2],
  ])('does not move again what both tables have: %s', async (_, kept) => {
    const marked = await mark('partition-move')
    const paths = "SELECT arrayElement(data_paths, 1) FROM system.tables WHERE name = '__flathouse_1'"
    const [data, copy] = [await value(paths), join(dir, 'copy')]
    const moved = await server.rows<{ name: string }>(
      "SELECT name FROM system.parts WHERE active AND table = '__flathouse_1' AND partition_id IN ('1', '4')",
    )
    cpSync(data, copy, { recursive: true })
    await run("ALTER TABLE __flathouse_1 MOVE PARTITION ID '1' TO TABLE t, MOVE PARTITION ID '4' TO TABLE t")
    await kill()
    // As if it had been killed when the target had the parts, and the staging table still had them, too.
    for (const { name } of moved.slice(kept)) restore(join(copy, name), data)
    await start()
    await run("OPTIMIZE TABLE t PARTITION ID '1' FINAL", insert('t', 2_000_000))
    expect(await contents('__flathouse_1')).not.toBe(
      `${loaded - 2 * partsEach * rowsEach} ${loaded - 2 * partsEach * rowsEach}`,
    )
    expect(await rollForward(server, names, marked)).toBe('completed')
    const sum = total + partitions * rowsEach
    expect([await contents(), await contents('__flathouse_1')]).toEqual([`${sum} ${sum}`, '0 0'])
    removeFolder(copy)
  })

  it('takes only what it is sure of when parts are not known any more', async () => {
    const marked = unknown(await mark('partition-move'))
    await run(
      "ALTER TABLE __flathouse_1 MOVE PARTITION ID '3' TO TABLE t",
      "OPTIMIZE TABLE t PARTITION ID '3' FINAL",
    )
    expect(await rollForward(server, names, marked)).toBe('completed')
    expect(await contents()).toBe(`${total} ${total}`)
  })

  it('does nothing when it is not sure: rows that others have changed are not counted', async () => {
    const marked = unknown(await mark('partition-move'))
    await run('INSERT INTO t VALUES (5000000, 2)')
    expect(await rollForward(server, names, marked)).toBe('unclear')
    expect([await contents(), await contents('__flathouse_1')]).toEqual([
      `${partitions * rowsEach + 1} ${partitions * rowsEach + 1}`,
      `${loaded} ${loaded}`,
    ])
  })

  it('does not insert again when others have changed the number of rows', async () => {
    await load({ as: 'insert-select' })
    const marked = await mark('insert-select')
    await run('INSERT INTO t VALUES (5000000, 2)')
    expect(await rollForward(server, names, marked)).toBe('unclear')
    await run('DROP TABLE t SYNC', 'CREATE TABLE t (id UInt64, p UInt8) ENGINE = MergeTree ORDER BY id')
    expect(await rollForward(server, names, marked)).toBe('unclear')
    expect([await contents(), await contents('__flathouse_1')]).toEqual(['0 0', `${loaded} ${loaded}`])
  })

  it('does not insert a part again that the target has', async () => {
    await load({ as: 'insert-select' })
    const marked = await mark('insert-select')
    const first = await value("SELECT min(name) FROM system.parts WHERE active AND table = '__flathouse_1'")
    const sql = `INSERT INTO t SELECT id, p FROM \`main\`.\`__flathouse_1\` WHERE _part = '${first}'`
    await server.command(sql, { queryId: 'flathouse-commit-__flathouse_1' })
    expect(await rollForward(server, names, marked)).toBe('completed')
    expect(await contents()).toBe(`${total} ${total}`)
  })

  it('leaves a table alone that somebody else has made meanwhile', async () => {
    await load({ as: 'rename' })
    const marked = await mark('rename')
    await run('CREATE TABLE t (id UInt64) ENGINE = Log')
    expect(await rollForward(server, names, marked)).toBe('unclear')
    expect([await contents(), await contents('__flathouse_1')]).toEqual(['0 0', `${loaded} ${loaded}`])
  })

  it('asks only the server that has the staging table', async () => {
    const marked = { ...(await mark('partition-move')), server: '00000000-0000-4000-8000-000000000000' }
    await expect(rollForward(server, names, marked)).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
  })

  it('waits until what was asked for before is over', async () => {
    const marked = await mark('partition-move')
    const queryId = 'flathouse-commit-__flathouse_1'
    const busy = server.rows('SELECT sleepEachRow(0.5) FROM numbers(10) SETTINGS max_block_size = 1', {
      queryId,
    })
    const going = `SELECT count() FROM system.processes WHERE query_id = '${queryId}'`
    await expect.poll(() => value(going)).toBe('1')
    await expect(rollForward(server, names, marked)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' })
    await busy
    expect(await rollForward(server, names, marked)).toBe('completed')
  })
})
