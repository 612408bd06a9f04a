import { lstat, readdir, readlink, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Compression, Split } from '../shared/index.ts'
import { compressionOf } from './compression.ts'
import { removeEntry, sweep } from './entries.ts'
import { translating } from './errors.ts'
import { startFormatting, type FormatJob, type Formatting, type WrittenPart } from './formatting.ts'
import { holdFolder, requireUnmoved, type HeldFolder } from './held.ts'
import type { Fence } from './locate.ts'
import { manifestOf } from './manifest.ts'
import { mountPart, type MountRoot, type PartMount } from './mounts.ts'
import { isPartLink, partOf } from './part-names.ts'
import type { SourceFile } from './source-file.ts'
import { checkSpace } from './space.ts'
import { complete, forgetCommit, noteCommit } from './split-commit.ts'
import { findSplitPlace, type SplitPlace } from './split-place.ts'
import {
  createPart,
  namesOf,
  replaced,
  syncPart,
  type Contents,
  type Target,
  type TargetFacts,
} from './target.ts'

/** A manifest lists them all, and each is held open while they are read back. */
const mostFiles = 9999

/** Finds what would stop a split export, and creates nothing. */
export async function checkSplit(fence: Fence, spec: string): Promise<TargetFacts> {
  await sweep(fence.dataDir)
  await findSplitPlace(fence, spec)
  return { name: spec, compression: compressionOf(spec) }
}

export async function beginSplit(
  fence: Fence,
  root: MountRoot,
  spec: string,
  limits: Split,
): Promise<Target> {
  await sweep(fence.dataDir)
  const place = await findSplitPlace(fence, spec)
  await using stack = new AsyncDisposableStack()
  const held = stack.use(await holdFolder(place.folder, { name: spec, role: 'target', fence }))
  const part = partOf(place.manifest)
  // As long as it is there, no other export takes these names.
  const create = () => createPart(held.at(part), join(dirname(spec), place.manifest), place.existing)
  const mount = await mountPart(fence, root, join(place.folder, part), create)
  stack.use(mount.file)
  const target = new SplitTarget({ fence, root, spec, limits, place, held, mount }, stack.move())
  root.open.add(target)
  return target
}

interface Begun {
  fence: Fence
  root: MountRoot
  spec: string
  limits: Split
  place: SplitPlace
  held: HeldFolder
  /** Its file is that of the manifest. */
  mount: PartMount
}

class SplitTarget implements Target {
  readonly name: string
  readonly compression: Compression
  readonly folder: string
  readonly fifoPath: string
  readonly #begun: Begun
  readonly #kept: AsyncDisposable
  #contents: Contents | undefined
  #formatting: Formatting | undefined
  #isOpen = true
  /** Names that the new files have already, or may have. */
  #shown: string[] = []

  constructor(begun: Begun, kept: AsyncDisposable) {
    this.name = begun.spec
    this.compression = compressionOf(begun.spec)
    this.folder = begun.place.folder
    this.fifoPath = begun.mount.fifo.path
    this.#begun = begun
    this.#kept = kept
  }

  async format(job: FormatJob, contents: Contents): Promise<Formatting> {
    const { spec, limits, place, held, mount } = this.#begun
    const mode = place.existing && (place.existing.mode & 0o777) | 0o600
    const split = {
      ...{
        limits,
        names: place.names,
        mostFiles,
        path: place.folder,
        folder: held.at(''),
        links: mount.folder,
      },
      ...(mode !== undefined && { mode }),
    }
    const columns = namesOf(contents.columns)
    this.#contents = contents
    this.#formatting = await startFormatting(
      { name: spec, fifo: mount.fifo.real, columns },
      { ...job, split },
    )
    return this.#formatting
  }

  async unfinished(): Promise<SourceFile[]> {
    const { held, place } = this.#begun
    const { compression } = this
    const described = (await this.#parts()).map(async ({ name }): Promise<SourceFile> => {
      const { size, mtimeMs } = await lstat(held.at(partOf(name)))
      return { name, path: join(place.folder, partOf(name)), size, mtimeMs, compression }
    })
    return await Promise.all(described)
  }

  requireRoom(): Promise<void> {
    return checkSpace(this.folder, 1_048_576)
  }

  async commit(): Promise<{ bytes: number }> {
    const contents = this.#contents
    if (!this.#isOpen || !contents)
      throw new TypeError('The export has been committed or discarded, or never begun')
    const { fence, spec, place, held, mount } = this.#begun
    const parts = await this.#parts()
    await requireUnmoved(fence, place.folder, spec, 'target')
    await translating(spec, 'target', async () => {
      for (const part of parts) await this.#requireThere(part)
      await mount.file.writeFile(manifestOf(parts, contents))
      await syncPart(mount.file, held.at(partOf(place.manifest)), place.existing)
    })
    const files = parts.map(({ name }) => name)
    const { folder, manifest, old } = place
    const commit = { folder, files, manifest, surplus: old.filter((name) => !files.includes(name)) }
    await noteCommit(mount.folder, commit)
    this.#shown = [...files, manifest]
    await translating(spec, 'target', () => complete(commit, (name) => held.at(name)))
    this.#isOpen = false
    await this.#close()
    return { bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0) }
  }

  async discard(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    const { spec, held, mount } = this.#begun
    await this.#formatting?.end()
    await using stack = new AsyncDisposableStack()
    stack.defer(() => this.#close())
    await translating(spec, 'target', async () => {
      // First: whoever comes later must not complete what is being taken back.
      await forgetCommit(mount.folder)
      const links = (await readdir(mount.folder)).filter(isPartLink)
      const parts = await Promise.all(links.map((link) => readlink(join(mount.folder, link))))
      for (const name of [...parts.map((part) => basename(part)), ...this.#shown])
        await rm(held.at(name), { force: true })
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discard()
  }

  async #parts(): Promise<WrittenPart[]> {
    if (!this.#formatting) throw new TypeError('Nothing has been written')
    return (await this.#formatting.finish()).parts
  }

  async #requireThere({ name, bytes }: WrittenPart): Promise<void> {
    const part = partOf(name)
    const stats = await lstat(this.#begun.held.at(part))
    if (!stats.isFile() || stats.size !== bytes) throw replaced(part)
  }

  async #close(): Promise<void> {
    const { root, mount } = this.#begun
    root.open.delete(this)
    await removeEntry(mount.folder)
    await this.#kept[Symbol.asyncDispose]()
  }
}
