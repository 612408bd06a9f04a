import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditListSchema, runSchema, savedConnectionSchema, userSchema } from '../../src/shared/index.ts'
import { Api, problemOf, type Request } from '../support/api.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
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
    // Written after the answer.
    const lastTwo = async () => {
      const { entries } = await api.get(auditListSchema, '/api/v1/audit?limit=2')
      return entries.map(({ action, subject, outcome }) => [action, subject, outcome])
    }
    await expect.poll(lastTwo).toEqual([
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
  // What comes after them is written after them.
  await api.tokenOf('viewer')
  const audit = async () => (await api.get(auditListSchema, '/api/v1/audit?limit=200')).entries
  await expect.poll(async () => (await audit())[0]?.action).toBe('token.create')
  const entries = await audit()
  const refused = entries.filter(({ action }) => action === 'file.delete')
  expect(refused.length).toBe(60)
  expect(refused[0]).toMatchObject({ user: null, address: '127.0.0.1', outcome: 'LOGIN_REQUIRED' })
})
