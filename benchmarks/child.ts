/**
 * The child process that does one job once: `node child.ts JOB`, with the password in FLATHOUSE_PASSWORD. It writes what
 * the work cost to file descriptor 3. A process of its own, so that Node's processor time and memory are of this job alone.
 */
import { readFileSync, writeSync } from 'node:fs'
import { type Job, prepare } from './jobs.ts'

export interface Cost {
  seconds: number
  cpuSeconds: number
  peakBytes: number
  /** From the start of the process until its modules were loaded; not part of the other times. */
  startUpSeconds: number
}

const work = await prepare(JSON.parse(process.argv[2] ?? '') as Job, process.env['FLATHOUSE_PASSWORD'] ?? '')
const cpuBefore = process.cpuUsage()
const begin = performance.now()
await work()
const seconds = (performance.now() - begin) / 1000
const { user, system } = process.cpuUsage(cpuBefore)
const cost: Cost = {
  seconds,
  cpuSeconds: (user + system) / 1e6,
  peakBytes: peakBytes(),
  startUpSeconds: begin / 1000,
}
writeSync(3, JSON.stringify(cost))

/** On Linux maxRSS begins at the size of the parent process (seen), so the kernel's mark for our own memory is better. */
function peakBytes(): number {
  const own =
    process.platform === 'linux' && /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))
  return (own ? Number(own[1]) : process.resourceUsage().maxRSS) * 1024
}
