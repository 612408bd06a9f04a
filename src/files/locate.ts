import { readlink } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize } from 'node:path'
import { AppError } from '../shared/index.ts'
import { errnoOf, fileError, outsideWorkspace, type Role, translate } from './errors.ts'

/** What a workspace lets in. Both paths are real (no symbolic link in them). */
export interface Fence {
  readonly root: string | undefined
  readonly dataDir: string
  /** Relative names start here. */
  readonly cwd: string
}

export interface Located {
  /** Without a symbolic link in it, as far as it exists. */
  readonly path: string
  /** How many segments at the end of the path do not exist. */
  readonly missing: number
  readonly tooLong: boolean
}

// The kernel gives up after as many.
const maxLinks = 40

export function contains(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

export function isInside({ root, dataDir }: Fence, path: string): boolean {
  if (root === undefined) return true
  // A data folder inside the workspace holds passwords and other people's uploads: it is not part of it.
  if (contains(root, dataDir) && contains(dataDir, path)) return false
  return contains(root, path)
}

/** Neither in the workspace nor on the way to it. */
function isForeign(fence: Fence, path: string): boolean {
  return fence.root !== undefined && !contains(fence.root, path) && !contains(path, fence.root)
}

/**
 * Follows a path as the kernel does, segment by segment, also where it does not exist (yet), which `realpath` cannot.
 * Whatever fails outside the workspace is answered with the same error, so no answer tells what exists there.
 */
export async function locate(fence: Fence, spec: string, role: Role): Promise<Located> {
  checkSpec(spec)
  const pending = (isAbsolute(spec) ? spec : `${fence.cwd}/${spec}`).split('/')
  let current = '/'
  let links = 0
  for (let segment = pending.shift(); segment !== undefined; segment = pending.shift()) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') {
      // Going through a foreign folder and back would tell whether that folder exists.
      if (isForeign(fence, current)) throw outsideWorkspace(spec)
      current = dirname(current)
      continue
    }
    const next = join(current, segment)
    const found = await readLink(fence, next, spec, role)
    if (found.kind === 'missing') return endMissing(fence, spec, next, pending, found.tooLong)
    if (found.kind === 'link') {
      if (++links > maxLinks) throw translate(Object.assign(new Error(), { code: 'ELOOP' }), spec, role)
      if (isAbsolute(found.to)) current = '/'
      pending.unshift(...found.to.split('/'))
      continue
    }
    current = next
  }
  if (!isInside(fence, current)) throw outsideWorkspace(spec)
  return { path: current, missing: 0, tooLong: false }
}

function endMissing(fence: Fence, spec: string, at: string, rest: string[], tooLong: boolean): Located {
  const left = rest.filter((segment) => segment !== '' && segment !== '.')
  const path = normalize(join(at, ...left))
  if (!isInside(fence, at) || !isInside(fence, path)) throw outsideWorkspace(spec)
  return { path, missing: 1 + left.length, tooLong }
}

type Found = { kind: 'plain' } | { kind: 'link'; to: string } | { kind: 'missing'; tooLong: boolean }

async function readLink(fence: Fence, path: string, spec: string, role: Role): Promise<Found> {
  try {
    return { kind: 'link', to: await readlink(path) }
  } catch (error) {
    const errno = errnoOf(error)
    // The answer for everything that exists and is not a link.
    if (errno === 'EINVAL') return { kind: 'plain' }
    // A file used as a folder: nothing can be below it.
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return { kind: 'missing', tooLong: false }
    if (errno === 'ENAMETOOLONG') return { kind: 'missing', tooLong: true }
    throw isInside(fence, path) ? translate(error, spec, role) : outsideWorkspace(spec)
  }
}

function checkSpec(spec: string): void {
  if (spec === '') throw new AppError('USAGE', 'The name of the file is empty.')
  if (spec.includes('\0')) {
    throw fileError(
      'USAGE',
      spec,
      (shown) => `The name ${shown} holds a NUL character, which no file name can.`,
    )
  }
}
