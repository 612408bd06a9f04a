import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { getCACertificates } from 'node:tls'
import type { CustomFetch } from 'openid-client'
import { AppError } from '../shared/index.ts'
import { readAll } from './answer.ts'
import { requireReach, type Reach } from './reach.ts'

export interface ProviderOptions {
  /** PEM of authorities that may have signed its certificate, besides the public ones. */
  ca?: string
  reach?: Reach | undefined
}

/** Asks an identity provider; unlike the global fetch with an authority of our own. No redirect is followed. */
export const askProvider =
  ({ ca, reach }: ProviderOptions): CustomFetch =>
  async (address, { method, headers, body, signal }) => {
    const url = new URL(address)
    requireTls(url)
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    const ask = url.protocol === 'https:' ? requestHttps : requestHttp
    const options = {
      ...{
        method,
        headers,
        agent: false,
        ...(signal && { signal }),
        ...(ca && { ca: [...getCACertificates('default'), ca] }),
      },
      ...requireReach(reach, url.hostname),
    }
    ask(url, options, (answer) => void toResponse(answer, url.host).then(resolve, reject))
      .on('error', reject)
      .end(body instanceof URLSearchParams ? body.toString() : undefined)
    return await promise
  }

async function toResponse(answer: IncomingMessage, host: string): Promise<Response> {
  const { statusCode: status = 500 } = answer
  const headers = Object.entries(answer.headers).map(([name, value]): [string, string] => [
    name,
    String(value),
  ])
  const text = (await readAll(answer)).toString('utf8')
  if (status >= 500) throw trouble(host, 'cannot answer now', `HTTP status ${status}`)
  return new Response(text === '' ? null : text, { status, headers })
}

const ownMachine = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** A secret and a token go there and back. */
function requireTls({ protocol, hostname, host }: URL): void {
  if (protocol === 'https:' || ownMachine.test(hostname)) return
  throw trouble(host, 'must be asked by https')
}

const trouble = (host: string, what: string, detail?: string): AppError =>
  new AppError('IDENTITY_PROVIDER', `The identity provider ${host} ${what}.`, {
    place: { host },
    ...(detail !== undefined && { detail }),
  })
