import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openServer, type Server } from '../../src/clickhouse/index.ts'
import { openEmbedded } from '../../src/embedded/index.ts'
import { openSurroundings } from '../../src/main/open.ts'
import { runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema, type Connection, type Report, type RunEvent } from '../../src/shared/index.ts'
import { password, startServer, type TestServer } from './clickhouse-server.ts'
import { FaultProxy } from './fault-proxy.ts'
import { removeFolder } from './folder.ts'

/**
 * Flathouse, its embedded server and another one, with a proxy before each of the two. There, `writer` may create
 * nothing.
 */
export interface FaultyLegs extends AsyncDisposable {
  dir: string
  surroundings: Surroundings
  theirs: TestServer
  /** Leads to their server through the proxy. */
  connection: Connection
  near: FaultProxy
  far: FaultProxy
  /** The embedded server without the proxy. */
  embedded: Server
  run(transfer: object, changes?: RunChanges): Promise<Report>
}

interface RunChanges {
  signal?: AbortSignal
  onEvent?: (event: RunEvent) => void
  waitMs?: number
  /** Those of the legs, changed. */
  surroundings?: Surroundings
}

/** Seconds without a byte until a stalled connection is given up; a busy machine may be silent for two by itself. */
const requestTimeout = 4

export async function openFaultyLegs(): Promise<FaultyLegs> {
  await using stack = new AsyncDisposableStack()
  const dir = mkdtempSync(join(tmpdir(), 'flathouse-legs-'))
  stack.defer(() => removeFolder(dir))
  const theirs = stack.use(
    await startServer([{ name: 'writer', password, grants: ['GRANT INSERT, SELECT ON main.*'] }]),
  )
  const dataDir = join(dir, 'data')
  const opened = stack.use(await openSurroundings({ dataDir, password }, {}))
  const end = await stack.use(await openEmbedded({ dataDir })).endpoint()
  const { hostname: host, port } = new URL(end.url)
  const near = stack.use(await FaultProxy.start({ host, port: Number(port) }))
  const far = stack.use(await FaultProxy.start(theirs.connection))
  const own = { protocol: 'http', host, database: end.database, user: end.username } as const
  const openNear = (through: object) =>
    openServer(
      { ...own, port: Number(port), ...through },
      { password: end.password },
      { label: 'the embedded database' },
    )
  const embedded = stack.use(openNear({}))
  const surroundings: Surroundings = {
    ...opened,
    server: (choice, waiter) =>
      choice === 'embedded'
        ? Promise.resolve(openNear({ port: near.port, requestTimeout }))
        : opened.server(choice, waiter),
  }
  const connection = { ...theirs.connection, port: far.port, requestTimeout }
  const kept = stack.move()
  return {
    ...{ dir, surroundings, theirs, connection, near, far, embedded },
    run: (transfer, changes = {}) => {
      const { signal = new AbortController().signal, onEvent = () => undefined, waitMs = 1 } = changes
      const waits = { firstMs: waitMs, mostMs: waitMs }
      const document = transferSchema.parse(transfer)
      return runTransfer(document, changes.surroundings ?? surroundings, { signal, onEvent, waits })
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
