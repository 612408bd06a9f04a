import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { healthSchema, type Problem } from '../../src/shared/index.ts'
import { type Answer, Api, problemOf, type Request } from '../support/api.ts'

let api: Api

beforeAll(async () => (api = await Api.start()))
afterAll(() => api[Symbol.asyncDispose]())

it('is healthy', async () => {
  expect(await api.get(healthSchema, '/api/v1/health')).toEqual({
    status: 'ok',
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
    embedded: 'ready',
    sample: null,
  })
})

describe('an answer that is an error', () => {
  const put = (body: unknown): Request => ({ method: 'PUT', path: '/api/v1/connections/one', body })

  it.each<[string, Request, Partial<Problem>]>([
    [
      'names the field',
      put({ connection: { protocol: 'http', host: 'h', port: 'x', database: 'd', user: 'u' } }),
      {
        status: 400,
        code: 'REQUEST_INVALID',
        detail: 'The request’s body is not valid: connection.port: expected number, received string.',
      },
    ],
    [
      'names the part of the request',
      { path: '/api/v1/connections/embedded/columns' },
      { code: 'REQUEST_INVALID', detail: 'The request’s query is not valid: table is missing.' },
    ],
    ['says that a field is not known', put({ connection: {}, more: 1 }), { code: 'REQUEST_INVALID' }],
    ['knows paths that are not there', { path: '/api/v1/nothing' }, { status: 404, code: 'ROUTE_NOT_FOUND' }],
    ['also outside the API', { path: '/nothing.js' }, { code: 'ROUTE_NOT_FOUND' }],
    [
      'knows methods that are not there',
      { method: 'PATCH', path: '/api/v1/health' },
      { code: 'ROUTE_NOT_FOUND' },
    ],
    ['refuses what is too large', put('x'.repeat(2_200_000)), { status: 413, code: 'REQUEST_INVALID' }],
    [
      'refuses other kinds of bodies',
      { ...put('x'), headers: { 'content-type': 'text/plain' } },
      { status: 415, code: 'REQUEST_INVALID' },
    ],
  ])('%s', async (_, asked, expected) => {
    const problem = await api.problem(asked)
    expect(problem).toMatchObject(expected)
    expect(problem.type).toBe(`urn:flathouse:error:${problem.code}`)
    expect(problem.instance).toMatch(/^[0-9a-f-]{36}$/)
    expect(problem.detail).toMatch(/^[A-Z][^\n]*\.$/)
    expect(problem.hint).toMatch(/\.$/)
  })

  it('has its own words for what is not JSON', async () => {
    const body = '{"connection":'
    const asked = await fetch(`${api.url}/api/v1/connections/one`, {
      method: 'PUT',
      headers: { ...api.headers, 'content-type': 'application/json' },
      body,
    })
    expect(await asked.json()).toMatchObject({
      code: 'REQUEST_INVALID',
      detail: 'The request’s body is not JSON.',
    })
  })
})

describe('a request from elsewhere', () => {
  const port = () => new URL(api.url).port
  const health = (headers: Record<string, string>) => api.ask({ path: '/api/v1/health', headers })

  it('is refused when it calls us by another name', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${port()}`,
      '127.0.0.1',
      `localhost:1`,
      `127.0.0.1.evil:${port()}`,
    ])
      expect(problemOf(await health({ host })), host).toMatchObject({ code: 'ORIGIN_REFUSED', status: 403 })
    for (const host of [`localhost:${port()}`, `LOCALHOST:${port()}`, `[::1]:${port()}`])
      expect((await health({ host })).status, host).toBe(200)
  })

  it('is refused when a page of another site sends it', async () => {
    for (const origin of [
      'http://evil.example',
      'null',
      'http://127.0.0.1:1',
      `https://127.0.0.1:${port()}`,
      '',
    ])
      expect(problemOf(await health({ origin })), origin).toMatchObject({ code: 'ORIGIN_REFUSED' })
    expect((await health({ origin: api.url })).status).toBe(200)
  })

  it('is refused also before the page, its files and the description', async () => {
    for (const path of ['/', '/assets/x.js', '/api/docs/json', '/nothing'])
      expect(problemOf(await api.ask({ path, headers: { host: 'evil.example' } }))).toMatchObject({
        code: 'ORIGIN_REFUSED',
      })
  })

  it('is refused as a WebSocket', async () => {
    const upgrade = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const asked = request(new URL('/api/v1/events', api.url), {
          headers: {
            connection: 'Upgrade',
            upgrade: 'websocket',
            'sec-websocket-version': '13',
            'sec-websocket-key': Buffer.from('sixteen bytes :)').toString('base64'),
            ...api.headers,
            ...headers,
          },
        })
        asked.on('response', ({ statusCode }) => resolve(statusCode))
        asked.on('upgrade', ({ statusCode }, socket) => {
          socket.destroy()
          resolve(statusCode)
        })
        asked.on('error', reject).end()
      })
    expect(await upgrade({ origin: 'http://evil.example' })).toBe(403)
    expect(await upgrade({ host: 'evil.example' })).toBe(403)
    expect(await upgrade({ origin: api.url })).toBe(101)
  })
})

it('sends what browsers need to keep other sites out', async () => {
  const { headers } = await api.ask({ path: '/api/v1/health' })
  const policy = String(headers['content-security-policy'])
  expect(policy).toContain("default-src 'self'")
  expect(policy).toContain(`connect-src 'self' ${api.url.replace('http', 'ws')}`)
  expect(policy).not.toMatch(/upgrade-insecure-requests|unsafe-eval|script-src[^;]*unsafe/)
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' })
})

describe('the description', () => {
  interface Operation {
    summary?: string
    responses: Record<string, { description?: string }>
    parameters?: { in: string; name: string }[]
  }
  interface Description {
    openapi: string
    info: { title: string; version: string }
    paths: Record<string, Record<string, Operation>>
  }
  const read = async () => JSON.parse((await api.ask({ path: '/api/docs/json' })).text) as Description

  it('is OpenAPI 3.1 and names every route', async () => {
    const { openapi, info, paths } = await read()
    expect(openapi).toMatch(/^3\.1\./)
    expect(info.title).toBe('Flathouse')
    const routes = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(routes).toEqual(
      expect.arrayContaining([
        'GET /api/v1/health',
        'GET /api/v1/connections',
        'PUT /api/v1/connections/{name}',
        'DELETE /api/v1/connections/{name}',
        'POST /api/v1/connections/test',
        'GET /api/v1/connections/{name}/databases',
        'GET /api/v1/connections/{name}/tables',
        'GET /api/v1/connections/{name}/columns',
        'POST /api/v1/preview',
        'POST /api/v1/plan',
        'GET /api/v1/runs',
        'POST /api/v1/runs',
        'GET /api/v1/runs/{id}',
        'POST /api/v1/runs/{id}/cancel',
        'GET /api/v1/runs/{id}/report',
        'GET /api/v1/files',
        'DELETE /api/v1/files',
        'GET /api/v1/files/content',
        'POST /api/v1/files/inspect',
        'POST /api/v1/files/check',
        'POST /api/v1/files/heads',
        'GET /api/v1/session',
        'POST /api/v1/session',
        'DELETE /api/v1/session',
        'GET /api/v1/session/ways',
        'POST /api/v1/session/code',
        'POST /api/v1/session/refresh',
        'POST /api/v1/session/password',
        'GET /api/v1/session/oidc',
        'GET /api/v1/session/oidc/callback',
        'GET /api/v1/users',
        'PUT /api/v1/users/{name}',
        'DELETE /api/v1/users/{name}',
        'GET /api/v1/tokens',
        'POST /api/v1/tokens',
        'DELETE /api/v1/tokens/{id}',
        'GET /api/v1/audit',
      ]),
    )
  })

  it('tells of each operation what it is for, its parameters and its answers, and all it points to is there', async () => {
    const description = await read()
    for (const [path, item] of Object.entries(description.paths)) {
      for (const [method, { summary, responses, parameters = [] }] of Object.entries(item)) {
        const which = `${method} ${path}`
        expect(summary, which).toBeTruthy()
        for (const answer of Object.values(responses)) expect(answer.description, which).toBeTruthy()
        expect(Object.keys(responses).length, which).toBeGreaterThan(0)
        const named = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
        expect(named, which).toEqual(inPath)
      }
    }
    for (const [, pointer = ''] of JSON.stringify(description).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = pointer
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], description)
      expect(found, pointer).toBeDefined()
    }
  })

  it('is shown in a browser without anything from elsewhere', async () => {
    const page: Answer = await api.ask({ path: '/api/docs' })
    expect(page.status).toBe(200)
    expect(page.text).toContain('swagger-ui')
    expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//)
    expect((await api.ask({ path: '/api/docs/static/swagger-ui-bundle.js' })).status).toBe(200)
  })
})
