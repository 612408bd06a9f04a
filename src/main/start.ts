import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describeReport, type Site } from '../cli/index.ts'
import { openWorkspace } from '../files/index.ts'
import { AppError, toAppError } from '../shared/index.ts'
import { takeConfig, type Config } from './config.ts'
import { Embedded } from './embedded.ts'
import { openJournalLazily } from './journal.ts'
import { loadSamples, writeSamples } from './samples.ts'
import { openSite } from './site.ts'
import { listenForStop } from './stop-signal.ts'
import { limitYoungSpace } from './young-space.ts'

limitYoungSpace()

const host = '127.0.0.1'
const usualPort = 8080

/** `npm start`: loads the sample data on the first run, says what to try, and serves the page. */
async function start(): Promise<void> {
  const config = takeConfig(process.env)
  const { dataDir, workspace: root = join(dataDir, 'workspace') } = config
  using stop = listenForStop()

  console.log('Starting the embedded ClickHouse, with two sample tables on the first run…')
  await using embedded = new Embedded(config, dataDir)
  await prepareSamples(dataDir, root, embedded, stop.signal)
  await using site = await open(config, root, embedded)
  console.log(toTry(relative(process.cwd(), root)))
  console.log(site.loginUrl ?? site.url)
  if (!stop.signal.aborted) await once(stop.signal, 'abort')
}

async function prepareSamples(dataDir: string, root: string, embedded: Embedded, signal: AbortSignal) {
  // What people bring is not for the other users of this machine.
  await mkdir(root, { recursive: true, mode: 0o700 })
  // Without a root: the samples come from outside the workspace.
  await using workspace = await openWorkspace({ dataDir, cwd: process.cwd(), streams: false })
  await using journal = openJournalLazily(dataDir)
  const surroundings = { workspace, server: () => embedded.server(), journal }
  await writeSamples(root, surroundings)
  for await (const { transfer, report } of loadSamples(root, surroundings, signal)) {
    if (report.error) throw new AppError(report.error.code, report.error.message)
    console.log(describeReport(transfer, report))
  }
}

/** A busy port is no reason not to start, unless it was asked for. */
async function open(config: Config, root: string, embedded: Embedded): Promise<Site> {
  const { dataDir, port } = config
  const options = { config, dataDir, root, embedded, host }
  return openSite({ ...options, port: port ?? usualPort }).catch((error: unknown) => {
    if (port !== undefined || !isPortTaken(error)) throw error
    return openSite({ ...options, port: 0 })
  })
}

const isPortTaken = (error: unknown): boolean =>
  error instanceof AppError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE'

const toTry = (
  root: string,
) => `Ready. The embedded database holds the tables airports and flights; their files are in ${root}/samples.
The link below opens the page and logs you in, once and within ten minutes; "./bin/flathouse login" prints another.
Ctrl-C stops it. On the command line, try:

  ./bin/flathouse preview flights --limit 5
  ./bin/flathouse export  flights --where "origin = 'JFK'" --to jfk.csv.gz
  ./bin/flathouse --help
`

try {
  await start()
} catch (error) {
  const known = toAppError(error)
  console.error(`${known.message}\n${known.hint}`)
  process.exitCode = known.exitCode
}
