import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Report } from '../../src/shared/index.ts'
import { transferring, whileRunning } from '../support/cli.ts'
import { password } from '../support/clickhouse-server.ts'
import { openScene, type Scene } from '../support/scene.ts'

const rows = 3_000_000
let scene: Scene
beforeAll(async () => {
  scene = await openScene({
    sql: [
      'CREATE TABLE slow (id UInt32, z UInt8 MATERIALIZED sleepEachRow(0.000002)) ENGINE = MergeTree ORDER BY id',
      `CREATE TABLE big ENGINE = MergeTree ORDER BY id AS SELECT toUInt32(number) AS id FROM numbers(${rows})`,
      'CREATE VIEW slowly AS SELECT id, sleepEachRow(0.00002) AS z FROM big',
    ],
  })
  scene.house.write('ids.csv', `id\n${'1234567\n'.repeat(rows)}`)
  scene.house.write('old.csv', 'as it was\n')
})
afterAll(() => scene[Symbol.asyncDispose]())

const load = ['import', 'ids.csv', '--table', 'slow']
const unload = ['export', 'slowly', '--to', 'old.csv']

it.each<[string, 'embedded' | 'remote', string[]]>([
  ['an import by pushdown', 'embedded', load],
  ['an import by pipe', 'remote', load],
  ['a replacing import by pipe', 'remote', [...load, '--mode', 'replace']],
  ['an export by pushdown', 'embedded', unload],
  ['an export by pipe', 'remote', unload],
])('%s ends within 2 s of Ctrl-C and leaves nothing', async (_, where, args) => {
  const [connection, server] =
    where === 'remote' ? [scene.connection, scene.remote.server] : [[], scene.embedded]
  const cli = scene.house.start([...args, ...connection, '--json'], { env: { FLATHOUSE_PASSWORD: password } })
  await whileRunning(args === unload ? scene.embedded : server)
  const signalled = performance.now()
  cli.process.kill('SIGINT')
  const { exitCode, stdout } = await cli.answer
  expect(performance.now() - signalled).toBeLessThan(2000)
  const report = JSON.parse(stdout) as Report
  expect([exitCode, report.status, report.error?.code]).toEqual([130, 'cancelled', 'CANCELLED'])
  for (const each of [scene.embedded, scene.remote.server]) expect(await transferring(each)).toEqual([])
  await scene.isUntouched()
  expect(scene.house.read('old.csv')).toBe('as it was\n')
})
