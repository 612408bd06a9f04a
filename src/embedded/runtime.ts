import { readFileSync, renameSync } from 'node:fs'
import { writePrivate } from './config.ts'

/** What another Flathouse needs to know of a running server in order to use it. */
export interface Runtime {
  url: string
  password: string
  pid: number
}

export function writeRuntime(path: string, runtime: Runtime): void {
  // Renamed into place, so that nobody reads half of it.
  writePrivate(`${path}.new`, JSON.stringify(runtime))
  renameSync(`${path}.new`, path)
}

/** undefined when there is none or it is not ours. */
export function readRuntime(path: string): Runtime | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isRuntime(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRuntime(value: unknown): value is Runtime {
  if (typeof value !== 'object' || value === null) return false
  const { url, password, pid } = value as Record<string, unknown>
  return (
    typeof url === 'string' &&
    url.startsWith('http://127.0.0.1:') &&
    typeof password === 'string' &&
    typeof pid === 'number'
  )
}
