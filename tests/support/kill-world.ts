import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { openServer, type Server } from '../../src/clickhouse/index.ts'
import {
  launchServer,
  openEmbedded,
  type EmbeddedServer,
  type RunningServer,
} from '../../src/embedded/index.ts'
import type { Connection } from '../../src/shared/index.ts'
import { openJournal } from '../../src/store/index.ts'
import { House, urlOf } from './cli.ts'
import { password } from './clickhouse-server.ts'
import { holdingProxy, type HoldingProxy } from './holding-proxy.ts'
import { killKinds, resetOutputs, writeInputs, type KillKind, type Place } from './kill-kinds.ts'
import { removeFolder } from './folder.ts'

const users = [
  { name: 'tester', password },
  { name: 'writer', password, grants: ['GRANT SELECT, INSERT ON main.*'] },
]

/** A data folder, its embedded server, and another server that can be killed and comes back on what it has stored. */
export class KillWorld implements AsyncDisposable {
  readonly house: House
  readonly way: HoldingProxy
  readonly #dir: string
  /** Read by the proxy for each statement: the server has another port after each start. */
  readonly #connection: Connection
  #running: RunningServer
  #server: Server
  #held: EmbeddedServer | undefined

  static async open(): Promise<KillWorld> {
    const house = new House()
    const dir = mkdtempSync(join(tmpdir(), 'flathouse-kill-'))
    const running = await launch(dir)
    const connection: Connection = {
      ...{ protocol: 'http', host: '127.0.0.1', port: portOf(running), database: 'main', user: 'tester' },
    }
    const world = new KillWorld(house, dir, running, connection, await holdingProxy(connection))
    await world.#prepare()
    return world
  }

  private constructor(
    house: House,
    dir: string,
    running: RunningServer,
    connection: Connection,
    way: HoldingProxy,
  ) {
    this.house = house
    this.way = way
    this.#dir = dir
    this.#connection = connection
    this.#running = running
    this.#server = openServer(connection, { password })
  }

  async #prepare(): Promise<void> {
    writeInputs(this.house)
    for (const name of ['theirs', 'writer']) {
      const user = name === 'theirs' ? 'tester' : name
      const url = urlOf({ ...this.way.connection, user })
      const { exitCode, stderr } = await this.house.run(['connections', 'add', name, '--url', url], {
        env: { FLATHOUSE_PASSWORD: password },
      })
      if (exitCode !== 0) throw new Error(stderr)
    }
    for (const place of ['theirs', 'embedded'] as const) {
      await using server = await this.open(place)
      for (const kind of killKinds) for (const sql of kind.create) await server.command(sql)
    }
  }

  /** Straight to the server, around the proxy. */
  async open(place: Place): Promise<Server> {
    if (place === 'theirs') return openServer({ ...this.#connection }, { password })
    this.#held ??= await openEmbedded({ dataDir: this.house.data })
    const { url, username: user, password: own, database } = await this.#held.endpoint()
    const { hostname: host, port } = new URL(url)
    return openServer({ protocol: 'http', host, port: Number(port), database, user }, { password: own })
  }

  /** Lets the embedded server end with its last user, unless that is the test. */
  async letGo(): Promise<void> {
    await this.#held?.[Symbol.asyncDispose]()
    this.#held = undefined
  }

  get embeddedPid(): number {
    const text = readFileSync(join(this.house.data, 'embedded/runtime.json'), 'utf8')
    return (JSON.parse(text) as { pid: number }).pid
  }

  killEmbedded(): void {
    process.kill(this.embeddedPid, 'SIGKILL')
  }

  /** Kills their server and starts it again. */
  async killTheirs(): Promise<void> {
    process.kill(this.#running.pid, 'SIGKILL')
    await this.#running.exited
    this.#running.release()
    await this.#server.close()
    this.#running = await launch(this.#dir)
    this.#connection.port = portOf(this.#running)
    this.#server = openServer(this.#connection, { password })
  }

  async reset(kind: KillKind, place: Place): Promise<void> {
    resetOutputs(this.house, (name) => rmSync(this.house.path(name), { recursive: true, force: true }))
    await using server = await this.open(place)
    for (const sql of kind.reset) await server.command(sql)
  }

  async state(kind: KillKind, place: Place): Promise<string> {
    await using server = await this.open(place)
    return await kind.state(server, this.house)
  }

  /** Whatever a run should not have left. */
  async leftovers(): Promise<string[]> {
    const { house } = this
    const left = [...this.#strayFiles(), ...(await this.#staged())]
    await using journal = await openJournal(house.data)
    for (const run of await journal.openRuns()) left.push(`journal entry of ${run}`)
    const processes = () => strayProcesses(house.dir).map((line) => `process: ${line}`)
    await expect
      .poll(processes)
      .toEqual([])
      .catch(() => left.push(...processes()))
    return left
  }

  #strayFiles(): string[] {
    const { data, files } = this.house
    const inside = (folder: string) => (existsSync(folder) ? readdirSync(folder) : [])
    const kept = ['mounts', 'spool', 'rejects'].flatMap((name) =>
      inside(join(data, name)).map((file) => `${name}/${file}`),
    )
    const isOfEndedRun = (path: string) => /^rejects\/[0-9a-f-]{36}$/.test(path)
    const parts = inside(files).filter((name) => name.endsWith('.part'))
    return [...kept.filter((path) => !isOfEndedRun(path)), ...parts]
  }

  async #staged(): Promise<string[]> {
    const found: string[] = []
    for (const place of ['theirs', 'embedded'] as const) {
      await using server = await this.open(place)
      const tables = await server.tables(server.database)
      found.push(
        ...tables.filter(({ table }) => table.startsWith('__')).map(({ table }) => `${place}: ${table}`),
      )
    }
    return found
  }

  /** Processes that hold the journal, or have. */
  owners(): string[] {
    const folder = join(this.house.data, 'owners')
    return existsSync(folder) ? readdirSync(folder) : []
  }

  /** After a round that has left something, so that it is not found again in the next one. */
  async clear(): Promise<void> {
    for (const place of ['theirs', 'embedded'] as const) {
      await using server = await this.open(place)
      for (const { table } of await server.tables(server.database))
        if (table.startsWith('__')) await server.command(`DROP TABLE IF EXISTS ${table} SYNC`)
    }
    const rejects = join(this.house.data, 'rejects')
    const parts = existsSync(rejects) ? readdirSync(rejects).filter((name) => name.endsWith('.part')) : []
    for (const name of parts) rmSync(join(rejects, name), { recursive: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.way.open()
    await this.way[Symbol.asyncDispose]()
    await this.#server.close()
    await this.letGo()
    await this.#running.stop()
    removeFolder(this.#dir)
    await this.house[Symbol.asyncDispose]()
  }
}

const launch = (dir: string) => launchServer({ dir, users, memoryLimit: 1_500_000_000 })
const portOf = ({ url }: RunningServer): number => Number(new URL(url).port)

/** Helpers of transfers, which read and write odd layouts: those that Flathouse started here, or in this process. */
function strayProcesses(dir: string): string[] {
  const helpers = fileURLToPath(new URL('../../src/files/', import.meta.url))
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      if (!line.includes(helpers)) return []
      const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      const isOurs = Number(parent) === process.pid || readlinkSync(`/proc/${pid}/cwd`).startsWith(dir)
      return isOurs ? [line] : []
    } catch {
      // No process, or it has just ended.
      return []
    }
  })
}
