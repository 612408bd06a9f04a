import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  finished,
  openServer,
  pipe,
  progress,
  type Server,
  type Statement,
} from '../../src/clickhouse/index.ts'
import type { Settings } from '../../src/core/sql/index.ts'
import { type EmbeddedServer, openEmbedded } from '../../src/embedded/index.ts'
import type { ErrorCode } from '../../src/shared/index.ts'
import { errorOf, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'
import { stopwatch } from '../support/stopwatch.ts'

const dir = mkdtempSync(join(tmpdir(), 'flathouse-pipe-'))
let process1: EmbeddedServer
let embedded: Server
let one: TestServer
let user: Server

const unhandled: unknown[] = []
const note = (error: unknown) => unhandled.push(error)

beforeAll(async () => {
  process.on('unhandledRejection', note).on('uncaughtException', note)
  process1 = await openEmbedded({ dataDir: dir, memoryLimit: 1_500_000_000 })
  const { url, username, password } = await process1.endpoint()
  const { hostname: host, port } = new URL(url)
  const connection = { protocol: 'http' as const, host, port: Number(port), database: 'main', user: username }
  embedded = openServer(connection, { password }, { label: 'the embedded database' })
  one = await startServer()
  user = one.server
})
afterAll(async () => {
  process.off('unhandledRejection', note).off('uncaughtException', note)
  await embedded[Symbol.asyncDispose]()
  await process1[Symbol.asyncDispose]()
  await one[Symbol.asyncDispose]()
  await sleep(500)
  removeFolder(dir)
})
beforeEach(async () => {
  for (const server of [embedded, user])
    await server.command('CREATE OR REPLACE TABLE t (n UInt64, s String) ORDER BY n')
})
afterEach(async () => {
  await sleep(20)
  expect(unhandled.splice(0)).toEqual([])
})

let queries = 0
const statement = (sql: string): Statement => ({ sql, settings: {}, queryId: `test ${queries++}` })
/** 100 random characters a row: they do not compress, and a stream of them fills every buffer on the way. */
const generated = (rows: number, condition = '1') =>
  statement(`SELECT number AS n, randomPrintableASCII(100) AS s FROM numbers(${rows}) WHERE ${condition}`)
const insert = () => statement('INSERT INTO t (n, s)')
const never = () => new AbortController().signal
const sums = (server: Server) =>
  server.rows('SELECT count() AS rows, sum(cityHash64(n, s)) AS hash FROM t').then(([row]) => row)

/** A server that was asked to kill it may show it a moment longer. */
async function goes(server: Server, { queryId }: Statement): Promise<void> {
  await expect.poll(() => progress(server, queryId), { timeout: 5000 }).toBeUndefined()
}

describe('a pipe', () => {
  it('moves a million rows, and back, without changing any', async () => {
    await embedded.command(
      `INSERT INTO t SELECT number, concat('row é ', toString(number)) FROM numbers(1000000)`,
    )
    let seen = 0
    const onChunk = (bytes: number) => (seen += bytes)
    const there = await pipe({
      from: embedded,
      read: statement('SELECT n, s FROM t'),
      to: user,
      write: insert(),
      signal: never(),
      onChunk,
    })
    expect(there).toEqual({ bytes: seen, received: 1_000_000, written: 1_000_000 })
    expect(seen).toBeGreaterThan(1_000_000)
    const expected = await sums(embedded)
    expect(await sums(user)).toEqual(expected)

    await embedded.command('TRUNCATE TABLE t')
    await pipe({
      from: user,
      read: statement('SELECT n, s FROM t'),
      to: embedded,
      write: insert(),
      signal: never(),
    })
    expect(await sums(embedded)).toEqual(expected)
  })

  it('moves nothing when there is nothing', async () => {
    const moved = await pipe({
      from: user,
      read: generated(0),
      to: embedded,
      write: insert(),
      signal: never(),
    })
    expect(moved).toMatchObject({ received: 0, written: 0 })
  })

  it('passes the settings of each side', async () => {
    const read = {
      ...statement(`SELECT toUInt64(getSetting('max_threads')) AS n, 'x' AS s`),
      settings: { max_threads: 7 },
    }
    const write = { ...insert(), settings: { limit: 0 } }
    await pipe({ from: embedded, read, to: user, write, signal: never() })
    expect(await user.rows('SELECT n FROM t')).toEqual([{ n: 7 }])
  })

  it('sends rows as they come, and does not collect them', async () => {
    let highest = 0
    const write = insert()
    const peek = async () =>
      (highest = Math.max(highest, (await progress(user, write.queryId))?.writtenRows ?? 0))
    const timer = setInterval(() => void peek(), 20)
    await pipe({ from: embedded, read: generated(5_000_000), to: user, write, signal: never() })
    clearInterval(timer)
    expect(highest).toBeGreaterThan(0)
  })
})

describe('a fault of the reading side', () => {
  it.each([700_000, 999_999, 65_409, 3])(
    'at row %i aborts the write and is told in the words of the server',
    async (row) => {
      const read = generated(1_000_000, `throwIf(number = ${row}, 'row ${row} is é bad') = 0`)
      const write = insert()
      const error = await errorOf(pipe({ from: embedded, read, to: user, write, signal: never() }))
      expect(error).toMatchObject({ code: 'VALUE_REJECTED', place: { host: 'the embedded database' } })
      expect(String(error)).toMatch(new RegExp(`embedded database: row ${row} is é bad\\.$`))
      // Either it never began, or it did not end well.
      if (row === 700_000) await expect.poll(() => finished(user, write.queryId)).toBeDefined()
      const end = await finished(user, write.queryId)
      if (end !== undefined) expect(end.exception?.number).toBeGreaterThan(0)
    },
  )

  it('before the first byte is told in the words of the server', async () => {
    const write = insert()
    const error = await errorOf(
      pipe({ from: user, read: statement('SELECT * FROM gone'), to: embedded, write, signal: never() }),
    )
    expect(error).toMatchObject({ code: 'TABLE_NOT_FOUND', place: { host: user.label } })
    expect(String(error)).toContain(`'gone'`)
    expect(await finished(embedded, write.queryId)).toBeUndefined()
  })

  it('that kills it loses the connection to it, and aborts the write', async () => {
    await using victim = await startServer()
    const write = insert()
    const onChunk = killOnce(victim)
    const error = await errorOf(
      pipe({ from: victim.server, read: generated(20_000_000), to: user, write, signal: never(), onChunk }),
    )
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', place: { host: victim.server.label } })
    const exception = async () => (await finished(user, write.queryId))?.exception?.number
    await expect.poll(exception).toBeGreaterThan(0)
    await goes(user, write)
  })
})

describe('a fault of the writing side', () => {
  it.each<[string, string, Settings, ErrorCode, RegExp]>([
    ['a constraint', `, CONSTRAINT small CHECK n < 500000`, {}, 'SERVER_REFUSED', /small/],
    ['a column', `, z UInt8 MATERIALIZED throwIf(n = 500000, 'not this')`, {}, 'VALUE_REJECTED', /not this/],
    ['too little memory', '', { max_memory_usage: 50_000_000 }, 'MEMORY_LIMIT', /memory/i],
  ])(
    '(%s) soon ends the read and is told in the words of the server',
    async (_, more, settings, code, words) => {
      await user.command(`CREATE OR REPLACE TABLE t (n UInt64, s String${more}) ORDER BY n`)
      const read = generated(1_000_000_000)
      const write = { ...insert(), settings }
      const start = Date.now()
      const error = await errorOf(pipe({ from: embedded, read, to: user, write, signal: never() }))
      expect(error).toMatchObject({ code, place: { host: user.label } })
      expect(String(error)).toMatch(words)
      // To read all takes many minutes.
      expect(Date.now() - start).toBeLessThan(30_000)
      await goes(embedded, read)
    },
  )

  it('is told at the end to a user who may not read the log', async () => {
    const rights = ['GRANT INSERT, SELECT, CREATE TABLE ON main.*', 'GRANT TABLE ENGINE ON *']
    await using other = await startServer([{ name: 'writer', password: 'x', grants: rights }])
    await other.server.command(
      'CREATE TABLE t (n UInt64, s String, CONSTRAINT small CHECK n < 500000) ORDER BY n',
    )
    await using writer = openServer({ ...other.connection, user: 'writer' }, { password: 'x' })
    const read = generated(15_000_000)
    const error = await errorOf(pipe({ from: embedded, read, to: writer, write: insert(), signal: never() }))
    expect(error).toMatchObject({
      code: 'SERVER_REFUSED',
      detail: expect.stringContaining('small') as string,
    })
  })

  it.each([
    ['there is no table', 'INSERT INTO gone (n, s)', 'TABLE_NOT_FOUND'],
    ['there is no column', 'INSERT INTO t (n, missing)', 'COLUMN_NOT_FOUND'],
    ['it is no SQL', 'INSERT INTO', 'QUERY_INVALID'],
  ])('before the first row: %s', async (_, sql, code) => {
    const read = generated(50_000_000)
    const error = await errorOf(
      pipe({ from: embedded, read, to: user, write: statement(sql), signal: never() }),
    )
    expect(error).toMatchObject({ code, place: { host: user.label } })
    await goes(embedded, read)
  })

  it('is told every time, however much is under way', async () => {
    await user.command(
      'CREATE OR REPLACE TABLE t (n UInt64, s String, CONSTRAINT small CHECK n < 200000) ORDER BY n',
    )
    for (let round = 0; round < 10; round++) {
      const error = await errorOf(
        pipe({ from: embedded, read: generated(20_000_000), to: user, write: insert(), signal: never() }),
      )
      expect(error).toMatchObject({
        code: 'SERVER_REFUSED',
        detail: expect.stringContaining('small') as string,
      })
    }
  })

  it('that kills it loses the connection to it, and ends the read', async () => {
    await using victim = await startServer()
    await victim.server.command('CREATE TABLE t (n UInt64, s String) ORDER BY n')
    const read = generated(20_000_000)
    const onChunk = killOnce(victim)
    const error = await errorOf(
      pipe({ from: user, read, to: victim.server, write: insert(), signal: never(), onChunk }),
    )
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', place: { host: victim.server.label } })
    await goes(user, read)
  })
})

/** Kills the server's process, the hard way, when 20 MB have gone by. */
function killOnce(victim: TestServer): (bytes: number) => void {
  let left = 20_000_000
  return (bytes) => {
    const before = left
    left -= bytes
    if (before > 0 && left <= 0) process.kill(victim.running.pid, 'SIGKILL')
  }
}

describe('cancelling', () => {
  async function cancelled(
    read: Statement,
    write: Statement,
    when: (abort: AbortController) => (bytes: number) => void,
  ) {
    const abort = new AbortController()
    let took = () => NaN
    abort.signal.addEventListener('abort', () => (took = stopwatch()))
    const error = await errorOf(
      pipe({ from: embedded, read, to: user, write, signal: abort.signal, onChunk: when(abort) }),
    )
    expect(error).toMatchObject({ code: 'CANCELLED' })
    expect(took()).toBeLessThan(2000)
    await goes(embedded, read)
    await goes(user, write)
  }

  it('in the middle ends both queries within 2 s', async () => {
    let chunks = 0
    await cancelled(generated(100_000_000), insert(), (abort) => () => {
      if (++chunks === 500) abort.abort()
    })
  })

  it('before the first byte ends the reading query within 2 s', async () => {
    const read = statement('SELECT count() AS n, toString(n) AS s FROM numbers(1000000000000)')
    await cancelled(read, insert(), (abort) => {
      setTimeout(() => abort.abort(), 300)
      return () => undefined
    })
  })

  it('while the writing side still works ends it within 2 s', async () => {
    await user.command(
      'CREATE OR REPLACE TABLE t (n UInt64, s String, z UInt8 MATERIALIZED sleepEachRow(0.5)) ORDER BY n',
    )
    const write = {
      ...insert(),
      settings: { max_block_size: 1, function_sleep_max_microseconds_per_block: 100_000_000 },
    }
    await cancelled(generated(20), write, (abort) => {
      setTimeout(() => abort.abort(), 700)
      return () => undefined
    })
  })

  it('before the start starts nothing', async () => {
    const read = generated(10)
    const signal = AbortSignal.abort()
    expect(await errorOf(pipe({ from: embedded, read, to: user, write: insert(), signal }))).toMatchObject({
      code: 'CANCELLED',
    })
    expect(await finished(embedded, read.queryId)).toBeUndefined()
  })

  it('comes back within 2 s though a server does not answer', async () => {
    await using victim = await startServer()
    await victim.server.command('CREATE TABLE t (n UInt64, s String) ORDER BY n')
    const abort = new AbortController()
    const read = generated(100_000_000)
    const moving = errorOf(
      pipe({ from: embedded, read, to: victim.server, write: insert(), signal: abort.signal }),
    )
    await sleep(500)
    process.kill(victim.running.pid, 'SIGSTOP')
    await sleep(500)
    const took = stopwatch()
    abort.abort()
    expect(await moving).toMatchObject({ code: 'CANCELLED' })
    expect(took()).toBeLessThan(2000)
    await goes(embedded, read)
    process.kill(victim.running.pid, 'SIGCONT')
  })
})
