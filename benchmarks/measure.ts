import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Cost } from './child.ts'
import type { Job } from './jobs.ts'

const program = fileURLToPath(new URL('./child.ts', import.meta.url))

/** Does the job in a child process of its own and answers what it cost there. */
export async function measure(job: Job, password: string, signal: AbortSignal): Promise<Cost> {
  const child = spawn(process.execPath, [program, JSON.stringify(job)], {
    env: { ...process.env, FLATHOUSE_PASSWORD: password },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  })
  const output = (descriptor: number) => text(child.stdio[descriptor] as Readable)
  const [[exitCode], said, complained, cost] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    output(1),
    output(2),
    output(3),
  ])
  if (exitCode !== 0) throw new Error(`${JSON.stringify(job)} failed:\n${said}${complained}`)
  return JSON.parse(cost) as Cost
}
