import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { extname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { AppError } from '../shared/index.ts'
import { type UserSpec, writeConfig, writePrivate } from './config.ts'
import { findLibrary } from './library.ts'
import { createLifeline, type Lifeline } from './lifeline.ts'
import { ping } from './probe.ts'

export interface LaunchOptions {
  /** Holds the configuration, the log, the life-line and (in data/) everything that ClickHouse stores. */
  dir: string
  users: readonly UserSpec[]
  /** bytes */
  memoryLimit: number
  /** An installed `clickhouse` to run instead of the library. */
  binary?: string
  /** Ready within this time, or it failed. */
  timeoutMs?: number
}

export interface RunningServer {
  readonly url: string
  readonly pid: number
  readonly logFile: string
  /** Settles when the process has ended, whatever ended it. */
  readonly exited: Promise<void>
  /** Lets go of the life-line: the server ends by itself when nobody else holds it. */
  release(): void
  /** Lets go and waits for the end; after 6 s it is killed. */
  stop(): Promise<void>
}

/** Where a server in `dir` has its life-line. */
export const lifelinePath = (dir: string): string => join(dir, 'lifeline')

/** Starts a ClickHouse on a free port of 127.0.0.1 that lives as long as somebody holds its life-line. */
export async function launchServer(launch: LaunchOptions): Promise<RunningServer> {
  const options = { ...launch, dir: resolve(launch.dir) }
  mkdirSync(options.dir, { recursive: true, mode: 0o700 })
  chmodSync(options.dir, 0o700)
  const portFile = join(options.dir, 'port')
  const endedFile = join(options.dir, 'ended')
  const stderrFile = join(options.dir, 'stderr.log')
  rmSync(portFile, { force: true })
  // Its tables are known to nobody after a restart, and their folder would keep the new ones from being made (seen).
  rmSync(join(options.dir, 'data', 'data', 'system'), { recursive: true, force: true })
  writePrivate(endedFile, '')
  const { configFile, logFile } = writeConfig(options)
  const [command, args] = commandLine(options, configFile, portFile, endedFile)

  const lifeline = createLifeline(lifelinePath(options.dir))
  const child = spawnServer(command, args, lifeline, stderrFile)
  const exited = new Promise<void>((ended) => child.once('exit', () => ended()).once('error', () => ended()))
  const release = releaser(lifeline, child)
  const failed = (sentence: string) => failure(sentence, logFile, stderrFile)
  try {
    const url = await waitUntilReady(child, portFile, options.timeoutMs ?? 30_000, failed)
    const stop = () => endProcess(child, exited, release)
    return { url, pid: child.pid ?? 0, logFile, exited, release, stop }
  } catch (error) {
    release()
    child.kill('SIGKILL')
    throw error
  }
}

const literal = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`

function commandLine(
  options: LaunchOptions,
  configFile: string,
  portFile: string,
  endedFile: string,
): [string, string[]] {
  const query = [
    'CREATE DATABASE IF NOT EXISTS main ENGINE = Atomic',
    'SYSTEM START LISTEN HTTP',
    `SELECT getServerPort('http_port') INTO OUTFILE ${literal(portFile)} TRUNCATE FORMAT TSV`,
    // The life-line: blocks until end of file. probe.ts recognises it by its beginning.
    `SELECT count() FROM file('-', 'LineAsString', 'l String') FORMAT Null`,
    // Tells the launcher to see to it that the shutdown, which begins now, is a short one.
    `SELECT 1 INTO OUTFILE ${literal(endedFile)} TRUNCATE FORMAT TSV`,
  ].join('; ')
  const args = ['--config-file', configFile, '--path', join(options.dir, 'data')]
  // The level counts here only: as <level> in the configuration this mode ignores it and logs everything.
  args.push('--http_port', '0', '--listen_host', '127.0.0.1', '--log-level', 'warning', '--query', query)
  if (options.binary !== undefined) return [options.binary, ['local', ...args]]
  return [process.execPath, [launcherPath(), findLibrary(), endedFile, ...args]]
}

/** launcher.ts here, launcher.js in the published package. */
export function launcherPath(): string {
  return fileURLToPath(new URL(`./launcher${extname(import.meta.url)}`, import.meta.url))
}

function spawnServer(command: string, args: string[], lifeline: Lifeline, stderrFile: string): ChildProcess {
  // A file and not a pipe: the server may outlive us, and nobody would read the pipe then.
  rmSync(stderrFile, { force: true })
  const stderr = openSync(stderrFile, 'wx', 0o600)
  try {
    // Detached: a terminal's Ctrl-C goes to the whole process group, and the server must finish what we cancel.
    // `env`, because this mode ignores <timezone>, and only src/main may read (and so extend) the environment.
    const child = spawn('env', ['TZ=UTC', command, ...args], {
      detached: true,
      stdio: [lifeline.stdin, 'ignore', stderr],
    })
    child.unref()
    // The plain pipe of a machine without mkfifo must not keep our event loop alive either.
    if (child.stdin instanceof Socket) child.stdin.unref()
    return child
  } finally {
    closeSync(stderr)
    if (typeof lifeline.stdin === 'number') closeSync(lifeline.stdin)
  }
}

function releaser(lifeline: Lifeline, child: ChildProcess): () => void {
  let held = true
  return () => {
    if (!held) return
    held = false
    if (lifeline.writeFd === undefined) child.stdin?.destroy()
    else closeSync(lifeline.writeFd)
  }
}

type Failure = (sentence: string) => AppError

async function waitUntilReady(child: ChildProcess, portFile: string, timeoutMs: number, failed: Failure) {
  let spawnError: Error | undefined
  child.once('error', (error) => (spawnError = error))
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    const port = readPort(portFile)
    if (port !== undefined && (await ping(`http://127.0.0.1:${port}`))) {
      rmSync(portFile, { force: true })
      return `http://127.0.0.1:${port}`
    }
    await sleep(5)
    if (spawnError !== undefined) throw failed(`it cannot be run (${spawnError.message})`)
    if (child.exitCode !== null || child.signalCode !== null) throw failed('it ended before it was ready')
  }
  throw failed(`it was not ready within ${timeoutMs / 1000} s`)
}

function readPort(portFile: string): number | undefined {
  const text = readText(portFile)
  // The line end shows that all of the number has been written.
  return text.endsWith('\n') ? Number(text) : undefined
}

function failure(reason: string, logFile: string, stderrFile: string): AppError {
  const lines = readText(stderrFile)
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('Logging '))
    .slice(-5)
  const said = lines[0] === undefined ? '' : ` It said: ${lines[0].slice(0, 300)}`
  return new AppError(
    'EMBEDDED_FAILED',
    `The embedded ClickHouse did not start: ${reason}. Its log is ${logFile}.${said}`,
    lines.length === 0 ? {} : { detail: lines.join('\n') },
  )
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

async function endProcess(child: ChildProcess, exited: Promise<void>, release: () => void): Promise<void> {
  release()
  // Waiting must hold the event loop, which an unreferenced child alone would not.
  child.ref()
  const timer = setTimeout(() => child.kill('SIGKILL'), 6000)
  if (child.exitCode === null && child.signalCode === null) await exited
  clearTimeout(timer)
}
