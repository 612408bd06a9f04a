import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import { Embedded } from '../../src/main/embedded.ts'
import { openSite, type SiteOptions } from '../../src/main/site.ts'
import { createdApiTokenSchema, problemSchema, type Problem, type Role } from '../../src/shared/index.ts'
import { removeFolder } from './folder.ts'

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

export interface Request {
  method?: string
  path: string
  headers?: Record<string, string>
  body?: unknown
  /** In place of the administrator's own; null: nobody's. */
  token?: string | null
}

/** As a program would ask that is not a browser: it may set any header. */
export function ask(
  url: string,
  { method = 'GET', path, headers = {}, body, token }: Request,
): Promise<Answer> {
  const data = body === undefined ? undefined : JSON.stringify(body)
  const json = data === undefined ? {} : { 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const known = token == null ? {} : bearer(token)
    const { pathname, search, hash } = new URL(path, url)
    // With a fragment, which no browser sends.
    const to = { path: `${pathname}${search}${hash}`, method, agent: false }
    const asked = request(url, { ...to, headers: { ...json, ...known, ...headers } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('error', reject).on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
      })
    })
    asked.on('error', reject).end(data)
  })
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** Logs in by the link that the server printed. The access token of a browser is good for programs, too. */
export async function useLink(loginUrl: string, at = new URL(loginUrl).origin): Promise<string> {
  const body = { code: new URL(loginUrl).hash.replace('#code=', '') }
  const { headers, text } = await ask(at, { method: 'POST', path: '/api/v1/session/code', body })
  const [, token] = /flathouse-access[^=]*=([^;]+)/.exec(String(headers['set-cookie'])) ?? []
  if (token === undefined) throw new Error(`the link lets nobody in: ${text}`)
  return token
}

type Changes = Partial<Omit<SiteOptions, 'config' | 'dataDir' | 'root' | 'embedded'>>

/**
 * The whole web application in a data folder and a workspace of its own, asked by an administrator. A restart keeps
 * both.
 */
export class Api implements AsyncDisposable {
  readonly dir = mkdtempSync(join(tmpdir(), 'flathouse-api-'))
  readonly data = join(this.dir, 'data')
  readonly files = join(this.dir, 'files')
  url = ''
  /** Of the administrator. */
  token = ''
  readonly #changes: Changes
  #open: AsyncDisposable | undefined

  constructor(changes: Changes = {}) {
    this.#changes = changes
  }

  static async start(changes?: Changes): Promise<Api> {
    const api = new Api(changes)
    mkdirSync(api.files)
    await api.restart()
    return api
  }

  async restart(): Promise<void> {
    await this.stop()
    await using stack = new AsyncDisposableStack()
    const embedded = stack.use(new Embedded({ dataDir: this.data }, this.data))
    const places = { config: { dataDir: this.data }, dataDir: this.data, root: this.files, embedded }
    const site = stack.use(await openSite({ ...places, host: '127.0.0.1', port: 0, ...this.#changes }))
    // Behind a proxy the port must be given.
    this.url = this.#changes.publicUrl ? `http://127.0.0.1:${this.#changes.port}` : site.url
    this.token = await useLink(site.loginUrl ?? '', this.url)
    this.#open = stack.move()
  }

  async stop(): Promise<void> {
    await this.#open?.[Symbol.asyncDispose]()
    this.#open = undefined
  }

  /** A file of the workspace. */
  write(name: string, content: string | Buffer): string {
    writeFileSync(join(this.files, name), content)
    return name
  }

  ask(request: Request): Promise<Answer> {
    return ask(this.url, { token: this.token, ...request })
  }

  /** For those who ask by themselves. */
  get headers(): { authorization: string } {
    return bearer(this.token)
  }

  /** An API token that may do what the role may. */
  async tokenOf(scope: Role): Promise<string> {
    const body = { name: `for tests as ${scope}`, scope, days: 1 }
    return (await this.post(createdApiTokenSchema, '/api/v1/tokens', body)).token
  }

  /** An answer that is none of an error, as its schema has it. */
  async get<T extends z.ZodType>(schema: T, request: Request | string): Promise<z.output<T>> {
    const asked = typeof request === 'string' ? { path: request } : request
    const { status, text } = await this.ask(asked)
    if (status < 200 || status >= 300) throw new Error(`${asked.path}: ${status} ${text}`)
    return schema.parse(JSON.parse(text))
  }

  post<T extends z.ZodType>(schema: T, path: string, body: unknown): Promise<z.output<T>> {
    return this.get(schema, { method: 'POST', path, body })
  }

  put<T extends z.ZodType>(schema: T, path: string, body: unknown): Promise<z.output<T>> {
    return this.get(schema, { method: 'PUT', path, body })
  }

  /** An answer that must be an error of the right form. */
  async problem(request: Request | string): Promise<Problem> {
    return problemOf(await this.ask(typeof request === 'string' ? { path: request } : request))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    // The embedded server ends by itself, and writes until then.
    await sleep(500)
    removeFolder(this.dir)
  }
}

export function problemOf({ status, headers, text }: Answer): Problem {
  const type = headers['content-type']
  if (type !== 'application/problem+json') throw new Error(`${status} ${String(type)} is no problem: ${text}`)
  const problem = problemSchema.strict().parse(JSON.parse(text))
  if (problem.status !== status) throw new Error(`status ${status}, but in the problem ${problem.status}`)
  return problem
}
