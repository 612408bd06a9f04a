import { constants, type Stats } from 'node:fs'
import { access, lstat, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errnoOf, fileError, isDirectory, notRegular, translating } from './errors.ts'
import type { Fence } from './locate.ts'
import { filesOfManifest } from './manifest.ts'
import {
  isSplitName,
  manifestName,
  partOf,
  partSuffix,
  splitName,
  splitNames,
  type SplitNames,
} from './part-names.ts'
import { kindOf } from './source-file.ts'
import { busy, resolveTarget } from './target.ts'

/** Where a split export goes. */
export interface SplitPlace {
  /** Absolute, without a symbolic link in it. */
  folder: string
  names: SplitNames
  manifest: string
  /** The manifest of an earlier export. */
  existing: Stats | undefined
  /** Its files, which the new ones replace. */
  old: string[]
}

/**
 * Changes nothing. Files that only look as if they belonged to an earlier export would be taken for files of this one.
 *
 * @throws {AppError} USAGE when there are such files, FILE_BUSY when unfinished ones are there, …
 */
export async function findSplitPlace(fence: Fence, spec: string): Promise<SplitPlace> {
  const folder = dirname((await resolveTarget(fence, spec)).path)
  const names = splitNames(basename(spec))
  const manifest = manifestName(names)
  const longest = [splitName(names, 1), manifest].map((name) => Buffer.byteLength(partOf(name)))
  if (Math.max(...longest) > 255)
    throw fileError('USAGE', spec, (shown) => `The name ${shown} is too long for a split file.`)
  const shown = (name: string) => join(dirname(spec), name)
  const existing = await replaceable(folder, manifest, shown(manifest))
  const there = await translating(spec, 'target', () => readdir(folder))
  if (there.some((name) => name === partOf(manifest) || isPartOf(names, name))) throw busy(shown(manifest))
  const old = there.filter((name) => isSplitName(names, name))
  const listed = existing ? await filesOfManifest(join(folder, manifest), shown(manifest)) : new Set<string>()
  const other = [...listed].find((name) => !isSplitName(names, name))
  if (other !== undefined) throw othersManifest(shown(manifest), other)
  for (const name of old) {
    if (!listed.has(name)) throw stranger(shown(name), shown(manifest))
    await replaceable(folder, name, shown(name))
  }
  return { folder, names, manifest, existing, old }
}

const isPartOf = (names: SplitNames, name: string): boolean =>
  name.endsWith(partSuffix) && isSplitName(names, name.slice(0, -partSuffix.length))

/** What will be replaced, if anything is there. */
async function replaceable(folder: string, name: string, shown: string): Promise<Stats | undefined> {
  const path = join(folder, name)
  return await translating(shown, 'target', async () => {
    await access(folder, constants.W_OK)
    const stats = await lstat(path).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw error
    })
    if (stats === undefined) return undefined
    if (stats.isDirectory()) throw isDirectory(shown)
    const kind = stats.isSymbolicLink() ? 'a symbolic link' : kindOf(stats)
    if (kind !== undefined) throw notRegular(shown, kind)
    await access(path, constants.W_OK)
    return stats
  })
}

/** The extension is no part of its name. */
const othersManifest = (name: string, other: string) =>
  fileError(
    'USAGE',
    name,
    (shown) => `${shown} is there, and names other files ("${other}"): delete it, or choose another name.`,
  )

const stranger = (name: string, manifest: string) =>
  fileError(
    'USAGE',
    name,
    (shown) => `${shown} is there, and "${manifest}" does not name it: delete it, or choose another name.`,
  )
