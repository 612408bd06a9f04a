import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  auditListSchema,
  createdApiTokenSchema,
  runSchema,
  savedConnectionSchema,
  userSchema,
} from '../../src/shared/index.ts'
import { Api, ask, problemOf, useLink, type Request } from '../support/api.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { House } from '../support/cli.ts'
import { loginClient, startIdentityProvider, type IdentityProvider } from '../support/identity-provider.ts'
import { Visitor } from '../support/visitor.ts'

let theirs: TestServer
beforeAll(async () => (theirs = await startServer()))
afterAll(() => theirs[Symbol.asyncDispose]())

describe('one user', () => {
  let api: Api
  beforeAll(async () => {
    api = await Api.start({ maxUploadBytes: 1000 })
    const saved = { connection: theirs.connection, secrets: { password } }
    await api.put(savedConnectionSchema, '/api/v1/connections/theirs', saved)
  })
  afterAll(() => api[Symbol.asyncDispose]())

  it('has at most 20 runs that have not ended, and takes no one else’s place', async () => {
    const sql = 'SELECT number AS id, sleepEachRow(0.00001) AS z FROM numbers(3000000)'
    const start = (number: number, token = api.token): Request => {
      const source = { kind: 'query', server: 'theirs', sql }
      const target = { kind: 'file', path: `long${number}.csv` }
      const body = { transfer: { direction: 'export', source, target } }
      return { method: 'POST', path: '/api/v1/runs', body, token }
    }
    const runs = []
    for (let number = 0; number < 20; number++) runs.push(await api.get(runSchema, start(number)))
    expect(await api.problem(start(20))).toMatchObject({
      status: 429,
      code: 'TOO_MANY_RUNS',
      detail: '20 runs of local have not ended, and no more can be queued.',
    })
    const user = { role: 'operator', password: 'a long enough password' }
    await api.put(userSchema, '/api/v1/users/oscar', user)
    const visitor = new Visitor(api.url)
    const login = { user: 'oscar', password: user.password }
    await visitor.ask({ method: 'POST', path: '/api/v1/session', body: login })
    expect((await visitor.ask(start(21))).status).toBe(201)
    const last = runs.at(-1)?.id ?? ''
    await api.ask({ method: 'POST', path: `/api/v1/runs/${last}/cancel` })
    expect((await api.ask(start(22))).status).toBe(201)
  })

  it('sends no file that is larger than is allowed', async () => {
    const begin = (size: number) =>
      api.ask({
        method: 'POST',
        path: '/api/v1/files/uploads',
        headers: {
          'tus-resumable': '1.0.0',
          'upload-length': String(size),
          'upload-metadata': `filename ${Buffer.from('big.csv').toString('base64')}`,
        },
      })
    expect((await begin(1000)).status).toBe(201)
    expect(problemOf(await begin(1001))).toMatchObject({
      status: 413,
      code: 'UPLOAD_TOO_LARGE',
      detail: '"big.csv" has 1001 bytes, and an upload may have 1000.',
    })
    const { entries } = await api.get(auditListSchema, '/api/v1/audit?limit=2')
    expect(entries.map(({ action, subject, outcome }) => [action, subject, outcome])).toEqual([
      ['file.upload', 'big.csv', 'UPLOAD_TOO_LARGE'],
      ['file.upload', 'big.csv', 'done'],
    ])
  })
})

it('lets nobody between keep what it answers', async () => {
  await using api = await Api.start()
  const viewer = await api.tokenOf('viewer')
  for (const path of ['/api/v1/runs', '/api/v1/session/ways', '/api/v1/nothing', '/api/docs/json'])
    for (const token of [viewer, null])
      expect([path, (await api.ask({ path, token })).headers['cache-control']]).toEqual([path, 'no-store'])
})

it('connects to no host that is not allowed, and says so', async () => {
  await using api = await Api.start({ reach: { allow: ['db.example'], deny: [] } })
  const saved = { connection: theirs.connection, secrets: { password } }
  const path = '/api/v1/connections/theirs'
  await api.ask({ method: 'PUT', path, body: saved })
  expect(await api.problem(`${path}/tables`)).toMatchObject({ status: 403, code: 'HOST_NOT_ALLOWED' })
  // Its own is no connection that leads anywhere.
  expect((await api.ask({ path: '/api/v1/connections/embedded/tables' })).status).toBe(200)
})

it('cannot be made to fill the disk by who is refused again and again', async () => {
  await using api = await Api.start()
  for (let number = 0; number < 100; number++)
    await api.ask({ method: 'DELETE', path: '/api/v1/files?path=x', token: null })
  const { entries } = await api.get(auditListSchema, '/api/v1/audit?limit=200')
  const refused = entries.filter(({ action }) => action === 'file.delete')
  expect(refused.length).toBe(60)
  expect(refused[0]).toMatchObject({ user: null, address: '127.0.0.1', outcome: 'LOGIN_REQUIRED' })
})

/** All bytes below a folder, and the names. */
function everything(folder: string): { path: string; bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isFile() ? [{ path, bytes: readFileSync(path) }] : []
  })
}

describe('secrets', () => {
  it('are in no log, however much it tells, in no audit entry and in no file that is not sealed', async () => {
    await using provider = await startIdentityProvider()
    await using house = new House()
    const oidc = ['--oidc-issuer', provider.issuer, '--oidc-client-id', loginClient.clientId]
    const { process: child, answer } = house.start(['serve', '--port', '0', '--json', ...oidc], {
      env: { FLATHOUSE_LOG: 'trace', FLATHOUSE_OIDC_SECRET: loginClient.clientSecret },
    })
    if (!child.stdout) throw new Error('the server has no standard output')
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const { url, loginUrl } = JSON.parse(line) as { url: string; loginUrl: string }
    const planted = await use(url, loginUrl, provider)
    const { pid } = JSON.parse(readFileSync(join(house.data, 'embedded/runtime.json'), 'utf8')) as {
      pid: number
    }
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toMatch(/FLATHOUSE_\w*SECRET/)
    child.kill('SIGTERM')
    const { stdout, stderr } = await answer

    // The log was on.
    expect(stderr).toContain('/api/v1/session/oidc/callback')
    expect(stdout).toBe(`${line}\n`)
    const files = everything(house.data)
    expect(files.length).toBeGreaterThan(3)
    for (const [what, secret] of Object.entries(planted)) {
      expect(secret.length, what).toBeGreaterThan(7)
      expect(stderr.includes(secret), `${what} is in the log`).toBe(false)
      for (const { path, bytes } of files) expect(bytes.includes(secret), `${what} is in ${path}`).toBe(false)
    }
  })

  /** Does all that there is to do with secrets, well and badly, and gives back all of them. */
  async function use(url: string, loginUrl: string, provider: IdentityProvider) {
    const secrets = {
      'the password of a user': 'planted password of ada',
      'the next password of a user': 'planted next password of ada',
      'a wrong password': 'planted wrong password',
      'the password of a connection': 'planted password of clickhouse',
      'the code of the link': new URL(loginUrl).hash.replace('#code=', ''),
      'the client secret': loginClient.clientSecret,
    }
    const token = await useLink(loginUrl)
    const post = (path: string, body: unknown, method = 'POST') => ask(url, { method, path, body, token })
    const role = 'admin'
    await post('/api/v1/users/ada', { role, password: secrets['the password of a user'] }, 'PUT')
    const visitor = new Visitor(url)
    const session = '/api/v1/session'
    const logIn = (given: string) =>
      visitor.ask({ method: 'POST', path: session, body: { user: 'ada', password: given } })
    expect((await logIn(secrets['a wrong password'])).status).toBe(401)
    expect((await logIn(secrets['the password of a user'])).status).toBe(200)
    const [access, refresh] = [visitor.cookie('access')?.value ?? '', visitor.cookie('refresh')?.value ?? '']
    await visitor.ask({ method: 'POST', path: `${session}/refresh` })
    const change = {
      current: secrets['the password of a user'],
      next: secrets['the next password of a user'],
    }
    expect((await visitor.ask({ method: 'POST', path: `${session}/password`, body: change })).status).toBe(
      204,
    )
    const broken = `{"password":"${secrets['a wrong password']}"`
    const headers = { 'content-type': 'application/json' }
    await fetch(`${url}${session}`, { method: 'POST', headers, body: broken })

    const created = await post('/api/v1/tokens', { name: 'ci', scope: 'viewer', days: 1 })
    const { token: apiToken } = createdApiTokenSchema.parse(JSON.parse(created.text))
    await ask(url, { path: '/api/v1/runs', token: apiToken })
    await ask(url, { path: '/api/v1/runs', token: `${apiToken}x` })

    const connection = { ...theirs.connection, user: 'nobody' }
    const given = { password: secrets['the password of a connection'] }
    await post('/api/v1/connections/test', { connection, secrets: given })
    await post('/api/v1/connections/planted', { connection, secrets: given }, 'PUT')
    const listed = await ask(url, { path: '/api/v1/connections/planted/tables', token })
    expect(listed.text).not.toContain(given.password)

    const going = await visitor.ask({ path: `${session}/oidc` })
    const state = visitor.cookie('state')?.value ?? ''
    const back = await provider.signIn(String(going.headers['location']), 'alice')
    await visitor.ask({ path: back.pathname + back.search })
    const last = visitor.cookie('refresh')?.value ?? ''
    const { text: audit } = await ask(url, { path: '/api/v1/audit?limit=200', token })
    const all = {
      ...secrets,
      'an access token': token,
      'another access token': access,
      'a refresh token': refresh.split('.')[1] ?? '',
      'the last refresh token': last.split('.')[1] ?? '',
      'an API token': apiToken.slice(3),
      'the code of the provider': back.searchParams.get('code') ?? '',
      'what was kept for the way back': state,
    }
    for (const [what, secret] of Object.entries(all))
      expect(audit.includes(secret), `${what} is in the audit log`).toBe(false)
    return all
  }
})
