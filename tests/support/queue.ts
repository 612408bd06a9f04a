import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSurroundings } from '../../src/main/open.ts'
import { openRunQueue, type RunQueue, type RunUpdate, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema, type Run, type RunDetail, type RunStatus } from '../../src/shared/index.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { password, startServer, type TestServer } from './clickhouse-server.ts'
import { removeFolder } from './folder.ts'

/** A folder, an embedded server and another one, over which queues are opened one after another. */
export interface Yard extends AsyncDisposable {
  dir: string
  path: (name: string) => string
  theirs: TestServer
  surroundings: Surroundings
  /** A queue over the state of the data folder; it is stopped with its scope. */
  open(changes?: { surroundings?: Surroundings; store?: (store: Store) => Store }): Promise<OpenQueue>
}

export interface OpenQueue extends AsyncDisposable {
  queue: RunQueue
  /** All there was to hear. */
  updates: RunUpdate[]
  start(transfer: unknown): Promise<string>
  /** The run as it stands when the status, or its end, is told. */
  until(id: string, status: RunStatus | 'ended'): Promise<Run>
  /** Starts a transfer and waits for its end. */
  run(transfer: unknown): Promise<RunDetail>
}

export const stateFolder = 'state'

export async function openYard(): Promise<Yard> {
  await using stack = new AsyncDisposableStack()
  const dir = mkdtempSync(join(tmpdir(), 'flathouse-queue-'))
  stack.defer(() => removeFolder(dir))
  const path = (name: string) => join(dir, name)
  const theirs = stack.use(await startServer())
  const surroundings = stack.use(await openSurroundings({ dataDir: path('data'), password }, {}))
  const kept = stack.move()
  return {
    dir,
    path,
    theirs,
    surroundings,
    open: async (changes = {}) => {
      const store = await openStore(path(stateFolder))
      const used = changes.store?.(store) ?? store
      const options = { store: used, surroundings: changes.surroundings ?? surroundings, atOnce: 2 }
      const queue = await openRunQueue(options)
      return openQueue(queue, store)
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function openQueue(queue: RunQueue, store: Store): OpenQueue {
  const updates: RunUpdate[] = []
  queue.subscribe((update) => updates.push(update))
  const start = async (transfer: unknown) => (await queue.start(transferSchema.parse(transfer), 'tester')).id
  const until = (id: string, status: RunStatus | 'ended') =>
    new Promise<Run>((resolve) => {
      const isIt = (run: Run) => (status === 'ended' ? run.endedAt !== null : run.status === status)
      const past = updates.find((update) => update.type === 'run' && update.run.id === id && isIt(update.run))
      if (past?.type === 'run') {
        resolve(past.run)
        return
      }
      const unsubscribe = queue.subscribe((update) => {
        if (update.type !== 'run' || update.run.id !== id || !isIt(update.run)) return
        unsubscribe()
        resolve(update.run)
      })
    })
  return {
    queue,
    updates,
    start,
    until,
    run: async (transfer) => {
      const id = await start(transfer)
      await until(id, 'ended')
      return await queue.get(id)
    },
    async [Symbol.asyncDispose]() {
      await queue[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
