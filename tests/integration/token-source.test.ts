import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openServer, type Server } from '../../src/clickhouse/index.ts'
import type { Reach } from '../../src/clickhouse/reach.ts'
import { AppError, type Connection, type ErrorCode, type TokenSource } from '../../src/shared/index.ts'
import { errorOf, password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { audience, startGateway, type Gateway } from '../support/gateway.ts'
import { programClient, startIdentityProvider, type IdentityProvider } from '../support/identity-provider.ts'
import { makeCertificates, startTlsProxy } from '../support/tls-proxy.ts'

let behind: TestServer
beforeAll(async () => {
  behind = await startServer()
})
afterAll(() => behind[Symbol.asyncDispose]())

const { clientId, clientSecret } = programClient

/** A provider of its own for each test: what is known of one is not known of another. */
async function openBoth(tokenSeconds: number) {
  const stack = new AsyncDisposableStack()
  const provider = stack.use(await startIdentityProvider({ tokenSeconds }))
  const authority = { issuer: provider.issuer, jwks: new URL('/jwks', provider.issuer) }
  const users = { [clientId]: `tester:${password}` }
  const gateway = stack.use(await startGateway(behind, { authority, users }))
  return { provider, gateway, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const sourceAt = (issuer: string): TokenSource => ({ issuer, clientId, audience })
const connectionOf = (gateway: Gateway, provider: IdentityProvider): Connection => ({
  ...gateway.connection,
  tokenSource: sourceAt(provider.issuer),
})
const one = async (server: Server) => (await server.rows<{ one: number }>('SELECT 1 AS one'))[0]?.one

describe('tokens of an identity provider', () => {
  it('open the way through a gateway, and are asked for once for all connections', async () => {
    await using both = await openBoth(600)
    const connection = connectionOf(both.gateway, both.provider)
    await Promise.all(
      [1, 2, 3].map(async () => {
        await using server = openServer(connection, { clientSecret })
        expect(await Promise.all([one(server), one(server)])).toEqual([1, 1])
      }),
    )
    expect([both.provider.discoveries(), both.gateway.passed, both.gateway.refused]).toEqual([1, 6, 0])
  })

  it('that live for 10 s are renewed before they end', async () => {
    // Of a fifth of that, which is left when it is renewed, a busy machine may take a good part to send a statement.
    await using both = await openBoth(10)
    await using server = openServer(connectionOf(both.gateway, both.provider), { clientSecret })
    const since = performance.now()
    while (both.provider.discoveries() < 3) {
      expect(await one(server)).toBe(1)
      await sleep(250)
    }
    // On a busy machine it takes longer.
    const seconds = (performance.now() - since) / 1000
    expect(both.gateway.refused).toBe(0)
    expect(seconds).toBeGreaterThan(14)
  })

  it('that are refused before their time are replaced, once', async () => {
    await using both = await openBoth(600)
    await using server = openServer(connectionOf(both.gateway, both.provider), { clientSecret })
    expect(await one(server)).toBe(1)
    await both.provider.rotateKey()
    both.provider.revokeOldKeys()
    expect(await one(server)).toBe(1)
    expect([both.provider.discoveries(), both.gateway.refused]).toEqual([2, 1])
  })

  it('that nobody accepts end with AUTH_FAILED, and are asked for no more than twice', async () => {
    await using both = await openBoth(600)
    const strange = { ...sourceAt(both.provider.issuer), audience: 'https://elsewhere.test' }
    const connection = { ...both.gateway.connection, tokenSource: strange }
    await using server = openServer(connection, { clientSecret })
    expect(await errorOf(one(server))).toMatchObject({ code: 'AUTH_FAILED' })
    expect([both.provider.discoveries(), both.gateway.refused]).toEqual([2, 2])
  })

  it('are not tried again with data, which are gone', async () => {
    await using provider = await startIdentityProvider()
    const authority = { issuer: provider.issuer, jwks: new URL('/jwks', provider.issuer) }
    let tries = 0
    const refuses = (url: URL) => url.searchParams.has('query') && ++tries > 0
    await using picky = await startGateway(behind, { authority, refuses })
    await using server = openServer(connectionOf(picky, provider), { clientSecret })
    const asked = server.ask("INSERT INTO FUNCTION null('id UInt8') FORMAT CSV", {
      data: Readable.from(['1\n']),
    })
    expect(await errorOf(asked)).toMatchObject({ code: 'AUTH_FAILED' })
    expect(tries).toBe(1)
  })

  it('last until their end when the provider is away', async () => {
    const both = await openBoth(10)
    await using server = openServer(connectionOf(both.gateway, both.provider), { clientSecret })
    expect(await one(server)).toBe(1)
    const keys = await fetch(new URL('/jwks', both.provider.issuer)).then((answer) => answer.text())
    await both.provider[Symbol.asyncDispose]()
    // The gateway goes on to know its keys.
    const port = Number(new URL(both.provider.issuer).port)
    let asked = 0
    const stand = createServer((request, response) => {
      if (request.url === '/jwks') {
        response.setHeader('content-type', 'application/json').end(keys)
        return
      }
      asked++
      response.writeHead(503).end()
    })
    await new Promise<void>((ready) => stand.listen(port, '127.0.0.1', ready))
    // Until it is to be renewed, and that time as well, because it has not ended yet.
    while (asked === 0) {
      await sleep(100)
      expect(await one(server)).toBe(1)
    }
    await expect
      .poll(() => errorOf(one(server)))
      .toMatchObject({
        code: 'IDENTITY_PROVIDER',
        message: `The identity provider 127.0.0.1:${port} cannot answer now.`,
      })
    stand.closeAllConnections()
    stand.close()
    await both.gateway[Symbol.asyncDispose]()
  })
})

describe('an identity provider', () => {
  async function refuses(source: TokenSource, words: string, more: Options = {}) {
    const { secret = clientSecret, code = 'IDENTITY_PROVIDER', ca, reach } = more
    const connection = { ...behind.connection, tokenSource: source }
    await using server = openServer(connection, { clientSecret: secret, ...(ca && { ca }) }, { reach })
    const error = await errorOf(one(server))
    if (!(error instanceof AppError)) throw new Error('it was not refused')
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(words)])
    expect(error.message).toMatch(/^[^\n]+\.$/)
    const { host, hostname } = new URL(source.issuer)
    expect([host, hostname]).toContain(error.place?.host)
    expect(JSON.stringify([error.toBody(), String(error.cause)])).not.toContain(secret)
    return error
  }
  interface Options {
    secret?: string
    code?: ErrorCode
    ca?: string
    reach?: Reach
  }

  it('that does not know the client or its secret is told, and the secret is not', async () => {
    await using provider = await startIdentityProvider()
    const host = new URL(provider.issuer).host
    const secret = 'wrong-and-secret'
    const words = `${host} does not accept the client`
    await refuses(sourceAt(provider.issuer), `${words} program or its secret.`, { secret })
    const stranger = { ...sourceAt(provider.issuer), clientId: 'stranger' }
    await refuses(stranger, `${words} stranger or its secret.`, { secret })
  })

  it('that gives no token for what is asked is told', async () => {
    await using provider = await startIdentityProvider()
    const source = { ...sourceAt(provider.issuer), audience: 'https://clickhouse.test/#part' }
    const host = new URL(provider.issuer).host
    await refuses(source, `The identity provider ${host} gives program no token: invalid_target.`)
  })

  it('where nobody listens, or somebody else, is told', async () => {
    await refuses(sourceAt('http://127.0.0.1:9'), 'The identity provider 127.0.0.1:9 cannot be reached.')
    await refuses(sourceAt('http://[::1]:9/realm'), 'The identity provider [::1]:9 cannot be reached.')
    const issuer = `http://127.0.0.1:${behind.connection.port}`
    await refuses(sourceAt(issuer), `is not the identity provider ${issuer}.`)
  })

  it('is not asked without TLS unless it is on this machine', () =>
    refuses(sourceAt('http://192.0.2.1'), 'The identity provider 192.0.2.1 must be asked by https.'))

  it('is asked by TLS with the authority of the connection', async () => {
    await using provider = await startIdentityProvider()
    const certificates = await makeCertificates()
    await using proxy = await startTlsProxy(new URL(provider.issuer), certificates)
    const issuer = `https://127.0.0.1:${proxy.port}`
    const untrusted = await refuses(sourceAt(issuer), 'cannot be reached.')
    expect(untrusted.detail).toMatch(/self.signed/)
    // It says of itself that it is another one.
    await refuses(sourceAt(issuer), `is not the identity provider ${issuer}.`, { ca: certificates.cert })
  })

  it('is only asked where connections may lead', async () => {
    const reach = { allow: ['127.0.0.1'], deny: [] }
    await refuses(sourceAt('http://127.0.0.2:9'), 'may not connect to 127.0.0.2', {
      reach,
      code: 'HOST_NOT_ALLOWED',
    })
  })

  it('without a secret for it is not asked', async () => {
    const connection = { ...behind.connection, tokenSource: sourceAt('http://127.0.0.1:9') }
    await using server = openServer(connection, {})
    const sentence = 'There is no client secret for the identity provider 127.0.0.1:9.'
    expect(await errorOf(one(server))).toMatchObject({ code: 'IDENTITY_PROVIDER', message: sentence })
  })
})
