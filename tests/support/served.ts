import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { House } from './cli.ts'

/** Flathouse as a person runs it: `flathouse serve`, its workspace a folder of its own. */
export interface Served extends AsyncDisposable {
  url: string
  /** Of the process that serves. */
  pid: number
  /** Files of the workspace, and the data folder. */
  house: House
  /** Ends the process with a signal; `start` begins it again on the same port and data. */
  stop(signal: NodeJS.Signals): Promise<void>
  start(): Promise<void>
}

export async function serve(house = new House()): Promise<Served> {
  let [running, url] = await begin(house, 0)
  const stop = async (signal: NodeJS.Signals) => {
    running.kill(signal)
    if (running.exitCode === null && running.signalCode === null) await once(running, 'exit')
  }
  return {
    get url() {
      return url
    },
    get pid() {
      return running.pid ?? 0
    },
    house,
    stop,
    async start() {
      ;[running, url] = await begin(house, Number(new URL(url).port))
    },
    async [Symbol.asyncDispose]() {
      await stop('SIGTERM')
      await house[Symbol.asyncDispose]()
    },
  }
}

async function begin(house: House, port: number) {
  const { process: child, answer } = house.start(['serve', '--port', String(port), '--json'])
  const stdout = child.stdout
  if (stdout === null) throw new Error('the server has no standard output')
  const ended = answer.then(({ stderr }) => {
    throw new Error(`flathouse serve ended: ${stderr}`)
  })
  ended.catch(() => undefined)
  const line = once(createInterface(stdout), 'line').then(([text]) => String(text))
  const { url } = JSON.parse(await Promise.race([line, ended])) as { url: string }
  return [child, url] as const
}
