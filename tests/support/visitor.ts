import { request } from 'node:http'
import type { Answer, Request } from './api.ts'

/** A cookie as the server set it. */
export interface Cookie {
  name: string
  value: string
  path: string
  /** Such as `HttpOnly`, `Secure`, `SameSite=Strict`. */
  flags: string[]
}

/** Asks as a page in a browser does: it keeps cookies, sends those that belong to the path, and says where it is from. */
export class Visitor {
  readonly url: string
  readonly cookies = new Map<string, Cookie>()

  constructor(url: string) {
    this.url = url
  }

  ask({ method = 'GET', path, headers = {}, body }: Omit<Request, 'token'>): Promise<Answer> {
    const data = body === undefined ? undefined : JSON.stringify(body)
    const own = {
      cookie: this.#cookiesFor(path),
      ...(method !== 'GET' && { origin: this.url }),
      ...(data !== undefined && { 'content-type': 'application/json' }),
    }
    return new Promise((resolve, reject) => {
      const options = { method, headers: { ...own, ...headers }, agent: false }
      const asked = request(new URL(path, this.url), options, (response) => {
        this.#keep(response.headers['set-cookie'] ?? [])
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('error', reject).on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
        })
      })
      asked.on('error', reject).end(data)
    })
  }

  /** The one whose name contains this. */
  cookie(kind: 'access' | 'refresh' | 'state'): Cookie | undefined {
    return [...this.cookies.values()].find(({ name }) => name.includes(kind))
  }

  #cookiesFor(path: string): string {
    const sent = [...this.cookies.values()].filter((cookie) => path.startsWith(cookie.path))
    return sent.map(({ name, value }) => `${name}=${value}`).join('; ')
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...flags] = line.split('; ')
      const at = pair.indexOf('=')
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
      const path = flags.find((flag) => flag.startsWith('Path='))?.slice('Path='.length) ?? ''
      if (flags.includes('Max-Age=0')) this.cookies.delete(name)
      else this.cookies.set(name, { name, value, path, flags })
    }
  }
}
