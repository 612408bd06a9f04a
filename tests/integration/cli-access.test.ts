import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiTokenListSchema, auditListSchema, type CreatedApiToken } from '../../src/shared/index.ts'
import { House } from '../support/cli.ts'
import { serve, type Served } from '../support/served.ts'

/** Users, tokens and links by the command line, beside a server that runs on the same data folder. */
let served: Served

beforeAll(async () => {
  served = await serve()
})
afterAll(() => served[Symbol.asyncDispose]())

const password = 'correct horse battery'
const run = (args: string[], input?: string) =>
  served.house.run(args, { ...(input !== undefined && { input }) })

const logIn = (user: string, given = password) => post('/api/v1/session', { user, password: given })

function post(path: string, body: object): Promise<Response> {
  return fetch(new URL(path, served.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: served.url },
    body: JSON.stringify(body),
  })
}

const runsAs = (token: string) =>
  fetch(new URL('/api/v1/runs', served.url), { headers: { authorization: `Bearer ${token}` } })

describe('users', () => {
  it('are added with a password from standard input, and log in at once', async () => {
    const { exitCode, stdout } = await run(['users', 'add', 'ada', '--role', 'operator'], `${password}\n`)
    expect([exitCode, stdout]).toEqual([0, 'ada may log in as operator.\n'])
    expect((await logIn('ada')).status).toBe(200)
    expect((await logIn('ada', 'another password')).status).toBe(401)
  })

  it.each([
    ['a password that is too short', ['users', 'add', 'ben', '--role', 'viewer'], 'short', 'at least 12'],
    ['no password', ['users', 'add', 'ben', '--role', 'viewer'], '', 'at least 12'],
    ['a name that is taken', ['users', 'add', 'ADA', '--role', 'viewer'], password, 'already'],
    ['the name of the link', ['users', 'add', 'Local', '--role', 'admin'], password, 'cannot be the name'],
    ['another role', ['users', 'add', 'ben', '--role', 'root'], password, 'viewer, operator, admin'],
    ['nothing to change', ['users', 'set', 'ada'], '', 'Say what to change'],
    ['somebody who is not there', ['users', 'remove', 'nobody'], '', 'There is no user nobody.'],
  ])('not with %s', async (_, args, input, sentence) => {
    const { exitCode, stderr } = await run(args, input)
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(sentence)])
  })

  it('who are disabled are out at once, also with what they had', async () => {
    await run(['users', 'add', 'cleo', '--role', 'operator'], password)
    const cookie = (await logIn('cleo')).headers.getSetCookie().find((line) => line.includes('access'))
    const token = /=([^;]+)/.exec(cookie ?? '')?.[1] ?? ''
    expect((await runsAs(token)).status).toBe(200)
    expect(await run(['users', 'set', 'cleo', '--disable'])).toMatchObject({ exitCode: 0 })
    expect((await runsAs(token)).status).toBe(401)
    expect((await logIn('cleo')).status).toBe(401)
    const { stdout } = await run(['users', 'list', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      users: [
        { name: 'ada', role: 'operator' },
        { name: 'cleo', isDisabled: true },
      ],
    })
  })
})

describe('API tokens', () => {
  it('are shown once, do what their scope lets them, and end when they are revoked', async () => {
    const { stdout } = await run([
      'tokens',
      'create',
      'nightly',
      '--scope',
      'viewer',
      '--days',
      '7',
      '--json',
    ])
    const { id, token } = JSON.parse(stdout) as CreatedApiToken
    expect((await runsAs(token)).status).toBe(200)
    const started = await fetch(new URL('/api/v1/runs', served.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}',
    })
    expect(started.status).toBe(403)
    const listed = (await run(['tokens', 'list', '--json'])).stdout
    expect(apiTokenListSchema.parse(JSON.parse(listed)).tokens).toMatchObject([{ id, scope: 'viewer' }])
    expect(listed).not.toContain(token)
    expect(await run(['tokens', 'revoke', id])).toMatchObject({ exitCode: 0 })
    expect((await runsAs(token)).status).toBe(401)
  })
})

describe('links', () => {
  it('log in once', async () => {
    const { stdout } = await run(['login'])
    const link = new URL(stdout.trim())
    expect([link.origin, link.pathname]).toEqual([served.url, '/login'])
    const code = link.hash.replace('#code=', '')
    expect((await post('/api/v1/session/code', { code })).status).toBe(200)
    expect((await post('/api/v1/session/code', { code })).status).toBe(401)
  })

  it('lead nowhere when nothing is served', async () => {
    await using house = new House()
    const { exitCode, stderr } = await house.run(['login'])
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Nothing serves this data folder')])
  })
})

it('what was done is in the audit log, without a secret', async () => {
  const { stdout } = await run(['audit', '--json'])
  const { entries } = auditListSchema.omit({ more: true }).parse(JSON.parse(stdout))
  const byCommand = entries.filter(({ way }) => way === 'command line').map(({ action }) => action)
  expect(new Set(byCommand)).toEqual(new Set(['user.save', 'token.create', 'token.revoke', 'login.link']))
  expect(entries).toContainEqual(
    expect.objectContaining({ action: 'login', subject: 'ada', outcome: 'done' }),
  )
  expect(stdout).not.toContain(password)
})
