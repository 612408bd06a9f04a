import { createHmac } from 'node:crypto'
import { SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openServer } from '../../src/clickhouse/index.ts'
import type { AppError, ErrorCode } from '../../src/shared/index.ts'
import { urlOf } from '../support/cli.ts'
import { errorOf } from '../support/clickhouse-server.ts'
import { audience, startAuthority, startGateway, type Authority, type Gateway } from '../support/gateway.ts'
import { openScene, type Scene } from '../support/scene.ts'

let scene: Scene
let authority: Authority
let gateway: Gateway
beforeAll(async () => {
  ;[scene, authority] = await Promise.all([openScene(), startAuthority()])
  gateway = await startGateway(scene.remote, { authority })
  scene.house.write('more.csv', 'id,name,day\n1,a,2024-01-01\n2,b,2024-01-02\n')
})
afterAll(async () => {
  for (const one of [gateway, authority, scene]) await one[Symbol.asyncDispose]()
})

const load = () => ['import', 'more.csv', '--table', 't', '--url', urlOf(gateway.connection)]
const unload = () => ['export', 't', '--to', 'out.csv', '--url', urlOf(gateway.connection)]
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('through a gateway that checks JWTs', () => {
  it('a file goes into a table and a table into a file', async () => {
    const env = { FLATHOUSE_TOKEN: await authority.sign() }
    const url = ['--url', urlOf(gateway.connection)]
    const into = await scene.house.transfer(['import', 'more.csv', '--table', 'made', ...url], { env })
    expect([into.exitCode, into.report.rowsWritten, into.report.commit]).toEqual([0, 2, 'rename'])
    const back = await scene.house.transfer(['export', 'made', '--to', 'made.csv', ...url], { env })
    expect([back.exitCode, back.report.rowsWritten]).toEqual([0, 2])
    expect(scene.house.read('made.csv')).toBe('"id","name","day"\n1,"a","2024-01-01"\n2,"b","2024-01-02"\n')
    await scene.remote.server.command('DROP TABLE made SYNC')
    await scene.isUntouched()
    expect(gateway.refused).toBe(0)
  })

  it('many rows go both ways, streamed', async () => {
    const env = { FLATHOUSE_TOKEN: await authority.sign() }
    const url = ['--url', urlOf(gateway.connection)]
    const sql = "SELECT number AS id, repeat('x', number % 100) AS text FROM numbers(2000000)"
    const out = await scene.house.transfer(['export', '--query', sql, '--to', 'many.csv.gz', ...url], { env })
    expect([out.report.error, out.report.rowsWritten]).toEqual([null, 2_000_000])
    const args = ['import', 'many.csv.gz', '--table', 'many', '--verify', 'checksum', ...url]
    const into = await scene.house.transfer(args, { env })
    expect([into.report.error, into.report.rowsWritten]).toEqual([null, 2_000_000])
    await scene.remote.server.command('DROP TABLE many SYNC')
  })
})

describe('a token that the gateway does not take', () => {
  const claims = () => ({ iss: authority.issuer, aud: audience, sub: 'tester', exp: inSeconds(300) })
  async function forged() {
    await using other = await startAuthority()
    return await other.sign(claims())
  }
  const confused = () =>
    new SignJWT(claims())
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .sign(new TextEncoder().encode(authority.publicKey))
  async function changed() {
    const [header, , signature] = (await authority.sign({ sub: 'stranger' })).split('.')
    return `${header}.${encode(claims())}.${signature}`
  }
  const unsigned = () => Promise.resolve(new UnsecuredJWT(claims()).encode())
  function none() {
    const signed = `${encode({ alg: 'none', kid: 'one' })}.${encode(claims())}`
    return Promise.resolve(`${signed}.${createHmac('sha256', '').update(signed).digest('base64url')}`)
  }

  const tokens: [string, ErrorCode, () => Promise<string>][] = [
    ['has expired', 'TOKEN_EXPIRED', () => authority.sign({ exp: inSeconds(-60) })],
    ['is for another audience', 'AUTH_FAILED', () => authority.sign({ aud: 'https://elsewhere.test' })],
    ['comes from another issuer', 'AUTH_FAILED', () => authority.sign({ iss: 'https://elsewhere.test' })],
    ['is not valid yet', 'AUTH_FAILED', () => authority.sign({ nbf: inSeconds(60) })],
    ['never expires', 'AUTH_FAILED', () => authority.sign({ exp: undefined })],
    ['is for nobody it knows', 'AUTH_FAILED', () => authority.sign({ sub: 'stranger' })],
    ['is signed with another key', 'AUTH_FAILED', forged],
    ['is signed with the public key as if it were a secret', 'AUTH_FAILED', confused],
    ['was changed after it was signed', 'AUTH_FAILED', changed],
    ['is not signed', 'TOKEN_MALFORMED', unsigned],
    ['says that it is not signed, but has something like a signature', 'AUTH_FAILED', none],
  ]

  it.each(tokens)('because it %s is %s, both ways, and is told nowhere', async (_, code, make) => {
    const token = await make()
    const env = { FLATHOUSE_TOKEN: token }
    const passed = gateway.passed
    for (const args of [load(), unload()])
      await scene.refuses(args, [3, code, `127.0.0.1:${gateway.connection.port}`], env)
    expect(gateway.passed).toBe(passed)
    const { stdout, stderr } = await scene.house.run(load(), { env })
    expect(stderr).toContain(`127.0.0.1:${gateway.connection.port}`)
    for (const part of token.split('.').filter((text) => text.length > 3))
      expect(stdout + stderr).not.toContain(part)
  })

  it('when it comes with the data, which are not sent again, and nothing stays', async () => {
    let tries = 0
    // A statement that data follow is in the address.
    const refuses = (url: URL) => url.searchParams.has('query') && ++tries > 0
    await using picky = await startGateway(scene.remote, { authority, refuses })
    scene.house.write('big.csv', `id,name,day\n${'1,some name,2024-01-01\n'.repeat(400_000)}`)
    const args = ['import', 'big.csv', '--table', 't', '--url', urlOf(picky.connection)]
    const env = { FLATHOUSE_TOKEN: await authority.sign() }
    await scene.refuses(args, [3, 'AUTH_FAILED', `${picky.connection.port} does not accept the token.`], env)
    expect(tries).toBe(1)
  })

  it('because its key was revoked in the middle of its life is AUTH_FAILED', async () => {
    await using revoking = await startAuthority()
    await using closed = await startGateway(scene.remote, { authority: revoking })
    await using server = openServer(closed.connection, { token: await revoking.sign() })
    await server.check()
    revoking.revoke()
    const error = (await errorOf(server.check())) as AppError
    expect([error.code, error.message]).toEqual(['AUTH_FAILED', `${server.label} does not accept the token.`])
  })
})
