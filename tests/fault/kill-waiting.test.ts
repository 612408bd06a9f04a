import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { contents, House, openHouse } from '../support/cli.ts'
import { noteFault } from '../support/fault-table.ts'

/** A query that waits for the other end of a FIFO is ended by nothing but that end. */
it('SIGKILL of Flathouse while the embedded server waits for its helper is cleared away by the next one', async () => {
  await using house = new House()
  house.write('in.txt', `id||t\n${Array.from({ length: 50_000 }, (_, id) => `${id}||x\n`).join('')}`)
  // The server lives on, and the query with it.
  await using open = await openHouse(house)
  await open.server.command('CREATE TABLE t (id UInt32, t String) ENGINE = MergeTree ORDER BY id')
  const waiting = async () => {
    const sql = `SELECT query FROM system.processes WHERE query LIKE '%/records%' AND query_id != queryID()`
    return (await open.server.rows<{ query: string }>(sql)).length > 0
  }
  const rounds = 2
  const load = ['import', 'in.txt', '--table', 't', '--mode', 'replace']
  for (let struck = 0; struck < rounds;) {
    const cli = house.start(load)
    while (cli.process.exitCode === null && !(await waiting())) await sleep(1)
    if (cli.process.kill('SIGKILL')) struck++
    await cli.answer
    const { exitCode, stderr } = await house.run(load)
    expect([exitCode, stderr]).toEqual([0, expect.any(String)])
    await expect.poll(waiting).toBe(false)
    expect(Object.keys(await contents(open.server))).toEqual(['t'])
  }
  noteFault({ fault: 'SIGKILL while the embedded server waits for a helper', rounds, result: 'cleared away' })
})
