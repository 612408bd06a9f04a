import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { recoverBefore } from '../../src/cli/recovered.ts'
import { openSurroundings } from '../../src/main/open.ts'
import { recover, runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema, type Report, type RunEvent, type Transfer } from '../../src/shared/index.ts'
import type { Journal } from '../../src/store/index.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { holdingProxy, type HoldingProxy } from '../support/holding-proxy.ts'
import { removeFolder } from '../support/folder.ts'

// More partitions than are moved by one statement.
const rows = 150
const one = '1000'

let stack: AsyncDisposableStack
let folder: string
let theirs: TestServer
let way: HoldingProxy
let surroundings: Surroundings
beforeAll(async () => {
  stack = new AsyncDisposableStack()
  folder = mkdtempSync(join(tmpdir(), 'flathouse-turns-'))
  stack.defer(() => {
    removeFolder(folder)
  })
  writeFileSync(
    join(folder, 'many.csv'),
    `id\n${Array.from({ length: rows }, (_, id) => `${id}\n`).join('')}`,
  )
  writeFileSync(join(folder, 'one.csv'), `id\n${one}\n`)
  theirs = stack.use(await startServer())
  way = stack.use(await holdingProxy(theirs.connection))
  surroundings = stack.use(await openSurroundings({ dataDir: join(folder, 'data'), password }, {}))
})
afterAll(() => stack[Symbol.asyncDispose]())
beforeEach(async () => {
  for (const name of await tables()) await theirs.server.command(`DROP TABLE ${name} SYNC`)
  await theirs.server.command('CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id PARTITION BY id')
})

interface How {
  mode?: 'append' | 'replace'
  signal?: AbortSignal
  journal?: Partial<Journal>
  onEvent?: (event: RunEvent) => void
}

function importOf(file: string, mode: How['mode'] = 'append'): Transfer {
  const source = { kind: 'file', path: join(folder, file) }
  const target = { kind: 'table', server: way.connection, table: 't' }
  return transferSchema.parse({ direction: 'import', source, target, mode })
}

async function load(file: string, how: How = {}): Promise<Report> {
  const { mode = 'append', signal = new AbortController().signal, journal = {} } = how
  const { onEvent = () => undefined } = how
  const transfer = importOf(file, mode)
  const around = { ...surroundings, journal: { ...surroundings.journal, ...journal } }
  return await runTransfer(transfer, around, { signal, onEvent })
}

async function value(sql: string): Promise<string> {
  const [row] = await theirs.server.rows<{ v: string }>(`SELECT toString((${sql})) AS v`)
  return row?.v ?? ''
}
const ids = () => value("SELECT concat(toString(count()), ' ', toString(max(id))) FROM t")
const tables = async () => (await theirs.server.tables('main')).map(({ table }) => table)
/** Staging tables that have all rows of the small file. */
const loaded = () =>
  value("SELECT count() FROM system.tables WHERE name LIKE '\\\\_\\\\_flathouse%' AND total_rows = 1")
const recovered = async () => (await recover(surroundings)).map(({ outcome }) => outcome)

describe('a commit', () => {
  it('waits while another one into its table goes on, and can be cancelled until it begins', async () => {
    const held = way.hold(/MOVE PARTITION/, 'late', 2)
    const append = load('many.csv')
    await held
    const canceller = new AbortController()
    const told: string[] = []
    const onEvent = (event: RunEvent) => event.type === 'note' && told.push(event.message)
    const cancelled = load('one.csv', { mode: 'replace', signal: canceller.signal, onEvent })
    await expect.poll(loaded, { timeout: 20_000 }).toBe('1')
    await expect.poll(() => told, { timeout: 20_000 }).toHaveLength(1)
    expect(told[0]).toMatch(/^Another run is committing into this table/)
    canceller.abort()
    expect(await cancelled).toMatchObject({ status: 'cancelled' })
    const replace = load('one.csv', { mode: 'replace' })
    await expect.poll(loaded, { timeout: 20_000 }).toBe('1')
    // So that one that does not wait could do harm.
    await Promise.race([replace, sleep(500)])
    way.open()
    expect(await append).toMatchObject({ status: 'completed', rowsWritten: rows })
    expect(await replace).toMatchObject({ status: 'completed', rowsWritten: 1 })
    expect([await ids(), await tables()]).toEqual([`1 ${one}`, ['t']])
    expect(readdirSync(join(folder, 'data', 'commits'))).toEqual([])
  })
})

it('tells of a replaced table that its server does not drop', async () => {
  const completeCommit: Journal['completeCommit'] = async (entry) => {
    await surroundings.journal.completeCommit(entry)
    const source = `CLICKHOUSE(DB 'main' TABLE '${entry.staging}')`
    await theirs.server.command(
      `CREATE DICTIONARY d (id UInt64, x UInt64) PRIMARY KEY id SOURCE(${source}) LAYOUT(FLAT()) LIFETIME(0)`,
    )
  }
  const report = await load('one.csv', { mode: 'replace', journal: { completeCommit } })
  expect(report).toMatchObject({ status: 'completed', rowsWritten: 1 })
  expect(report.warnings.at(-1)).toMatch(/^The table main\.__flathouse_\w+ could not be dropped: Refused by /)
  const told: string[] = []
  const stderr = { write: (line: string) => told.push(line) > 0 }
  const around = { ...surroundings, secrets: {} }
  await recoverBefore(importOf('one.csv'), around, { stderr, signal: new AbortController().signal })
  expect(told).toEqual([
    expect.stringMatching(/^The table main\.__flathouse_\w+ on .*, which the run .* has left/),
  ])
  await theirs.server.command('DROP DICTIONARY d')
  expect([await recovered(), await ids(), await tables()]).toEqual([['completed'], `1 ${one}`, ['t']])
})

describe('a journal that cannot be written', () => {
  const fail = () => Promise.reject(new Error('no space is left'))
  const real = () => surroundings.journal

  it('when a commit is to begin leaves nothing', async () => {
    const report = await load('one.csv', { journal: { beginCommit: fail } })
    expect(report).toMatchObject({ status: 'failed', rowsWritten: 0 })
    expect([await ids(), await tables(), await recovered()]).toEqual(['0 0', ['t'], []])
  })

  it('but has been: the commit is completed out of what was staged', async () => {
    const beginCommit: Journal['beginCommit'] = async (...given) => {
      await real().beginCommit(...given)
      await fail()
    }
    const report = await load('one.csv', { journal: { beginCommit, undoCommit: fail, end: fail } })
    expect(report).toMatchObject({ status: 'interrupted', error: { code: 'RUN_INTERRUPTED' } })
    expect([await recovered(), await ids(), await tables()]).toEqual([['completed'], `1 ${one}`, ['t']])
  })

  it('when a server has refused to commit: what was staged stays', async () => {
    const beginCommit: Journal['beginCommit'] = async (...given) => {
      await theirs.server.command('ALTER TABLE t ADD COLUMN other UInt8')
      await real().beginCommit(...given)
    }
    const report = await load('one.csv', { journal: { beginCommit, undoCommit: fail, end: fail } })
    expect(report).toMatchObject({ status: 'interrupted', error: { code: 'RUN_INTERRUPTED' } })
    expect(await ids()).toBe('0 0')
    await theirs.server.command('ALTER TABLE t DROP COLUMN other')
    expect([await recovered(), await ids(), await tables()]).toEqual([['completed'], `1 ${one}`, ['t']])
  })

  it('when a commit is complete: that is found again', async () => {
    for (const mode of ['append', 'replace'] as const) {
      const report = await load('one.csv', { mode, journal: { completeCommit: fail } })
      expect(report).toMatchObject({ status: 'completed', rowsWritten: 1 })
      expect([await recovered(), await tables()]).toEqual([['completed'], ['t']])
    }
    expect(await ids()).toBe(`1 ${one}`)
  })
})
