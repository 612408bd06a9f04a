import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Report } from '../../src/shared/index.ts'
import { House } from '../support/cli.ts'
import { noteFault } from '../support/fault-table.ts'

let house: House
beforeEach(() => (house = new House()))
afterEach(() => house[Symbol.asyncDispose]())

const { href: clock } = new URL('../support/jumping-clock.mjs', import.meta.url)

it.each([
  ['ahead', 3_600_000],
  ['back', -3_600_000],
])('a clock that jumps %s by an hour, again and again, changes no timeout or duration', async (_, ms) => {
  const env = { NODE_OPTIONS: `--import=${clock}?ms=${ms}` }
  house.write('in.csv', `id\n${Array.from({ length: 1_000_000 }, (_, n) => `${n}\n`).join('')}`)
  const started = performance.now()
  const runs = [
    ['import', 'in.csv', '--table', 't'],
    ['export', 't', '--to', 'out.csv'],
    ['export', 't', '--to', 'parts.csv.gz', '--split-rows', '400000'],
    ['convert', 'in.csv', '--to', 'in.tsv'],
  ]
  for (const args of runs) {
    const { exitCode, stdout, stderr } = await house.run([...args, '--json'], { env })
    expect([exitCode, stderr]).toEqual([0, expect.any(String)])
    const { durationMs, rowsWritten } = JSON.parse(stdout) as Report
    expect(rowsWritten).toBe(1_000_000)
    expect(durationMs).toBeGreaterThan(0)
    expect(durationMs).toBeLessThan(performance.now() - started)
  }
  noteFault({
    fault: 'a clock that jumps by an hour',
    rounds: runs.length,
    result: 'all complete, durations true',
  })
})
