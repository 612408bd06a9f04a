import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { transferSchema, type RunQuery, type RunStatus } from '../../src/shared/index.ts'
import { openStore, type StoredRun } from '../../src/store/index.ts'
import { errorOf } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'

let dataDir: string
beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'flathouse-store-'))))
afterEach(() => removeFolder(dataDir))

const file = { kind: 'file', path: 'flights, 2001 “é”.csv' } as const
const table = { kind: 'table', server: 'prod', table: 't' } as const
const transfers = {
  import: transferSchema.parse({ direction: 'import', source: file, target: table }),
  export: transferSchema.parse({ direction: 'export', source: table, target: file }),
}

function run(id: string, status: RunStatus, direction: 'import' | 'export' = 'import'): StoredRun {
  const hasEnded = status === 'completed' || status === 'failed'
  return {
    id,
    transfer: transfers[direction],
    status,
    createdAt: '2026-01-01T00:00:00.000Z',
    startedBy: direction === 'import' ? 'ada' : null,
    endedAt: hasEnded ? '2026-01-01T00:00:01.000Z' : null,
    progress: {
      rows: 5,
      bytes: 9_007_199_254_740_991,
      totalRows: null,
      totalBytes: 2,
      fraction: 0.25,
      rowsPerSecond: 0,
      bytesPerSecond: 0,
      secondsLeft: null,
      elapsedMs: 3,
      rates: [1, 2],
    },
    waitsForToken: null,
    report: null,
    log: [{ number: 1, at: '2026-01-01T00:00:00.000Z', level: 'info', message: 'Queued.' }],
    failedAttempts: [],
  }
}

const query = (more: Partial<RunQuery> = {}): RunQuery => ({ limit: 50, ...more })
const connection = { protocol: 'https', host: 'ch.example', port: 8443, database: 'd', user: 'u' } as const
const secrets = { password: 'é', ca: 'a text' }

it('keeps runs and connections as they were given, over a reopening', async () => {
  const kept = run('a', 'ingesting')
  {
    await using store = await openStore(dataDir)
    await store.runs.insert(run('a', 'queued'))
    await store.runs.update(kept)
    await store.connections.put({ name: 'prod é', connection, secrets })
    await store.connections.put({ name: 'b', connection, secrets })
    await store.connections.put({ name: 'b', connection: { ...connection, port: 1 }, secrets: {} })
    expect(await store.connections.delete('none')).toBe(false)
  }
  await using store = await openStore(dataDir)
  expect(await store.runs.get('a')).toEqual(kept)
  expect(await store.runs.get('none')).toBeUndefined()
  expect(await store.connections.all()).toEqual([
    { name: 'b', connection: { ...connection, port: 1 }, secrets: {} },
    { name: 'prod é', connection, secrets },
  ])
  expect(await store.connections.get('prod é')).toEqual({ name: 'prod é', connection, secrets })
  expect(await store.connections.get('none')).toBeUndefined()
  expect(await store.connections.delete('b')).toBe(true)
  expect((await store.connections.all()).map(({ name }) => name)).toEqual(['prod é'])
})

it('is a file that nobody else can read, with what belongs to it', async () => {
  await using store = await openStore(dataDir)
  await store.connections.put({ name: 'a', connection, secrets })
  await store.runs.insert(run('a', 'queued'))
  const files = readdirSync(dataDir)
  expect(files).toContain('state.sqlite')
  expect(files).toContain('state.sqlite-wal')
  expect(files).toContain('secrets.key')
  for (const name of files) expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600)
})

it('lists runs, the newest first, page by page', async () => {
  await using store = await openStore(dataDir)
  const ids = Array.from({ length: 7 }, (_, index) => `run ${index}`)
  for (const [index, id] of ids.entries()) {
    await store.runs.insert(
      run(id, index % 3 === 0 ? 'failed' : 'completed', index < 5 ? 'import' : 'export'),
    )
  }
  const listed = async (more: Partial<RunQuery>) => {
    const { runs, more: isMore } = await store.runs.list(query(more))
    return [runs.map(({ id }) => id.slice(4)).join(''), isMore]
  }
  expect(await listed({})).toEqual(['6543210', false])
  expect(await listed({ limit: 3 })).toEqual(['654', true])
  expect(await listed({ limit: 3, before: 'run 4' })).toEqual(['321', true])
  expect(await listed({ limit: 3, before: 'run 1' })).toEqual(['0', false])
  expect(await listed({ limit: 1, before: 'run 1' })).toEqual(['0', false])
  expect(await listed({ status: 'failed' })).toEqual(['630', false])
  expect(await listed({ status: 'failed', direction: 'import', limit: 1 })).toEqual(['3', true])
  expect(await listed({ direction: 'convert' })).toEqual(['', false])
  expect(await errorOf(store.runs.list(query({ before: 'none' })))).toMatchObject({ code: 'RUN_NOT_FOUND' })
  const { runs } = await store.runs.list(query({ limit: 1 }))
  expect(runs[0]).not.toHaveProperty('log')
})

it('finds those that have not ended, the oldest first', async () => {
  await using store = await openStore(dataDir)
  for (const status of ['queued', 'completed', 'committing', 'failed'] as const) {
    await store.runs.insert(run(status, status))
  }
  expect((await store.runs.openOnes()).map(({ id }) => id)).toEqual(['queued', 'committing'])
})

it('loses nothing that was acknowledged when the process is killed', async () => {
  const storeModule = fileURLToPath(new URL('../../src/store/index.ts', import.meta.url))
  const script = `
    const { openStore } = await import(${JSON.stringify(storeModule)})
    const store = await openStore(${JSON.stringify(dataDir)})
    const run = ${JSON.stringify(run('', 'queued'))}
    for (let id = 0; ; id++) {
      await store.runs.insert({ ...run, id: String(id) })
      console.log(id)
    }`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script])
  const ended = new Promise((resolve) => child.once('close', resolve))
  let acknowledged = -1
  for await (const line of createInterface(child.stdout)) {
    acknowledged = Number(line)
    if (acknowledged === 200) child.kill('SIGKILL')
  }
  await ended
  expect(acknowledged).toBeGreaterThanOrEqual(200)
  await using store = await openStore(dataDir)
  expect((await store.runs.openOnes()).length).toBeGreaterThanOrEqual(acknowledged + 1)
})

it.each([
  [
    'is none',
    (path: string) => writeFileSync(path, 'A text, and no database at all. '.repeat(50)),
    'cannot be read',
  ],
  ['is of a newer version', writeNewer, 'newer Flathouse'],
])('leaves a state file alone that %s', async (_, write, words) => {
  const path = join(dataDir, 'state.sqlite')
  write(path)
  const before = readFileSync(path)
  const error = await errorOf(openStore(dataDir))
  expect(error).toMatchObject({ code: 'STATE_UNUSABLE' })
  expect((error as Error).message).toContain(path)
  expect((error as Error).message).toContain(words)
  expect(readFileSync(path).equals(before)).toBe(true)
})

function writeNewer(path: string): void {
  const database = new Database(path)
  database.pragma('user_version = 1000')
  database.close()
}

it('can be opened by two processes at once', async () => {
  const [one, other] = await Promise.all([openStore(dataDir), openStore(dataDir)])
  await one.connections.put({ name: 'b', connection, secrets })
  expect((await other.connections.get('b'))?.secrets).toEqual(secrets)
  await one.runs.insert(run('a', 'queued'))
  await other.runs.insert(run('b', 'queued'))
  expect((await one.runs.list(query())).runs.map(({ id }) => id)).toEqual(['b', 'a'])
  for (const store of [one, other]) await store[Symbol.asyncDispose]()
})
