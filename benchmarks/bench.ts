/** `npm run bench -- [--rows N] [--rounds N] [--json FILE] [--dir DIR]`; README.md says what it measures. */
import { writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import type { Cost } from './child.ts'
import { measure } from './measure.ts'
import { openStage } from './stage.ts'
import { type Series, summarise, toTable } from './table.ts'
import { setUp, type Way } from './ways.ts'

interface Options {
  rows: number
  rounds: number
  dir: string
  json: string | undefined
}

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())

try {
  await bench(readOptions(), interrupted.signal)
} catch (error) {
  process.exitCode = interrupted.signal.aborted ? 130 : 1
  if (!interrupted.signal.aborted) say(error instanceof Error ? error.message : String(error))
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '8000000' },
      rounds: { type: 'string', default: '3' },
      json: { type: 'string' },
      dir: { type: 'string', default: tmpdir() },
    },
  })
  const { rows, rounds, dir, json } = values
  return { rows: positive('rows', rows), rounds: positive('rounds', rounds), dir, json }
}

function positive(name: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new Error(`--${name} must be a whole number above 0, not ${text}`)
}

async function bench(options: Options, signal: AbortSignal): Promise<void> {
  const { rows, rounds, dir, json } = options
  await using stage = await openStage(dir, signal)
  say(`Generating ${rows.toLocaleString('en')} rows in ${stage.dir} …`)
  const { ways, bytes } = await setUp(stage, rows)
  const all: Series[] = ways.map((way) => ({ way, costs: [] }))
  for (let round = 1; round <= rounds; round++) {
    for (const { way, costs } of all) {
      const cost = await runOnce(way, bytes, signal)
      costs.push(cost)
      say(`round ${round} of ${rounds}: ${way.direction} ${way.name} ${cost.seconds.toFixed(2)} s`)
    }
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(summarise(all, bytes), null, 2)}\n`)
  const version = await stage.embedded.ask('SELECT version()')
  console.log(
    `\n${rows.toLocaleString('en')} rows, ${(bytes / 1e6).toFixed(0)} MB of CSV, medians of ${rounds}; ` +
      `ClickHouse ${version}, Node ${process.versions.node}, ${availableParallelism()} cores\n`,
  )
  console.log(toTable(all, bytes))
}

/** One checked measurement, scaled to the whole file. */
async function runOnce(way: Way, bytes: number, signal: AbortSignal): Promise<Cost> {
  const perform = async () => {
    await way.clear()
    return await measure(way.job, way.server.password, signal)
  }
  // First without a clock: a server that was idle for ten seconds is slower, up to half in an export of 260 MB (seen).
  await perform()
  const cost = await perform()
  await way.check()
  await way.clear()
  const scale = bytes / way.bytes
  return { ...cost, seconds: cost.seconds * scale, cpuSeconds: cost.cpuSeconds * scale }
}

/** Progress; the table alone goes to standard output. */
function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
