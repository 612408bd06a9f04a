import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, type Split } from '../shared/index.ts'
import { prepareDataDir, sweep } from './entries.ts'
import { folderNotFound, printable, translating } from './errors.ts'
import { type Download, type Folder, freeBytes, listFolder, openDownload, removeFile } from './folder.ts'
import { Heads } from './heads.ts'
import { contains, type Fence } from './locate.ts'
import { type Mount, type MountRoot, mountSources, openMountRoot } from './mounts.ts'
import { openPassage, type Passage } from './passage.ts'
import { openRejects, type RejectStore } from './rejects.ts'
import { mountNormalised, type Normalised, type NormalMount } from './normalising.ts'
import type { SourceFile } from './source-file.ts'
import { findSources, Streams } from './sources.ts'
import { beginSplit, checkSplit } from './split-target.ts'
import { beginTarget, checkTarget, type Target, type TargetFacts, type TargetFile } from './target.ts'
import { openUploads, type UploadStore } from './uploads.ts'

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
  /**
   * Gives the files to the embedded server as canonical CSV in UTF-8, of whatever dialect and encoding they are; see
   * Normaliser. Only one reader at a time.
   */
  normalise(normalised: Normalised): Promise<NormalMount>
  /** A way for rows out of the embedded server. */
  passage(): Promise<Passage>
  /** Begins an export: creates `<target>.part` beside the target. */
  target(spec: string): Promise<TargetFile>
  /** Begins an export into several files and a manifest: `sales.csv` → `sales-00001.csv`, …, `sales.manifest.json`. */
  splitTarget(spec: string, limits: Split): Promise<Target>
  /** What is known of an export before it begins. */
  checkTarget(spec: string, limits?: Split): Promise<TargetFacts>
  /** What a person may see in a folder; an empty name is the workspace itself. */
  list(folder: string): Promise<Folder>
  /** Deletes one file. */
  remove(path: string): Promise<void>
  /** One file, to be sent. */
  open(path: string): Promise<Download>
  /** Where uploads and exports go. */
  freeBytes(): Promise<number>
  /** Keeps the beginning of a file that is still being sent; `sources` takes the path for a while. */
  keepHead(name: string, bytes: Buffer): Promise<string>
  /** Files that are being sent. */
  readonly uploads: UploadStore
  /** What runs have refused. */
  readonly rejects: RejectStore
}

export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const dataDir = await prepareDataDir(options.dataDir)
  const root = options.root === undefined ? undefined : await realRoot(options.root, dataDir)
  const cwd = await realFolder(options.cwd)
  await sweep(dataDir)
  const streams = new Streams(options.streams, dataDir, options.stdin)
  const fence = { root, dataDir, cwd }
  return new OpenWorkspace(fence, streams, await openMountRoot(dataDir), await openUploads(fence))
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
  // The rest of the data folder holds passwords and what the embedded server stores.
  if (!contains(dataDir, real) || contains(join(dataDir, 'workspace'), real)) return real
  const shown = printable(root)
  const sentence = `The workspace "${shown}" is in the data folder, of which only the folder "workspace" can be used.`
  throw new AppError('USAGE', sentence, { place: { file: shown } })
}

class OpenWorkspace implements Workspace {
  readonly #fence: Fence
  readonly #streams: Streams
  readonly #mountRoot: MountRoot
  readonly #heads: Heads
  readonly uploads: UploadStore
  readonly rejects: RejectStore

  constructor(fence: Fence, streams: Streams, mountRoot: MountRoot, uploads: UploadStore) {
    this.#fence = fence
    this.#streams = streams
    this.#mountRoot = mountRoot
    this.#heads = new Heads(fence.dataDir)
    this.uploads = uploads
    this.rejects = openRejects(fence.dataDir)
  }

  async sources(spec: string, signal?: AbortSignal): Promise<SourceFile[]> {
    const head = this.#heads.find(spec)
    return head ? [head] : findSources(this.#fence, this.#streams, spec, signal)
  }

  mount(files: SourceFile[]): Promise<Mount> {
    return mountSources(this.#fence, this.#mountRoot, files)
  }

  normalise(normalised: Normalised): Promise<NormalMount> {
    return mountNormalised(this.#fence, this.#mountRoot, normalised)
  }

  passage(): Promise<Passage> {
    return openPassage(this.#fence.dataDir, this.#mountRoot)
  }

  target(spec: string): Promise<TargetFile> {
    return beginTarget(this.#fence, this.#mountRoot, spec)
  }

  splitTarget(spec: string, limits: Split): Promise<Target> {
    return beginSplit(this.#fence, this.#mountRoot, spec, limits)
  }

  checkTarget(spec: string, limits?: Split): Promise<TargetFacts> {
    return limits ? checkSplit(this.#fence, spec) : checkTarget(this.#fence, spec)
  }

  list(folder: string): Promise<Folder> {
    return listFolder(this.#fence, folder)
  }

  remove(path: string): Promise<void> {
    return removeFile(this.#fence, path)
  }

  open(path: string): Promise<Download> {
    return openDownload(this.#fence, path)
  }

  freeBytes(): Promise<number> {
    return freeBytes(this.#fence)
  }

  keepHead(name: string, bytes: Buffer): Promise<string> {
    return this.#heads.keep(name, bytes)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using stack = new AsyncDisposableStack()
    stack.use(this.#streams)
    stack.use(this.#heads)
    stack.use(this.#mountRoot)
  }
}
