import { join } from 'node:path'
import { openAccess, type OidcOptions } from '../access/index.ts'
import type { Site } from '../cli/index.ts'
import { checkReach, type Reach } from '../clickhouse/index.ts'
import { openWorkspace } from '../files/index.ts'
import { openConnections, openRunQueue, type Surroundings } from '../runs/index.ts'
import { isLoopback, openHttp, type HttpOptions } from '../server/index.ts'
import { toAppError } from '../shared/index.ts'
import { holdDataDir, openJournal, openStore } from '../store/index.ts'
import { packageRoot, packageVersion, type Config } from './config.ts'
import type { Embedded } from './embedded.ts'
import { openLog } from './log.ts'
import { findSample } from './samples.ts'
import { tellServing } from './serving.ts'

export interface SiteOptions extends Omit<HttpOptions, 'hasHostPolicy' | 'webRoot' | 'logger'> {
  config: Config
  dataDir: string
  /** The workspace. */
  root: string
  embedded: Embedded
  oidc?: OidcOptions
  /** For a commit that is going on at the end. */
  graceMs?: number
  /** Where connections may lead; left out: anywhere. */
  reach?: Reach
}

const runsAtOnce = 2

/** Puts the parts of the web application together. They are stopped from the outside in. */
export async function openSite(options: SiteOptions): Promise<Site> {
  const { config, dataDir, root, embedded, oidc, graceMs, reach, ...http } = options
  if (reach !== undefined) checkReach(reach)
  const { secretKey, logLevel } = config
  const logger = openLog(logLevel)
  await using stack = new AsyncDisposableStack()
  const workspace = stack.use(await openWorkspace({ dataDir, root, cwd: root, streams: false }))
  stack.use(holdDataDir(dataDir))
  const store = stack.use(await openStore(dataDir, { ...(secretKey !== undefined && { secretKey }) }))
  // Whoever reads what this process prints is of this machine.
  const link = isLoopback(http.host)
  const access = stack.use(await openAccess({ store, link, ...(oidc && { oidc }) }))
  const connections = openConnections(store.connections, () => embedded.server(), { ...(reach && { reach }) })
  const surroundings: Surroundings = {
    workspace,
    server: (choice, waiter) => connections.server(choice, waiter),
    journal: stack.use(await openJournal(dataDir)),
  }
  const queue = stack.use(
    await openRunQueue({
      store,
      surroundings,
      atOnce: runsAtOnce,
      ...(graceMs !== undefined && { graceMs }),
    }),
  )
  // Without it files cannot be read, but connections can still be looked at, and the page can say what is wrong.
  await embedded.endpoint().catch((error: unknown) => logger.error(toAppError(error).message))
  const parts = {
    version: await packageVersion(),
    access,
    surroundings,
    queue,
    connections,
    embedded: () => embedded.state,
    sample: await findSample(root),
  }
  const webRoot = join(packageRoot, 'dist', 'web')
  const hasHostPolicy = reach !== undefined
  const { url } = stack.use(await openHttp(parts, { ...http, hasHostPolicy, webRoot, logger }))
  stack.use(await tellServing(dataDir, url))
  // In the fragment, which browsers send to nobody.
  const loginUrl = link ? `${url}/login#code=${await access.createCode()}` : null
  const kept = stack.move()
  return { url, loginUrl, embedded: embedded.state, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
