import { readFileSync, renameSync, rmSync, statSync, linkSync, writeFileSync } from 'node:fs'

/** A start takes seconds at most; an older lock belongs to a process whose id was given to another one. */
const staleAfterMs = 60_000

/** Takes the lock file, or returns undefined when a living process holds it. The result releases it. */
export function tryLock(path: string): (() => void) | undefined {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 })
      return () => rmSync(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (!removeStale(path)) return undefined
  }
  return undefined
}

function removeStale(path: string): boolean {
  const owner = staleOwner(path)
  if (owner === undefined) return false
  // Renamed before it is removed: of two processes that see the same stale lock, only one gets this very file.
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
  } catch {
    return true
  }
  const took = read(aside)
  // It was a fresh lock after all (another process was quicker): give it back.
  if (took !== owner) restore(aside, path)
  rmSync(aside, { force: true })
  return took === owner
}

function restore(aside: string, path: string): void {
  try {
    linkSync(aside, path)
  } catch {
    // A third process holds the lock by now; ClickHouse's own lock on the data directory decides between the two.
  }
}

function staleOwner(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  const age = Date.now() - stat.mtimeMs
  const owner = read(path)
  // An empty file was created this instant, or its writer died before it could write.
  if (owner === undefined || (owner === '' && age < 1000)) return undefined
  return age > staleAfterMs || !isAlive(Number(owner)) ? owner : undefined
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Whether a process of this id exists; signal 0 only asks. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
