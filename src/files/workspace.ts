import { realpath, stat } from 'node:fs/promises'
import { AppError } from '../shared/index.ts'
import { prepareDataDir, sweep } from './entries.ts'
import { folderNotFound, printable, translating } from './errors.ts'
import type { Fence } from './locate.ts'
import { type Mount, type MountRoot, mountSources, openMountRoot } from './mounts.ts'
import type { SourceFile } from './source-file.ts'
import { findSources, Streams } from './sources.ts'
import { beginTarget, type TargetFile } from './target.ts'

export interface WorkspaceOptions {
  /**
   * Every path must resolve inside it. Without it (the command line), a path that a person typed may be anywhere they
   * can read.
   */
  root?: string
  dataDir: string
  /** Relative names start here. */
  cwd: string
  /** Whether FIFOs and `-` may be read. */
  streams: boolean
  stdin?: NodeJS.ReadableStream
}

export interface Workspace extends AsyncDisposable {
  /** One file, a pattern (when no file has that very name; sorted naturally), a FIFO, or `-`. */
  sources(spec: string, signal?: AbortSignal): Promise<SourceFile[]>
  /** Gives the files a path that the embedded server can read. */
  mount(files: SourceFile[]): Promise<Mount>
  /** Begins an export: creates `<target>.part` beside the target. */
  target(spec: string): Promise<TargetFile>
}

export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const dataDir = await prepareDataDir(options.dataDir)
  const root = options.root === undefined ? undefined : await realRoot(options.root, dataDir)
  const cwd = await realFolder(options.cwd)
  await sweep(dataDir)
  const streams = new Streams(options.streams, dataDir, options.stdin)
  return new OpenWorkspace({ root, dataDir, cwd }, streams, await openMountRoot(dataDir))
}

async function realFolder(folder: string): Promise<string> {
  const real = await translating(folder, 'source', async () => {
    const path = await realpath(folder)
    return (await stat(path)).isDirectory() ? path : undefined
  }).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'FILE_NOT_FOUND') return undefined
    throw error
  })
  if (real === undefined) throw folderNotFound(folder)
  return real
}

async function realRoot(root: string, dataDir: string): Promise<string> {
  const real = await realFolder(root)
  if (real !== dataDir) return real
  const shown = printable(root)
  throw new AppError('USAGE', `The workspace "${shown}" is also the data folder: they must differ.`, {
    place: { file: shown },
  })
}

class OpenWorkspace implements Workspace {
  readonly #fence: Fence
  readonly #streams: Streams
  readonly #mountRoot: MountRoot

  constructor(fence: Fence, streams: Streams, mountRoot: MountRoot) {
    this.#fence = fence
    this.#streams = streams
    this.#mountRoot = mountRoot
  }

  sources(spec: string, signal?: AbortSignal): Promise<SourceFile[]> {
    return findSources(this.#fence, this.#streams, spec, signal)
  }

  mount(files: SourceFile[]): Promise<Mount> {
    return mountSources(this.#fence, this.#mountRoot, files)
  }

  target(spec: string): Promise<TargetFile> {
    return beginTarget(this.#fence, this.#mountRoot, spec)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using stack = new AsyncDisposableStack()
    stack.use(this.#streams)
    stack.use(this.#mountRoot)
  }
}
