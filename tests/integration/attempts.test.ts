import { afterAll, beforeAll, expect, it } from 'vitest'
import { closedPort } from '../support/broken-servers.ts'
import { House, urlOf } from '../support/cli.ts'
import { password } from '../support/clickhouse-server.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { openYard, type Yard } from '../support/queue.ts'

const rows = 100_000
const env = { FLATHOUSE_PASSWORD: password }
let yard: Yard
let house: House
let proxy: FaultProxy
beforeAll(async () => {
  yard = await openYard()
  house = new House()
  proxy = await FaultProxy.start(yard.theirs.connection)
  house.write('ids.csv', `id\n${Array.from({ length: rows }, (_, id) => `${id}\n`).join('')}`)
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await house[Symbol.asyncDispose]()
  await yard[Symbol.asyncDispose]()
})

const strike = () => {
  proxy.plan({ fault: 'reset', side: 'request', after: 20_000 })
}
const connection = () => ({ ...yard.theirs.connection, port: proxy.port })
const importing = (...more: string[]) => [
  ...['import', 'ids.csv', '--table', 't', '--mode', 'replace', '--url', urlOf(connection())],
  ...more,
]

it('a run goes back to connecting, says why, and counts anew', async () => {
  strike()
  await using open = await yard.open()
  const source = { kind: 'file', path: house.path('ids.csv') }
  const target = { kind: 'table', server: connection(), table: 't' }
  const run = await open.run({ direction: 'import', source, target, mode: 'replace' })
  expect(run).toMatchObject({ status: 'completed', report: { rowsWritten: rows } })
  expect(run.report?.failedAttempts).toMatchObject([{ number: 1, error: { code: 'CONNECTION_LOST' } }])
  const lines = run.log.map(({ message }) => message)
  const told = lines.findIndex((line) => line.startsWith('Attempt 1 failed: '))
  expect(lines[told]).toMatch(
    /^Attempt 1 failed: The connection to \S+ was lost; beginning again in [\d.]+ s\.$/,
  )
  expect(lines[told + 1]).toMatch(/^Connecting to /)
  const statuses = open.updates.flatMap((update) =>
    update.type === 'run' && update.run.id === run.id ? [update.run] : [],
  )
  const again = statuses.findLastIndex(({ status }) => status === 'connecting')
  expect(statuses.slice(0, again).some(({ status }) => status === 'ingesting')).toBe(true)
  expect(statuses[again]?.progress).toMatchObject({ rows: 0, bytes: 0, fraction: null })
})

it('the command line tells of a failed attempt at once and in the end', async () => {
  strike()
  const { exitCode, stdout, stderr } = await house.run(importing(), { env })
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Attempt 1 failed: ')])
  expect(stdout).toMatch(
    /^ {2}attempt 1 failed after .* and left nothing: The connection to 127\.0\.0\.1:\d+ was lost\.$/m,
  )
})

it('--attempts 1 is one', async () => {
  strike()
  const { exitCode, report } = await house.transfer(importing('--attempts', '1'), { env })
  expect([exitCode, report.error?.code, report.failedAttempts]).toEqual([3, 'CONNECTION_LOST', []])
})

it.each(['0', '11', 'x'])('--attempts %s is refused', async (count) => {
  const { exitCode, stderr } = await house.run(importing('--attempts', count), { env })
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--attempts')])
})

it.each([
  ['a closed port', async () => `http://tester@127.0.0.1:${await closedPort()}/main`, 'CONNECTION_REFUSED'],
  ['an unknown host', () => Promise.resolve('http://tester@name.invalid:8123/main'), 'HOST_NOT_FOUND'],
])('%s is told at once', async (_, url, code) => {
  const args = ['import', 'ids.csv', '--table', 't', '--url', await url()]
  const { exitCode, report } = await house.transfer(args, { env })
  expect([exitCode, report.error?.code, report.failedAttempts]).toEqual([3, code, []])
})
