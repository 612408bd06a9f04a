import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OpenSession, Principal } from '../../src/access/index.ts'
import type { Role, SaveUser } from '../../src/shared/index.ts'
import { password, startAccess, type TestAccess } from '../support/access.ts'
import { errorOf } from '../support/clickhouse-server.ts'

const other = 'another password 2'
const sessionEnded = { code: 'SESSION_ENDED' }
const loginFailed = { code: 'LOGIN_FAILED', status: 401 }

let test: TestAccess
beforeEach(async () => void (test = await startAccess()))
afterEach(() => test[Symbol.asyncDispose]())

const save = (name: string, given: SaveUser) => test.access.users.save(name, given)
const add = (name: string, role: Role) => save(name, { role, password })
const login = (name: string, given = password) => test.access.loginByPassword(name, given)
const authenticate = ({ accessToken }: OpenSession) => test.access.authenticate(accessToken)
const local: Principal = { user: 'local', role: 'admin', way: 'link', sessionId: null, expiresAt: null }
const names = async () => (await test.access.users.list()).map(({ name }) => name)

describe('a user with a password', () => {
  it('logs in with it, and with no other', async () => {
    await add('ada', 'operator')
    const session = await login('ada')
    expect(session.principal).toMatchObject({ user: 'ada', role: 'operator', way: 'password' })
    expect(await authenticate(session)).toEqual(session.principal)
    for (const wrong of ['', `${password} `, password.toUpperCase(), 'a'.repeat(1024)])
      expect(await errorOf(login('ada', wrong))).toMatchObject(loginFailed)
  })

  it('is one, however the name and the password were typed', async () => {
    const typed = 'pâsswörd of Zoë'
    await save('Zoë', { role: 'viewer', password: typed.normalize('NFC') })
    for (const name of ['Zoë', 'zoë', 'ZOË', 'Zoë'.normalize('NFD')]) {
      const { principal } = await login(name, typed.normalize('NFD'))
      expect(principal.user).toBe('Zoë')
    }
    await save('ZOË', { role: 'admin' })
    expect(await test.access.users.list()).toMatchObject([{ name: 'Zoë', role: 'admin' }])
    await test.access.users.remove('zoë')
    expect(await names()).toEqual([])
  })

  it('is told nothing about whether the name or the password was wrong', async () => {
    await add('ada', 'viewer')
    await save('off', { role: 'viewer', password, isDisabled: true })
    const errors = await Promise.all(
      [login('ada', other), login('nobody'), login('off'), login('off', other), login('')].map(errorOf),
    )
    expect(new Set(errors.map((error) => (error as Error).message)).size).toBe(1)
  })

  it('who does not exist is refused after the same time', async () => {
    await add('ada', 'viewer')
    const times = { ada: [] as number[], nobody: [] as number[] }
    for (let round = 0; round < 9; round++)
      for (const name of ['ada', 'nobody'] as const) {
        const start = performance.now()
        await errorOf(login(name, other))
        times[name].push(performance.now() - start)
      }
    const median = (all: number[]) => all.sort((a, b) => a - b)[4] ?? 0
    const ratio = median(times.nobody) / median(times.ada)
    expect(ratio).toBeGreaterThan(0.4)
    expect(ratio).toBeLessThan(2.5)
  })

  it('is kept with argon2id, salted, in 19 MiB or more', async () => {
    await add('ada', 'viewer')
    await add('ben', 'viewer')
    const hashes = (await test.store.users.all()).map(({ passwordHash }) => passwordHash)
    const [, memory, passes] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$/.exec(hashes[0] ?? '') ?? []
    expect(Number(memory)).toBeGreaterThanOrEqual(19_456)
    expect(Number(passes)).toBeGreaterThanOrEqual(2)
    expect(new Set(hashes).size).toBe(2)
  })

  it('shows in what ways one can log in', async () => {
    const ways = async () => (await test.access.ways()).password
    expect(await ways()).toBe(false)
    await add('ada', 'viewer')
    expect(await ways()).toBe(true)
    await save('ada', { isDisabled: true })
    expect(await ways()).toBe(false)
  })

  it('who is in already waits for no flood of others that try', async () => {
    await add('ada', 'viewer')
    const session = await login('ada')
    let refused = 0
    const one = async () => {
      await errorOf(login('nobody'))
      refused++
    }
    const flood = Promise.all(Array.from({ length: 40 }, one))
    while (refused === 0) await sleep(1)
    await authenticate(session)
    expect(refused).toBeLessThan(40 / 3)
    await flood
  })
})

describe('a new user', () => {
  it('needs a role and a password', async () => {
    const cases: [SaveUser, string][] = [
      [{ role: 'viewer' }, 'REQUEST_INVALID'],
      [{ password }, 'REQUEST_INVALID'],
      [{ isDisabled: true }, 'USER_NOT_FOUND'],
      [{}, 'USER_NOT_FOUND'],
    ]
    for (const [given, code] of cases) expect(await errorOf(save('ada', given))).toMatchObject({ code })
    expect(await names()).toEqual([])
  })

  it.each(['local', 'LOCAL', 'ｌocal', '', ' ada', 'a/b', 'a\nb', 'a\u0000', 'x'.repeat(65), '../a', 'a‮b'])(
    'may not be called %j',
    async (name) => {
      expect(await errorOf(add(name, 'viewer'))).toMatchObject({ code: 'REQUEST_INVALID' })
      expect(await names()).toEqual([])
    },
  )
})

describe('a change of a user', () => {
  it.each<[string, SaveUser]>([
    ['role', { role: 'viewer' }],
    ['password', { password: other }],
    ['state', { isDisabled: true }],
  ])('of their %s ends their sessions, and nobody else’s', async (_, change) => {
    await add('ada', 'operator')
    await add('ben', 'operator')
    const [ada, ben] = [await login('ada'), await login('ben')]
    await using elsewhere = await test.another()
    await elsewhere.access.users.save('ada', change)
    expect(await errorOf(authenticate(ada))).toMatchObject(sessionEnded)
    expect(await errorOf(test.access.refresh(ada.refreshToken))).toMatchObject(sessionEnded)
    await authenticate(ben)
  })

  it('leaves the rest as it was', async () => {
    const { createdAt } = await add('ada', 'operator')
    expect(await save('ada', { isDisabled: true })).toEqual({
      name: 'ada',
      role: 'operator',
      isDisabled: true,
      createdAt,
    })
    await save('ada', { isDisabled: false, role: 'viewer' })
    expect((await login('ada')).principal.role).toBe('viewer')
  })

  it('that comes while they log in wins', async () => {
    await add('ada', 'admin')
    // Its hash is made first, so that it ends while theirs is looked at.
    for (let round = 0; round < 8; round++) {
      const demoted = save('ada', { role: 'viewer' })
      const session = await login('ada').catch(() => undefined)
      await demoted
      const principal = session && (await authenticate(session).catch(() => undefined))
      expect(principal?.role ?? 'viewer').toBe('viewer')
      await save('ada', { role: 'admin' })
    }
  })

  it('needs somebody who is there', async () => {
    expect(await errorOf(test.access.users.remove('nobody'))).toMatchObject({ code: 'USER_NOT_FOUND' })
  })
})

describe('one’s own password', () => {
  it('is changed by who knows it, and ends one’s other sessions', async () => {
    await add('ada', 'viewer')
    const [here, there] = [await login('ada'), await login('ada')]
    const change = test.access.users.changePassword.bind(null, here.principal)
    expect(await errorOf(change(other, other))).toMatchObject(loginFailed)
    await authenticate(there)
    await change(password, other)
    await authenticate(here)
    await test.access.refresh(here.refreshToken)
    expect(await errorOf(authenticate(there))).toMatchObject(sessionEnded)
    expect(await errorOf(login('ada'))).toMatchObject(loginFailed)
    await login('ada', other)
  })

  it('is not there for who came by a link', async () => {
    expect(await errorOf(test.access.users.changePassword(local, password, other))).toMatchObject(loginFailed)
  })
})

describe('the last admin', () => {
  beforeEach(async () => {
    await test[Symbol.asyncDispose]()
    test = await startAccess({ link: false })
    await add('ada', 'admin')
    await save('off', { role: 'admin', password, isDisabled: true })
    await add('ben', 'operator')
  })

  const refused = { code: 'REQUEST_INVALID' }

  it('cannot be removed, disabled or demoted', async () => {
    const session = await login('ada')
    expect(await errorOf(test.access.users.remove('ADA'))).toMatchObject(refused)
    expect(await errorOf(save('ada', { isDisabled: true }))).toMatchObject(refused)
    expect(await errorOf(save('Ada', { role: 'operator' }))).toMatchObject(refused)
    await authenticate(session)
    await save('ada', { password: other })
    await login('ada', other)
  })

  it('can when there is another one', async () => {
    await save('ben', { role: 'admin' })
    await save('ada', { role: 'viewer' })
    expect(await errorOf(test.access.users.remove('ben'))).toMatchObject(refused)
  })

  it('is left over when two are demoted at once', async () => {
    await save('ben', { role: 'admin' })
    const both = await Promise.allSettled([save('ada', { role: 'viewer' }), test.access.users.remove('ben')])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('can where somebody of the machine gets in by a link', async () => {
    await using machine = await test.another({ link: true })
    await machine.access.users.remove('ada')
    expect(await names()).toEqual(['ben', 'off'])
  })
})
