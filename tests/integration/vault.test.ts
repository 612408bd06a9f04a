import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aboutKey, holdDataDir, openStore, rotateKey, type Store } from '../../src/store/index.ts'
import { errorOf } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'
import { filesHolding } from '../support/planted.ts'

let dataDir: string
let keyFile: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'flathouse-vault-'))
  keyFile = join(dataDir, 'secrets.key')
})
afterEach(() => removeFolder(dataDir))

const connection = { protocol: 'https', host: 'ch.example', port: 8443, database: 'd', user: 'u' } as const
const secrets = { password: 'pass é word', token: 'a.b.c', key: 'x'.repeat(5000) }
const storeModule = fileURLToPath(new URL('../../src/store/index.ts', import.meta.url))
const lostKey = { code: 'SECRETS_UNREADABLE' }

const openError = (vault: Store['vault'], sealed: string, about: string): Promise<unknown> =>
  errorOf(Promise.resolve().then(() => vault.open(sealed, about)))

/** In a process of its own, which may be killed. */
async function inProcess(script: string): Promise<string> {
  const store = `const { openStore, rotateKey } = await import(${JSON.stringify(storeModule)})`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', `${store}\n${script}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')])
  return said
}

function changeState(sql: string, ...values: unknown[]): void {
  const database = new Database(join(dataDir, 'state.sqlite'))
  database.prepare(sql).run(...values)
  database.close()
}

function sealedOf(name: string): string {
  const database = new Database(join(dataDir, 'state.sqlite'), { readonly: true })
  const row = database.prepare('SELECT secrets FROM connections WHERE name = ?').get(name)
  database.close()
  return (row as { secrets: string }).secrets
}

describe('a sealed text', () => {
  it('opens as what it was sealed as, differs each time, and shows nothing of itself', async () => {
    await using store = await openStore(dataDir)
    for (const plain of ['', 'é', 'x'.repeat(100_000)]) {
      const sealed = store.vault.seal(plain, 'one')
      expect(store.vault.open(sealed, 'one')).toBe(plain)
      expect(store.vault.seal(plain, 'one')).not.toBe(sealed)
      expect(await openError(store.vault, sealed, 'other')).toMatchObject(lostKey)
    }
  })

  it('does not open when any one byte of it was changed', async () => {
    await using store = await openStore(dataDir)
    const sealed = store.vault.seal('a secret', 'one')
    const [id = '', data = ''] = sealed.split('.')
    const bytes = Buffer.from(data, 'base64url')
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      const error = await openError(store.vault, `${id}.${changed.toString('base64url')}`, 'one')
      expect(error, `byte ${at}`).toMatchObject(lostKey)
    }
    for (const broken of ['', '.', `${id}.`, `${id}.AAAA`, data, sealed.slice(0, -8), `AAAAAAAA.${data}`])
      expect(await openError(store.vault, broken, 'one'), broken).toMatchObject(lostKey)
  })
})

describe('the key file', () => {
  it('is made once, of 32 bytes, for its owner only, and never overwritten', async () => {
    await (await openStore(dataDir))[Symbol.asyncDispose]()
    const made = readFileSync(keyFile, 'utf8')
    expect(Buffer.from(made, 'base64')).toHaveLength(32)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    await (await openStore(dataDir))[Symbol.asyncDispose]()
    expect(readFileSync(keyFile, 'utf8')).toBe(made)
    expect(readdirSync(dataDir).filter((name) => name.startsWith('secrets.key'))).toEqual(['secrets.key'])
  })

  it('is the same for all processes that open a new folder at once', async () => {
    const sealed = await Promise.all(
      Array.from({ length: 4 }, () =>
        inProcess(`
          await using stack = new AsyncDisposableStack()
          const stores = await Promise.all([1, 2, 3].map(() => openStore(${JSON.stringify(dataDir)})))
          for (const store of stores) stack.use(store)
          console.log(stores.map(({ vault }) => vault.seal('mine', 'one')).join(' '))`),
      ),
    )
    await using store = await openStore(dataDir)
    const texts = sealed.flatMap((line) => line.trim().split(' '))
    expect(texts).toHaveLength(12)
    for (const one of texts) expect(store.vault.open(one, 'one')).toBe('mine')
    expect(readdirSync(dataDir).filter((name) => name.startsWith('secrets.key'))).toEqual(['secrets.key'])
  })

  it.each([0o640, 0o604, 0o620, 0o666])('is refused when others have to do with it: %o', async (mode) => {
    await (await openStore(dataDir))[Symbol.asyncDispose]()
    chmodSync(keyFile, mode)
    const error = await errorOf(openStore(dataDir))
    expect(error).toMatchObject({
      code: 'STATE_UNUSABLE',
      message: `The key file ${keyFile} is open to other users (mode ${mode.toString(8)}): run chmod 600 on it.`,
    })
    chmodSync(keyFile, 0o600)
    await (await openStore(dataDir))[Symbol.asyncDispose]()
  })

  it.each(['', 'no key', `${'A'.repeat(43)}=\nrubbish\n`])(
    'is left as it is when it holds %j',
    async (content) => {
      writeFileSync(keyFile, content, { mode: 0o600 })
      const error = await errorOf(openStore(dataDir))
      expect(error).toMatchObject({
        code: 'SECRETS_UNREADABLE',
        message: `The key file ${keyFile} is damaged: each of its lines must be a key.`,
      })
      expect(readFileSync(keyFile, 'utf8')).toBe(content)
    },
  )

  it('that is lost takes the secrets with it, and nothing else', async () => {
    await using store = await openStore(dataDir)
    await store.connections.put({ name: 'one', connection, secrets })
    rmSync(keyFile)
    expect(await store.connections.all()).toEqual([{ name: 'one', connection, secrets: null }])
    await using other = await openStore(dataDir)
    expect(await other.connections.get('one')).toEqual({ name: 'one', connection, secrets: null })
    // Left unreadable they come back with the key; new ones are sealed with the new key.
    await other.connections.put({ name: 'one', connection: { ...connection, database: 'e' }, secrets: null })
    expect((await other.connections.get('one'))?.secrets).toBeNull()
    await other.connections.put({ name: 'one', connection, secrets })
    expect(await store.connections.get('one')).toEqual({ name: 'one', connection, secrets })
  })
})

describe('FLATHOUSE_SECRET_KEY', () => {
  const [a, b] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]

  it('takes the place of the key file, in base64 or hex', async () => {
    await using store = await openStore(dataDir, { secretKey: a.toString('base64') })
    await store.connections.put({ name: 'one', connection, secrets })
    expect(existsSync(keyFile)).toBe(false)
    for (const secretKey of [
      a.toString('hex'),
      a.toString('base64url'),
      `${b.toString('base64')}, ${a.toString('hex')}`,
    ]) {
      await using again = await openStore(dataDir, { secretKey })
      expect((await again.connections.get('one'))?.secrets).toEqual(secrets)
    }
    await using other = await openStore(dataDir, { secretKey: b.toString('hex') })
    expect((await other.connections.get('one'))?.secrets).toBeNull()
  })

  it.each(['hunter2', 'a'.repeat(63), `${'A'.repeat(43)}=,`, ',', 'A'.repeat(44)])(
    'is refused, and not repeated, when it is %j',
    async (secretKey) => {
      const error = (await errorOf(openStore(dataDir, { secretKey }))) as Error
      expect(error).toMatchObject({ code: 'USAGE' })
      expect(error.message).toMatch(/^FLATHOUSE_SECRET_KEY holds no key: .*openssl rand -base64 32.*\.$/)
      if (secretKey.length > 1) expect(error.message).not.toContain(secretKey)
    },
  )
})

describe('the secrets of a row', () => {
  const unreadable = async (name: string) => {
    await using store = await openStore(dataDir)
    expect((await store.connections.get(name))?.secrets).toBeNull()
  }
  beforeEach(async () => {
    await using store = await openStore(dataDir)
    await store.connections.put({ name: 'one', connection, secrets })
    await store.connections.put({ name: 'two', connection, secrets: { password: 'other' } })
  })

  it('do not open in another row', async () => {
    changeState(
      `UPDATE connections SET secrets = (SELECT secrets FROM connections WHERE name = 'one') WHERE name = 'two'`,
    )
    await unreadable('two')
    changeState(`DELETE FROM connections WHERE name = 'two'`)
    changeState(`UPDATE connections SET name = 'three'`)
    await unreadable('three')
  })

  it.each([
    { host: 'evil.example' },
    { protocol: 'http' },
    { port: 8444 },
    { user: 'v' },
    { tokenSource: { issuer: 'https://evil.example', clientId: 'c' } },
  ])('do not open when somebody changes the way in the file: %j', async (change) => {
    changeState(
      `UPDATE connections SET connection = ? WHERE name = 'one'`,
      JSON.stringify({ ...connection, ...change }),
    )
    await unreadable('one')
  })

  it('do not open when a byte of them is changed', async () => {
    const sealed = sealedOf('one')
    const at = Math.floor(sealed.length / 2)
    const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`
    changeState(`UPDATE connections SET secrets = ? WHERE name = 'one'`, changed)
    await unreadable('one')
  })
})

it('leaves no trace of a secret on disk, and none of what was sealed after it is replaced or removed', async () => {
  const planted = ['pl4nted-password', 'pl4nted-token', 'pl4nted-key']
  const [password = '', token = '', key = ''] = planted
  const inBase64 = planted.map((one) => Buffer.from(one).toString('base64').slice(0, 12))
  const clean = (sealed: string[]) => {
    expect(filesHolding(dataDir, [...planted, ...inBase64])).toEqual([])
    expect(filesHolding(dataDir, sealed)).toEqual([])
  }
  await using store = await openStore(dataDir)
  await store.connections.put({ name: 'one', connection, secrets: { password, key: key.repeat(500) } })
  const first = sealedOf('one')
  expect(filesHolding(dataDir, [first.slice(0, 60)])).not.toEqual([])
  clean([])
  await store.connections.put({ name: 'one', connection, secrets: { token } })
  const second = sealedOf('one')
  clean([first.slice(0, 60), first.slice(-60)])
  await store.connections.delete('one')
  clean([first.slice(0, 60), first.slice(-60), second.slice(0, 60), second.slice(-60)])
})

describe('a rotation', () => {
  const names = ['one', 'two', 'three']
  const id = 'k1'
  const privateKey = 'a private key'
  beforeEach(async () => {
    await using store = await openStore(dataDir)
    for (const name of names) await store.connections.put({ name, connection, secrets })
    await store.connections.put({ name: 'bare', connection, secrets: {} })
    const sealed = store.vault.seal(privateKey, aboutKey(id))
    await store.signingKeys.insert({ id, privateKey: sealed, createdAt: '2026-01-01T00:00:00Z' }, new Date(0))
  })

  async function expectAllReadable(options = {}): Promise<void> {
    await using store = await openStore(dataDir, options)
    for (const name of names) expect((await store.connections.get(name))?.secrets).toEqual(secrets)
    expect((await store.connections.get('bare'))?.secrets).toEqual({})
    const [key] = await store.signingKeys.all()
    expect(store.vault.open(key?.privateKey ?? '', aboutKey(id))).toBe(privateKey)
  }

  it('seals all with a new key, and leaves nothing of the old', async () => {
    const [key, sealed] = [readFileSync(keyFile, 'utf8').trim(), sealedOf('one')]
    await using open = await openStore(dataDir)
    expect(await rotateKey(dataDir)).toEqual({ sealed: 4, unreadable: 0, keyFile })
    await expectAllReadable()
    expect(filesHolding(dataDir, [key, sealed.slice(0, 60), sealed.slice(-60)])).toEqual([])
    expect(readFileSync(keyFile, 'utf8').trim().split('\n')).toHaveLength(1)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    // Whoever had it open before goes on with the new key.
    expect((await open.connections.get('one'))?.secrets).toEqual(secrets)
    await open.connections.put({ name: 'two', connection, secrets })
    await expectAllReadable()
  })

  it('leaves what cannot be read as it is, and says how many', async () => {
    changeState(`UPDATE connections SET secrets = 'AAAAAAAA.AAAA' WHERE name = 'one'`)
    expect(await rotateKey(dataDir)).toMatchObject({ sealed: 3, unreadable: 1 })
    expect(sealedOf('one')).toBe('AAAAAAAA.AAAA')
  })

  it('does not touch a folder that is served', async () => {
    const before = [readFileSync(keyFile, 'utf8'), sealedOf('one')]
    using hold = holdDataDir(dataDir)
    expect(await errorOf(rotateKey(dataDir))).toMatchObject({ code: 'DATA_IN_USE' })
    expect([readFileSync(keyFile, 'utf8'), sealedOf('one')]).toEqual(before)
    hold[Symbol.dispose]()
    await rotateKey(dataDir)
  })

  it('with keys from the environment seals with the first', async () => {
    const [other, next] = [Buffer.alloc(32, 3).toString('base64'), Buffer.alloc(32, 4).toString('hex')]
    // What the file holds can be brought along.
    const fromFile = readFileSync(keyFile, 'utf8').trim()
    expect(await rotateKey(dataDir, `${other},${fromFile}`)).toEqual({
      sealed: 4,
      unreadable: 0,
      keyFile: null,
    })
    await expectAllReadable({ secretKey: other })
    expect(await rotateKey(dataDir, `${next},${other}`)).toMatchObject({ sealed: 4 })
    await expectAllReadable({ secretKey: next })
    expect(await rotateKey(dataDir, other)).toEqual({ sealed: 0, unreadable: 4, keyFile: null })
    await expectAllReadable({ secretKey: next })
  })

  // The calls that a rotation makes: the file of both keys is written and put in place, all is sealed, and the same again.
  const calls = [
    ...[1, 2].flatMap((nth) => [
      { module: 'node:fs/promises', name: 'open', nth: 2 * nth },
      { module: 'node:fs/promises', name: 'rename', nth },
    ]),
    { module: 'node:crypto', name: 'createCipheriv', nth: 1 },
    { module: 'node:crypto', name: 'createCipheriv', nth: 3 },
    { module: 'node:crypto', name: 'createCipheriv', nth: 4 },
  ]
  it.each(calls.flatMap((call) => ['before', 'after'].map((when) => ({ ...call, when }))))(
    'that is killed $when $name number $nth loses nothing, and can be done again',
    async ({ module, name, nth, when }) => {
      const key = readFileSync(keyFile, 'utf8').trim()
      const said = await inProcess(`
        const { syncBuiltinESMExports } = await import('node:module')
        const { default: patched } = await import(${JSON.stringify(module)})
        const original = patched.${name}
        let calls = 0
        const kill = () => { process.kill(process.pid, 'SIGKILL'); for (;;); }
        patched.${name} = (...args) => {
          const isIt = ++calls === ${nth}
          if (isIt && ${when === 'before'}) kill()
          const answer = original(...args)
          if (!isIt) return answer
          if (!(answer instanceof Promise)) kill()
          return answer.then(kill)
        }
        syncBuiltinESMExports()
        await rotateKey(${JSON.stringify(dataDir)})
        console.log('done')`)
      expect(said).toBe('')
      await expectAllReadable()
      expect(await rotateKey(dataDir)).toMatchObject({ sealed: 4, unreadable: 0 })
      await expectAllReadable()
      expect(filesHolding(dataDir, [key])).toEqual([])
      expect(readdirSync(dataDir).filter((file) => file.startsWith('secrets.key'))).toEqual(['secrets.key'])
    },
  )

  it('while another process saves loses none of what it saves', async () => {
    const [begun, enough] = ['begun', 'enough'].map((name) => join(dataDir, `test-${name}`)) as [
      string,
      string,
    ]
    const saving = inProcess(`
      const { existsSync, writeFileSync } = await import('node:fs')
      const store = await openStore(${JSON.stringify(dataDir)})
      writeFileSync(${JSON.stringify(begun)}, '')
      let saved = 0
      for (; saved <= 10 || !existsSync(${JSON.stringify(enough)}); saved++) {
        const secrets = { password: 'p' + saved }
        await store.connections.put({ name: 'new ' + saved, connection: ${JSON.stringify(connection)}, secrets })
        // SQLite has no queue: without a pause the other process may wait longer than it may.
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      await store[Symbol.asyncDispose]()
      console.log(saved)`)
    let rotations = 0
    while ((await Promise.race([saving, sleep(5, 'still')])) === 'still') {
      const isBeside = existsSync(begun)
      expect(await rotateKey(dataDir)).toMatchObject({ unreadable: 0 })
      if (isBeside && ++rotations > 5) writeFileSync(enough, '')
    }
    const saved = Number(await saving)
    expect(saved).toBeGreaterThan(10)
    expect(rotations).toBeGreaterThan(5)
    await using store = await openStore(dataDir)
    const kept = (await store.connections.all()).filter(({ name }) => name.startsWith('new'))
    expect(kept).toHaveLength(saved)
    for (const { name, secrets: own } of kept) expect(own).toEqual({ password: `p${name.slice(4)}` })
  })
})
