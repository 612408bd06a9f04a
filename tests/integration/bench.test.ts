import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { removeFolder } from '../support/folder.ts'

const program = fileURLToPath(new URL('../../benchmarks/bench.ts', import.meta.url))
const results = mkdtempSync(join(tmpdir(), 'flathouse-bench-results-'))
/** The benchmark's folder is made in here; nothing may stay. */
const dir = mkdtempSync(join(tmpdir(), 'flathouse-bench-dir-'))
afterAll(() => {
  for (const path of [results, dir]) removeFolder(path)
})

function start(...args: string[]) {
  const child = spawn(process.execPath, [program, '--dir', dir, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close') as Promise<[number | null]>
  return { child, closed }
}

it('measures every way, writes the JSON and the table, and cleans up', async () => {
  const json = join(results, 'results.json')
  const { child, closed } = start('--rows', '20000', '--rounds', '2', '--json', json)
  const [table, progress, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), closed])
  expect(exitCode, progress).toBe(0)
  expect(readdirSync(dir)).toEqual([])

  const measured = JSON.parse(readFileSync(json, 'utf8')) as Record<string, unknown>[]
  const imports = [
    'limit',
    'pipe',
    'pushdown',
    'pipe-unverified',
    'pushdown-unverified',
    'pipe-checksum',
    'pushdown-checksum',
    'pipe-rejects',
    'pushdown-rejects',
    'client-csv',
    'naive',
  ].map((way) => `import ${way}`)
  const exports = ['limit', 'pipe', 'pushdown', 'pipe-checksum', 'pushdown-checksum', 'client-csv'].map(
    (way) => `export ${way}`,
  )
  const nameOf = ({ direction, way }: Record<string, unknown>) => `${String(direction)} ${String(way)}`
  expect(measured.map(nameOf)).toEqual([...imports, ...exports])
  for (const result of measured) {
    const positive = expect.toSatisfy((value: unknown) => typeof value === 'number' && value > 0) as unknown
    expect(result, nameOf(result)).toEqual({
      direction: expect.any(String) as unknown,
      way: expect.any(String) as unknown,
      seconds: [positive, positive],
      ratioToLimit: result['way'] === 'limit' ? 1 : positive,
      nodeCpuPerGB: positive,
      nodePeakRssMB: positive,
    })
    expect(table).toContain(nameOf(result))
  }
})

it('leaves nothing behind after Ctrl-C', async () => {
  const { child, closed } = start('--rows', '2000000')
  const finished = text(child.stdout)
  let said = ''
  // Read on: who writes to nobody ends by that.
  await new Promise<void>((resolve) =>
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      said += part
      if (said.includes('Generating')) resolve()
    }),
  )
  expect(readdirSync(dir)).toHaveLength(1)
  child.kill('SIGINT')
  expect(await closed).toEqual([130, null])
  expect(await finished).toBe('')
  expect(readdirSync(dir)).toEqual([])
})

it('refuses rows that are not a number', async () => {
  const { child, closed } = start('--rows', 'many')
  const [complaint, [exitCode]] = await Promise.all([text(child.stderr), closed])
  expect(complaint).toContain('--rows must be a whole number above 0, not many')
  expect(exitCode).not.toBe(0)
})
