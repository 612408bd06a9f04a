import { runCli } from '../cli/index.ts'
import { packageVersion, takeConfig, type Config } from './config.ts'
import { openSurroundings } from './open.ts'
import { listenForStop } from './stop-signal.ts'
import { limitYoungSpace } from './young-space.ts'

limitYoungSpace()

/** The command line as a process: Ctrl-C cancels what runs, or stops the server. */
export async function main(argv: string[]): Promise<number> {
  let taken: Config | undefined
  // Within a command: what is wrong with the environment is then told like all that is wrong.
  const config = () => (taken ??= takeConfig(process.env))
  using stop = listenForStop()
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return await runCli(argv, await packageVersion(), {
    open: (places) => openSurroundings(config(), places),
    // Loaded only for this command: it would double the start of every other one.
    serve: async (options) => (await import('./serve.ts')).serve(config(), options),
    access: async (places) => (await import('./access.ts')).openLocalAccess(config(), places),
    rotateKey: async ({ data }) => {
      const { dataDir, secretKey } = config()
      return (await import('../store/index.ts')).rotateKey(data ?? dataDir, secretKey)
    },
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: stop.signal,
  })
}
