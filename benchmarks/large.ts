/** `npm run bench:large -- [--gigabytes N] [--dir DIR]`; README.md says what it measures. Linux only. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openEmbedded } from '../src/embedded/index.ts'
import { isAlive } from '../src/embedded/lock.ts'
import { readRuntime } from '../src/embedded/runtime.ts'
import { connect } from './connect.ts'
import { fingerprint, generate, tableDefinition, typedFile } from './dataset.ts'
import { measure } from './measure.ts'

const { values } = parseArgs({
  options: { gigabytes: { type: 'string', default: '10' }, dir: { type: 'string', default: tmpdir() } },
})
const bytesOfRecord = 127.5
const rows = Math.ceil((Number(values.gigabytes) * 1e9) / bytesOfRecord)
if (!(rows > 0)) throw new Error(`--gigabytes must be a number above 0, not ${values.gigabytes}`)

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())

const dir = mkdtempSync(join(resolve(values.dir), 'flathouse-large-'))
try {
  await large(dir, interrupted.signal)
} catch (error) {
  process.exitCode = interrupted.signal.aborted ? 130 : 1
  if (!interrupted.signal.aborted) say(error instanceof Error ? error.message : String(error))
} finally {
  rmSync(dir, { recursive: true, force: true })
}

async function large(dir: string, signal: AbortSignal): Promise<void> {
  const dataDir = join(dir, 'data')
  await using stack = new AsyncDisposableStack()
  const embedded = await openEmbedded({ dataDir })
  const pid = readRuntime(join(dataDir, 'embedded', 'runtime.json'))?.pid ?? 0
  stack.defer(() => untilGone(pid))
  stack.use(embedded)
  const client = connect(await embedded.endpoint())
  stack.defer(() => client.close())
  const options = { abort_signal: signal, clickhouse_settings: { wait_end_of_query: 1 as const } }
  const run = async (query: string) => {
    await client.command({ query, ...options })
  }
  const sumOf = async (relation: string) =>
    (await client.query({ query: fingerprint(relation), format: 'TabSeparated', ...options })).text()

  const [source, target] = [join(dir, 'large.csv'), join(dir, 'written.csv')]
  say(`Generating ${rows.toLocaleString('en')} rows in ${dir} …`)
  const bytes = await generate({ run }, source, rows)
  await run(`CREATE TABLE t ${tableDefinition}`)
  say(`A file of ${(bytes / 1e9).toFixed(2)} GB.`)
  const job = async (name: string, argv: string[]) => {
    resetPeak(pid)
    const own = { kind: 'flathouse' as const, argv: [...argv, '--data', dataDir] }
    const { seconds, cpuSeconds, peakBytes } = await measure(own, '', signal)
    const figures = [
      `${seconds.toFixed(1)} s`,
      `${(bytes / 1e6 / seconds).toFixed(0)} MB/s`,
      `Flathouse: peak ${(peakBytes / 1e6).toFixed(0)} MB, ${cpuSeconds.toFixed(1)} s of CPU`,
      `embedded server: peak ${(peakOf(pid) / 1e6).toFixed(0)} MB`,
    ]
    console.log(`${name.padEnd(8)} ${figures.join('   ')}`)
  }
  await job('import', ['import', source, '--table', 't'])
  const expected = await sumOf('t')
  if (expected !== (await sumOf(typedFile(source))))
    throw new Error('The table does not hold what the file does.')
  rmSync(source)
  await job('export', ['export', 't', '--to', target])
  if (statSync(target).size !== bytes || expected !== (await sumOf(typedFile(target))))
    throw new Error('The file that was written is not the one that was read.')
}

/** The kernel's mark of the most memory that a process has had, set back to what it has now. */
function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** In bytes. */
function peakOf(pid: number): number {
  const [, kibibytes = '0'] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) * 1024
}

/** The embedded server ends by itself once nobody holds it, and writes until then. */
async function untilGone(pid: number): Promise<void> {
  const deadline = Date.now() + 10_000
  while (isAlive(pid) && Date.now() < deadline) await sleep(20)
}

/** Progress; the figures alone go to standard output. */
function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
