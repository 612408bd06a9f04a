import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closedPort } from '../support/broken-servers.ts'
import { urlOf, whileRunning } from '../support/cli.ts'
import { password, startServer } from '../support/clickhouse-server.ts'
import { someToken } from '../support/gateway.ts'
import { openScene, type Expected, type Scene } from '../support/scene.ts'
import { makeCertificates, startTlsProxy } from '../support/tls-proxy.ts'

let scene: Scene
beforeAll(async () => {
  scene = await openScene({
    users: [
      { name: 'reader', password, grants: ['GRANT SELECT ON main.*'] },
      { name: 'inserter', password, grants: ['GRANT SELECT, INSERT ON main.*'] },
    ],
  })
  scene.house.write('good.csv', 'id,name,day\n1,a,2024-01-01\n')
})
afterAll(() => scene[Symbol.asyncDispose]())

const load = (url: string) => ['import', 'good.csv', '--table', 't', '--url', url]

describe('a connection', () => {
  it.each(['import', 'export'])('to an unknown host (%s)', async (direction) => {
    const url = 'http://me@name.invalid:8123/main'
    const args = direction === 'import' ? load(url) : ['export', 't', '--to', 'x.csv', '--url', url]
    await scene.refuses(args, [3, 'HOST_NOT_FOUND', 'name.invalid:8123'])
  })

  it('to a closed port', async () => {
    const at = `127.0.0.1:${await closedPort()}`
    await scene.refuses(load(`http://me@${at}/main`), [3, 'CONNECTION_REFUSED', at])
  })

  it('by TLS to a plain port', () => {
    const url = urlOf({ ...scene.remote.connection, protocol: 'https' })
    return scene.refuses(load(url), [3, 'TLS_FAILED', `127.0.0.1:${scene.remote.connection.port}`])
  })

  it('whose certificate is not trusted, until it is', async () => {
    const certificates = await makeCertificates()
    await using proxy = await startTlsProxy(new URL(scene.remote.running.url), certificates)
    const url = urlOf({ ...scene.remote.connection, protocol: 'https', port: proxy.port })
    await scene.refuses(load(url), [3, 'TLS_CERTIFICATE', `127.0.0.1:${proxy.port} is not trusted`])
    const ca = ['--ca', scene.house.write('ca.pem', certificates.cert)]
    const env = { FLATHOUSE_PASSWORD: password }
    const { exitCode } = await scene.house.run([...load(url), ...ca, '--dry-run'], { env })
    expect(exitCode).toBe(0)
  })

  it('to a database that is not there', () =>
    scene.refuses(load(urlOf({ ...scene.remote.connection, database: 'x' })), [2, 'TABLE_NOT_FOUND', ' x ']))

  it('with the password in the address', () =>
    scene.refuses(load('http://me:secret@127.0.0.1:1/main'), [2, 'USAGE', 'FLATHOUSE_PASSWORD']))
})

describe('signing in', async () => {
  const expired = await someToken({ exp: 1000 })
  it.each<[string, Record<string, string>, Expected[1]]>([
    ['a wrong password', { FLATHOUSE_PASSWORD: 'other' }, 'AUTH_FAILED'],
    ['no password', {}, 'AUTH_FAILED'],
    ['what is no token', { FLATHOUSE_TOKEN: 'abc' }, 'TOKEN_MALFORMED'],
    ['an expired token', { FLATHOUSE_TOKEN: expired }, 'TOKEN_EXPIRED'],
  ])('with %s', (_, env, code) =>
    scene.refuses(load(urlOf(scene.remote.connection)), [3, code, '127.0.0.1:'], env),
  )
})

describe('a user', () => {
  const as = (user: string) => load(urlOf({ ...scene.remote.connection, user }))
  it.each<[string, string[], string]>([
    ['append', [], 'main.t'],
    ['replace', ['--mode', 'replace'], 'CREATE TABLE'],
    ['create', ['--table', 'x'], 'CREATE TABLE'],
  ])('who may only read cannot %s', (_, more, message) =>
    scene.refuses([...as('reader'), ...more], [5, 'ACCESS_DENIED', message]),
  )

  it('who may insert but not create tables appends directly, and is told so', async () => {
    await scene.remote.server.command('CREATE TABLE u AS t ENGINE = MergeTree PARTITION BY day ORDER BY id')
    const env = { FLATHOUSE_PASSWORD: password }
    const { exitCode, report } = await scene.house.transfer([...as('inserter'), '--table', 'u'], { env })
    expect([exitCode, report.commit, report.rowsWritten]).toEqual([0, 'direct', 1])
    expect(report.warnings.join()).toContain(
      'may not commit a staging table (lacking CREATE TABLE ON main.*)',
    )
    await scene.remote.server.command('DROP TABLE u SYNC')
  })
})

describe('SQL for the embedded database', () => {
  const secret = '/etc/hostname'
  it.each([
    `name = file('${secret}')`,
    `id IN (SELECT count() FROM file('${secret}', 'LineAsString'))`,
    'id IN system.users',
    `id IN \`default\`.\`${secret}\``,
    'id GLOBAL IN (system.one)',
    'id = (SELECT max(number) FROM system.numbers)',
    "dictGet('a', 'b', 1) = 1",
    "getSetting('max_threads') = 1",
  ])('--where %s is not allowed', (sql) =>
    scene.refuses(['export', 't', '--to', 'x.csv', '--where', sql], [2, 'QUERY_NOT_ALLOWED', /./]),
  )

  it.each([
    ['--where', `id < 5) OR (1 = length(file('${secret}'))`],
    ['--query', `SELECT 1), (SELECT file('${secret}')`],
  ])('%s %s is not one whole', (option, sql) => {
    const source = option === '--query' ? [] : ['t']
    return scene.refuses(['export', ...source, '--to', 'x.csv', option, sql], [2, 'QUERY_INVALID', /./])
  })

  it.each([
    `SELECT file('${secret}')`,
    `SELECT * FROM file('${secret}', 'LineAsString')`,
    `SELECT * FROM \`default\`.\`${secret}\``,
    `WITH (SELECT file('${secret}')) AS s SELECT s`,
    `SELECT * REPLACE (file('${secret}') AS name) FROM t`,
    'SELECT * APPLY(file) FROM t',
    'SELECT * FROM system.users',
    'SELECT * FROM t JOIN system.one ON 1',
    'SELECT * FROM t EXCEPT SELECT * FROM system.one',
    "SELECT * FROM url('http://127.0.0.1/')",
    "SELECT * FROM merge('main', '.*')",
    'SELECT * FROM t SETTINGS max_threads = 1',
    'EXPLAIN SELECT 1',
  ])('--query %s is not allowed', (sql) =>
    scene.refuses(['export', '--query', sql, '--to', 'x.csv'], [2, 'QUERY_NOT_ALLOWED', /./]),
  )

  it.each([
    `1) UNION ALL SELECT 1, file('${secret}'), today() --`,
    '1) SETTINGS max_threads = 1 --',
    "1) INTO OUTFILE '/tmp/flathouse-outfile' --",
    '1) FORMAT CSV --',
    '1) /*',
    '1; DROP TABLE t',
  ])('--where %s does not get out of its parentheses', (sql) =>
    scene.refuses(['export', 't', '--to', 'x.csv', '--where', sql], [2, 'QUERY_INVALID', /./]),
  )

  it.each([
    `SELECT * FROM t) UNION ALL SELECT 1, file('${secret}'), today() --`,
    "SELECT * FROM t INTO OUTFILE '/tmp/flathouse-outfile'",
    "INSERT INTO t VALUES (1, 'a', '2024-01-01')",
    'DROP TABLE t',
    'SHOW TABLES',
  ])('--query %s is no SELECT', (sql) =>
    scene.refuses(['export', '--query', sql, '--to', 'x.csv'], [2, 'QUERY_INVALID', /./]),
  )
})

function mountSmall(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('a full disk', () => {
  it.for(['embedded', 'remote'])('leaves no file (%s)', async (where, { skip }) => {
    const small = scene.house.path('small')
    mkdirSync(small, { recursive: true })
    if (!mountSmall(small)) skip('only root can mount a small disk')
    const server = where === 'remote' ? scene.remote.server : scene.embedded
    const select = 'SELECT number AS n, sipHash64(n) AS s FROM numbers(300000)'
    await server.command(`CREATE TABLE b ENGINE = MergeTree ORDER BY n AS ${select}`)
    try {
      const args = ['export', 'b', '--to', 'small/b.csv', ...(where === 'remote' ? scene.connection : [])]
      await scene.fails(args, [5, 'DISK_FULL', 'small'])
      expect(execFileSync('ls', ['-A', small], { encoding: 'utf8' })).toBe('')
    } finally {
      execFileSync('umount', [small])
      await server.command('DROP TABLE b SYNC')
    }
    await scene.isUntouched()
  })
})

describe('a server that is killed while it writes', () => {
  it('loses the connection; the embedded database is as before', async () => {
    await using victim = await startServer()
    await victim.server.command(
      'CREATE TABLE t (id UInt32, slow UInt8 MATERIALIZED sleepEachRow(0.000002)) ENGINE = MergeTree ORDER BY id',
    )
    const file = scene.house.write('ids.csv', `id\n${'12345\n'.repeat(2_000_000)}`)
    const at = `127.0.0.1:${victim.connection.port}`
    const args = ['import', file, '--table', 't', '--url', urlOf(victim.connection), '--attempts', '1']
    const failing = scene.fails(args, [3, 'CONNECTION_LOST', at])
    await whileRunning(victim.server)
    process.kill(victim.running.pid, 'SIGKILL')
    await failing
    await scene.isUntouched()
  })
})
