import {
  createServer,
  request,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createRemoteJWKSet,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  jwtVerify,
  SignJWT,
  type JWK,
} from 'jose'
import type { Connection } from '../../src/shared/index.ts'
import { password, type TestServer } from './clickhouse-server.ts'

/** A JWT that nobody accepts. */
export const someToken = (claims: Record<string, unknown> = {}): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode('shared'))

interface Listening extends AsyncDisposable {
  port: number
}

async function listen(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener)
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

export const audience = 'https://clickhouse.test'
const alg = 'RS256'

/** Signs tokens, and tells its keys over HTTP. */
export interface Authority extends AsyncDisposable {
  issuer: string
  jwks: URL
  /** PEM of the public key, as anybody may have it. */
  publicKey: string
  /** For `tester`, for five minutes, unless the claims say otherwise; one that is undefined is left out. */
  sign(claims?: Record<string, unknown>): Promise<string>
  /** Its key is no longer among those it tells. */
  revoke(): void
}

export async function startAuthority(): Promise<Authority> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const kid = 'one'
  let keys: JWK[] = [{ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }]
  const { port, ...disposable } = await listen((_, answer) => {
    answer.writeHead(200, { 'content-type': 'application/jwk-set+json' }).end(JSON.stringify({ keys }))
  })
  const issuer = `http://127.0.0.1:${port}`
  return {
    ...disposable,
    issuer,
    jwks: new URL('/jwks.json', issuer),
    publicKey: await exportSPKI(publicKey),
    sign: (claims = {}) => {
      const exp = Math.floor(Date.now() / 1000) + 300
      const all = { iss: issuer, aud: audience, sub: 'tester', exp, ...claims }
      return new SignJWT(all).setProtectedHeader({ alg, kid }).sign(privateKey)
    },
    revoke() {
      keys = []
    },
  }
}

interface GatewayOptions {
  /** Whose tokens it takes. */
  authority: Pick<Authority, 'issuer' | 'jwks'>
  /** `user:password` by the subject of a token. */
  users?: Record<string, string>
  /** What it refuses whoever comes. */
  refuses?: (url: URL) => boolean
  /** How long it thinks before it looks at a token. */
  delayMs?: number
}

export interface Gateway extends AsyncDisposable {
  connection: Connection
  /** How many requests it let through, and how many it refused. */
  passed: number
  refused: number
}

/** A reverse proxy that checks who comes with a JWT, and signs in for them at the ClickHouse behind it. */
export async function startGateway(
  behind: TestServer,
  { authority, users = { tester: `tester:${password}` }, refuses, delayMs = 0 }: GatewayOptions,
): Promise<Gateway> {
  // A key that is revoked is not taken one moment longer.
  const keys = createRemoteJWKSet(authority.jwks, { cacheMaxAge: 0, cooldownDuration: 0 })
  const checks = {
    issuer: authority.issuer,
    audience,
    algorithms: [alg, 'ES256'],
    requiredClaims: ['exp', 'sub'],
  }
  const credentialsOf = async ({ headers, url = '' }: IncomingMessage): Promise<string> => {
    if (refuses?.(new URL(url, authority.issuer)) === true) throw new Error('it is refused')
    const [, token] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? []
    await sleep(delayMs)
    const { payload } = await jwtVerify(token ?? '', keys, checks)
    const credentials = users[payload.sub ?? '']
    if (credentials === undefined) throw new Error('the subject is not known')
    return credentials
  }
  const { port, ...disposable } = await listen((incoming, outgoing) => {
    credentialsOf(incoming).then(
      (credentials) => {
        gateway.passed++
        pass(incoming, outgoing, new URL(behind.running.url), credentials)
      },
      () => {
        gateway.refused++
        incoming.resume()
        outgoing.writeHead(401, { 'www-authenticate': 'Bearer' }).end('the token is not valid')
      },
    )
  })
  const gateway: Gateway = {
    ...disposable,
    connection: { ...behind.connection, port },
    passed: 0,
    refused: 0,
  }
  return gateway
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, target: URL, credentials: string): void {
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
  const headers = { ...incoming.headers, authorization }
  const options = { method: incoming.method, headers, agent: false } as const
  const asked = request(new URL(incoming.url ?? '/', target), options, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    pipeline(answer, outgoing, () => undefined)
  })
  asked.on('error', () => outgoing.destroy())
  // Who hangs up here hangs up there.
  outgoing.on('close', () => asked.destroy())
  incoming.pipe(asked)
}
