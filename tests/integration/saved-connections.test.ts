import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openConnections, type Connections } from '../../src/runs/index.ts'
import type { Connection, SavedConnection, Secrets } from '../../src/shared/index.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { errorOf, password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'
import { startAuthority, startGateway, type Authority, type Gateway } from '../support/gateway.ts'
import { filesHolding } from '../support/planted.ts'

let remote: TestServer
let authority: Authority
let gateway: Gateway

beforeAll(async () => {
  ;[remote, authority] = await Promise.all([startServer(), startAuthority()])
  gateway = await startGateway(remote, { authority })
})
afterAll(async () => {
  for (const one of [gateway, authority, remote]) await one[Symbol.asyncDispose]()
})

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

describe('saved connections', () => {
  let dataDir: string
  let store: Store
  let connections: Connections
  let connection: Connection
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'flathouse-saved-'))
    connection = remote.connection
    await open()
  })
  afterEach(async () => {
    await store[Symbol.asyncDispose]()
    removeFolder(dataDir)
  })

  /** As after a start. */
  async function open(given: Secrets = {}): Promise<void> {
    store = await openStore(dataDir)
    connections = openConnections(store.connections, () => Promise.reject(new Error('not here')), { given })
  }
  async function restart(given?: Secrets): Promise<void> {
    await store[Symbol.asyncDispose]()
    await open(given)
  }
  /** Another process, such as the command line while the page is open. */
  async function elsewhere(work: (other: Connections) => Promise<unknown>): Promise<void> {
    await using other = await openStore(dataDir)
    await work(openConnections(other.connections, () => Promise.reject(new Error('not here'))))
  }
  const save = (name: string, secrets?: Secrets, remember = true, change: Partial<Connection> = {}) =>
    connections.save(name, { connection: { ...connection, ...change }, secrets, remember })
  const shown = async (name: string) => (await connections.list()).find((one) => one.name === name)
  async function whoAmI(name: string): Promise<string | undefined> {
    await using server = await connections.server(name)
    return (await server.rows<{ user: string }>('SELECT currentUser() AS user'))[0]?.user
  }

  it('keep their secrets over a restart, and use them', async () => {
    const saved: SavedConnection = {
      name: 'one',
      connection,
      secrets: ['password'],
      areSecretsTemporary: false,
      tokenExpiresAt: null,
    }
    expect(await save('one', { password })).toEqual(saved)
    await restart()
    expect(await connections.list()).toEqual([
      { name: 'embedded', connection: null, secrets: [], areSecretsTemporary: false, tokenExpiresAt: null },
      saved,
    ])
    expect(await whoAmI('one')).toBe('tester')
    expect((await connections.test({ name: 'one' })).error).toBeNull()
    await connections.remove('one')
    expect(await errorOf(connections.server('one'))).toMatchObject({ code: 'CONNECTION_NOT_FOUND' })
    expect(await errorOf(connections.remove('one'))).toMatchObject({ code: 'CONNECTION_NOT_FOUND' })
  })

  it('keep secrets that are not to be remembered in memory only', async () => {
    await save('one', { password: 'stored before' })
    expect(await save('one', { password }, false)).toMatchObject({
      secrets: ['password'],
      areSecretsTemporary: true,
    })
    expect(await whoAmI('one')).toBe('tester')
    expect(filesHolding(dataDir, [password])).toEqual([])
    // A change of something else leaves them where they are.
    expect(await save('one', undefined, true, { connectTimeout: 5 })).toMatchObject({
      areSecretsTemporary: true,
    })
    expect(await whoAmI('one')).toBe('tester')
    await restart()
    expect(await shown('one')).toMatchObject({ secrets: [], areSecretsTemporary: false })
  })

  it('see what another process saves at once', async () => {
    await save('one', { password: 'wrong' }, false)
    expect(await errorOf(whoAmI('one'))).toMatchObject({ code: 'AUTH_FAILED' })
    await elsewhere((other) => other.save('one', { connection, secrets: { password }, remember: true }))
    expect(await shown('one')).toMatchObject({ secrets: ['password'], areSecretsTemporary: false })
    expect(await whoAmI('one')).toBe('tester')
    await elsewhere((other) => other.remove('one'))
    expect(await errorOf(whoAmI('one'))).toMatchObject({ code: 'CONNECTION_NOT_FOUND' })
    await elsewhere((other) => other.save('one', { connection, remember: true }))
    expect(await shown('one')).toMatchObject({ secrets: [] })
  })

  describe.each([true, false])('whose secrets are remembered: %s', (remember) => {
    const tokenSource = { issuer: 'https://one.example', clientId: 'c' }
    it.each<Partial<Connection>>([
      { database: 'system' },
      { settings: { max_threads: '1' }, requestTimeout: 9 },
      { tokenSource: { ...tokenSource, scope: 'other' } },
    ])('keep left-out ones after the change %j', async (change) => {
      const before = change.tokenSource ? { tokenSource } : {}
      await save('one', { clientSecret: 's', ca: 'c' }, remember, before)
      expect(await save('one', undefined, true, change)).toMatchObject({ secrets: ['clientSecret', 'ca'] })
      expect(await shown('one')).toMatchObject({ areSecretsTemporary: !remember })
    })

    it.each<Partial<Connection>>([
      { host: 'localhost' },
      { port: 1 },
      { protocol: 'https' },
      { user: 'other' },
      { tokenSource },
    ])('forget left-out ones after the change %j', async (change) => {
      await save('one', { password }, remember)
      expect(await save('one', undefined, true, change)).toMatchObject({ secrets: [] })
      expect(await save('one')).toMatchObject({ secrets: [] })
      expect(await shown('one')).toMatchObject({ secrets: [] })
    })

    it('can be tried with changes that are not saved, if they go the same way', async () => {
      await save('one', { password }, remember)
      const tried = async (change: Partial<Connection>) =>
        (await connections.test({ name: 'one', connection: { ...connection, ...change } })).error?.code
      expect(await tried({})).toBeUndefined()
      expect(await tried({ settings: { max_threads: '1' } })).toBeUndefined()
      expect(await tried({ host: 'localhost' })).toBe('AUTH_FAILED')
      expect(await errorOf(connections.test({ name: 'none', connection }))).toMatchObject({
        code: 'CONNECTION_NOT_FOUND',
      })
    })

    it('forget them when they are taken away', async () => {
      await save('one', { password }, remember)
      expect(await save('one', {}, remember)).toMatchObject({
        secrets: [],
        areSecretsTemporary: false,
      })
      expect(await errorOf(whoAmI('one'))).toMatchObject({ code: 'AUTH_FAILED' })
    })
  })

  it('show when a token ends, and send the one that is kept now', async () => {
    connection = gateway.connection
    const exp = inSeconds(60)
    expect(await save('one', { token: await authority.sign({ exp }) })).toMatchObject({
      secrets: ['token'],
      tokenExpiresAt: new Date(exp * 1000).toISOString(),
    })
    await using server = await connections.server('one')
    await server.command('SELECT 1')
    // What is meant for another server does not come to this one.
    await elsewhere((other) => {
      const moved = { connection: { ...connection, port: 1 }, secrets: { token: 'a.b.c' }, remember: true }
      return other.save('one', moved)
    })
    await server.command('SELECT 1')
    await save('one', { token: await authority.sign({ sub: 'nobody' }) })
    expect(await errorOf(server.command('SELECT 1'))).toMatchObject({ code: 'AUTH_FAILED' })
    await save('one', { token: await authority.sign() })
    await server.command('SELECT 1')
    await save('one', { token: 'no JWT' })
    expect(await shown('one')).toMatchObject({ secrets: ['token'], tokenExpiresAt: null })
  })

  it('keep certificates beside a new token when asked, in memory what is in memory', async () => {
    const give = (token: string, remember: boolean, change: Partial<Connection> = {}) =>
      connections.save('one', {
        connection: { ...connection, ...change },
        secrets: { token },
        remember,
        keepCertificates: true,
      })
    await save('one', { password, ca: 'an authority', cert: 'c', key: 'k' })
    expect(await give('a.b.c', false)).toMatchObject({
      secrets: ['token', 'ca', 'cert', 'key'],
      areSecretsTemporary: true,
    })
    expect(await save('one')).toMatchObject({ secrets: ['token', 'ca', 'cert', 'key'] })
    await restart()
    expect(await shown('one')).toMatchObject({ secrets: ['ca', 'cert', 'key'], areSecretsTemporary: false })
    expect(await give('a.b.c', true)).toMatchObject({
      secrets: ['token', 'ca', 'cert', 'key'],
      areSecretsTemporary: false,
    })
    await restart()
    expect(await shown('one')).toMatchObject({ secrets: ['token', 'ca', 'cert', 'key'] })
    // They were for another server.
    expect(await give('a.b.c', true, { port: 1 })).toMatchObject({ secrets: ['token'] })
  })

  it('tell that secrets cannot be read when they are needed, and can be given again', async () => {
    await save('one', { password })
    await save('two', { password: 'other' })
    const database = new Database(join(dataDir, 'state.sqlite'))
    database.exec(
      `UPDATE connections SET secrets = (SELECT secrets FROM connections WHERE name = 'one') WHERE name = 'two'`,
    )
    database.close()
    expect(await shown('two')).toMatchObject({ secrets: [], tokenExpiresAt: null })
    const unreadable = {
      code: 'SECRETS_UNREADABLE',
      message:
        'The secrets of the connection "two" cannot be read: their key is missing, or they were changed.',
    }
    expect(await errorOf(connections.server('two'))).toMatchObject(unreadable)
    expect(await errorOf(connections.test({ name: 'two' }))).toMatchObject(unreadable)
    expect(await save('two', undefined)).toMatchObject({ secrets: [] })
    expect(await errorOf(connections.server('two'))).toMatchObject(unreadable)
    await save('two', { password })
    expect(await whoAmI('two')).toBe('tester')
  })

  it('give way to secrets of the environment', async () => {
    await save('one', { password: 'wrong' })
    await restart({ password })
    expect(await whoAmI('one')).toBe('tester')
    connection = gateway.connection
    await save('jwt', { password: 'wrong' })
    await restart({ password: 'wrong too', token: await authority.sign(), clientSecret: 'for no one here' })
    expect(await whoAmI('jwt')).toBe('tester')
    expect(await shown('jwt')).toMatchObject({ secrets: ['password'] })
    expect((await connections.test({ connection })).error).toBeNull()
  })
})
