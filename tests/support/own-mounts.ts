import { execFileSync } from 'node:child_process'

/** Whether a program may be given other files than the rest of the machine has: root may. */
export function mayMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The words before those of a program that finds `instead` at `place`. */
export const withMounted = (instead: string, place: string): string[] => [
  ...['unshare', '--mount', 'sh', '-c', `mount --bind ${instead} ${place} && exec "$@"`, 'sh'],
]
