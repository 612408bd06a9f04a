import { readFile } from 'node:fs/promises'
import type { Places } from '../cli/index.ts'
import { openServer, type Server } from '../clickhouse/index.ts'
import { openWorkspace } from '../files/index.ts'
import type { Surroundings } from '../runs/index.ts'
import { AppError, type Connection, type Secrets, type ServerChoice } from '../shared/index.ts'
import type { Config } from './config.ts'
import { Embedded } from './embedded.ts'

/** Puts the parts together for one command. */
export async function openSurroundings(
  config: Config,
  places: Places,
): Promise<Surroundings & AsyncDisposable> {
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
  const server = async (choice: ServerChoice): Promise<Server> => {
    if (typeof choice !== 'string') return openServer(choice, secrets)
    if (choice === 'embedded') return embedded.server()
    return openServer(await savedConnection(dataDir, choice), secrets)
  }
  const kept = stack.move()
  return { workspace, server, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** As the page saved it; secrets are not kept with it. */
async function savedConnection(dataDir: string, name: string): Promise<Connection> {
  // Most commands need no state, and loading it takes time.
  const { openStore } = await import('../store/index.ts')
  await using store = await openStore(dataDir)
  const saved = await store.connections.get(name)
  if (saved) return saved.connection
  throw new AppError('CONNECTION_NOT_FOUND', `There is no saved connection called "${name}".`)
}

async function readSecrets({ password, token }: Config, places: Places): Promise<Secrets> {
  const secrets: Secrets = {
    ...(token !== undefined ? { token } : password !== undefined && { password }),
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
