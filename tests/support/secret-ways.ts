import type { Connection, Secrets } from '../../src/shared/index.ts'
import { startServer, type TestServer } from './clickhouse-server.ts'
import { audience, startAuthority, startGateway, type Authority, type Gateway } from './gateway.ts'
import { programClient, startIdentityProvider, type IdentityProvider } from './identity-provider.ts'
import { startParrot, type Parrot } from './parrot.ts'
import type { Planted } from './planted.ts'
import { makeCertificates, startTlsProxy, type Certificates, type Proxy } from './tls-proxy.ts'

interface Way {
  connection: Connection
  secrets: Secrets
}

/** Ways to reach a ClickHouse, each with planted secrets. */
export interface SecretWays extends AsyncDisposable {
  authority: Authority
  provider: IdentityProvider
  certificates: Certificates
  working: Record<'password' | 'token' | 'secret' | 'certificate', Way>
  broken: Record<BrokenWay, Way>
  /** Bodies that are neither connections to save nor to test, with secrets in wrong places. */
  odd: unknown[]
}

type BrokenWay =
  | 'wrong-password'
  | 'ended-token'
  | 'malformed-token'
  | 'unknown-token'
  | 'unknown-host'
  | 'untrusted'
  | 'malformed-key'
  | 'foreign-key'
  | 'wrong-secret'
  | 'repeats-password'
  | 'repeats-token'
  | 'repeats-secret'
  | 'repeats-issued-token'

export async function openSecretWays(planted: Planted): Promise<SecretWays> {
  await using stack = new AsyncDisposableStack()
  // Almost everywhere its beginning is spelt in another way.
  const password = `q"u'o\\t%é+ ${planted.make('the password of a connection')}`
  planted.plant('the secret of the program', programClient.clientSecret)
  const theirs = stack.use(await startServer([{ name: 'planter', password }]))
  const authority = stack.use(await startAuthority())
  const provider = stack.use(await startIdentityProvider())
  const credentials = `planter:${password}`
  const gateway = stack.use(await startGateway(theirs, { authority, users: { tester: credentials } }))
  const itsKeys = { issuer: provider.issuer, jwks: new URL('/jwks', provider.issuer) }
  const users = { [programClient.clientId]: credentials }
  const issued = stack.use(await startGateway(theirs, { authority: itsKeys, users }))
  const certificates = await makeCertificates()
  const { cert: ca, key: keyOfServer, clientCert: cert, clientKey: key } = certificates
  for (const [name, pem] of Object.entries({ ca, cert, key, keyOfServer }))
    planted.plant(`the PEM of ${name}`, pem)
  const tls = stack.use(await startTlsProxy(new URL(theirs.running.url), certificates, true))
  const parrot = stack.use(await startParrot())
  // All that is done with it may take longer than a token usually lasts.
  const exp = Math.floor(Date.now() / 1000) + 3600
  const token = planted.plant('a token', await authority.sign({ exp }))
  const places: Places = { theirs, gateway, issued, provider, tls }
  const working = workingWays(places, { password, token, ca, cert, key })
  const kept = stack.move()
  return {
    authority,
    provider,
    certificates,
    working,
    broken: await brokenWays(working, planted, authority, parrot),
    odd: oddBodies(working.password.connection, planted),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

interface Places {
  theirs: TestServer
  gateway: Gateway
  issued: Gateway
  provider: IdentityProvider
  tls: Proxy
}

function workingWays(
  { theirs, gateway, issued, provider, tls }: Places,
  { password, token, ca, cert, key }: Record<'password' | 'token' | 'ca' | 'cert' | 'key', string>,
): SecretWays['working'] {
  const direct = { ...theirs.connection, user: 'planter' }
  const { clientId, clientSecret } = programClient
  const tokenSource = { issuer: provider.issuer, clientId, audience }
  return {
    password: { connection: direct, secrets: { password } },
    token: { connection: gateway.connection, secrets: { token } },
    secret: { connection: { ...issued.connection, tokenSource }, secrets: { clientSecret } },
    certificate: {
      connection: { ...direct, protocol: 'https', port: tls.port },
      secrets: { password, ca, cert, key },
    },
  }
}

async function brokenWays(
  { password: direct, token: jwt, secret: idp, certificate: mtls }: SecretWays['working'],
  planted: Planted,
  authority: Authority,
  parrot: Parrot,
): Promise<SecretWays['broken']> {
  const signed = async (what: string, claims: Record<string, unknown>) =>
    planted.plant(what, await authority.sign(claims))
  const noKey = pemOf(planted.make('the content of a key that is none'))
  const foreignKey = planted.plant('a foreign key', (await makeCertificates()).clientKey)
  const repeats = { ...direct.connection, port: parrot.port }
  const { tokenSource } = idp.connection
  const repeatsToo = tokenSource && { ...tokenSource, issuer: `http://127.0.0.1:${parrot.port}` }
  const repeated = `% "+é ${planted.make('a secret that is repeated')}`
  return {
    'wrong-password': { ...direct, secrets: { password: planted.make('a wrong password of a connection') } },
    'ended-token': { ...jwt, secrets: { token: await signed('an ended token', { exp: 1 }) } },
    'malformed-token': { ...jwt, secrets: { token: planted.make('a malformed token') } },
    'unknown-token': { ...jwt, secrets: { token: await signed('a token for another', { aud: 'x' }) } },
    'unknown-host': { ...direct, connection: { ...direct.connection, host: 'name.invalid' } },
    untrusted: { ...mtls, secrets: direct.secrets },
    'malformed-key': { ...mtls, secrets: { ...mtls.secrets, key: noKey } },
    'foreign-key': { ...mtls, secrets: { ...mtls.secrets, key: foreignKey } },
    'wrong-secret': { ...idp, secrets: { clientSecret: planted.make('a wrong client secret') } },
    'repeats-password': { connection: repeats, secrets: direct.secrets },
    'repeats-token': { connection: repeats, secrets: jwt.secrets },
    'repeats-secret': {
      connection: { ...repeats, ...(repeatsToo && { tokenSource: repeatsToo }) },
      secrets: { clientSecret: repeated },
    },
    'repeats-issued-token': {
      connection: { ...repeats, ...(tokenSource && { tokenSource }) },
      secrets: idp.secrets,
    },
  }
}

const pemOf = (content: string) => `-----BEGIN PRIVATE KEY-----\n${content}\n-----END PRIVATE KEY-----\n`

function oddBodies(connection: Connection, planted: Planted): unknown[] {
  const make = (where: string) => planted.make(`a secret ${where}`)
  const like = (change: object) => ({ connection: { ...connection, ...change } })
  const issuer = 'https://id.example'
  return [
    { connection, secrets: { pasword: make('by another name') } },
    { connection, secrets: { password: { is: make('in an object') } } },
    { connection, secrets: [make('in a list')] },
    { connection, secrets: make('in place of all') },
    { connection, secrets: { password: make('beside a token'), token: make('beside a password') } },
    { connection, password: make('beside the secrets') },
    like({ password: make('in the connection') }),
    like({ port: make('in place of a port') }),
    like({ host: `planter:${make('before the host')}@127.0.0.1` }),
    like({ host: `http://planter:${make('in an address')}@127.0.0.1/` }),
    like({ settings: { password: make('among the settings') } }),
    like({ tokenSource: { issuer: `https://a:${make('in an issuer')}@id.example`, clientId: 'a' } }),
    like({ tokenSource: { issuer, clientId: 'a', secret: make('beside a client') } }),
    make('as a body'),
  ]
}
