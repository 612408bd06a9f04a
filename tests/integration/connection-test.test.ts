import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server as Listener } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openServer } from '../../src/clickhouse/index.ts'
import { testServer } from '../../src/runs/connection-test.ts'
import type { Connection, ConnectionTest, Secrets } from '../../src/shared/index.ts'
import { listen as listenOn, startBrokenServers, startSilentPort } from '../support/broken-servers.ts'
import { House, urlOf } from '../support/cli.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { startAuthority, startGateway } from '../support/gateway.ts'
import { type Certificates, makeCertificates, startTlsProxy } from '../support/tls-proxy.ts'

let one: TestServer
let certificates: Certificates
const listeners: Listener[] = []

beforeAll(async () => {
  one = await startServer([
    { name: 'reader', password, grants: ['GRANT SELECT ON main.*'] },
    { name: 'one_table', password, grants: ['GRANT SELECT ON main.t'] },
    { name: 'one_column', password, grants: ['GRANT INSERT(id) ON main.t'] },
    { name: 'nobody', password, grants: [] },
    { name: 'fixed', password, readonly: true },
  ])
  await one.server.command('CREATE TABLE t (id UInt8, name String) ENGINE = MergeTree ORDER BY id')
  certificates = await makeCertificates()
})
afterAll(async () => {
  for (const listener of listeners) listener.close()
  await one[Symbol.asyncDispose]()
})

async function listen(listener: Listener): Promise<number> {
  listeners.push(listener)
  return await listenOn(listener)
}

function tried(change: Partial<Connection>, secrets: Secrets = { password }): Promise<ConnectionTest> {
  const connection = { ...one.connection, ...change }
  return testServer(connection.protocol, () => openServer(connection, secrets))
}

const found = ({ steps }: ConnectionTest) => Object.fromEntries(steps.map((step) => [step.step, step.found]))

/** `name✓ tcp✗ …`, and what was the matter. */
function walked({ steps, error }: ConnectionTest) {
  const marks = { true: '✓', false: '✗', null: '-' }
  return [
    steps.map(({ step, passed }) => `${step}${marks[`${passed}`]}`).join(' '),
    error?.code,
    error?.message.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST'),
  ]
}

describe('six broken servers', () => {
  it('are told apart on the command line, each with the step, a sentence and a remedy', async () => {
    await using broken = await startBrokenServers()
    await using house = new House()
    const told: string[] = []
    for (const server of broken.servers) {
      const args = ['connections', 'test', '--url', urlOf(server.connection)]
      const env = { FLATHOUSE_PASSWORD: server.password }
      const { exitCode, stdout, stderr } = await house.run(args, { env })
      told.push(`# ${server.name}\n${stdout}${stderr}`)
      expect([server.name, exitCode]).toEqual([server.name, 3])
      expect(stdout + stderr).not.toContain(server.password)
    }
    const normal = told
      .join('\n')
      .replaceAll(/(127\.0\.0\.1|name\.invalid):\d+/g, '$1:PORT')
      .replaceAll(/\d+ ms/g, 'N ms')
      .replaceAll(/ClickHouse \d[\d.]+/g, 'ClickHouse VERSION')
    expect(normal).toMatchInlineSnapshot(`
      "# an unknown name
      ✗ host name
      · TCP        not tried
      · login      not tried
      · version    not tried
      · database   not tried
      · rights     not tried
      The host of name.invalid:PORT is not known.
      Check the host name.

      # a closed port
      ✓ host name  127.0.0.1
      ✗ TCP
      · login      not tried
      · version    not tried
      · database   not tried
      · rights     not tried
      Nothing answers at 127.0.0.1:PORT.
      Check the host and port, and that ClickHouse is running there.

      # an unknown authority
      ✓ host name  127.0.0.1
      ✓ TCP        127.0.0.1:PORT in N ms
      ✗ TLS
      · login      not tried
      · version    not tried
      · database   not tried
      · rights     not tried
      The certificate of 127.0.0.1:PORT is not trusted: it is signed by 127.0.0.1.
      Pass the certificate of the authority that signed it with --ca FILE.

      # a wrong password
      ✓ host name  127.0.0.1
      ✓ TCP        127.0.0.1:PORT in N ms
      ✗ login
      · version    not tried
      · database   not tried
      · rights     not tried
      The user tester cannot sign in at 127.0.0.1:PORT with these credentials.
      Check the user and FLATHOUSE_PASSWORD or FLATHOUSE_TOKEN.

      # no ClickHouse
      ✓ host name  127.0.0.1
      ✓ TCP        127.0.0.1:PORT in N ms
      ✗ login
      · version    not tried
      · database   not tried
      · rights     not tried
      What answers at 127.0.0.1:PORT is not ClickHouse.
      Check the port: ClickHouse answers HTTP on 8123 (https: 8443) by default.

      # no such database
      ✓ host name  127.0.0.1
      ✓ TCP        127.0.0.1:PORT in N ms
      ✓ login      as tester by password
      ✓ version    ClickHouse VERSION, time zone UTC
      ✗ database
      · rights     not tried
      There is no database nowhere on 127.0.0.1:PORT.
      Check the database and table name.
      "
    `)
  })
})

describe('a server that works', () => {
  it('is told with what was found at each step', async () => {
    await using proxy = await startTlsProxy(new URL(one.running.url), certificates)
    const test = await tried({ protocol: 'https', port: proxy.port }, { password, ca: certificates.cert })
    expect(test).toMatchObject({
      error: null,
      timezone: 'UTC',
      version: expect.stringMatching(/^\d+\./) as string,
    })
    expect(test.rights).toEqual({ read: true, insert: true, createTable: true })
    expect(found(test)).toEqual({
      name: '127.0.0.1',
      tcp: expect.stringMatching(/^127\.0\.0\.1:\d+ in \d+ ms$/) as string,
      tls: expect.stringMatching(
        /^TLSv1\.3, certificate of 127\.0\.0\.1 by 127\.0\.0\.1 until \d{4}-\d\d-\d\d$/,
      ) as string,
      login: 'as tester by password',
      version: expect.stringMatching(/^ClickHouse \d+\.[\d.]+, time zone UTC$/) as string,
      database: 'main, 1 table',
      rights: 'may read, insert, create tables',
    })
  })

  it('says whose token signed in and until when, and tells nothing else of it', async () => {
    await using authority = await startAuthority()
    await using gateway = await startGateway(one, { authority })
    const exp = Math.floor(Date.now() / 1000) + 120
    const token = await authority.sign({ exp })
    const test = await tried(gateway.connection, { token })
    const until = new Date(exp * 1000).toISOString().replace('.000', '')
    expect(found(test)['login']).toBe(`as tester by a token of ${authority.issuer} until ${until}`)
    expect([test.error, JSON.stringify(test).includes(token)]).toEqual([null, false])
    const wrong = await tried(gateway.connection, { token: await authority.sign({ aud: 'somebody-else' }) })
    expect(walked(wrong).slice(0, 2)).toEqual(['name✓ tcp✓ login✗ version- database- rights-', 'AUTH_FAILED'])
  })

  it('is reached by a name, too', async () => {
    const test = await tried({ host: 'localhost' })
    expect(found(test)['name']).toContain('127.0.0.1')
    expect(test.error).toBeNull()
  })

  it.each([
    ['reader', 'may read; may not insert, create tables'],
    ['one_table', 'may read; may not insert, create tables'],
    ['one_column', 'may insert; may not read, create tables'],
    ['fixed', 'may read; may not insert, create tables'],
  ])('tells what %s may do', async (user, words) => {
    const test = await tried({ user })
    expect([found(test)['rights'], test.error]).toEqual([words, null])
  })

  it('in which the user may do nothing fails at the rights', async () => {
    const test = await tried({ user: 'nobody' })
    const [line, code, message] = walked(test)
    expect([line, code]).toEqual(['name✓ tcp✓ login✓ version✓ database✓ rights✗', 'ACCESS_DENIED'])
    expect(message).toBe('The user nobody may neither read nor insert in the database main of HOST.')
    expect(test.rights).toEqual({ read: false, insert: false, createTable: false })
  })
})

describe('the step that fails', () => {
  const https = (port: number) => ({ protocol: 'https', port }) as const

  it('is the name, when it is none', async () => {
    expect(walked(await tried({ host: 'no name' }))).toEqual([
      'name✗ tcp- login- version- database- rights-',
      'HOST_NOT_FOUND',
      '"no name" is no host name and no address.',
    ])
    // Would be another host, were it pasted into an address.
    for (const host of ['evil.invalid/x', 'a@127.0.0.1', '127.0.0.1:1#', '127.0.0.1?'])
      expect(walked(await tried({ host }))[1]).toBe('HOST_NOT_FOUND')
  })

  it('is tcp, when packets are dropped on the way', async () => {
    await using silent = await startSilentPort()
    expect(walked(await tried({ port: silent.port, connectTimeout: 1 }))).toEqual([
      'name✓ tcp✗ login- version- database- rights-',
      'CONNECTION_TIMEOUT',
      'No connection to HOST came about within 1 s.',
    ])
  })

  it('is tls, when the certificate has expired, is for another name, or nobody knows who signed it', async () => {
    const day = 86_400_000
    const old = await makeCertificates({
      from: new Date(Date.now() - 2 * day),
      until: new Date(Date.now() - day),
    })
    const theirs = await makeCertificates({ address: '127.0.0.2' })
    const walk = async (served: Certificates, trusted: string) => {
      await using proxy = await startTlsProxy(new URL(one.running.url), served)
      return walked(await tried(https(proxy.port), { password, ca: trusted }))
    }
    const line = 'name✓ tcp✓ tls✗ login- version- database- rights-'
    const ended = new Date(Date.now() - day).toISOString().slice(0, 10)
    expect(await walk(old, old.cert)).toEqual([
      line,
      'TLS_EXPIRED',
      `The certificate of HOST has expired on ${ended}.`,
    ])
    expect(await walk(theirs, theirs.cert)).toEqual([
      line,
      'TLS_NAME',
      'The certificate of HOST is for another name: 127.0.0.2.',
    ])
    expect(await walk(certificates, theirs.cert)).toEqual([
      line,
      'TLS_CERTIFICATE',
      'The certificate of HOST is not trusted: it is signed by 127.0.0.1.',
    ])
  })

  it('is tls, when it wants a client certificate', async () => {
    await using proxy = await startTlsProxy(new URL(one.running.url), certificates, true)
    const { cert: ca, clientCert: cert, clientKey: key } = certificates
    const without = walked(await tried(https(proxy.port), { password, ca }))
    expect(without.slice(0, 2)).toEqual(['name✓ tcp✓ tls✗ login- version- database- rights-', 'TLS_CLIENT'])
    const test = await tried(https(proxy.port), { password, ca, cert, key })
    expect(test.error).toBeNull()
  })

  it('is tls on a plain port', async () => {
    expect(walked(await tried({ protocol: 'https' }))).toEqual([
      'name✓ tcp✓ tls✗ login- version- database- rights-',
      'TLS_FAILED',
      'What listens at HOST does not speak TLS.',
    ])
  })

  it('is the login without TLS on a TLS port, and by what is no ClickHouse', async () => {
    const line = 'name✓ tcp✓ login✗ version- database- rights-'
    await using proxy = await startTlsProxy(new URL(one.running.url), certificates)
    expect(walked(await tried({ port: proxy.port }))).toEqual([
      line,
      'NOT_CLICKHOUSE',
      'HOST speaks TLS: connect by https.',
    ])
    const ssh = createServer(
      (socket) => void socket.on('error', () => undefined).end('SSH-2.0-OpenSSH_9\r\n'),
    )
    expect(walked(await tried({ port: await listen(ssh) }))).toEqual([
      line,
      'NOT_CLICKHOUSE',
      'What answers at HOST does not speak HTTP.',
    ])
    const elsewhere = createHttpServer((_request, response) =>
      response.writeHead(302, { location: one.running.url }).end(),
    )
    expect(walked(await tried({ port: await listen(elsewhere) })).slice(0, 2)).toEqual([
      line,
      'NOT_CLICKHOUSE',
    ])
  })

  it('is the version of a ClickHouse that is too old, which is told', async () => {
    const answer = {
      version: '23.3.1.1',
      timezone: 'UTC',
      user: 'tester',
      takesSettings: 1,
      curtailing: [],
      fixed: [],
    }
    const old = createHttpServer((_request, response) =>
      response.writeHead(200, { 'x-clickhouse-format': 'JSONEachRow' }).end(JSON.stringify(answer)),
    )
    const test = await tried({ port: await listen(old) })
    expect([...walked(test), test.version]).toEqual([
      'name✓ tcp✓ login✓ version✗ database- rights-',
      'SERVER_TOO_OLD',
      'The ClickHouse at HOST is 23.3.1.1, older than 23.8.',
      '23.3.1.1',
    ])
  })
})
