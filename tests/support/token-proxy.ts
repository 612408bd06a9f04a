import { createHmac, createSign, createVerify, type KeyObject, timingSafeEqual } from 'node:crypto'
import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What signs and what verifies a JWT: a shared secret (HS256) or a pair of keys (RS256). */
export type TokenKeys = { secret: string } | { privateKey: KeyObject; publicKey: KeyObject }

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

export function signToken(claims: object, keys: TokenKeys): string {
  const alg = 'secret' in keys ? 'HS256' : 'RS256'
  const signed = `${encode({ alg, typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${signature(signed, keys)}`
}

function signature(signed: string, keys: TokenKeys): string {
  if ('secret' in keys) return createHmac('sha256', keys.secret).update(signed).digest('base64url')
  return createSign('sha256').update(signed).sign(keys.privateKey, 'base64url')
}

function isGenuine(token: string, keys: TokenKeys): boolean {
  const end = token.lastIndexOf('.')
  const [signed, given] = [token.slice(0, end), token.slice(end + 1)]
  if ('publicKey' in keys)
    return createVerify('sha256').update(signed).verify(keys.publicKey, given, 'base64url')
  const [mine, theirs] = [Buffer.from(signature(signed, keys)), Buffer.from(given)]
  return mine.length === theirs.length && timingSafeEqual(mine, theirs)
}

function isAccepted(incoming: IncomingMessage, keys: TokenKeys): boolean {
  const [, token] = /^Bearer (\S+)$/.exec(incoming.headers.authorization ?? '') ?? []
  if (token === undefined || !isGenuine(token, keys)) return false
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    exp?: number
  }
  return claims.exp === undefined || claims.exp * 1000 > Date.now()
}

/** A proxy that takes a JWT and signs in to the server behind with the credentials (`user:password`) that it stands for. */
export async function startTokenProxy(target: URL, credentials: string, keys: TokenKeys) {
  const server = createServer((incoming, outgoing) => {
    if (!isAccepted(incoming, keys)) {
      outgoing.writeHead(401).end('the token is not valid')
      return
    }
    const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
    const headers = { ...incoming.headers, authorization }
    const options = { method: incoming.method, headers, agent: false } as const
    const behind = request(new URL(incoming.url ?? '/', target), options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    behind.on('error', () => outgoing.destroy())
    incoming.pipe(behind)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
