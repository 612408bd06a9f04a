import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Server } from '../../src/clickhouse/index.ts'
import type { Report } from '../../src/shared/index.ts'

const packageRoot = fileURLToPath(new URL('../..', import.meta.url))
const pinnedNode = join(packageRoot, 'node_modules/.bin/node')
const program = join(packageRoot, 'bin/flathouse')

export interface CliOptions {
  env?: Record<string, string>
  /** Another user, which only root can become. */
  uid?: number
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

  has(name: string): boolean {
    return existsSync(this.path(name))
  }

  /** Unfinished exports. */
  parts(): string[] {
    return readdirSync(this.files).filter((name) => name.endsWith('.part'))
  }

  start(args: string[], { env, uid }: CliOptions = {}): RunningCli {
    const child = spawn(pinnedNode, [program, ...args], {
      cwd: this.files,
      env: { PATH: process.env['PATH'] ?? '', HOME: this.dir, FLATHOUSE_DATA: this.data, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid !== undefined && { uid, gid: uid }),
    })
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

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** Everything in a server's database: each table with its rows' number and checksum, staging tables included. */
export async function contents(server: Server): Promise<Record<string, string>> {
  const tables = await server.tables(server.database)
  const entries = tables.map(async ({ table }) => {
    const sql = `SELECT concat(toString(count()), '-', toString(sum(cityHash64(*)))) AS sum FROM \`${table}\``
    const [row] = await server.rows<{ sum: string }>(sql)
    return [table, row?.sum ?? ''] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}
