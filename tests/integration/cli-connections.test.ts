import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ConnectionTest, SavedConnection } from '../../src/shared/index.ts'
import { House, urlOf } from '../support/cli.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { audience, startAuthority, startGateway, type Authority, type Gateway } from '../support/gateway.ts'
import { programClient, startIdentityProvider } from '../support/identity-provider.ts'
import { filesHolding } from '../support/planted.ts'
import { makeCertificates, startTlsProxy, type Certificates, type Proxy } from '../support/tls-proxy.ts'

let house: House
let remote: TestServer
let authority: Authority
let gateway: Gateway
let certificates: Certificates
let tls: Proxy

beforeAll(async () => {
  house = new House()
  ;[remote, authority, certificates] = await Promise.all([
    startServer(),
    startAuthority(),
    makeCertificates(),
  ])
  gateway = await startGateway(remote, { authority })
  tls = await startTlsProxy(new URL(remote.running.url), certificates, true)
})
afterAll(async () => {
  for (const one of [tls, gateway, authority, remote, house]) await one[Symbol.asyncDispose]()
})

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

interface Answered<Result> {
  exitCode: number | null
  stdout: Result
  stderr: string
}
async function json<Result>(args: string[], env: Record<string, string> = {}): Promise<Answered<Result>> {
  const { stdout, ...answer } = await house.run(['connections', ...args, '--json'], { env })
  return { ...answer, stdout: JSON.parse(stdout) as Result }
}
const print = (args: string[], env: Record<string, string> = {}) =>
  house.run(['connections', ...args], { env })
const test = (name: string, env?: Record<string, string>) =>
  json<ConnectionTest & { ok: boolean }>(['test', '--connection', name], env)
/** Both directions, with nothing in the environment. */
async function movesBothWays(name: string): Promise<void> {
  const table = `moved_${name}`
  house.write('moved.csv', 'id,name\n1,é\n2,b\n')
  const into = await house.transfer(['import', 'moved.csv', '--connection', name, '--table', table])
  expect(into.report).toMatchObject({ error: null, rowsWritten: 2 })
  const out = await house.transfer(['export', table, '--connection', name, '--to', `${table}.csv`])
  expect(out.report).toMatchObject({ error: null, rowsWritten: 2 })
  expect(house.read(`${table}.csv`)).toBe('"id","name"\n1,"é"\n2,"b"\n')
}

it('adds a connection with a password, moves data over it, and forgets it', async () => {
  const url = urlOf(remote.connection)
  const options = [
    '--connect-timeout',
    '5',
    '--request-timeout',
    '60',
    '--setting',
    'max_threads=1',
    '--setting',
    'log_comment=a=b',
  ]
  const added = await json<SavedConnection>(['add', 'pw', '--url', url, ...options], {
    FLATHOUSE_PASSWORD: password,
  })
  const saved: SavedConnection = {
    name: 'pw',
    connection: {
      ...remote.connection,
      connectTimeout: 5,
      requestTimeout: 60,
      settings: { max_threads: '1', log_comment: 'a=b' },
    },
    secrets: ['password'],
    areSecretsTemporary: false,
    tokenExpiresAt: null,
  }
  expect(added).toEqual({ exitCode: 0, stdout: saved, stderr: '' })
  const list = await json<{ connections: SavedConnection[] }>(['list'])
  expect(list.stdout.connections.map(({ name }) => name)).toEqual(['embedded', 'pw'])
  expect(list.stdout.connections[1]).toEqual(saved)
  expect(await test('pw')).toMatchObject({ exitCode: 0, stdout: { ok: true, error: null } })
  await movesBothWays('pw')
  expect(await print(['remove', 'pw'])).toEqual({ exitCode: 0, stdout: '"pw" is removed.\n', stderr: '' })
  expect(await test('pw')).toMatchObject({
    exitCode: 2,
    stdout: { error: { code: 'CONNECTION_NOT_FOUND' } },
  })
})

it('adds one with a JWT, and says when it has ended', async () => {
  const url = urlOf(gateway.connection)
  const token = await authority.sign()
  const added = await print(['add', 'jwt', '--url', url], { FLATHOUSE_TOKEN: token })
  expect(added.stdout).toBe(`"jwt" (http://127.0.0.1:${gateway.connection.port}) is saved with its token.\n`)
  expect(await test('jwt')).toMatchObject({ exitCode: 0, stdout: { ok: true } })
  await movesBothWays('jwt')
  const ended = await authority.sign({ exp: inSeconds(-60) })
  await print(['add', 'jwt', '--url', url], { FLATHOUSE_TOKEN: ended })
  const failed = await test('jwt')
  expect(failed).toMatchObject({ exitCode: 3, stdout: { ok: false, error: { code: 'TOKEN_EXPIRED' } } })
  expect((await print(['list'])).stdout).toMatch(/jwt .* token +ended 20\d\d-/)
  // The environment's own wins, and is not kept.
  expect(await test('jwt', { FLATHOUSE_TOKEN: token })).toMatchObject({ exitCode: 0 })
  expect(await test('jwt')).toMatchObject({ exitCode: 3 })
  for (const secret of [token, ended]) expect(JSON.stringify([added, failed])).not.toContain(secret)
  expect(filesHolding(house.dir, [token, ended])).toEqual([])
})

it('adds one with a client certificate', async () => {
  const { cert: ca, clientCert: cert, clientKey: key } = certificates
  const files = Object.entries({ ca, cert, key }).flatMap(([name, pem]) => {
    writeFileSync(house.path(`${name}.pem`), pem)
    return [`--${name}`, `${name}.pem`]
  })
  const url = urlOf({ ...remote.connection, protocol: 'https', port: tls.port })
  const added = await print(['add', 'mtls', '--url', url, ...files], { FLATHOUSE_PASSWORD: password })
  expect(added.stdout).toContain('with its password, CA certificate, client certificate, key.')
  for (const name of ['ca', 'cert', 'key']) rmSync(house.path(`${name}.pem`))
  const tried = await print(['test', '--connection', 'mtls'])
  expect(tried.exitCode, tried.stderr).toBe(0)
  expect(tried.stdout).toMatch(
    /^✓ host name .*\n✓ TCP .*\n✓ TLS .*\n✓ login .*\n✓ version .*\n✓ database .*\n✓ rights .*\n$/,
  )
  await movesBothWays('mtls')
  // Left-out secrets stay.
  const again = await json<SavedConnection>(['add', 'mtls', '--url', url, '--connect-timeout', '3'])
  expect(again.stdout.secrets).toEqual(['password', 'ca', 'cert', 'key'])
  const keyLines = certificates.clientKey.split('\n').slice(1, 3)
  expect(filesHolding(house.dir, [password, ...keyLines])).toEqual([])
})

it('adds one whose tokens come from an identity provider', async () => {
  const { clientId, clientSecret } = programClient
  await using provider = await startIdentityProvider()
  await using behind = await startGateway(remote, {
    authority: { issuer: provider.issuer, jwks: new URL('/jwks', provider.issuer) },
    users: { [clientId]: `tester:${password}` },
  })
  const source = ['--issuer', provider.issuer, '--client-id', clientId, '--audience', audience]
  const added = await json<SavedConnection>(['add', 'idp', '--url', urlOf(behind.connection), ...source], {
    FLATHOUSE_CLIENT_SECRET: clientSecret,
    // Not the way that this connection signs in.
    FLATHOUSE_PASSWORD: 'of another one',
  })
  expect(added.stdout.secrets).toEqual(['clientSecret'])
  expect(await test('idp')).toMatchObject({ exitCode: 0, stdout: { ok: true } })
  await movesBothWays('idp')
  // The same without saving it.
  const tried = await print(['test', '--url', urlOf(behind.connection), ...source], {
    FLATHOUSE_CLIENT_SECRET: 'wr0ng-client-secret',
  })
  expect(tried.exitCode).toBe(3)
  expect(JSON.stringify(tried)).not.toContain('wr0ng-client-secret')
  expect(filesHolding(house.dir, [clientSecret])).toEqual([])
})

it('refuses a key that is none, and does not repeat it', async () => {
  const refused = await print(['list'], { FLATHOUSE_SECRET_KEY: 'hunter2' })
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
  expect(refused.stderr).toMatch(/^FLATHOUSE_SECRET_KEY holds no key/)
  expect(refused.stderr).not.toContain('hunter2')
})

it('prints how far it came, and what is wrong with its remedy', async () => {
  const wrong = await print(['test', '--url', urlOf(remote.connection)], {
    FLATHOUSE_PASSWORD: 'wr0ng-secret',
  })
  expect(wrong.exitCode).toBe(3)
  expect(wrong.stdout).toMatch(
    /^✓ host name {2}127\.0\.0\.1\n✓ TCP .*\n✗ login\n· version {4}not tried\n· database {3}not tried\n· rights {5}not tried\n$/,
  )
  expect(wrong.stderr).toMatch(/^[^\n]+127\.0\.0\.1[^\n]+\.\n[^\n]+\.\n$/)
  expect(JSON.stringify(wrong)).not.toContain('wr0ng-secret')
  const embedded = await json<ConnectionTest & { ok: boolean }>(['test'])
  expect(embedded.stdout).toMatchObject({ ok: true, error: null, timezone: 'UTC' })
})

it('rotates the key, and goes on with the new one', async () => {
  await print(['add', 'pw', '--url', urlOf(remote.connection)], { FLATHOUSE_PASSWORD: password })
  const before = house.run(['secrets', 'rotate', '--json'])
  const { sealed, unreadable, keyFile } = JSON.parse((await before).stdout) as Record<string, unknown>
  expect(sealed).toBeGreaterThanOrEqual(1)
  expect([unreadable, keyFile]).toEqual([0, join(house.data, 'secrets.key')])
  expect(await test('pw')).toMatchObject({ exitCode: 0 })
  const said = await house.run(['secrets', 'rotate'])
  expect(said.stdout).toMatch(/^Sealed \d+ secrets? with a new key, which is in .*secrets\.key\.\n$/)
})

it.each<[string, string[], string]>([
  ['no address', ['add', 'a'], 'A connection takes --url.'],
  ['a name that cannot be', ['add', '../a', '--url', 'http://u@h/d'], 'A connection cannot be called "../a"'],
  ['the name of the embedded database', ['add', 'embedded', '--url', 'http://u@h/d'], 'cannot be called'],
  [
    'half a token source',
    ['test', '--url', 'http://u@h/d', '--issuer', 'https://i'],
    'takes both --issuer and --client-id',
  ],
  [
    'an issuer that is no address',
    ['test', '--url', 'http://u@h/d', '--issuer', 'i', '--client-id', 'c'],
    'tokenSource.issuer',
  ],
  [
    'a way besides a saved name',
    ['test', '--connection', 'a', '--url', 'http://u@h/d'],
    'cannot be used with',
  ],
  ['a setting without a value', ['test', '--url', 'http://u@h/d', '--setting', 'max_threads'], 'name=value'],
  [
    'a setting of an odd name',
    ['test', '--url', 'http://u@h/d', '--setting', 'a b=1'],
    'The connection cannot be used',
  ],
  ['a timeout without an address', ['test', '--connect-timeout', '3'], 'together with --url only'],
  ['no time at all', ['test', '--url', 'http://u@h/d', '--connect-timeout', '0'], '1 or more'],
])('refuses %s', async (_, args, words) => {
  const { exitCode, stderr } = await print(args)
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(words)])
})
