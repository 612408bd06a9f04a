import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Server } from '../../src/clickhouse/index.ts'
import { contents, House, openHouse } from '../support/cli.ts'
import { noteFault } from '../support/fault-table.ts'
import { mayMount, withMounted } from '../support/own-mounts.ts'
import { useOf } from '../support/process-use.ts'
import { serve } from '../support/served.ts'

/** In MB, of the embedded server. */
const memory = 800
const rows = 5_000_000
const env = { FLATHOUSE_MEMORY: `${memory}MB` }
let house: House
let server: Server
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  house = new House()
  stack.use(await serve(house, ['--workspace', house.files], env))
  server = stack.use(await openHouse(house)).server
  await server.command('CREATE TABLE t (k String, n UInt64) ENGINE = MergeTree ORDER BY tuple()')
  await server.command(`INSERT INTO t SELECT toString(sipHash64(number)), number FROM numbers(${rows})`)
})
afterAll(() => stack.disposeAsync())

const exporting = (sql: string, to: string) => ['export', '--query', sql, '--to', to]
const embeddedPid = () => {
  const runtime = readFileSync(join(house.data, 'embedded', 'runtime.json'), 'utf8')
  return (JSON.parse(runtime) as { pid: number }).pid
}
const spills = ['ExternalSortWritePart', 'ExternalAggregationWritePart', 'ExternalJoinWritePart']

/** How many parts queries have written to the disk because they had too little memory. */
async function spilled(): Promise<number> {
  await server.command('SYSTEM FLUSH LOGS query_log')
  const sum = spills.map((event) => `ProfileEvents['${event}']`).join(' + ')
  const [found] = await server.rows<{ n: string }>(`SELECT toString(sum(${sum})) AS n FROM system.query_log`)
  return Number(found?.n)
}

it('is at most what the environment says', async () => {
  const sql = "SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'"
  expect(await server.rows(sql)).toEqual([{ value: String(memory * 1e6) }])
  const { exitCode, stderr } = await house.run(exporting('SELECT 1', 'one.csv'), {
    env: { FLATHOUSE_MEMORY: '10 potatoes' },
  })
  expect([exitCode, stderr]).toEqual([
    2,
    expect.stringContaining('FLATHOUSE_MEMORY is "10 potatoes": give a size'),
  ])
})

it('what sorts, groups or joins more than that goes on in files, also beside another', async () => {
  const before = await spilled()
  const doubled = '(SELECT k, n FROM t UNION ALL SELECT reverse(k), n FROM t)'
  const heavy = [
    `SELECT k, n, repeat(k, 4) AS long FROM t ORDER BY k DESC`,
    `SELECT k, sum(n) AS s FROM ${doubled} GROUP BY k`,
  ]
  const answers = await Promise.all(heavy.map((sql, at) => house.transfer(exporting(sql, `heavy${at}.csv`))))
  expect(answers.map(({ report }) => [report.status, report.error])).toEqual(
    heavy.map(() => ['completed', null]),
  )
  expect(answers[0]?.report.rowsWritten).toBe(rows)
  expect(await spilled()).toBeGreaterThan(before)
  const { peak } = useOf(embeddedPid())
  // Resident is the program's own file, too, with a quarter of a gigabyte; it was 809 MB at most in 17 rounds.
  expect(peak).toBeLessThan(memory * 1.25)
  const result = `2 at once, ${rows} rows each: completed, peak ${peak} MB of resident memory`
  noteFault({ fault: `Sorts and groups with ${memory} MB`, rounds: 1, result })
})

it('what other programs of the container have does not count', async ({ skip }) => {
  if (!mayMount()) skip('only root may give a program another cgroup')
  await using other = new House()
  mkdirSync(other.path('group'))
  const files = {
    'cgroup.controllers': 'memory\n',
    'cgroup.subtree_control': 'memory\n',
    'memory.current': '50000000000\n',
    'memory.max': 'max\n',
    'memory.stat': 'anon 50000000000\nfile 0\nkernel 0\nslab 0\nsock 0\n',
  }
  for (const [name, content] of Object.entries(files)) other.write(`group/${name}`, content)
  const sql = 'SELECT uniqExact(n) AS n FROM (SELECT arrayJoin(range(3000000)) AS n)'
  const { report } = await other.transfer(exporting(sql, 'n.csv'), {
    env,
    under: withMounted(other.path('group'), '/sys/fs/cgroup'),
  })
  expect([report.error, report.rowsWritten]).toEqual([null, 1])
})

it('what does not fit fails clearly, and nothing is left of it', async () => {
  const before = await contents(server)
  const sql = 'SELECT groupArray(repeat(k, 20)) AS all FROM t'
  const { exitCode, report } = await house.transfer(exporting(sql, 'all.csv'))
  expect([exitCode, report.error?.code]).toEqual([5, 'MEMORY_LIMIT'])
  expect(report.error?.message).toMatch(/^Refused by the embedded database: .+ limit exceeded.+\.$/)
  expect(report.error?.hint).toContain('FLATHOUSE_MEMORY')
  expect(await contents(server)).toEqual(before)
  expect(house.parts()).toEqual([])
  expect((await house.transfer(exporting('SELECT 1 AS one', 'one.csv'))).report.error).toBeNull()
})
