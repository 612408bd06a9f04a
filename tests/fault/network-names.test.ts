import { expect, it } from 'vitest'
import type { Report } from '../../src/shared/index.ts'
import { contents, House } from '../support/cli.ts'
import { password, startServer } from '../support/clickhouse-server.ts'
import { noteFault } from '../support/fault-table.ts'
import { startNameServer } from '../support/name-server.ts'
import { mayMount, withMounted } from '../support/own-mounts.ts'

it('a name server that is away and comes back is waited for', async ({ skip }) => {
  if (!mayMount()) skip('only root may give a program other name servers')
  await using names = await startNameServer()
  await using theirs = await startServer()
  await using house = new House()
  house.write('resolv.conf', `nameserver ${names.address}\noptions timeout:1 attempts:1\n`)
  const file = house.write('ids.csv', 'id\n1\n2\n3\n')
  const url = `http://tester@shop.test:${theirs.connection.port}/main`
  const cli = house.start(['import', file, '--table', 't', '--url', url, '--json'], {
    env: { FLATHOUSE_PASSWORD: password },
    under: withMounted(house.path('resolv.conf'), '/etc/resolv.conf'),
  })
  let said = ''
  cli.process.stderr?.on('data', (text: string) => {
    said += text
    if (said.includes('Attempt 1 failed')) names.knows = true
  })
  const { exitCode, stdout } = await cli.answer
  const { error, failedAttempts } = JSON.parse(stdout) as Report
  expect([exitCode, error]).toEqual([0, null])
  expect(failedAttempts[0]?.error).toMatchObject({
    code: 'HOST_LOOKUP_FAILED',
    message: `The host of shop.test:${theirs.connection.port} cannot be looked up now.`,
  })
  expect((await contents(theirs.server))['t']).toMatch(/^3-/)
  expect(names.asked).toBeGreaterThan(1)
  noteFault({
    fault: 'a name server that fails and comes back',
    rounds: 1,
    result: 'waited for, then complete',
  })
})
