import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import {
  createRemoteJWKSet,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWTPayload,
} from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OidcOptions } from '../../src/access/index.ts'
import { password, startAccess, type TestAccess } from '../support/access.ts'
import { errorOf } from '../support/clickhouse-server.ts'
import {
  loginClient,
  programClient,
  startIdentityProvider,
  type IdentityProvider,
} from '../support/identity-provider.ts'

const redirectUri = 'http://127.0.0.1:8844/api/v1/session/oidc/callback'
const loginFailed = { code: 'LOGIN_FAILED', status: 401 }
const sessionEnded = { code: 'SESSION_ENDED', status: 401 }

let provider: IdentityProvider
beforeAll(async () => void (provider = await startIdentityProvider()))
afterAll(() => provider[Symbol.asyncDispose]())

const optionsOf = ({ issuer }: { issuer: string }, more: Partial<OidcOptions> = {}): OidcOptions => ({
  issuer,
  ...loginClient,
  ...more,
})

let test: TestAccess
beforeEach(async () => void (test = await startAccess({ oidc: optionsOf(provider) })))
afterEach(() => test[Symbol.asyncDispose]())

const word = (error: unknown) => (error as Error).message

/** As a browser does it, with what it keeps from the one visit to the other. */
async function login(user: string, { to = '/', at = test, from = provider } = {}) {
  const { url, state } = await at.access.startOidc(redirectUri, to)
  return await at.access.finishOidc(await from.signIn(url, user), state)
}

describe('a login at the identity provider', () => {
  it.each([
    ['alice', 'admin'],
    ['oscar', 'operator'],
    ['vera', 'viewer'],
  ])('lets %s in as %s', async (user, role) => {
    const { session, to } = await login(user, { to: '/runs/7?tab=log#end' })
    expect(to).toBe('/runs/7?tab=log#end')
    expect(session.principal).toMatchObject({ user, role, way: 'oidc' })
    expect(await test.access.authenticate(session.accessToken)).toEqual(session.principal)
    const next = await test.access.refresh(session.refreshToken)
    expect(next.principal).toMatchObject({ user, role, way: 'oidc' })
  })

  it('says which claim gave no role', async () => {
    const error = await errorOf(login('nora'))
    expect(error).toMatchObject(loginFailed)
    expect(word(error)).toMatch(/127\.0\.0\.1:\d+ gives nora no role for Flathouse in the claim "roles"/)
  })

  it('takes the roles to mean what they are said to', async () => {
    await using named = await test.another({
      oidc: optionsOf(provider, { roles: { operator: 'viewer' }, name: 'Our Login' }),
    })
    const { session } = await login('oscar', { at: named })
    expect(session.principal.role).toBe('viewer')
    expect(word(await errorOf(login('alice', { at: named })))).toContain('Our Login gives alice no role')
    expect(await named.access.ways()).toEqual({ password: false, oidc: 'Our Login', link: true })
  })

  it('finds the role in the user information when the ID token lacks it', async () => {
    await using other = await startIdentityProvider({ claimsInUserinfoOnly: true })
    await using at = await test.another({ oidc: optionsOf(other) })
    const { session } = await login('oscar', { at, from: other })
    expect(session.principal).toMatchObject({ user: 'oscar', role: 'operator' })
    expect(word(await errorOf(login('nora', { at, from: other })))).toContain('gives nora no role')
  })

  it('asks by PKCE, state and nonce, and tells the browser none of what it keeps', async () => {
    const { url, state } = await test.access.startOidc(redirectUri, '/secret-page')
    const asked = Object.fromEntries(new URL(url).searchParams)
    expect(asked).toMatchObject({
      response_type: 'code',
      client_id: loginClient.clientId,
      redirect_uri: redirectUri,
      scope: 'openid profile email',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      nonce: expect.stringMatching(/^[\w-]{43}$/) as string,
    })
    const kept = Buffer.from(state.split('.')[1] ?? '', 'base64url').toString('latin1')
    for (const secret of [asked['state'] ?? '?', asked['nonce'] ?? '?', 'secret-page', 'verifier'])
      expect(`${kept}${state}`).not.toContain(secret)
    expect(url).not.toContain('secret-page')
  })

  it('is finished once', async () => {
    const { url, state } = await test.access.startOidc(redirectUri, '/')
    const callback = await provider.signIn(url, 'vera')
    await test.access.finishOidc(callback, state)
    expect(await errorOf(test.access.finishOidc(callback, state))).toMatchObject(loginFailed)
  })

  it('is finished behind a proxy that shows another address', async () => {
    const { url, state } = await test.access.startOidc(redirectUri, '/')
    const { search } = await provider.signIn(url, 'vera')
    await test.access.finishOidc(new URL(search, 'http://inside:1/other'), state)
  })

  it('is finished only in the browser that began it, within ten minutes', async () => {
    const [mine, theirs] = [
      await test.access.startOidc(redirectUri, '/'),
      await test.access.startOidc(redirectUri, '/'),
    ]
    const callback = await provider.signIn(theirs.url, 'vera')
    const finish = (state: string | undefined) => errorOf(test.access.finishOidc(callback, state))
    const swapped = `${mine.state.split('.')[0] ?? ''}.${theirs.state.split('.')[1]?.slice(1) ?? ''}`
    for (const state of [undefined, '', 'x', mine.state, swapped, `${theirs.state.slice(0, -3)}AAA`])
      expect(await finish(state)).toMatchObject(loginFailed)
    await using elsewhere = await startAccess({ oidc: optionsOf(provider) })
    expect(await errorOf(elsewhere.access.finishOidc(callback, theirs.state))).toMatchObject(loginFailed)
    test.wait(601)
    expect(await finish(theirs.state)).toMatchObject(loginFailed)
    test.wait(-601)
    expect(await finish(theirs.state)).toBeUndefined()
  })

  it.each([
    ['access_denied', 'access_denied'],
    ['<script>alert(1)</script>', 'scriptalert1script'],
  ])('that the provider refused says so: %s', async (code, shown) => {
    const { url, state } = await test.access.startOidc(redirectUri, '/')
    const callback = new URL(redirectUri)
    callback.search = new URLSearchParams({
      error: code,
      error_description: 'words of anybody',
      state: new URL(url).searchParams.get('state') ?? '',
      iss: provider.issuer,
    }).toString()
    const error = await errorOf(test.access.finishOidc(callback, state))
    expect(error).toMatchObject(loginFailed)
    expect(word(error)).toContain(`(${shown})`)
    expect(inspect(error)).not.toContain('words of anybody')
  })

  it.each([
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    ' /runs',
    '',
    'runs',
  ])('goes on to the first page instead of %j', async (to) => {
    expect((await login('vera', { to })).to).toBe('/')
  })

  it.each(['local', 'vera'])(
    'is refused to who is called as somebody of Flathouse itself: %s',
    async (name) => {
      if (name === 'local') {
        const token = await provider.sign({ preferred_username: 'Local' })
        expect(await errorOf(test.access.authenticate(token))).toMatchObject(loginFailed)
      } else {
        await test.access.users.save('Vera', { role: 'admin', password })
        expect(await errorOf(login('vera'))).toMatchObject(loginFailed)
      }
    },
  )

  it('gives no password to change, and API tokens of its role', async () => {
    const { principal } = (await login('oscar')).session
    expect(await errorOf(test.access.users.changePassword(principal, '', password))).toMatchObject(
      loginFailed,
    )
    const create = (scope: 'viewer' | 'operator' | 'admin') =>
      test.access.tokens.create(principal, { name: 'ci', scope, days: 1 })
    expect(await errorOf(create('admin'))).toMatchObject({ code: 'ROLE_MISSING' })
    const { token } = await create('operator')
    expect(await test.access.authenticate(token)).toMatchObject({
      user: 'oscar',
      role: 'operator',
      way: 'token',
    })
    // Nobody knows oscar where no provider is asked.
    await using without = await startAccess()
    expect(await without.access.ways()).toMatchObject({ oidc: null })
    expect(await errorOf(without.access.startOidc(redirectUri, '/'))).toMatchObject({
      code: 'ROUTE_NOT_FOUND',
    })
  })
})

describe('a provider that cannot be used', () => {
  const start = ({ access }: TestAccess) => errorOf(access.startOidc(redirectUri, '/'))
  const unusable = (host: string) => ({ code: 'IDENTITY_PROVIDER', place: { host } })

  it('that was down is asked again', async () => {
    const { port, close } = await closedPort()
    await close()
    const issuer = `http://127.0.0.1:${port}`
    await using at = await startAccess({ oidc: optionsOf({ issuer }) })
    const error = await start(at)
    expect(error).toMatchObject(unusable(`127.0.0.1:${port}`))
    expect(word(error)).toContain(`127.0.0.1:${port}`)
    await using late = await startIdentityProvider({ port })
    await expect.poll(() => start(at), { timeout: 5000 }).toBeUndefined()
    expect(late.discoveries()).toBe(1)
    await login('vera', { at, from: late })
    expect(late.discoveries()).toBe(1)
  })

  it('that is none is named', async () => {
    const server = createServer((_, response) => response.end('<h1>Hello</h1>'))
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    await using at = await startAccess({ oidc: optionsOf({ issuer: `http://${host}` }) })
    expect(await start(at)).toMatchObject(unusable(host))
    server.close()
  })

  it('that does not know the client is named, and the secret is not', async () => {
    const oidc = optionsOf(provider, { clientSecret: 'not-this-one-either' })
    await using at = await startAccess({ oidc })
    const error = await errorOf(login('vera', { at }))
    expect(error).toMatchObject(unusable(new URL(provider.issuer).host))
    expect(inspect(error, { depth: 9 })).toContain('invalid_client')
    expect(inspect(error, { depth: 9 })).not.toContain('not-this-one-either')
  })

  it.each(['http://login.example.com', 'http://127.0.0.1.example.com', 'ftp://127.0.0.1'])(
    'in the clear is not asked: %s',
    async (issuer) => {
      const error = await errorOf(startAccess({ oidc: optionsOf({ issuer }) }))
      expect(error).toMatchObject({ code: 'IDENTITY_PROVIDER' })
      expect(word(error)).toContain('must be asked by https')
    },
  )
})

describe('a Bearer token of the provider', () => {
  const use = (token: string, at = test) => at.access.authenticate(token)
  const refusal = async (token: string, at = test) => await errorOf(use(token, at))
  const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

  it('lets in as whom it names, with the role of its claim', async () => {
    const exp = inSeconds(100)
    expect(await use(await provider.sign({ sub: 'vera', roles: ['viewer'], exp }))).toEqual({
      user: 'vera',
      role: 'viewer',
      way: 'oidc',
      sessionId: null,
      expiresAt: new Date(exp * 1000),
    })
  })

  it('may be that of a program, for an audience of its own', async () => {
    const audience = 'https://flathouse.example'
    await using at = await test.another({ oidc: optionsOf(provider, { audience }) })
    const tokenFor = async (resource: string) => {
      const { clientId, clientSecret } = programClient
      const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
      const body = new URLSearchParams({ grant_type: 'client_credentials', resource })
      const answer = await fetch(`${provider.issuer}/token`, {
        method: 'POST',
        body,
        headers: { authorization },
      })
      return ((await answer.json()) as { access_token: string }).access_token
    }
    expect(await use(await tokenFor(audience), at)).toMatchObject({ user: 'program', role: 'operator' })
    expect(await refusal(await tokenFor('https://elsewhere.example'), at)).toMatchObject(sessionEnded)
    expect(await refusal(await tokenFor(audience))).toMatchObject(sessionEnded)
  })

  it('without a role says which claim lacked it', async () => {
    for (const roles of [undefined, [], ['other'], 'administrator'])
      expect(word(await refusal(await provider.sign({ roles })))).toContain('the claim "roles"')
  })

  const forged: [string, () => Promise<string>][] = [
    ['that has ended', () => provider.sign({ exp: inSeconds(-1) })],
    ['that never ends', () => provider.sign({ exp: undefined as never })],
    ['not yet valid', () => provider.sign({ nbf: inSeconds(60) })],
    ['for others', () => provider.sign({ aud: 'elsewhere' })],
    ['for nobody', () => provider.sign({ aud: undefined as never })],
    ['without a subject', () => provider.sign({ sub: undefined as never })],
    ['of another issuer', () => provider.sign({ iss: 'https://login.example.com' })],
    ['that says it is ours', () => provider.sign({ iss: 'flathouse', aud: 'flathouse', sid: 'x' })],
    ['with a kid that is not there', () => provider.sign({}, { kid: 'other' })],
    ['with claims that were changed', () => changed(1, (claims) => ({ ...claims, roles: ['admin'] }))],
    ['with alg none', () => changed(0, () => ({ alg: 'none' }))],
    ['with another key', async () => await byKey((await generateKeyPair('RS256')).privateKey, 'RS256')],
    [
      'with HS256 and the public key',
      async () => await byKey(Buffer.from(await exportSPKI(await publicKey())), 'HS256'),
    ],
  ]

  it.each(forged)('%s is refused', async (_, make) => {
    const token = await make()
    const error = await refusal(token)
    expect(error).toMatchObject(sessionEnded)
    expect(inspect(error, { depth: 9 })).not.toContain(token.slice(-20))
  })

  it('would be a good one but for its fault', async () => {
    await use(await changed(1, (claims) => claims))
  })

  it('may be signed with a key that is new, and not with one that was revoked', async () => {
    await using own = await startIdentityProvider()
    await using at = await startAccess({ oidc: optionsOf(own) })
    const old = await own.sign()
    await use(old, at)
    await own.rotateKey()
    const fresh = await own.sign()
    // Keys are asked for at most once a second, whatever tokens come.
    await sleep(1100)
    await use(fresh, at)
    await use(old, at)
    own.revokeOldKeys()
    await using later = await startAccess({ oidc: optionsOf(own) })
    expect(await refusal(old, later)).toMatchObject(sessionEnded)
    await use(fresh, later)
  })

  async function changed(part: 0 | 1, change: (value: JWTPayload) => object): Promise<string> {
    const parts = (await provider.sign({ roles: ['viewer'] })).split('.')
    const value = JSON.parse(Buffer.from(parts[part] ?? '', 'base64url').toString()) as JWTPayload
    return parts.with(part, Buffer.from(JSON.stringify(change(value))).toString('base64url')).join('.')
  }

  const publicKey = async (): Promise<CryptoKey> =>
    await createRemoteJWKSet(new URL('/jwks', provider.issuer))({ alg: 'RS256' })

  async function byKey(key: CryptoKey | Uint8Array, alg: string): Promise<string> {
    const [header = ''] = (await provider.sign()).split('.')
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
    const claims = { iss: provider.issuer, aud: loginClient.clientId, sub: 'eve', roles: ['admin'] }
    return await new SignJWT(claims).setProtectedHeader({ alg, kid }).setExpirationTime('1h').sign(key)
  }
})

async function closedPort() {
  const server = createServer()
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  return { port, close: () => new Promise((closed) => server.close(closed)) }
}
