import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { z } from 'zod'
import { identifier } from '../../src/core/sql/index.ts'
import { createdApiTokenSchema, eventSchema, runSchema, type Run } from '../../src/shared/index.ts'
import { ask, bearer, type Answer, type Request } from './api.ts'
import { House, openHouse } from './cli.ts'
import { password, startServer, type TestServer } from './clickhouse-server.ts'
import { serve, tightHeap, type Served } from './served.ts'

/** The real service with several users, a server of theirs, and files and tables for small transfers. */
export interface World extends AsyncDisposable {
  served: Served
  house: House
  theirs: TestServer
  embedded: Awaited<ReturnType<typeof openHouse>>['server']
  /** API tokens of as many users. */
  users: string[]
  ends: Ends
  /** Answers of the service; anything but a success is thrown. */
  get<T extends z.ZodType>(schema: T, token: string, request: Request): Promise<z.output<T>>
  ask(token: string, request: Request): Promise<Answer>
}

/** Of the plain file, and of the one in which some are bad. */
export const rows = 3000
export const badRows = 30

const columns = 'id UInt32, name String, day Date'
const partitioned = `(${columns}) ENGINE = MergeTree ORDER BY id PARTITION BY day`

export async function openWorld(userCount: number): Promise<World> {
  await using stack = new AsyncDisposableStack()
  const theirs = stack.use(await startServer())
  const house = new House()
  writeFiles(house)
  const served = stack.use(await serve(house, ['--workspace', house.files], tightHeap))
  const embedded = stack.use(await openHouse(house)).server
  for (const server of [embedded, theirs.server]) {
    for (const table of ['moved', 'skipped', 'inserted', 'replaced'])
      await server.command(`CREATE TABLE ${table} ${partitioned}`)
    await server.command(
      'CREATE MATERIALIZED VIEW seen ENGINE = MergeTree ORDER BY id AS SELECT id FROM inserted',
    )
    await server.command(`CREATE TABLE source ${partitioned}`)
    await server.command(
      `INSERT INTO source SELECT number, toString(number), '2024-01-01' FROM numbers(${rows})`,
    )
  }
  const request = (token: string, asked: Request) => ask(served.url, { token, ...asked })
  const get: World['get'] = async (schema, token, asked) => {
    const { status, text } = await request(token, asked)
    if (status < 200 || status >= 300) throw new Error(`${asked.path}: ${status} ${text}`)
    return schema.parse(JSON.parse(text))
  }
  const admin = (await served.headers()).authorization.replace('Bearer ', '')
  const saved = { connection: theirs.connection, secrets: { password } }
  const put = await request(admin, { method: 'PUT', path: '/api/v1/connections/theirs', body: saved })
  if (put.status !== 200) throw new Error(put.text)
  const users: string[] = []
  for (let user = 0; user < userCount; user++) users.push(await userToken(served, admin, `user${user}`))
  const body = { name: 'listens', scope: 'viewer', days: 1 }
  const { token } = await get(createdApiTokenSchema, admin, { method: 'POST', path: '/api/v1/tokens', body })
  const ends = stack.use(await Ends.listen(served.url, token))
  const kept = stack.move()
  const parts = { served, house, theirs, embedded, users, ends, get, ask: request }
  return { ...parts, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

function writeFiles(house: House): void {
  const record = (id: number) => `${id},name ${id},2024-01-${String((id % 24) + 1).padStart(2, '0')}\n`
  const records = Array.from({ length: rows }, (_, id) => record(id))
  const plain = `id,name,day\n${records.join('')}`
  house.write('plain.csv', plain)
  house.write('packed.csv.gz', gzipSync(plain))
  // Only the normaliser reads it.
  house.write('latin.csv', Buffer.from(plain.replaceAll('name ', 'né '), 'latin1'))
  const every = rows / badRows
  house.write(
    'bad.csv',
    `id,name,day\n${records.map((line, id) => (id % every === 0 ? `x${line}` : line)).join('')}`,
  )
  const many = Array.from({ length: 150_000 }, (_, id) => record(id))
  house.write('large.csv', `id,name,day\n${many.join('')}`)
}

async function userToken({ url }: Served, admin: string, name: string): Promise<string> {
  const secret = 'a long enough passphrase'
  const user = { role: 'operator', password: secret }
  const path = `/api/v1/users/${name}`
  const headers = bearer(admin)
  const put = await ask(url, { method: 'PUT', path, headers, body: user })
  if (put.status !== 200) throw new Error(put.text)
  const login = { user: name, password: secret }
  const opened = await ask(url, { method: 'POST', path: '/api/v1/session', body: login })
  const [, session = ''] = /flathouse-access[^=]*=([^;]+)/.exec(String(opened.headers['set-cookie'])) ?? []
  const body = { name: 'works', scope: 'operator', days: 1 }
  const made = await ask(url, { method: 'POST', path: '/api/v1/tokens', headers: bearer(session), body })
  return createdApiTokenSchema.parse(JSON.parse(made.text)).token
}

/** What was told while nobody listened is asked for then. */
const patienceMs = 5000
/** Of fifty runs on two places none waits for so long, and none takes so long. */
const longestMs = 180_000

/** Hears of all runs as a page does, and like a page it comes back when its connection ends. */
class Ends implements Disposable {
  readonly #url: string
  readonly #token: string
  readonly #runs = new Map<string, Run>()
  readonly #waiting = new Map<string, Set<() => void>>()
  #socket: WebSocket | undefined

  private constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  static async listen(url: string, token: string): Promise<Ends> {
    const ends = new Ends(url, token)
    await ends.#open()
    return ends
  }

  /** The run when it is so, or has ended. */
  async until(id: string, isSo: (run: Run) => boolean): Promise<Run> {
    const end = Date.now() + longestMs
    for (;;) {
      const run = this.#runs.get(id)
      if (run && (run.endedAt !== null || isSo(run))) return run
      if (Date.now() > end) throw new Error(`the run does not go on: ${JSON.stringify(run)}`)
      const told = new Promise<boolean>((resolve) => {
        const waiting = this.#waiting.get(id) ?? new Set()
        this.#waiting.set(
          id,
          waiting.add(() => resolve(true)),
        )
      })
      const done = new AbortController()
      const late = sleep(patienceMs, false, { signal: done.signal }).catch(() => false)
      if (!(await Promise.race([told, late]))) await this.#ask(id)
      done.abort()
    }
  }

  forget(id: string): void {
    this.#runs.delete(id)
  }

  [Symbol.dispose](): void {
    const socket = this.#socket
    this.#socket = undefined
    socket?.close()
  }

  async #open(): Promise<void> {
    const address = `${this.#url.replace('http', 'ws')}/api/v1/events`
    const socket = (this.#socket = new WebSocket(address, { headers: bearer(this.#token) }))
    socket.addEventListener('message', ({ data }) => {
      const event = eventSchema.parse(JSON.parse(String(data)))
      if (event.type === 'run') this.#tell(event.run)
    })
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', () => reject(new Error('nobody listens')))
    })
    socket.addEventListener('close', () => {
      if (this.#socket === socket) void this.#comeBack()
    })
    socket.send(JSON.stringify({ follow: 'all' }))
  }

  /** What ended meanwhile is told no more. */
  async #comeBack(): Promise<void> {
    while (this.#socket && this.#socket.readyState !== WebSocket.OPEN) {
      // Whether there is a service any more, others notice.
      await this.#open().catch(() => sleep(500))
    }
    for (const id of this.#waiting.keys()) await this.#ask(id)
  }

  async #ask(id: string): Promise<void> {
    const { text } = await ask(this.#url, { path: `/api/v1/runs/${id}`, token: this.#token })
    this.#tell(runSchema.parse(JSON.parse(text)))
  }

  #tell(run: Run): void {
    this.#runs.set(run.id, run)
    const waiting = this.#waiting.get(run.id) ?? []
    this.#waiting.delete(run.id)
    for (const resolve of waiting) resolve()
  }
}

/** A kind of transfer, and what there must be after some of its runs have completed. */
export interface Kind {
  name: string
  /** @param number of the run, which no other has */
  transfer(number: number): object
  /** What is wrong, given the run; undefined: nothing. */
  check?(run: Run, number: number, world: World): Promise<string | undefined> | string | undefined
  /** Where the rows of all runs are. */
  table?: { server: 'embedded' | 'theirs'; name: string }
}

const file = (path: string, more: object = {}) => ({ kind: 'file', path, ...more })
const servers = ['embedded', 'theirs'] as const

function appending(name: string, path: string, more: object = {}): Kind[] {
  return servers.map((server) => ({
    name: `import of ${path} into ${name} (${server})`,
    table: { server, name },
    transfer: () => ({
      ...{ direction: 'import', mode: 'append', source: file(path) },
      target: { kind: 'table', server, table: name },
      ...more,
    }),
  }))
}

function creating(server: (typeof servers)[number]): Kind {
  const nameOf = (number: number) => `made_${number}`
  return {
    name: `import into a new table (${server})`,
    transfer: (number) => ({
      ...{ direction: 'import', mode: 'create', source: file('plain.csv'), orderBy: ['id'] },
      target: { kind: 'table', server, table: nameOf(number) },
    }),
    check: async ({ report }, number, world) => {
      const at = server === 'embedded' ? world.embedded : world.theirs.server
      const table = nameOf(number)
      const found = (await at.tables('main')).find((one) => one.table === table)
      if (found) await at.command(`DROP TABLE ${identifier(table)} SYNC`)
      const expected = report?.status === 'completed' ? String(rows) : undefined
      return found?.totalRows === expected ? undefined : `${table} has ${found?.totalRows ?? 'not been made'}`
    },
  }
}

function writing(name: string, source: object, extension: string, more: object = {}): Kind {
  const nameOf = (number: number) => `out/${number}${extension}`
  return {
    name: `${name} to ${extension}`,
    transfer: (number) => ({ source, target: file(nameOf(number)), ...more }),
    check: ({ report }, number, { house }) => {
      const path = house.path(nameOf(number))
      const isThere = existsSync(path)
      if (isThere) rmSync(path)
      return isThere === (report?.status === 'completed')
        ? undefined
        : `${path} is ${isThere ? '' : 'not '}there`
    },
  }
}

const exported = { direction: 'export' }
const converted = { direction: 'convert' }
const slowSql =
  'SELECT number AS id, sleepEachRow(0.0005) AS z FROM numbers(3000) SETTINGS max_block_size = 100'

export const kinds: Kind[] = [
  ...appending('moved', 'plain.csv'),
  ...appending('moved', 'packed.csv.gz'),
  ...appending('moved', 'latin.csv', { verify: 'checksum' }),
  ...appending('moved', 'large.csv'),
  ...appending('skipped', 'bad.csv', { onError: 'skip' }),
  ...appending('inserted', 'plain.csv'),
  ...servers.map(creating),
  ...servers.flatMap((server) => [
    writing(`export of ${server}`, { kind: 'table', server, table: 'source' }, '.csv', exported),
    writing(`export of ${server}`, { kind: 'table', server, table: 'source' }, '.tsv.gz', exported),
  ]),
  writing('slow export', { kind: 'query', server: 'theirs', sql: slowSql }, '.csv', exported),
  writing('conversion', file('plain.csv'), '.tsv', converted),
  writing('conversion', file('latin.csv'), '.csv.zst', converted),
  writing('conversion with types', file('packed.csv.gz'), '.csv', { ...converted, types: true }),
]

/** What no run may leave behind, on either server or on the disk. */
export async function leftovers({ house, embedded, theirs }: World): Promise<string[]> {
  const found: string[] = []
  for (const server of [embedded, theirs.server]) {
    const sql = `SELECT name FROM system.tables WHERE name LIKE '\\_\\_flathouse%' OR is_temporary`
    const tables = await server.rows<{ name: string }>(sql)
    found.push(...tables.map(({ name }) => `table ${name} on ${server.label}`))
  }
  for (const folder of ['mounts', 'spool', 'rejects']) {
    const path = join(house.data, folder)
    const names = existsSync(path) ? readdirSync(path) : []
    // The rejects of an ended run are called as the run is.
    found.push(...names.filter((name) => !/^[0-9a-f-]{36}$/.test(name)).map((name) => `${folder}/${name}`))
  }
  const files = readdirSync(house.files, { recursive: true, encoding: 'utf8' })
  return [...found, ...files.filter((name) => name.includes('.part') || name.startsWith('out/'))]
}
