import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Principal } from '../../src/access/index.ts'
import { roles, type AuditEntry, type Role } from '../../src/shared/index.ts'
import { password, startAccess, type TestAccess } from '../support/access.ts'
import { errorOf } from '../support/clickhouse-server.ts'

let test: TestAccess
beforeEach(async () => void (test = await startAccess()))
afterEach(() => test[Symbol.asyncDispose]())

const day = 24 * 3600
const sessionEnded = { code: 'SESSION_ENDED' }
const notFound = { code: 'API_TOKEN_NOT_FOUND', status: 404 }

async function userOf(name: string, role: Role): Promise<Principal> {
  await test.access.users.save(name, { role, password })
  return (await test.access.loginByPassword(name, password)).principal
}

async function localUser(): Promise<Principal> {
  const { access } = test
  return (await access.loginByCode(await access.createCode())).principal
}

const create = (principal: Principal, scope: Role, days = 30) =>
  test.access.tokens.create(principal, { name: 'nightly', scope, days })
const use = (token: string) => test.access.authenticate(token)

describe('an API token', () => {
  it('is shown once, and lets in as its user', async () => {
    const ada = await userOf('ada', 'operator')
    const { token, ...shown } = await create(ada, 'viewer')
    expect(token).toMatch(/^fh_[\w-]{43}$/)
    expect(shown).toMatchObject({ name: 'nightly', user: 'ada', scope: 'viewer', usedAt: null })
    expect(await use(token)).toEqual({
      user: 'ada',
      role: 'viewer',
      way: 'token',
      sessionId: null,
      expiresAt: null,
    })
    const [listed] = await test.access.tokens.list(ada)
    expect(listed).toEqual({ ...shown, usedAt: expect.any(String) as string })
  })

  it('may do no more than its maker', async () => {
    for (const role of roles) {
      const principal = await userOf(`user ${role}`, role)
      for (const scope of roles) {
        const isAbove = roles.indexOf(scope) > roles.indexOf(role)
        const error = await errorOf(create(principal, scope))
        if (isAbove) expect(error).toMatchObject({ code: 'ROLE_MISSING', status: 403 })
        else expect(error).toBeUndefined()
      }
    }
  })

  it('may do no more than its user may now', async () => {
    const { token } = await create(await userOf('ada', 'admin'), 'operator')
    const roleOfIt = async () => (await use(token)).role
    expect(await roleOfIt()).toBe('operator')
    await test.access.users.save('ada', { role: 'viewer' })
    expect(await roleOfIt()).toBe('viewer')
    await test.access.users.save('ada', { role: 'admin' })
    expect(await roleOfIt()).toBe('operator')
  })

  it('of this machine’s own user holds as well', async () => {
    const { token } = await create(await localUser(), 'admin')
    expect(await use(token)).toMatchObject({ user: 'local', role: 'admin' })
  })

  it('makes no other tokens', async () => {
    const { token } = await create(await localUser(), 'admin')
    expect(await errorOf(create(await use(token), 'viewer'))).toMatchObject({ code: 'ROLE_MISSING' })
  })

  it('ends when it said it would', async () => {
    const { token } = await create(await localUser(), 'viewer', 7)
    test.wait(7 * day - 60)
    await use(token)
    test.wait(60)
    expect(await errorOf(use(token))).toMatchObject(sessionEnded)
  })

  it('is gone with its user', async () => {
    const { token } = await create(await userOf('ada', 'viewer'), 'viewer')
    await test.access.users.remove('ada')
    expect(await errorOf(use(token))).toMatchObject(sessionEnded)
    await userOf('ada', 'viewer')
    expect(await errorOf(use(token))).toMatchObject(sessionEnded)
  })

  it('is gone with the right of its user to log in', async () => {
    const { token } = await create(await userOf('ada', 'viewer'), 'viewer')
    await test.access.users.save('ada', { isDisabled: true })
    expect(await errorOf(use(token))).toMatchObject(sessionEnded)
    await test.access.users.save('ada', { isDisabled: false })
    expect(await errorOf(use(token))).toMatchObject(sessionEnded)
  })

  it('is not made for a user who was removed meanwhile', async () => {
    const ada = await userOf('ada', 'admin')
    await test.access.users.remove('ada')
    expect(await errorOf(create(ada, 'admin'))).toMatchObject(sessionEnded)
    expect(await test.store.apiTokens.list()).toEqual([])
  })

  it('is noted as used once a minute', async () => {
    const local = await localUser()
    const { token } = await create(local, 'viewer')
    const usedAt = async () => {
      await use(token)
      return (await test.access.tokens.list(local))[0]?.usedAt
    }
    const first = await usedAt()
    test.wait(50)
    expect(await usedAt()).toBe(first)
    test.wait(20)
    expect(await usedAt()).not.toBe(first)
  })

  it.each([
    ['shorter', (token: string) => token.slice(0, -1)],
    ['longer', (token: string) => `${token}A`],
    ['in capitals', (token: string) => `fh_${token.slice(3).toUpperCase()}`],
    ['empty', () => 'fh_'],
  ])('does not hold when it is %s', async (_, changed) => {
    const { token } = await create(await localUser(), 'viewer')
    expect(await errorOf(use(changed(token)))).toMatchObject(sessionEnded)
  })
})

describe('the list of API tokens', () => {
  it('is one’s own, and everybody’s for an admin', async () => {
    const [ada, ben, admin] = [
      await userOf('ada', 'operator'),
      await userOf('ben', 'viewer'),
      await localUser(),
    ]
    const [ofAda, ofBen] = [await create(ada, 'viewer'), await create(ben, 'viewer')]
    const listed = async (principal: Principal) =>
      (await test.access.tokens.list(principal)).map(({ user }) => user).sort()
    expect(await listed(ada)).toEqual(['ada'])
    expect(await listed(ben)).toEqual(['ben'])
    expect(await listed(admin)).toEqual(['ada', 'ben'])

    const revoke = (principal: Principal, id: string) => test.access.tokens.revoke(principal, id)
    expect(await errorOf(revoke(ben, ofAda.id))).toMatchObject(notFound)
    await use(ofAda.token)
    await revoke(admin, ofAda.id)
    expect(await errorOf(use(ofAda.token))).toMatchObject(sessionEnded)
    expect(await errorOf(revoke(admin, ofAda.id))).toMatchObject(notFound)
    await revoke(ben, ofBen.id)
    expect(await listed(admin)).toEqual([])
  })
})

describe('the audit log', () => {
  const entry = (change: Partial<AuditEntry> = {}) =>
    ({
      user: 'ada',
      way: 'password',
      address: '127.0.0.1',
      action: 'run.start',
      subject: 'b.csv → t',
      outcome: 'done',
      ...change,
    }) as const

  it('says who did what and when, the newest first, page by page', async () => {
    const { audit } = test.access
    await audit.add(entry())
    await audit.add(entry({ user: null, way: null, action: 'login', outcome: 'LOGIN_FAILED' }))
    await audit.add(entry({ way: 'command line', address: null, subject: null }))
    const first = await audit.list({ limit: 2 })
    expect(first.more).toBe(true)
    expect(first.entries).toMatchObject([
      { number: 3, way: 'command line', address: null, subject: null },
      { number: 2, user: null, outcome: 'LOGIN_FAILED' },
    ])
    const { entries, more } = await audit.list({ limit: 2, before: 2 })
    expect(more).toBe(false)
    expect(entries).toEqual([{ ...entry(), number: 1, at: expect.any(String) as string }])
    expect(Date.now() - Date.parse(entries[0]?.at ?? '')).toBeLessThan(5000)
  })

  it('keeps no secret that was typed into the wrong field', async () => {
    const { token } = await create(await localUser(), 'viewer')
    const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'
    for (const subject of [
      token,
      `x ${token} y`,
      jwt,
      `Bearer ${jwt}`,
      `https://ada:hunter2@db.example/x`,
      `a\nb${'c'.repeat(500)}`,
    ])
      await test.access.audit.add(entry({ subject }))
    const { entries } = await test.access.audit.list({ limit: 10 })
    const kept = entries.map(({ subject }) => subject ?? '')
    for (const secret of [token, token.slice(3), jwt, 'c2lnbmF0dXJl', 'hunter2', '\n'])
      expect(kept.join('|')).not.toContain(secret)
    expect(kept[1]).toContain('db.example')
    expect(kept[0]).toHaveLength(256)
  })
})
