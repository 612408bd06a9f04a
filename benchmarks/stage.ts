import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { launchServer, openEmbedded } from '../src/embedded/index.ts'
import { isAlive } from '../src/embedded/lock.ts'
import { readRuntime } from '../src/embedded/runtime.ts'
import { connect, type Login } from './connect.ts'

/** A ClickHouse, how to reach it, and statements of our own on it (never measured). */
export interface Server extends Login {
  run(sql: string): Promise<void>
  ask(sql: string): Promise<string>
}

/** What every way of one benchmark shares. Disposing of it stops the servers and removes the folder. */
export interface Stage extends AsyncDisposable {
  dir: string
  dataDir: string
  embedded: Server
  separate: Server
}

/** A folder of our own under `parent`, in it the embedded server and a second one with a user and a password. */
export async function openStage(parent: string, signal: AbortSignal): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const dir = mkdtempSync(join(resolve(parent), 'flathouse-bench-'))
  stack.defer(() => rmSync(dir, { recursive: true, force: true }))

  const dataDir = join(dir, 'data')
  // The same limit for both, so that neither has an advantage.
  const memoryLimit = Math.floor(totalmem() * 0.4)
  const embedded = await openEmbedded({ dataDir, memoryLimit })
  const endpoint = await embedded.endpoint()
  const runtime = readRuntime(join(dataDir, 'embedded', 'runtime.json'))
  stack.defer(() => untilGone(runtime?.pid ?? 0))
  stack.use(embedded)

  const user = { name: 'bench', password: randomBytes(24).toString('base64url') }
  const separate = await launchServer({ dir: join(dir, 'separate'), users: [user], memoryLimit })
  stack.defer(() => separate.stop())

  const servers = {
    embedded: stack.use(connectTo(endpoint, signal)),
    separate: stack.use(
      connectTo({ url: separate.url, username: user.name, password: user.password }, signal),
    ),
  }
  const kept = stack.move()
  return { dir, dataDir, ...servers, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

function connectTo({ url, username, password }: Login, signal: AbortSignal): Server & AsyncDisposable {
  const client = connect({ url, username, password })
  // Answers only when all is done, so that an exception cannot hide behind a status 200.
  const options = { abort_signal: signal, clickhouse_settings: { wait_end_of_query: 1 as const } }
  return {
    url,
    username,
    password,
    run: async (sql) => {
      await client.command({ query: sql, ...options })
    },
    ask: async (sql) => {
      const answer = await client.query({ query: sql, format: 'TabSeparated', ...options })
      return (await answer.text()).trim()
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}

/** The embedded server ends by itself once nobody holds it, and writes until then. */
async function untilGone(pid: number): Promise<void> {
  const deadline = Date.now() + 10_000
  while (isAlive(pid) && Date.now() < deadline) await sleep(20)
}
