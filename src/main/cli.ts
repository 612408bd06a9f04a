import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runCli } from '../cli/index.ts'
import { packageRoot, readConfig } from './config.ts'
import { openSurroundings } from './open.ts'

/**
 * A pipe passes gigabytes through small buffers. With V8's own limit for young objects they pile up until a full
 * collection is due, every 25 MB; a smaller one halves Node's CPU time in a pipe and saves 60 MB (measured on 24.21).
 */
setFlagsFromString('--scavenger-max-new-space-capacity-mb=4')

/** The command line as a process: Ctrl-C cancels, and a second one, when that takes too long, ends it at once. */
export async function main(argv: string[]): Promise<number> {
  const config = readConfig(process.env)
  const { version } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string
  }
  const cancel = new AbortController()
  const onSignal = cancelOnce(cancel)
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.on(name, onSignal)
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  try {
    return await runCli(argv, version, {
      open: (places) => openSurroundings(config, places),
      stdout: process.stdout,
      stderr: process.stderr,
      signal: cancel.signal,
    })
  } finally {
    for (const name of signals) process.off(name, onSignal)
  }
}

const impatientAfterMs = 1000

/** One Ctrl-C may arrive twice at nearly the same time: from the terminal, and from the launcher. */
function cancelOnce(cancel: AbortController): () => void {
  let firstAt: number | undefined
  return () => {
    if (firstAt !== undefined && Date.now() - firstAt > impatientAfterMs) process.exit(130)
    firstAt ??= Date.now()
    cancel.abort()
  }
}
