import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  columnListSchema,
  connectionListSchema,
  connectionTestSchema,
  databaseListSchema,
  savedConnectionSchema,
  tableListSchema,
} from '../../src/shared/index.ts'
import { Api } from '../support/api.ts'
import { close, listen } from '../support/broken-servers.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { someToken } from '../support/gateway.ts'

let api: Api
let remote: TestServer

beforeAll(async () => {
  ;[api, remote] = await Promise.all([Api.start(), startServer()])
  await remote.server.command('CREATE DATABASE other')
  await remote.server.command(
    `CREATE TABLE sales (id UInt64, \`odd name\` Nullable(String) COMMENT 'as given', double UInt64 ALIAS id * 2)
    ENGINE = MergeTree ORDER BY id`,
  )
  await remote.server.command(`INSERT INTO sales SELECT number, 'x' FROM numbers(1000)`)
  await remote.server.command('CREATE VIEW seen AS SELECT id FROM sales')
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await remote[Symbol.asyncDispose]()
})

const path = (name: string) => `/api/v1/connections/${encodeURIComponent(name)}`
const save = (name: string, body: unknown) => api.put(savedConnectionSchema, path(name), body)
const remove = (name: string) => api.ask({ method: 'DELETE', path: path(name) })
const list = async () => (await api.get(connectionListSchema, '/api/v1/connections')).connections
const plain = { areSecretsTemporary: false, tokenExpiresAt: null }
const embedded = { name: 'embedded', connection: null, secrets: [], ...plain }

describe('saved connections', () => {
  it('begin with the embedded database, whose name cannot be taken', async () => {
    expect(await list()).toEqual([embedded])
    const body = { connection: remote.connection }
    expect(await api.problem({ method: 'PUT', path: path('embedded'), body })).toMatchObject({
      code: 'REQUEST_INVALID',
      detail: expect.stringContaining('embedded is the name of the embedded database') as string,
    })
    expect(await api.problem({ method: 'DELETE', path: path('embedded') })).toMatchObject({
      code: 'CONNECTION_NOT_FOUND',
    })
  })

  it('are saved under any name in any script, shown with the kinds of their secrets, and removed', async () => {
    const name = '会社 サーバー.1'
    const { connection } = remote
    const saved = { name, connection, secrets: ['password'], ...plain }
    expect(await save(name, { connection, secrets: { password } })).toEqual(saved)
    expect(await list()).toEqual([embedded, saved])
    expect((await remove(name)).status).toBe(204)
    expect(await list()).toEqual([embedded])
    expect(await api.problem({ method: 'DELETE', path: path(name) })).toMatchObject({
      code: 'CONNECTION_NOT_FOUND',
      detail: `There is no saved connection called "${name}".`,
    })
  })

  it('keep left-out secrets only for the same server and user', async () => {
    const { connection } = remote
    await save('one', { connection, secrets: { password } })
    const elsewhere = { ...connection, database: 'other' }
    expect(await save('one', { connection: elsewhere })).toMatchObject({ secrets: ['password'] })
    for (const change of [{ host: 'localhost' }, { user: 'default' }, { port: 1 }]) {
      await save('one', { connection, secrets: { password } })
      expect(await save('one', { connection: { ...connection, ...change } })).toMatchObject({ secrets: [] })
      expect(await save('one', { connection })).toMatchObject({ secrets: [] })
    }
    await save('one', { connection, secrets: { password } })
    expect(await save('one', { connection, secrets: {} })).toMatchObject({ secrets: [] })
    await remove('one')
  })

  it('survive a restart with those of their secrets that may be kept, and no secret is ever readable on disk', async () => {
    const { connection } = remote
    const token = await someToken({ sub: 'a-subject-to-look-for' })
    await save('one', { connection, secrets: { token }, remember: false })
    await save('two', { connection, secrets: { password } })
    expect((await list())[1]).toMatchObject({ name: 'one', secrets: ['token'], areSecretsTemporary: true })
    await api.restart()
    expect(await list()).toEqual([
      embedded,
      { name: 'one', connection, secrets: [], ...plain },
      { name: 'two', connection, secrets: ['password'], ...plain },
    ])
    for (const file of readdirSync(api.data, { recursive: true, encoding: 'utf8' })) {
      const where = join(api.data, file)
      if (!statSync(where, { throwIfNoEntry: false })?.isFile()) continue
      const content = readFileSync(where, 'latin1')
      for (const secret of [Buffer.from(password).toString('latin1'), token])
        expect(content.includes(secret), file).toBe(false)
    }
    await remove('one')
    await remove('two')
  })
})

describe('what a connection leads to', () => {
  beforeAll(() => save('one', { connection: remote.connection, secrets: { password } }))
  afterAll(() => remove('one'))

  it('are databases', async () => {
    const found = await api.get(databaseListSchema, `${path('one')}/databases`)
    expect(found.current).toBe('main')
    expect(found.databases).toEqual(expect.arrayContaining(['main', 'other']))
    expect(await api.get(databaseListSchema, `${path('embedded')}/databases`)).toMatchObject({
      current: 'main',
    })
  })

  it('are tables, with rows and size where the engine tells them', async () => {
    const { tables } = await api.get(tableListSchema, `${path('one')}/tables?database=main`)
    expect(tables).toEqual([
      { table: 'sales', engine: 'MergeTree', rows: 1000, bytes: expect.any(Number) as number },
      { table: 'seen', engine: 'View', rows: null, bytes: null },
    ])
    expect(tables[0]?.bytes).toBeGreaterThan(0)
    // Left out: the connection's own database.
    expect(await api.get(tableListSchema, `${path('one')}/tables`)).toEqual({ tables })
    expect(await api.get(tableListSchema, `${path('one')}/tables?database=other`)).toEqual({ tables: [] })
    expect(await api.problem(`${path('one')}/tables?database=nowhere`)).toMatchObject({
      code: 'TABLE_NOT_FOUND',
      detail: expect.stringMatching(/no database nowhere on 127/) as string,
    })
  })

  it('are columns', async () => {
    const given = await api.get(columnListSchema, `${path('one')}/columns?database=main&table=sales`)
    expect(given).toEqual({
      columns: [
        { name: 'id', type: 'UInt64', comment: '', kind: '' },
        { name: 'odd name', type: 'Nullable(String)', comment: 'as given', kind: '' },
        { name: 'double', type: 'UInt64', comment: '', kind: 'ALIAS' },
      ],
      engine: 'MergeTree',
      sortingKey: 'id',
      rows: 1000,
    })
    expect(await api.problem(`${path('one')}/columns?database=main&table=no'ne`)).toMatchObject({
      code: 'TABLE_NOT_FOUND',
      detail: expect.stringContaining("main.no'ne") as string,
    })
  })

  it('is an error that names the connection when there is none', async () => {
    const problem = await api.problem(`${path('none')}/databases`)
    expect(problem).toMatchObject({ code: 'CONNECTION_NOT_FOUND', status: 404 })
    expect(problem.detail).toContain('"none"')
  })
})

describe('the test of a connection', () => {
  const test = (body: unknown) => api.post(connectionTestSchema, '/api/v1/connections/test', body)
  const rights = { read: true, insert: true, createTable: true }
  const about = { version: expect.stringMatching(/^\d+\./) as string, timezone: 'UTC', rights, error: null }

  /** `n✓ t✓ l✗ v-` */
  const walked = async (change: object, secrets: object = { password }) => {
    const body = { connection: { ...remote.connection, ...change }, secrets }
    const { steps, error } = await test(body)
    const marks = { true: '✓', false: '✗', null: '-' }
    const line = steps.map(({ step, passed }) => `${step}${marks[`${passed}`]}`).join(' ')
    return [line, error?.code]
  }

  const refused = 'name✓ tcp✓ login✗ version- database- rights-'

  it('tells version and time zone, of one that is saved and one that is not', async () => {
    expect(await test({ connection: remote.connection, secrets: { password } })).toMatchObject(about)
    expect(await test({ name: 'embedded' })).toMatchObject({
      ...about,
      timezone: expect.any(String) as string,
    })
    await save('one', { connection: remote.connection, secrets: { password } })
    expect(await test({ name: 'one' })).toMatchObject(about)
    await remove('one')
    expect(await walked({})).toEqual(['name✓ tcp✓ login✓ version✓ database✓ rights✓', undefined])
    const unknown = { method: 'POST', path: '/api/v1/connections/test', body: { name: 'none' } }
    expect(await api.problem(unknown)).toMatchObject({ code: 'CONNECTION_NOT_FOUND' })
  })

  it('says how far the way was gone', async () => {
    const rest = 'login- version- database- rights-'
    expect(await walked({ host: 'name.invalid' })).toEqual([`name✗ tcp- ${rest}`, 'HOST_NOT_FOUND'])
    expect(await walked({ port: 1 })).toEqual([`name✓ tcp✗ ${rest}`, 'CONNECTION_REFUSED'])
    expect(await walked({ protocol: 'https' })).toEqual([`name✓ tcp✓ tls✗ ${rest}`, 'TLS_FAILED'])
    expect(await walked({}, { password: 'wrong' })).toEqual([refused, 'AUTH_FAILED'])
    const missing = 'name✓ tcp✓ login✓ version✓ database✗ rights-'
    expect(await walked({ database: 'nowhere' })).toEqual([missing, 'TABLE_NOT_FOUND'])
  })

  it('finds out who is not ClickHouse', async () => {
    const web = createHttpServer((_request, response) => response.writeHead(200).end('<html>'))
    expect(await walked({ port: await listen(web) })).toEqual([refused, 'NOT_CLICKHOUSE'])
    await close(web)
  })

  it('uses the kept secrets for changes that are not saved, unless they would go to somebody else', async () => {
    const { connection } = remote
    await save('one', { connection, secrets: { password } })
    const changed = async (change: object) =>
      (await test({ name: 'one', connection: { ...connection, ...change } })).error?.code
    expect(await changed({ database: 'other', connectTimeout: 3 })).toBeUndefined()
    expect(await changed({ user: 'default' })).toBe('AUTH_FAILED')
    await remove('one')
  })

  it('looks at tokens before anybody gets them, and tells nothing of them', async () => {
    const token = await someToken({ exp: 1 })
    expect(await walked({}, { token })).toEqual([refused, 'TOKEN_EXPIRED'])
    expect(await walked({}, { token: 'nonsense' })).toEqual([refused, 'TOKEN_MALFORMED'])
    const body = { connection: remote.connection, secrets: { token } }
    const { text } = await api.ask({ method: 'POST', path: '/api/v1/connections/test', body })
    expect(text).toContain('TOKEN_EXPIRED')
    expect(text).not.toContain(token)
  })
})

describe('a preview that nobody waits for any more', () => {
  it('ends on the server', async () => {
    await save('one', { connection: remote.connection, secrets: { password } })
    const sql = 'SELECT sleepEachRow(0.5) AS slow FROM numbers(100) SETTINGS max_block_size = 1'
    const gone = new AbortController()
    const asked = fetch(`${api.url}/api/v1/preview`, {
      method: 'POST',
      signal: gone.signal,
      headers: { ...api.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ source: { kind: 'query', server: 'one', sql } }),
    }).catch((error: unknown) => error)
    const runs = async () => {
      const [row] = await remote.server.rows<{ n: string }>(
        `SELECT toString(count()) AS n FROM system.processes WHERE query LIKE '%sleepEachRow%' AND query_id != queryID()`,
      )
      return Number(row?.n)
    }
    await expect.poll(runs).toBeGreaterThan(0)
    gone.abort()
    await asked
    // By itself it would go on for fifty seconds.
    await expect.poll(runs).toBe(0)
    await remove('one')
  })
})
