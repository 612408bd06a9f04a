import dns from 'node:dns'
import { createServer as createHttpServer } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import type { Server as Listener } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { checkReach, openServer, requireReach, type Reach } from '../../src/clickhouse/index.ts'
import { testServer } from '../../src/runs/connection-test.ts'
import { listen } from '../support/broken-servers.ts'
import { errorOf, password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { makeCertificates, startTlsProxy } from '../support/tls-proxy.ts'

let one: TestServer
const listeners: Listener[] = []
beforeAll(async () => {
  one = await startServer()
})
afterEach(() => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
})
afterAll(async () => {
  for (const listener of listeners) listener.close()
  await one[Symbol.asyncDispose]()
})

/** Connects in earnest. */
async function goes(host: string, reach: Reach, port = one.connection.port): Promise<string> {
  try {
    await using server = openServer({ ...one.connection, host, port }, { password }, { reach })
    await server.check()
    return 'goes'
  } catch (error) {
    return (error as { code: string }).code
  }
}
const allow = (...entries: string[]): Reach => ({ allow: entries, deny: [] })
const deny = (...entries: string[]): Reach => ({ allow: 'any', deny: entries })

describe('hosts that are allowed', () => {
  it.each([
    ['127.0.0.1', allow('127.0.0.1')],
    ['127.0.0.1', allow('127.0.0.0/8')],
    ['127.0.0.1', allow('localhost')],
    ['127.0.0.1', deny('10.0.0.0/8')],
    ['127.0.0.1', allow('0.0.0.0/0')],
    ['localhost', allow('localhost')],
    ['localhost', allow('127.0.0.1')],
    ['LOCALHOST.', allow('LocalHost')],
    ['127.1', allow('127.0.0.1')],
  ] as const)('%s by %j', async (host, reach) => {
    expect(await goes(host, reach)).toBe('goes')
  })
})

describe('hosts that are not', () => {
  const spellings = [
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '0x7f.1',
    '2130706433',
    '017700000001',
    '0177.0.0.1',
    '１２７.0.0.1',
    '127.0.0.1.',
    '127.8.9.10',
    '0.0.0.0',
    '0',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:0.0.0.0',
    '0:0:0:0:0:ffff:7f00:0001',
    '64:ff9b::127.0.0.1',
    '[::1]',
    'localhost',
    'LOCALHOST.',
  ]
  it.each(spellings)('the own machine as %s', async (host) => {
    expect(await goes(host, deny('localhost'))).toBe('HOST_NOT_ALLOWED')
    expect(await goes(host, deny('127.0.0.0/8', '::1'))).toBe('HOST_NOT_ALLOWED')
    expect(await goes(host, allow('db.example.org', '10.0.0.0/8'))).toBe('HOST_NOT_ALLOWED')
  })

  it.each([
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    'fe80::1',
    'febf::1',
  ])('the link-local %s, unless it is meant', (host) => {
    const isAllowed = (reach: Reach) => {
      try {
        requireReach(reach, host)
        return true
      } catch (error) {
        expect(error).toMatchObject({ code: 'HOST_NOT_ALLOWED' })
        return false
      }
    }
    expect([deny(), deny('10.0.0.0/8'), allow('0.0.0.0/0', '::/0')].map(isAllowed)).toEqual([
      false,
      false,
      false,
    ])
    expect(isAllowed(allow('169.254.0.0/16', 'fe80::/10'))).toBe(true)
    expect(isAllowed({ allow: ['169.254.0.0/16', 'fe80::/10'], deny: ['169.254.169.254', 'fe80::/9'] })).toBe(
      false,
    )
  })

  it('names, by the whole name or its end', () => {
    const check = (reach: Reach, host: string) => () => requireReach(reach, host)
    const only = allow('db.example.org', '*.example.net', 'bücher.example')
    for (const host of [
      'db.example.org',
      'DB.EXAMPLE.ORG.',
      'a.example.net',
      'a.b.example.net',
      'xn--bcher-kva.example',
    ])
      expect(check(only, host), host).not.toThrow()
    for (const host of [
      'example.org',
      'a.db.example.org',
      'db.example.org.evil.example',
      'example.net',
      'evilexample.net',
      'bucher.example',
    ])
      expect(check(only, host), host).toThrow(expect.objectContaining({ code: 'HOST_NOT_ALLOWED' }))
    expect(check(deny('*.example.net'), 'a.example.net')).toThrow(/may not connect to a\.example\.net\.$/)
  })

  it('what is no host at all', () => {
    for (const host of ['a b', 'a@127.0.0.1', '127.0.0.1#', 'a/b', 'a\\b', '%31', 'a:1', '', '\0'])
      expect(() => requireReach(deny(), host), host).toThrow(
        expect.objectContaining({ code: 'HOST_NOT_FOUND' }),
      )
  })

  it('in one sentence that names the host, at the first step of a test', async () => {
    const { host } = one.connection
    const test = await testServer('http', () =>
      openServer(one.connection, { password }, { reach: deny(host) }),
    )
    expect(test.error).toMatchObject({
      code: 'HOST_NOT_ALLOWED',
      message: `This Flathouse may not connect to ${host}.`,
    })
    expect(test.steps.map(({ passed }) => passed)).toEqual([false, null, null, null, null, null])
    const named = { ...one.connection, host: 'localhost' }
    const reach = allow('10.0.0.0/8')
    const byName = await testServer('http', () => openServer(named, { password }, { reach }))
    expect(byName.steps[0]).toEqual({ step: 'name', passed: false, found: null })
    expect(byName.error?.code).toBe('HOST_NOT_ALLOWED')
  })
})

describe('a name that leads elsewhere later', () => {
  /** What a hostile name server answers, one after the other. The machine's own names cannot be changed for a test. */
  function answers(...each: string[][]) {
    const given = vi.spyOn(dns, 'lookup')
    syncBuiltinESMExports()
    for (const addresses of each)
      given.mockImplementationOnce(((
        _host: string,
        _options: object,
        done: (...result: unknown[]) => void,
      ) => {
        done(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        )
      }) as unknown as typeof dns.lookup)
    return given
  }

  it('is held back when it connects, also by TLS', async () => {
    answers(['127.0.0.1'])
    const reach = deny('127.0.0.0/8')
    expect(await goes('rebinding.example', reach)).toBe('HOST_NOT_ALLOWED')
    const certificates = await makeCertificates()
    await using proxy = await startTlsProxy(new URL(one.running.url), certificates)
    answers(['::ffff:127.0.0.1'])
    const connection = {
      ...one.connection,
      protocol: 'https' as const,
      host: 'rebinding.example',
      port: proxy.port,
    }
    await using server = openServer(connection, { password, ca: certificates.cert }, { reach })
    expect(await errorOf(server.check())).toMatchObject({ code: 'HOST_NOT_ALLOWED' })
  })

  it('leads only to those of its addresses that are allowed', async () => {
    answers(['169.254.169.254', '10.0.0.1', '127.0.0.1'])
    expect(await goes('many.example', allow('127.0.0.1'))).toBe('goes')
    answers(['169.254.169.254'])
    expect(await goes('many.example', allow('many.example'))).toBe('HOST_NOT_ALLOWED')
    answers(['127.0.0.1'])
    expect(await goes('many.example', allow('many.example'))).toBe('goes')
  })

  it('is not even looked up when no address could make it right', async () => {
    const given = answers()
    expect(await goes('secrets.evil.example', allow('db.example.org'))).toBe('HOST_NOT_ALLOWED')
    expect(given).not.toHaveBeenCalled()
  })
})

describe('an answer that sends elsewhere', () => {
  it('is not followed', async () => {
    let requests = 0
    const inside = createHttpServer((_request, response) => {
      requests++
      response.end()
    })
    const to = `http://127.0.0.1:${await listen(inside)}/`
    const outside = createHttpServer((_request, response) => response.writeHead(307, { location: to }).end())
    listeners.push(inside, outside)
    expect(await goes('127.0.0.1', allow('127.0.0.1'), await listen(outside))).toBe('NOT_CLICKHOUSE')
    expect(requests).toBe(0)
  })
})

describe('a list of hosts', () => {
  it.each([
    '',
    '*',
    'a b',
    '10.0.0.0/33',
    '::1/129',
    'example.org/8',
    '*.10.0.0.0/8',
    'http://a',
    'a:80',
    '10.0.0.0/-1',
  ])('with %j is refused', (entry) => {
    expect(() => checkReach(allow(entry))).toThrow(expect.objectContaining({ code: 'USAGE' }))
    expect(() => checkReach(deny('localhost', entry))).toThrow(`"${entry}"`)
  })
})
