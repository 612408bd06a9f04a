import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, rmSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../shared/index.ts'
import { ownGrants } from './config.ts'
import { launchServer, lifelinePath, type RunningServer } from './launch.ts'
import { joinLifeline } from './lifeline.ts'
import { isAlive, tryLock } from './lock.ts'
import { ping, readsLifeline } from './probe.ts'
import { readRuntime, type Runtime, writeRuntime } from './runtime.ts'

export interface EmbeddedOptions {
  dataDir: string
  /** FLATHOUSE_CLICKHOUSE_BIN */
  binary?: string
  /** bytes; 40 % of the memory when left out */
  memoryLimit?: number
}

export interface Endpoint {
  /** http://127.0.0.1:PORT */
  url: string
  username: string
  password: string
  database: 'main'
}

export interface EmbeddedServer extends AsyncDisposable {
  /** The endpoint of a server that answers now; one that has died is started again. Ask before each use. */
  endpoint(): Promise<Endpoint>
  /** Whether another process started the server. */
  readonly attached: boolean
}

/** A server and our hold on its life-line. */
interface Hold {
  runtime: Runtime
  attached: boolean
  release(): void
}

const username = 'flathouse'

/** Attaches to the server of this data directory, or starts it. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const server = new SharedServer(options)
  await server.endpoint()
  return server
}

class SharedServer implements EmbeddedServer {
  readonly #options: EmbeddedOptions
  readonly #dir: string
  #hold: Hold | undefined
  #pending: Promise<Endpoint> | undefined
  #disposed = false
  #failedStarts = 0
  #retryAt = 0

  constructor(options: EmbeddedOptions) {
    this.#options = options
    this.#dir = join(resolve(options.dataDir), 'embedded')
  }

  get attached(): boolean {
    return this.#hold?.attached ?? false
  }

  /** Callers at the same time share one check and one start. */
  endpoint(): Promise<Endpoint> {
    this.#pending ??= this.#findEndpoint().finally(() => (this.#pending = undefined))
    return this.#pending
  }

  /** Does not wait: the server ends by itself when the last process has let go, and its data is safe at any instant. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    await this.#pending?.catch(() => undefined)
    this.#hold?.release()
    this.#hold = undefined
  }

  async #findEndpoint(): Promise<Endpoint> {
    if (this.#disposed)
      throw new AppError('EMBEDDED_FAILED', 'The embedded ClickHouse was closed by Flathouse.')
    if (this.#hold !== undefined && !(await answers(this.#hold.runtime))) {
      this.#hold.release()
      this.#hold = undefined
    }
    this.#hold ??= await this.#connect()
    const { url, password } = this.#hold.runtime
    return { url, username, password, database: 'main' }
  }

  async #connect(): Promise<Hold> {
    try {
      mkdirSync(this.#dir, { recursive: true, mode: 0o700 })
      return await this.#attachOrStart()
    } catch (error) {
      if (error instanceof AppError) throw error
      const reason = error instanceof Error ? error.message : String(error)
      throw new AppError('EMBEDDED_FAILED', `The embedded ClickHouse cannot use ${this.#dir}: ${reason}`, {
        cause: error,
      })
    }
  }

  /** Another process may be starting the server, and a server may be on its way out: look again until one of us has it. */
  async #attachOrStart(): Promise<Hold> {
    const deadline = performance.now() + 40_000
    while (performance.now() < deadline) {
      const hold = (await this.#attach()) ?? (await this.#startUnlessTaken())
      if (hold !== undefined) return hold
      await sleep(10)
    }
    const log = join(this.#dir, 'server.log')
    throw new AppError(
      'EMBEDDED_FAILED',
      `The embedded ClickHouse runs but does not answer. Its log is ${log}.`,
    )
  }

  async #attach(): Promise<Hold | undefined> {
    const lifeline = joinLifeline(lifelinePath(this.#dir))
    if (lifeline === undefined) return undefined
    // From here on the server cannot begin to end; whether it already had is what it tells us.
    const runtime = readRuntime(this.#runtimeFile)
    if (runtime !== undefined && (await isThere({ ...runtime, username }))) {
      return { runtime, attached: true, release: () => closeSync(lifeline) }
    }
    closeSync(lifeline)
    return undefined
  }

  async #startUnlessTaken(): Promise<Hold | undefined> {
    const unlock = tryLock(join(this.#dir, 'start.lock'))
    if (unlock === undefined) return undefined
    try {
      if (this.#isRead()) return undefined
      return await this.#startWithBackOff()
    } finally {
      unlock()
    }
  }

  /** Whether some server, even one on its way out, still has the life-line open. */
  #isRead(): boolean {
    const lifeline = joinLifeline(lifelinePath(this.#dir))
    if (lifeline !== undefined) closeSync(lifeline)
    return lifeline !== undefined
  }

  async #startWithBackOff(): Promise<Hold> {
    await sleep(Math.max(0, this.#retryAt - performance.now()))
    try {
      const hold = await this.#start()
      this.#failedStarts = 0
      return hold
    } catch (error) {
      const backOff = Math.min(100 * 2 ** this.#failedStarts, 5000)
      this.#failedStarts++
      this.#retryAt = performance.now() + backOff
      throw error
    }
  }

  async #start(): Promise<Hold> {
    rmSync(this.#runtimeFile, { force: true })
    const password = randomBytes(24).toString('base64url')
    const { binary, memoryLimit } = this.#options
    const server: RunningServer = await launchServer({
      dir: this.#dir,
      users: [{ name: username, password, grants: ownGrants }],
      memoryLimit: memoryLimit ?? defaultMemoryLimit(),
      ...(binary !== undefined && { binary }),
    })
    const runtime = { url: server.url, password, pid: server.pid }
    try {
      writeRuntime(this.#runtimeFile, runtime)
    } catch (error) {
      server.release()
      throw error
    }
    return { runtime, attached: false, release: () => server.release() }
  }

  get #runtimeFile(): string {
    return join(this.#dir, 'runtime.json')
  }
}

/** Asked twice: a server that has just seen the end of its life-line may show as reading for a few milliseconds more. */
async function isThere(server: Runtime & { username: string }): Promise<boolean> {
  if (!(await readsLifeline(server))) return false
  await sleep(25)
  return await readsLifeline(server)
}

/** A busy server may be slow to answer; one whose process is gone is dead at once. */
async function answers(runtime: Runtime): Promise<boolean> {
  for (let attempt = 0; attempt < 3; attempt++) {
    if (!isAlive(runtime.pid)) return false
    if (await ping(runtime.url)) return true
    await sleep(50)
  }
  return false
}

/** A container's limit counts where there is one. */
function defaultMemoryLimit(): number {
  const limit = process.constrainedMemory()
  const total = totalmem()
  return Math.floor((limit > 0 && limit < total ? limit : total) * 0.4)
}
