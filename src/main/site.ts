import { join } from 'node:path'
import { pino } from 'pino'
import type { Site } from '../cli/index.ts'
import { openWorkspace } from '../files/index.ts'
import { openConnections, openRunQueue } from '../runs/index.ts'
import { openHttp } from '../server/index.ts'
import { toAppError, type ServerChoice } from '../shared/index.ts'
import { holdDataDir, openStore } from '../store/index.ts'
import { packageRoot, packageVersion } from './config.ts'
import type { Embedded } from './embedded.ts'
import { findSample } from './samples.ts'

export interface SiteOptions {
  dataDir: string
  /** The workspace. */
  root: string
  embedded: Embedded
  host: string
  port: number
}

const runsAtOnce = 2

/** Puts the parts of the web application together. They are stopped from the outside in. */
export async function openSite({ dataDir, root, embedded, host, port }: SiteOptions): Promise<Site> {
  const logger = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }))
  await using stack = new AsyncDisposableStack()
  const workspace = stack.use(await openWorkspace({ dataDir, root, cwd: root, streams: false }))
  stack.use(holdDataDir(dataDir))
  const store = stack.use(await openStore(dataDir))
  const connections = openConnections(store.connections, () => embedded.server())
  const surroundings = { workspace, server: (choice: ServerChoice) => connections.server(choice) }
  const queue = stack.use(await openRunQueue({ store, surroundings, atOnce: runsAtOnce }))
  // Without it files cannot be read, but connections can still be looked at, and the page can say what is wrong.
  await embedded.endpoint().catch((error: unknown) => logger.error(toAppError(error).message))
  const services = {
    version: await packageVersion(),
    surroundings,
    queue,
    connections,
    embedded: () => embedded.state,
    sample: await findSample(root),
  }
  const webRoot = join(packageRoot, 'dist', 'web')
  const { url } = stack.use(await openHttp(services, { host, port, webRoot, logger }))
  const kept = stack.move()
  return { url, embedded: embedded.state, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
