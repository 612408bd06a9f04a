import { glob, opendir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileError, throwIfCancelled, translating } from './errors.ts'
import { contains, type Fence, locate } from './locate.ts'
import { partSuffix } from './part-names.ts'

/** More alternatives than any person writes; a few braces in a row could otherwise ask for billions. */
const maxAlternatives = 10_000
/** Each multiplies the time by the length of the name. */
const maxStars = 3

const magic = /[*?[{]|[!+@]\(/

export function isPattern(spec: string): boolean {
  return magic.test(spec)
}

/** 9 before 10, and the same order on every machine. */
const natural = new Intl.Collator('en', { numeric: true })

export function compareNaturally(a: string, b: string): number {
  return natural.compare(a, b) || (a < b ? -1 : Number(a > b))
}

/** The names that match, folders among them. Nothing outside the workspace is ever among them. */
export async function matchingNames(fence: Fence, pattern: string, signal?: AbortSignal): Promise<string[]> {
  requireFewAlternatives(pattern)
  if (fence.root !== undefined) requireQuickMatch(pattern)
  await requireReadableBase(fence, pattern)
  const names = new Set<string>()
  const exclude = (name: string) => !mayLookIn(fence, resolve(fence.cwd, name))
  for await (const name of glob(pattern, { cwd: fence.cwd, exclude })) {
    throwIfCancelled(signal)
    // A wide pattern is not meant to take the unfinished files of exports that run now.
    if (name.endsWith(partSuffix) && !pattern.endsWith(partSuffix)) continue
    if (await isReachable(fence, name)) names.add(name)
  }
  return [...names].sort(compareNaturally)
}

/** Braces may spell a way out that is none to be followed: looking around there would take as long as it is large. */
const mayLookIn = ({ root }: Fence, path: string): boolean =>
  root === undefined || contains(root, path) || contains(path, root)

/** What lies beyond a link that leads out of the workspace must look as if it did not exist. */
async function isReachable(fence: Fence, name: string): Promise<boolean> {
  if (fence.root === undefined) return true
  try {
    await locate(fence, dirname(name), 'source')
    return true
  } catch {
    return false
  }
}

/** `glob` takes a folder that it may not read for an empty one. */
async function requireReadableBase(fence: Fence, pattern: string): Promise<void> {
  const segments = pattern.split('/')
  const base = segments.slice(0, segments.findIndex(isPattern)).join('/')
  if (base === '') return
  const { path, missing } = await locate(fence, base, 'source')
  if (missing > 0) return
  await translating(base, 'source', async () => {
    const folder = await opendir(path)
    await folder.close()
  })
}

/** Multiplies all groups in braces, as if each stood beside the others: an upper bound is enough. */
function requireFewAlternatives(pattern: string): void {
  const groups: { start: number; commas: number }[] = []
  let alternatives = 1
  for (let at = 0; at < pattern.length; at++) {
    const group = groups.at(-1)
    if (pattern[at] === '{') groups.push({ start: at + 1, commas: 0 })
    else if (pattern[at] === ',' && group) group.commas += 1
    else if (pattern[at] === '}' && group) {
      groups.pop()
      const range = /^(-?\d+)\.\.(-?\d+)/.exec(pattern.slice(group.start, at))
      alternatives *= range ? Math.abs(Number(range[2]) - Number(range[1])) + 1 : group.commas + 1
    }
  }
  if (alternatives <= maxAlternatives) return
  throw fileError('USAGE', pattern, (shown) => `The pattern ${shown} has too many alternatives in braces.`)
}

/** Names are matched by backtracking, and nobody else is served meanwhile. */
function requireQuickMatch(pattern: string): void {
  // Braces can put together what slashes seem to part.
  const segments = pattern.includes('{') ? [pattern] : pattern.split('/')
  const stars = segments.map((segment) => (segment === '**' ? 0 : segment.split('*').length - 1))
  if (Math.max(...stars) <= maxStars && !/[?*+@!]\(/.test(pattern)) return
  throw fileError(
    'USAGE',
    pattern,
    (shown) => `The pattern ${shown} asks for too much: up to ${maxStars} * in a name, and no parentheses.`,
  )
}
