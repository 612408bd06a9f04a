import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { AppError, type ErrorCode } from '../shared/index.ts'
import { openWorkspace, type Workspace, type WorkspaceOptions } from './index.ts'

/** Vitest's, given by the test: what is not a test may not import vitest. */
type OnTestFinished = (end: () => void | PromiseLike<void>) => void

export interface Scene {
  /** The workspace's root, and what lies beside it. */
  readonly root: string
  readonly outside: string
  readonly dataDir: string
  open(options?: Partial<WorkspaceOptions>): Promise<Workspace>
  openFree(options?: Partial<WorkspaceOptions>): Promise<Workspace>
  write(path: string, content?: string | Uint8Array): string
}

/** A real folder tree that the test may fill, and that is removed after it. */
export function makeScene(onTestFinished: OnTestFinished): Scene {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'flathouse-files-')))
  onTestFinished(() => rmSync(base, { recursive: true, force: true }))
  const root = join(base, 'workspace')
  const outside = join(base, 'outside')
  const dataDir = join(base, 'data')
  mkdirSync(root)
  mkdirSync(outside)
  const opened = async (options: WorkspaceOptions): Promise<Workspace> => {
    const workspace = await openWorkspace(options)
    onTestFinished(() => workspace[Symbol.asyncDispose]())
    return workspace
  }
  return {
    root,
    outside,
    dataDir,
    open: (options = {}) => opened({ root, dataDir, cwd: root, streams: false, ...options }),
    openFree: (options = {}) => opened({ dataDir, cwd: root, streams: true, ...options }),
    write: (path, text = 'a\n1\n') => {
      const full = join(root, path)
      mkdirSync(dirname(full), { recursive: true })
      writeFileSync(full, text)
      return full
    },
  }
}

export async function errorOf(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('Expected an AppError, but nothing was thrown')
}

export async function codeOf(promise: Promise<unknown>): Promise<ErrorCode> {
  return (await errorOf(promise)).code
}

export function makeFifo(path: string): string {
  execFileSync('mkfifo', ['--', path])
  return path
}

/** A small disk. False where this user may not mount one. */
export function mountSmallDisk(onTestFinished: OnTestFinished, folder: string, options: string): boolean {
  mkdirSync(folder, { recursive: true })
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status !== 0) return false
  onTestFinished(() => void spawnSync('umount', ['-l', folder]))
  return true
}

/** The pid of a process that is surely gone. */
export function deadPid(): number {
  return spawnSync('true').pid
}

/** Runs code as a user without privileges: root may read everything, so it cannot test permissions. */
export function asNobody(code: string): string {
  return inChild(`
    if (process.getuid() === 0) { process.setgroups([]); process.setgid(65534); process.setuid(65534) }
    const codeOf = (promise) => promise.then(() => 'OK', (error) => error.code)
    ${code}
  `)
}

/** Runs code in a process of its own and gives its output. */
export function inChild(code: string): string {
  const index = join(import.meta.dirname, 'index.ts')
  const script = `
    import { openWorkspace } from ${JSON.stringify(index)}
    ${code}
  `
  const flags = ['--no-warnings', '--input-type=module', '--eval', script]
  return execFileSync(process.execPath, flags, { encoding: 'utf8', cwd: import.meta.dirname })
}
