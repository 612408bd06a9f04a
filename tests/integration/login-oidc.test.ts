import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { auditListSchema } from '../../src/shared/index.ts'
import { Api, type Answer } from '../support/api.ts'
import { loginClient, startIdentityProvider, type IdentityProvider } from '../support/identity-provider.ts'
import { Visitor } from '../support/visitor.ts'

const session = '/api/v1/session'

let api: Api
let visitor: Visitor

const lastLogin = async () => (await api.get(auditListSchema, '/api/v1/audit?limit=1')).entries[0]
let provider: IdentityProvider
beforeAll(async () => (provider = await startIdentityProvider()))
afterAll(() => provider[Symbol.asyncDispose]())
beforeAll(async () => {
  api = await Api.start({ oidc: { issuer: provider.issuer, ...loginClient } })
})
afterAll(() => api[Symbol.asyncDispose]())
beforeEach(() => (visitor = new Visitor(api.url)))

/** To the provider and back, up to what our callback answers. */
async function roundTrip(user: string, to: string): Promise<Answer> {
  const going = await visitor.ask({ path: `${session}/oidc?to=${encodeURIComponent(to)}` })
  expect(going.status, going.text).toBe(303)
  const back = await provider.signIn(String(going.headers['location']), user)
  return visitor.ask({ path: back.pathname + back.search })
}

it('lets in by the role of the claim, and goes on where one wanted to go', async () => {
  const answer = await roundTrip('oscar', '/runs?show=1')
  expect([answer.status, answer.headers['location']]).toEqual([303, '/runs?show=1'])
  expect(JSON.parse((await visitor.ask({ path: session })).text)).toMatchObject({
    user: 'oscar',
    role: 'operator',
    way: 'oidc',
  })
  expect(visitor.cookie('access')?.flags).toContain('SameSite=Strict')
  expect(visitor.cookie('state')).toBeUndefined()
  await expect.poll(lastLogin).toMatchObject({ action: 'login', user: 'oscar', way: 'oidc', outcome: 'done' })
  expect((await visitor.ask({ method: 'POST', path: `${session}/refresh` })).status).toBe(200)
})

it('keeps what it needs in a cookie that only its own way back is sent', async () => {
  await visitor.ask({ path: `${session}/oidc` })
  const { port } = new URL(api.url)
  expect(visitor.cookie('state')).toMatchObject({
    name: `flathouse-state-${port}`,
    path: `${session}/oidc`,
    flags: expect.arrayContaining(['HttpOnly', 'SameSite=Lax', 'Max-Age=600']) as string[],
  })
})

it.each([
  ['has no role', () => roundTrip('nora', '/')],
  ['comes back without having gone', () => visitor.ask({ path: `${session}/oidc/callback?code=x&state=y` })],
  [
    'was sent by somebody else',
    async () => {
      const other = new Visitor(api.url)
      const { headers } = await other.ask({ path: `${session}/oidc` })
      const back = await provider.signIn(String(headers['location']), 'alice')
      await visitor.ask({ path: `${session}/oidc` })
      return visitor.ask({ path: back.pathname + back.search })
    },
  ],
])('lets nobody in who %s', async (_, come) => {
  const answer = await come()
  expect([answer.status, answer.headers['location']]).toEqual([303, '/login?error=LOGIN_FAILED'])
  expect(visitor.cookie('access')).toBeUndefined()
  await expect.poll(lastLogin).toMatchObject({ action: 'login', user: null, outcome: 'LOGIN_FAILED' })
})

it('takes the provider’s own tokens from programs', async () => {
  const token = await provider.sign({ sub: 'vera', roles: ['viewer'] })
  expect(JSON.parse((await api.ask({ path: session, token })).text)).toMatchObject({
    role: 'viewer',
    way: 'oidc',
  })
  const others = await provider.sign({ aud: 'somebody else' })
  expect(await api.problem({ path: session, token: others })).toMatchObject({ code: 'SESSION_ENDED' })
})

it('leads to no other site', async () => {
  for (const to of ['//evil.example', 'https://evil.example/', '/\\evil.example']) {
    const { status, headers } = await roundTrip('alice', to)
    expect([status, headers['location']], to).toEqual([303, '/'])
  }
})

it('says so on the login page when the provider does not answer', async () => {
  await using gone = await Api.start({ oidc: { issuer: 'http://127.0.0.1:9', ...loginClient } })
  const answer = await new Visitor(gone.url).ask({ path: `${session}/oidc` })
  expect([answer.status, answer.headers['location']]).toEqual([303, '/login?error=IDENTITY_PROVIDER'])
})
