/** What it costs that ClickHouse cannot read a file itself: `node benchmarks/normalise.ts [rows]`. Linux only. */
import { randomBytes } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Server } from '../src/clickhouse/index.ts'
import { openSurroundings } from '../src/main/open.ts'
import { runTransfer, type Surroundings } from '../src/runs/index.ts'
import { transferSchema, type DialectChoice, type Encoding } from '../src/shared/index.ts'
import { fingerprint, generate, tableDefinition } from './dataset.ts'

interface Way {
  name: string
  path: string
  dialect?: DialectChoice
  encoding?: Encoding
}

const rows = Number(process.argv[2] ?? 2_400_000)
const folder = mkdtempSync(join(tmpdir(), 'flathouse-normalise-'))
try {
  const config = { dataDir: join(folder, 'data'), password: randomBytes(24).toString('base64url') }
  await using surroundings = await openSurroundings(config, {})
  await using embedded = await surroundings.server('embedded')
  let native: { seconds: number; rows: string } | undefined
  for (const way of await makeWays(embedded)) {
    await embedded.command('DROP TABLE IF EXISTS t SYNC')
    await embedded.command(`CREATE TABLE t ${tableDefinition}`)
    const done = await measure(way, surroundings)
    const [found] = await embedded.rows<Record<string, string>>(fingerprint('t'))
    native ??= { seconds: done.seconds, rows: JSON.stringify(found) }
    if (JSON.stringify(found) !== native.rows) throw new Error(`${way.name} moved other rows`)
    const megabytes = statSync(way.path).size / 1e6
    const figures = [
      `${done.seconds.toFixed(2)} s`,
      `${(megabytes / done.seconds).toFixed(0)} MB/s`,
      `${(done.seconds / native.seconds).toFixed(2)} × native`,
      ...(done.peak > 0 ? [`normaliser: ${done.peak.toFixed(0)} MB, ${done.cpu.toFixed(2)} s of CPU`] : []),
    ]
    console.log(`${way.name.padEnd(14)} ${figures.join('   ')}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The same records, of which ClickHouse can read but the first file. */
async function makeWays(server: Server): Promise<Way[]> {
  const path = join(folder, 'utf-8.csv')
  await generate({ run: (sql) => server.command(sql) }, path, rows)
  const [latin, wide] = [join(folder, 'windows-1252.csv'), join(folder, 'utf-16le.csv')]
  await pipeline(createReadStream(path, 'utf8'), createWriteStream(latin, 'latin1'))
  await pipeline(createReadStream(path, 'utf8'), createWriteStream(wide, 'utf16le'))
  return [
    { name: 'native', path },
    { name: 'comments', path, dialect: { commentPrefix: '#' } },
    { name: 'padding', path, dialect: { padding: true } },
    { name: 'windows-1252', path: latin, encoding: 'windows-1252' },
    { name: 'utf-16le', path: wide, encoding: 'utf-16le' },
  ]
}

async function measure({ path, dialect = {}, encoding }: Way, surroundings: Surroundings) {
  const use = { peak: 0, cpu: 0 }
  const timer = setInterval(() => look(use), 50)
  const transfer = transferSchema.parse({
    direction: 'import',
    source: { kind: 'file', path, dialect: { header: true, ...dialect }, ...(encoding && { encoding }) },
    target: { kind: 'table', server: 'embedded', table: 't' },
    mode: 'append',
  })
  const from = performance.now()
  const { signal } = new AbortController()
  const report = await runTransfer(transfer, surroundings, { signal, onEvent: () => undefined })
  const seconds = (performance.now() - from) / 1000
  clearInterval(timer)
  if (report.error) throw new Error(report.error.message)
  return { seconds, ...use }
}

/** The memory (MB) and processor time (s) of the normaliser, as far as they have come. */
function look(use: { peak: number; cpu: number }): void {
  for (const pid of readdirSync('/proc')) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('normaliser.ts')) continue
      const [, parent, ...rest] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      if (Number(parent) !== process.pid) continue
      const peak = /VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      use.peak = Math.max(use.peak, Number(peak ?? 0) / 1024)
      // In hundredths of a second: the 14th and 15th field of the line.
      use.cpu = Math.max(use.cpu, (Number(rest[9]) + Number(rest[10])) / 100)
    } catch {
      // It has ended meanwhile.
    }
  }
}
