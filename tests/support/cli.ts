import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openServer, type Server } from '../../src/clickhouse/index.ts'
import { identifier } from '../../src/core/sql/index.ts'
import { openEmbedded } from '../../src/embedded/index.ts'
import type { Connection, Report } from '../../src/shared/index.ts'
import { removeFolder } from './folder.ts'

const packageRoot = fileURLToPath(new URL('../..', import.meta.url))
const pinnedNode = join(packageRoot, 'node_modules/.bin/node')
const program = join(packageRoot, 'bin/flathouse')

export interface CliOptions {
  env?: Record<string, string>
  /** Another user, which only root can become. */
  uid?: number
  /** On standard input. */
  input?: string
  /** No file may become larger, of whichever process it starts: to them the disk is full then. */
  fileKilobytes?: number
  /** Words of a command that starts another one; left out: none is between. */
  under?: string[]
}

export interface CliAnswer {
  /** null when a signal ended it. */
  exitCode: number | null
  stdout: string
  stderr: string
}

export interface RunningCli {
  process: ChildProcess
  answer: Promise<CliAnswer>
}

/** A data folder and a folder of files, in which the command line runs as a person would run it. */
export class House {
  readonly dir = mkdtempSync(join(tmpdir(), 'flathouse-cli-'))
  readonly data = join(this.dir, 'data')
  readonly files = join(this.dir, 'files')

  constructor() {
    chmodSync(this.dir, 0o755)
    mkdirSync(this.files)
  }

  /** A file below the current folder of the command line. */
  write(name: string, content: string | Buffer): string {
    writeFileSync(join(this.files, name), content)
    return name
  }

  path(name: string): string {
    return join(this.files, name)
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  /** Lets every user work here; those who are not root may not read the file. */
  shareAllBut(name: string): void {
    for (const folder of [this.dir, this.files]) chmodSync(folder, 0o777)
    chmodSync(this.path(name), 0o600)
  }

  /** Unfinished exports. */
  parts(): string[] {
    return readdirSync(this.files).filter((name) => name.endsWith('.part'))
  }

  start(args: string[], { env, uid, input, fileKilobytes, under = [] }: CliOptions = {}): RunningCli {
    const words = [...under, pinnedNode, program, ...args]
    const limited = `ulimit -f ${(fileKilobytes ?? 0) * 2} && exec "$0" "$@"`
    const [command = '', ...rest] = fileKilobytes === undefined ? words : ['sh', '-c', limited, ...words]
    const child = spawn(command, rest, {
      cwd: this.files,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: this.dir,
        FLATHOUSE_DATA: this.data,
        // Half of a start is compiling.
        NODE_COMPILE_CACHE: join(tmpdir(), 'flathouse-compile-cache'),
        ...env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(uid !== undefined && { uid, gid: uid }),
    })
    // It may end before it has read all.
    child.stdin.on('error', () => undefined).end(input)
    const answer = new Promise<CliAnswer>((resolve, reject) => {
      let [stdout, stderr] = ['', '']
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      child.on('error', reject).on('close', (exitCode) => {
        resolve({ exitCode, stdout, stderr })
      })
    })
    return { process: child, answer }
  }

  run(args: string[], options?: CliOptions): Promise<CliAnswer> {
    return this.start(args, options).answer
  }

  /** Runs a transfer with --json. */
  async transfer(args: string[], options?: CliOptions): Promise<{ exitCode: number | null; report: Report }> {
    const { exitCode, stdout, stderr } = await this.run([...args, '--json'], options)
    if (stdout === '') throw new Error(`no report; on standard error: ${stderr}`)
    return { exitCode, report: JSON.parse(stdout) as Report }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The embedded server ends by itself, and writes until then.
    await sleep(500)
    removeFolder(this.dir)
  }
}

/** What a server's database stores: each table with its rows' number and checksum, staging tables included. */
export async function contents(server: Server): Promise<Record<string, string>> {
  const tables = await server.tables(server.database)
  const stored = tables.filter(({ engine }) => engine !== 'View')
  const entries = stored.map(async ({ table }) => {
    const sql = `SELECT concat(toString(count()), '-', toString(sum(cityHash64(*)))) AS sum FROM ${identifier(table)}`
    const [row] = await server.rows<{ sum: string }>(sql)
    return [table, row?.sum ?? ''] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** The embedded server of a house, held open from outside: what a run leaves there can be seen. */
export async function openHouse(house: House): Promise<{ server: Server } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const { url, username, password, database } = await stack
    .use(await openEmbedded({ dataDir: house.data }))
    .endpoint()
  const { hostname, port } = new URL(url)
  const connection = {
    protocol: 'http',
    host: hostname,
    port: Number(port),
    database,
    user: username,
  } as const
  const server = stack.use(openServer(connection, { password }))
  const kept = stack.move()
  return { server, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

export const urlOf = ({ protocol, host, port, database, user }: Connection): string =>
  `${protocol}://${user}@${host}:${port}/${database}`

/** Transfers' own queries that run on a server now; an embedded server's life-line is none. */
export async function transferring(server: Server): Promise<string[]> {
  const found = await server.rows<{ query: string }>(
    `SELECT query FROM system.processes WHERE query_id != queryID() AND query NOT LIKE '%file(''-''%'
    AND (query LIKE 'INSERT INTO%' OR query LIKE '%FROM file(%' OR query LIKE '%FORMAT Native%')`,
  )
  return found.map(({ query }) => query)
}

/** Comes back in the middle of a transfer: rows have been moved, and more are to come. */
export async function whileRunning(server: Server): Promise<void> {
  const sql = `SELECT toString(count()) AS n FROM system.processes
    WHERE query_id != queryID() AND query LIKE 'INSERT INTO%' AND read_rows > 0 AND elapsed > 0.3`
  const deadline = Date.now() + 60_000
  while ((await server.rows<{ n: string }>(sql))[0]?.n === '0') {
    if (Date.now() > deadline) throw new Error('no INSERT was seen')
    await sleep(20)
  }
}
