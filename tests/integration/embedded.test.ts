import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedServer, type Endpoint, launchServer, openEmbedded } from '../../src/embedded/index.ts'
import { launcherPath } from '../../src/embedded/launch.ts'
import { findLibrary } from '../../src/embedded/library.ts'
import { removeFolder } from '../support/folder.ts'

const dirs: string[] = []
const tempDir = () => {
  const dir = mkdtempSync(join(tmpdir(), 'flathouse-embedded-'))
  dirs.push(dir)
  return dir
}

interface Sent {
  path?: string
  headers?: Record<string, string>
  sql?: string
}

/** Any HTTP request, valid or not, to a server. */
function send(url: string, sent: Sent): Promise<{ status: number; body: string; code: string }> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent: false, headers: sent.headers ?? {} }
    const call = request(url + (sent.path ?? '/'), options, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      const code = String(response.headers['x-clickhouse-exception-code'] ?? '')
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: body.trim(), code }))
    })
    call.on('error', reject)
    call.end(sent.sql ?? 'SELECT currentUser()')
  })
}

const basic = (credentials: string) => ({
  authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
})
const as = (end: Pick<Endpoint, 'username' | 'password'>) => basic(`${end.username}:${end.password}`)

afterAll(async () => {
  // The servers end by themselves, just after their last user.
  await sleep(500)
  for (const dir of dirs) removeFolder(dir)
})

describe('one embedded server', () => {
  const dir = tempDir()
  let server: EmbeddedServer
  let end: Endpoint
  const query = async (sql: string) => (await send(end.url, { sql, headers: as(end) })).body

  beforeAll(async () => {
    server = await openEmbedded({ dataDir: dir })
    end = await server.endpoint()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('answers, in UTC, as the user flathouse, with the database main', async () => {
    expect(end.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(server.attached).toBe(false)
    expect(await query('SELECT version()')).toMatch(/^\d+\.\d+/)
    expect(await query('SELECT timezone(), currentUser()')).toBe('UTC\tflathouse')
    expect(await query(`SELECT engine FROM system.databases WHERE name = 'main'`)).toBe('Atomic')
  })

  it.each<[string, Sent]>([
    ['no credentials', {}],
    ['the default user', { headers: basic('default:') }],
    ['the default user by header', { headers: { 'x-clickhouse-user': 'default' } }],
    ['the default user by parameter', { path: '/?user=default' }],
    ['a wrong password', { headers: basic('flathouse:wrong') }],
    // ClickHouse would let the parameter win over the header.
    ['an unknown user, then the default one', { headers: basic('nobody:x'), path: '/?user=default' }],
    ['an empty password parameter', { headers: basic('x'), path: '/?password=' }],
    ['an empty name', { headers: basic(':') }],
    ['the page /play', { path: '/play' }],
  ])('refuses %s', async (_, sent) => {
    expect(await send(end.url, sent)).toMatchObject({ status: 403, code: '516' })
  })

  it('gives the user what transfers need, and no more', async () => {
    const file = join(dir, 'x.csv')
    const allowed = [
      'CREATE TABLE main.t (a Int64) ENGINE = MergeTree ORDER BY a',
      'INSERT INTO main.t SELECT 1',
      'CREATE TABLE main.s AS main.t',
      'ALTER TABLE main.t MOVE PARTITION tuple() TO TABLE main.s',
      'EXCHANGE TABLES main.s AND main.t',
      `INSERT INTO FUNCTION file('${file}', 'CSV') SELECT a FROM main.t`,
      `SELECT * FROM file('${file}')`,
      'SYSTEM FLUSH LOGS',
      `KILL QUERY WHERE query_id = 'none'`,
      'CREATE TEMPORARY TABLE x (a Int8)',
      'DROP TABLE main.s SYNC',
    ]
    for (const sql of allowed)
      expect(await send(end.url, { sql, headers: as(end) }), sql).toMatchObject({ code: '' })
    for (const sql of [
      'CREATE USER u',
      'CREATE DATABASE other',
      'SYSTEM STOP LISTEN HTTP',
      'SYSTEM SHUTDOWN',
      `SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')`,
      'DROP TABLE system.query_log',
    ])
      expect(await send(end.url, { sql, headers: as(end) }), sql).toMatchObject({ code: '497' })
  })

  it('keeps a query log for seven days', async () => {
    await query('SYSTEM FLUSH LOGS')
    expect(await query('SHOW CREATE TABLE system.query_log')).toMatch(
      /TTL event_date \+ (toIntervalDay\(7\)|INTERVAL 7 DAY)/,
    )
    expect(Number(await query('SELECT count() FROM system.query_log'))).toBeGreaterThan(0)
  })

  it('keeps its secrets from other users', () => {
    const mode = (name: string) => statSync(join(dir, 'embedded', name)).mode & 0o777
    expect(mode('')).toBe(0o700)
    for (const name of ['config.xml', 'users.xml', 'runtime.json', 'lifeline'])
      expect(mode(name), name).toBe(0o600)
    expect(readFileSync(join(dir, 'embedded', 'users.xml'), 'utf8')).not.toContain(end.password)
  })

  it('is shared by a second one on the same folder', async () => {
    await using second = await openEmbedded({ dataDir: dir })
    expect(second.attached).toBe(true)
    expect(await second.endpoint()).toEqual(end)
  })
})

it('says in one sentence what to do where there is no build', () => {
  const gone = () => {
    throw new Error('not found')
  }
  for (const find of [() => findLibrary('win32', 'x64'), () => findLibrary('linux', 'x64', gone)]) {
    expect(find).toThrow(
      expect.objectContaining({
        code: 'EMBEDDED_UNSUPPORTED',
        message: expect.stringContaining('FLATHOUSE_CLICKHOUSE_BIN') as unknown,
      }),
    )
  }
})

describe('FLATHOUSE_CLICKHOUSE_BIN', () => {
  const script = (dir: string, text: string) => {
    const path = join(dir, 'clickhouse')
    writeFileSync(path, `#!/bin/sh\n${text}\n`)
    chmodSync(path, 0o755)
    return path
  }

  it('runs that binary as "local"', async () => {
    const dir = tempDir()
    const run = `[ "$1" = local ] || exit 9; shift; exec '${process.execPath}' '${launcherPath()}' '${findLibrary()}' '${dir}/embedded/ended' "$@"`
    await using server = await openEmbedded({ dataDir: dir, binary: script(dir, run) })
    const end = await server.endpoint()
    expect((await send(end.url, { headers: as(end) })).body).toBe('flathouse')
  })

  it('repeats what a broken binary said, and names the log', async () => {
    const dir = tempDir()
    await expect(
      openEmbedded({ dataDir: dir, binary: script(dir, 'echo no such thing >&2; exit 1') }),
    ).rejects.toMatchObject({
      code: 'EMBEDDED_FAILED',
      message: expect.stringMatching(/server\.log.*no such thing/) as unknown,
    })
    await expect(openEmbedded({ dataDir: dir, binary: join(dir, 'absent') })).rejects.toMatchObject({
      code: 'EMBEDDED_FAILED',
      message: expect.stringContaining('No such file') as unknown,
    })
  })
})

describe('a server of one’s own', () => {
  let stop = () => Promise.resolve()
  afterEach(() => stop())

  it('has the users it is given', async () => {
    const owner = { name: 'owner', password: 'o&<"\'>', username: 'owner' }
    const reader = { name: 'reader', password: 'r', username: 'reader', readonly: true }
    const guest = { name: 'guest', password: 'g', username: 'guest', grants: ['GRANT SELECT ON main.open'] }
    const users = [owner, reader, guest]
    const server = await launchServer({ dir: tempDir(), users, memoryLimit: 1e9 })
    stop = () => server.stop()
    const code = async (user: typeof owner, sql: string) =>
      (await send(server.url, { sql, headers: as(user) })).code
    expect(await code(owner, 'CREATE DATABASE shop')).toBe('')
    expect(await code(owner, 'CREATE TABLE main.open (a Int8) ENGINE = MergeTree ORDER BY a')).toBe('')
    expect(await code(reader, 'SELECT * FROM main.open')).toBe('')
    expect(await code(reader, 'SELECT * FROM main.open SETTINGS max_threads = 1')).toBe('164')
    expect(await code(reader, 'INSERT INTO main.open VALUES (1)')).toBe('164')
    expect(await code(guest, 'SELECT * FROM main.open')).toBe('')
    expect(await code(guest, 'INSERT INTO main.open VALUES (1)')).toBe('497')
  })
})

it('lets the process end when everything else is done', async () => {
  const index = new URL('../../src/embedded/index.ts', import.meta.url).href
  const code = `import { openEmbedded } from '${index}'; await openEmbedded({ dataDir: '${tempDir()}' })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' })
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0)
})
