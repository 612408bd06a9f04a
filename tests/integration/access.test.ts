import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OpenSession } from '../../src/access/index.ts'
import { aboutKey } from '../../src/store/index.ts'
import { password, startAccess, type TestAccess } from '../support/access.ts'
import { errorOf } from '../support/clickhouse-server.ts'

const minute = 60
const day = 24 * 3600

let test: TestAccess
beforeEach(async () => void (test = await startAccess()))
afterEach(() => test[Symbol.asyncDispose]())

async function byLink(): Promise<OpenSession> {
  const { access } = test
  return await access.loginByCode(await access.createCode())
}

async function newestKey({ store }: TestAccess): Promise<{ kid: string; sealed: string; pem: string }> {
  const [key] = await store.signingKeys.all()
  if (!key) throw new Error('there is no key')
  return { kid: key.id, sealed: key.privateKey, pem: store.vault.open(key.privateKey, aboutKey(key.id)) }
}

const sessionEnded = { code: 'SESSION_ENDED', status: 401 }
const loginFailed = { code: 'LOGIN_FAILED', status: 401 }

const authenticate = (token: string) => test.access.authenticate(token)
const refusal = (token: string) => errorOf(authenticate(token))

describe('a one-time link', () => {
  it('logs in whoever holds it, once, as the admin of this machine', async () => {
    const { access } = test
    const code = await access.createCode()
    const { principal, accessToken } = await access.loginByCode(code)
    expect(principal).toMatchObject({ user: 'local', role: 'admin', way: 'link' })
    expect(await authenticate(accessToken)).toEqual(principal)
    expect(await errorOf(access.loginByCode(code))).toMatchObject(loginFailed)
  })

  it('is taken by one of two at once', async () => {
    const { access } = test
    const code = await access.createCode()
    const both = await Promise.allSettled([access.loginByCode(code), access.loginByCode(code)])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('holds for ten minutes', async () => {
    const { access } = test
    const [early, late] = [await access.createCode(), await access.createCode()]
    test.wait(10 * minute - 5)
    await access.loginByCode(early)
    test.wait(6)
    expect(await errorOf(access.loginByCode(late))).toMatchObject(loginFailed)
  })

  it('may come from another process', async () => {
    await using other = await test.another()
    await test.access.loginByCode(await other.access.createCode())
  })

  it.each(['', 'x', 'A'.repeat(43)])('that never was does not log in: %j', async (code) => {
    expect(await errorOf(test.access.loginByCode(code))).toMatchObject(loginFailed)
  })

  it('does not log in where there are none', async () => {
    await using other = await test.another({ link: false })
    const code = await test.access.createCode()
    expect(await errorOf(other.access.loginByCode(code))).toMatchObject(loginFailed)
    expect(await other.access.ways()).toEqual({ password: false, oidc: null, link: false })
  })
})

describe('an access token', () => {
  it('is a JWT of 15 minutes that says who, and by which key', async () => {
    const { accessToken, principal } = await byLink()
    const { kid, alg } = decodeProtectedHeader(accessToken)
    expect([alg, kid]).toEqual(['EdDSA', (await test.store.signingKeys.all())[0]?.id])
    const claims = decodeJwt(accessToken)
    expect(claims).toMatchObject({
      iss: 'flathouse',
      aud: 'flathouse',
      sub: 'local',
      sid: principal.sessionId,
      role: 'admin',
      way: 'link',
    })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeGreaterThanOrEqual(15 * minute - 1)
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(15 * minute)
    test.wait(15 * minute - 2)
    await authenticate(accessToken)
    test.wait(2)
    expect(await refusal(accessToken)).toMatchObject(sessionEnded)
  })

  it('is needed', async () => {
    const expected = { code: 'LOGIN_REQUIRED', status: 401 }
    expect(await errorOf(test.access.authenticate(undefined))).toMatchObject(expected)
    expect(await errorOf(test.access.authenticate(''))).toMatchObject(expected)
  })

  it('holds after the process has started anew', async () => {
    const { accessToken, principal } = await byLink()
    await using other = await test.another()
    expect(await other.access.authenticate(accessToken)).toEqual(principal)
  })

  it('of another installation does not hold', async () => {
    await using other = await startAccess()
    const { accessToken } = await other.access.loginByCode(await other.access.createCode())
    expect(await refusal(accessToken)).toMatchObject(sessionEnded)
  })

  it('holds no more when the key of the secrets is lost, but the session goes on', async () => {
    const { accessToken, refreshToken } = await byLink()
    const lost = { id: 'b', privateKey: 'AAAAAAAA.AAAA', createdAt: new Date().toISOString() }
    await test.store.signingKeys.insert(lost, new Date(Date.now() + 1e6))
    await using other = await test.another()
    expect(await errorOf(other.access.authenticate(accessToken))).toMatchObject(sessionEnded)
    const next = await other.access.refresh(refreshToken)
    await other.access.authenticate(next.accessToken)
  })
})

describe('a forged token', () => {
  let good: OpenSession
  let own: { kid: string; privateKey: KeyObject }
  beforeEach(async () => {
    good = await byLink()
    const { kid, pem } = await newestKey(test)
    own = { kid, privateKey: createPrivateKey(pem) }
  })

  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const parts = () => good.accessToken.split('.') as [string, string, string]
  const claims = () => decodeJwt(good.accessToken)

  /** By our own key: what is wrong is only what the claims say. */
  const signed = (change: Record<string, unknown>, header = {}) =>
    new SignJWT({ ...claims(), ...change })
      .setProtectedHeader({ alg: 'EdDSA', kid: own.kid, ...header })
      .sign(own.privateKey)

  it('would be a good one but for its fault', async () => {
    expect(await authenticate(await signed({}))).toEqual(good.principal)
  })

  it.each<[string, () => string | Promise<string>]>([
    [
      'with other claims',
      () =>
        parts()
          .with(1, encode({ ...claims(), role: 'admin', sub: 'eve' }))
          .join('.'),
    ],
    ['with another signature', () => parts().with(2, Buffer.alloc(64, 7).toString('base64url')).join('.')],
    ['without a signature', () => parts().with(2, '').join('.')],
    ['of two parts', () => parts().slice(0, 2).join('.')],
    ['with one letter more', () => `${good.accessToken}A`],
    ['with alg none', () => [encode({ alg: 'none' }), parts()[1], ''].join('.')],
    [
      'with alg None and its kid',
      () => [encode({ alg: 'None', kid: own.kid }), parts()[1], parts()[2]].join('.'),
    ],
    ['with HS256 and the public key as PEM', () => confused(publicPem())],
    ['with HS256 and the public key as bytes', () => confused(Buffer.from(publicJwk().x ?? '', 'base64url'))],
    ['with HS256 and an empty key', () => confused(new Uint8Array(32))],
    ['with a kid that is not there', () => signed({}, { kid: 'other' })],
    ['with no kid', () => signed({}, { kid: undefined })],
    ['with a kid that is a path', () => signed({}, { kid: '../../etc/passwd' })],
    ['with a key of its own', async () => await ownKey()],
    ['that has ended', () => signed({ exp: Math.floor(Date.now() / 1000) - 1 })],
    ['that never ends', () => signed({ exp: undefined })],
    ['for others', () => signed({ aud: 'elsewhere' })],
    ['for nobody', () => signed({ aud: undefined })],
    ['of another issuer', () => signed({ iss: 'https://elsewhere.example' })],
    ['not yet valid', () => signed({ nbf: Math.floor(Date.now() / 1000) + 60 })],
    ['without a session', () => signed({ sid: undefined })],
    ['of a session that is not there', () => signed({ sid: 'a4bb9fb5-b8d2-4b6b-9d0e-8f4f1f0d7f6e' })],
    ['without a subject', () => signed({ sub: undefined })],
    ['that is the refresh token', () => good.refreshToken],
    ['that is an API token which never was', () => 'fh_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['that is nothing', () => '.'],
    ['that is long', () => `${'A'.repeat(1e5)}.${'B'.repeat(1e5)}.C`],
    ['that is no JSON', () => `${encode('x').slice(1)}.e30.AA`],
    ['with claims that are a list', () => [parts()[0], encode([1]), parts()[2]].join('.')],
  ])('%s is refused', async (_, forged) => {
    const token = await forged()
    const error = await refusal(token)
    expect(error).toMatchObject(sessionEnded)
    if (token.length > 20) expect(inspect(error, { depth: 9 })).not.toContain(token.slice(-20))
    expect(await authenticate(good.accessToken)).toEqual(good.principal)
  })

  const publicPem = () => createPublicKey(own.privateKey).export({ type: 'spki', format: 'pem' })
  const publicJwk = () => createPublicKey(own.privateKey).export({ format: 'jwk' })
  const confused = (key: string | Uint8Array) =>
    new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: own.kid }).sign(Buffer.from(key))

  async function ownKey(): Promise<string> {
    await using other = await startAccess()
    await other.access.loginByCode(await other.access.createCode())
    const { pem } = await newestKey(other)
    const header = { alg: 'EdDSA', kid: own.kid, jwk: createPublicKey(pem).export({ format: 'jwk' }) }
    return await new SignJWT(claims()).setProtectedHeader(header).sign(createPrivateKey(pem))
  }
})

describe('a session', () => {
  it('goes on with the newest refresh token', async () => {
    const first = await byLink()
    test.wait(20 * minute)
    const second = await test.access.refresh(first.refreshToken)
    expect(second.principal).toMatchObject({
      sessionId: first.principal.sessionId,
      user: 'local',
      role: 'admin',
    })
    expect(second.refreshExpiresAt).toEqual(first.refreshExpiresAt)
    test.wait(20 * minute)
    const third = await test.access.refresh(second.refreshToken)
    await authenticate(third.accessToken)
  })

  it('ends when a refresh token is used again, and the log says so', async () => {
    const first = await byLink()
    const second = await test.access.refresh(first.refreshToken)
    expect(await errorOf(test.access.refresh(first.refreshToken))).toMatchObject(sessionEnded)
    expect(await refusal(second.accessToken)).toMatchObject(sessionEnded)
    expect(await errorOf(test.access.refresh(second.refreshToken))).toMatchObject(sessionEnded)
    const { entries } = await test.access.audit.list({ limit: 5 })
    expect(entries).toMatchObject([
      { user: 'local', way: 'link', action: 'session.reuse', outcome: 'SESSION_ENDED' },
    ])
  })

  it('is not refreshed twice by two at once', async () => {
    const { refreshToken } = await byLink()
    await using other = await test.another()
    const asked = [test, other, test, other].map(({ access }) => access.refresh(refreshToken))
    const answers = await Promise.allSettled(asked)
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const answer of answers)
      if (answer.status === 'fulfilled')
        expect(await refusal(answer.value.accessToken)).toMatchObject(sessionEnded)
  })

  it.each(['', '.', 'x', 'x.y', 'a4bb9fb5-b8d2-4b6b-9d0e-8f4f1f0d7f6e.AAAA'])(
    'does not come from a refresh token that never was: %j',
    async (token) => {
      expect(await errorOf(test.access.refresh(token))).toMatchObject(sessionEnded)
      expect(await errorOf(test.access.refresh(undefined))).toMatchObject(sessionEnded)
    },
  )

  it('is over at once after a logout, in every process, and other sessions are not', async () => {
    const [one, other] = [await byLink(), await byLink()]
    await using elsewhere = await test.another()
    await elsewhere.access.authenticate(one.accessToken)
    await test.access.logout(one.principal.sessionId ?? '')
    expect(await refusal(one.accessToken)).toMatchObject(sessionEnded)
    expect(await errorOf(elsewhere.access.authenticate(one.accessToken))).toMatchObject(sessionEnded)
    expect(await errorOf(test.access.refresh(one.refreshToken))).toMatchObject(sessionEnded)
    await authenticate(other.accessToken)
  })

  it('lasts 14 days, however often it is refreshed', async () => {
    let { refreshToken, refreshExpiresAt } = await byLink()
    for (let passed = 0; passed < 13; passed++) {
      test.wait(day)
      ;({ refreshToken, refreshExpiresAt } = await test.access.refresh(refreshToken))
    }
    test.wait(day - 5 * minute)
    const last = await test.access.refresh(refreshToken)
    // The access token does not outlive it.
    expect(last.principal.expiresAt?.getTime()).toBeLessThanOrEqual(refreshExpiresAt.getTime())
    test.wait(5 * minute)
    expect(await refusal(last.accessToken)).toMatchObject(sessionEnded)
    expect(await errorOf(test.access.refresh(last.refreshToken))).toMatchObject(sessionEnded)
  })
})

describe('the signing key', () => {
  const ids = async () => (await test.store.signingKeys.all()).map(({ id }) => id)

  it('is another one after 30 days, and tokens of the old one hold until they end', async () => {
    const first = await byLink()
    test.wait(30 * day - 5 * minute)
    const last = await byLink()
    expect(await ids()).toHaveLength(1)
    test.wait(6 * minute)
    const next = await byLink()
    const [newest, oldest] = await ids()
    expect(decodeProtectedHeader(next.accessToken).kid).toBe(newest)
    expect(decodeProtectedHeader(last.accessToken).kid).toBe(oldest)
    await authenticate(last.accessToken)
    await authenticate(next.accessToken)
    expect(await refusal(first.accessToken)).toMatchObject(sessionEnded)
    test.wait(31 * day)
    await byLink()
    expect(await ids()).not.toContain(oldest)
  })

  it('is sealed in the state file', async () => {
    await byLink()
    const { sealed, pem } = await newestKey(test)
    expect(sealed).not.toContain('PRIVATE')
    expect(pem).toContain('PRIVATE KEY')
  })
})

it('keeps no token, code or password in the state file', async () => {
  const { access, store } = test
  const code = await access.createCode()
  const session = await byLink()
  await access.users.save('ada', { role: 'admin', password })
  const { token } = await access.tokens.create(session.principal, { name: 'ci', scope: 'viewer', days: 1 })
  const kept = JSON.stringify([
    await store.users.all(),
    await store.apiTokens.list(),
    await store.sessions.live(session.principal.sessionId ?? '', new Date()),
    await store.signingKeys.all(),
  ])
  expect(kept).toContain('$argon2id$')
  for (const secret of [
    code,
    password,
    token,
    token.slice(3),
    session.accessToken,
    session.refreshToken.slice(37),
  ])
    expect(kept).not.toContain(secret)
})
