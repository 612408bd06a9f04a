/** `npm run test:fault`: the long form of the fault suite, and a table of what came of it. Words after it go to vitest. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FaultLine } from '../support/fault-table.ts'
import { removeFolder } from '../support/folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'flathouse-table-'))
const file = join(folder, 'lines')
const vitest = fileURLToPath(new URL('../../node_modules/.bin/vitest', import.meta.url))
const words = [
  'run',
  '--project',
  'real',
  ...(process.argv.length > 2 ? process.argv.slice(2) : ['tests/fault']),
]
const { status } = spawnSync(process.execPath, [vitest, ...words], {
  stdio: 'inherit',
  env: { FAULT_ROUNDS: '200', SOAK_SECONDS: '600', ...process.env, FAULT_TABLE: file },
})
const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
removeFolder(folder)
process.stdout.write(table(merged(lines.map((line) => JSON.parse(line) as FaultLine))))
process.exitCode = status ?? 1

/** One line for all rounds of a fault that came to the same. */
function merged(noted: FaultLine[]): FaultLine[] {
  const same = Map.groupBy(noted, ({ fault, result }) => `${fault}: ${result}`)
  return [...same.values()].flatMap((some) => {
    const rounds = some.reduce((sum, one) => sum + one.rounds, 0)
    return some.slice(0, 1).map((first) => ({ ...first, rounds }))
  })
}

function table(noted: FaultLine[]): string {
  const cells = noted.map(({ fault, rounds, result }) => [fault, String(rounds), result] as const)
  const all = [['fault', 'rounds', 'result'] as const, ...cells]
  const width = Math.max(...all.map(([fault]) => fault.length))
  return all
    .map(([fault, rounds, result]) => `${fault.padEnd(width)}  ${rounds.padStart(6)}  ${result}\n`)
    .join('')
}
