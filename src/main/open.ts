import { readFile } from 'node:fs/promises'
import type { Opened, Places } from '../cli/index.ts'
import { openWorkspace } from '../files/index.ts'
import { openConnections } from '../runs/index.ts'
import { AppError, type Secrets } from '../shared/index.ts'
import type { Store } from '../store/index.ts'
import type { Config } from './config.ts'
import { Embedded } from './embedded.ts'
import { openJournalLazily } from './journal.ts'

/** Puts the parts together for one command. */
export async function openSurroundings(config: Config, places: Places): Promise<Opened> {
  const dataDir = places.data ?? config.dataDir
  const root = places.workspace ?? config.workspace
  await using stack = new AsyncDisposableStack()
  const workspace = stack.use(
    await openWorkspace({
      dataDir,
      cwd: process.cwd(),
      streams: true,
      stdin: process.stdin,
      ...(root !== undefined && { root }),
    }),
  )
  const secrets = await readSecrets(config, places)
  const embedded = stack.use(new Embedded(config, dataDir))
  const store = lazily(() => openState(config, dataDir))
  stack.defer(store.close)
  const journal = stack.use(openJournalLazily(dataDir))
  const connections = openConnections(store.connections, () => embedded.server(), { given: secrets })
  const kept = stack.move()
  return {
    workspace,
    server: (choice) => connections.server(choice),
    journal,
    connections,
    runs: store.runs,
    secrets,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

// Most commands need no state, and loading it takes time.
async function openState({ secretKey }: Config, dataDir: string): Promise<Store> {
  const { openStore } = await import('../store/index.ts')
  return openStore(dataDir, { ...(secretKey !== undefined && { secretKey }) })
}

/** What is kept in a store, which is opened when it is first asked for. */
function lazily(open: () => Promise<Store>) {
  let opening: Promise<Store> | undefined
  const state = () => (opening ??= open())
  const saved = async () => (await state()).connections
  const connections: Store['connections'] = {
    all: async () => (await saved()).all(),
    get: async (name) => (await saved()).get(name),
    put: async (stored) => (await saved()).put(stored),
    delete: async (name) => (await saved()).delete(name),
  }
  const runs: Opened['runs'] = {
    list: async (query) => (await state()).runs.list(query),
    get: async (id) => (await state()).runs.get(id),
  }
  // One that could not be opened has told so to whoever asked for it.
  const close = async () => (await opening?.catch(() => undefined))?.[Symbol.asyncDispose]()
  return { connections, runs, close }
}

/** How one signs in depends on the connection, so all that is given is taken. */
async function readSecrets({ password, token, clientSecret }: Config, places: Places): Promise<Secrets> {
  const secrets: Secrets = {
    ...(password !== undefined && { password }),
    ...(token !== undefined && { token }),
    ...(clientSecret !== undefined && { clientSecret }),
  }
  for (const name of ['ca', 'cert', 'key'] as const) {
    const path = places[name]
    if (path !== undefined) secrets[name] = await readPem(path, name)
  }
  return secrets
}

async function readPem(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new AppError('FILE_UNREADABLE', `The file of --${option}, ${path}, cannot be read.`, {
      place: { file: path },
      cause,
    })
  }
}
