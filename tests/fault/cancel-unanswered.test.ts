import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema } from '../../src/shared/index.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { holdingProxy, type HoldingProxy } from '../support/holding-proxy.ts'
import { removeFolder } from '../support/folder.ts'

let folder: string
let theirs: TestServer
let way: HoldingProxy
let surroundings: Surroundings & AsyncDisposable

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flathouse-unanswered-'))
  theirs = await startServer()
  way = await holdingProxy(theirs.connection)
  surroundings = await openSurroundings({ dataDir: join(folder, 'data'), password }, {})
  await theirs.server.command('CREATE TABLE t (id UInt32) ENGINE = MergeTree ORDER BY id')
  await theirs.server.command('INSERT INTO t SELECT number FROM numbers(1000)')
  writeFileSync(path('in.csv'), 'id\n1\n2\nx\n')
})
afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await way[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
  removeFolder(folder)
})

const path = (name: string) => join(folder, name)
const table = () => ({ kind: 'table', server: way.connection, table: 't' })
const transfers: Record<string, () => object> = {
  import: () => ({
    ...{ direction: 'import', source: { kind: 'file', path: path('in.csv') }, target: table() },
    onError: 'skip',
  }),
  export: () => ({
    ...{ direction: 'export', source: table(), target: { kind: 'file', path: path('out.csv') } },
    where: 'id > 1',
  }),
}

async function endsWhenCancelled(kind: string, statement: RegExp, isTime?: () => Promise<void>) {
  const cancel = new AbortController()
  const held = way.hold(statement)
  const transfer = transferSchema.parse(transfers[kind]?.())
  const ended = runTransfer(transfer, surroundings, { signal: cancel.signal, onEvent: () => undefined })
  await held
  await isTime?.()
  cancel.abort()
  expect((await ended).status).toBe('cancelled')
}

it.each([
  ['import', /SELECT version/],
  ['import', /DESCRIBE TABLE/],
  ['import', /FROM system\.tables/],
  ['import', /FROM system\.databases/],
  ['import', /CHECK GRANT/],
  ['import', /FORMAT Native/],
  ['import', /FLUSH LOGS/],
  ['import', /SELECT toString\(count/],
  ['export', /SELECT version/],
  ['export', /EXPLAIN AST/],
  ['export', /DESCRIBE TABLE/],
  ['export', /FORMAT Native/],
  ['export', /FLUSH LOGS/],
  ['export', /FROM system\.query_log/],
])('a cancel ends an %s that %s gets no answer', async (kind, statement) => {
  await endsWhenCancelled(kind, statement)
  way.open()
  expect(await theirs.server.rows('SELECT toUInt32(count()) AS n FROM t')).toEqual([{ n: 1000 }])
})

it('a cancel ends a run whose progress cannot be looked at', async () => {
  await endsWhenCancelled('export', /FORMAT Native|FROM system\.processes/, async () => {
    const before = way.asked
    await expect.poll(() => way.asked, { timeout: 20_000 }).toBeGreaterThan(before)
  })
  way.open()
})
