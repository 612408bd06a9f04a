import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { BrowserContext } from '@playwright/test'
import { House } from './cli.ts'

/** Flathouse as a person runs it: `flathouse serve`, its workspace a folder of its own. */
export interface Served extends AsyncDisposable {
  url: string
  /** Logs in whoever opens it first: either that is the test, or it is `letIn` and `headers`. */
  loginUrl: string
  /** Of the process that serves. */
  pid: number
  /** Files of the workspace, and the data folder. */
  house: House
  /** Logs a browser in as an administrator. */
  letIn: (context: BrowserContext) => Promise<void>
  /** Those that let a program in as an administrator. */
  headers: () => Promise<{ authorization: string }>
  /** Fails with what the process printed when it ends; no `stop` may come before. */
  ended: () => Promise<never>
  /** Ends the process with a signal; `start` begins it again on the same port and data. */
  stop(signal: NodeJS.Signals): Promise<void>
  start(): Promise<void>
}

/** Megabytes. With as much room as there is, garbage is let lie, and looks like something that is never let go. */
export const tightHeap = { NODE_OPTIONS: '--max-old-space-size=128' }

export async function serve(house = new House(), args: string[] = [], env = {}): Promise<Served> {
  let [running, site, ended] = await begin(house, 0, args, env)
  const stop = async (signal: NodeJS.Signals) => {
    running.kill(signal)
    if (running.exitCode === null && running.signalCode === null) await once(running, 'exit')
  }
  const session = new SharedSession(site)
  return {
    get url() {
      return site.url
    },
    get loginUrl() {
      return site.loginUrl
    },
    get pid() {
      return running.pid ?? 0
    },
    house,
    async letIn(context) {
      const { name, value } = await session.access()
      await context.addCookies([{ name, value, url: site.url, httpOnly: true, sameSite: 'Strict' }])
    },
    async headers() {
      return { authorization: `Bearer ${(await session.access()).value}` }
    },
    ended: () => ended,
    stop,
    async start() {
      ;[running, site, ended] = await begin(house, Number(new URL(site.url).port), args, env)
    },
    async [Symbol.asyncDispose]() {
      await stop('SIGTERM')
      await house[Symbol.asyncDispose]()
    },
  }
}

interface Site {
  url: string
  loginUrl: string
}

async function begin(house: House, port: number, args: string[], env: Record<string, string>) {
  const line = ['serve', '--port', String(port), '--json', ...args]
  const { process: child, answer } = house.start(line, { env })
  const stdout = child.stdout
  if (stdout === null) throw new Error('the server has no standard output')
  const ended = answer.then(({ stderr }) => {
    throw new Error(`flathouse serve ended: ${stderr}`)
  })
  ended.catch(() => undefined)
  const said = once(createInterface(stdout), 'line').then(([text]) => String(text))
  return [child, JSON.parse(await Promise.race([said, ended])) as Site, ended] as const
}

interface Cookie {
  name: string
  value: string
}

/** What it gives lasts for ten minutes and more. */
const renewAfterMs = 4 * 60_000

/** One session that all tests of a server share: logging in again and again is what the server does not allow. */
class SharedSession {
  readonly #site: Site
  #access: Cookie | undefined
  #refresh: Cookie | undefined
  #at = 0

  constructor(site: Site) {
    this.#site = site
  }

  async access(): Promise<Cookie> {
    const { url, loginUrl } = this.#site
    if (this.#refresh === undefined) {
      const code = new URL(loginUrl).hash.replace('#code=', '')
      await this.#take(`${url}/api/v1/session/code`, { code })
    } else if (Date.now() - this.#at > renewAfterMs) await this.#take(`${url}/api/v1/session/refresh`)
    if (this.#access) return this.#access
    throw new Error('the server has set no cookie')
  }

  async #take(address: string, body?: object): Promise<void> {
    const cookie = this.#refresh && { cookie: `${this.#refresh.name}=${this.#refresh.value}` }
    const answer = await fetch(address, {
      method: 'POST',
      headers: { origin: this.#site.url, ...cookie, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`the server lets nobody in: ${await answer.text()}`)
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (name.includes('access')) this.#access = { name, value }
      else this.#refresh = { name, value }
    }
    this.#at = Date.now()
  }
}
