import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { identifier } from '../../src/core/sql/index.ts'
import { runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema, type ServerChoice } from '../../src/shared/index.ts'
import { House } from '../support/cli.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'

let house: House
let theirs: TestServer
let surroundings: Surroundings & AsyncDisposable

beforeAll(async () => {
  house = new House()
  theirs = await startServer()
  surroundings = await openSurroundings({ dataDir: house.data, password }, {})
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
  await house[Symbol.asyncDispose]()
})

/** What is called so on the way from a file to a table, or was. */
const names = [
  ...['v1', 'v2', 'v3', 'v_1', 'v_fits', 'c1', 'c2', 'g0', 'r', 'cell'],
  ...['fits', 'bad', 'file', 'row', 'offset', 'length', 'fault', 'value', 'records', 'start', 'fitting'],
  ...['unread', 'place0', 'found', '_row_number', '_file', '_path', 'throwIf'],
]

/** Every name once before all others, so that each stands beside values of another. */
const orders = [names, [...names].reverse(), ['x', ...names], [...names.slice(5), ...names.slice(0, 5)]]

describe.each(['the embedded database', 'another server'])('columns of any name, in %s', (place) => {
  it.each(['skip', 'stop'])('keep their own values: --on-error %s', async (onError) => {
    const server: ServerChoice = place === 'another server' ? theirs.connection : 'embedded'
    for (const [n, order] of orders.entries()) {
      const isBad = onError === 'skip'
      const record = (id: number) => order.map((_, column) => id * 100 + column)
      const lines = [order, record(1), record(2), ...(isBad ? [['bad', ...record(3).slice(1)]] : [])]
      house.write('names.csv', `${lines.map((line) => line.join(',')).join('\n')}\n`)
      const transfer = transferSchema.parse({
        ...{ direction: 'import', mode: 'replace', onError },
        source: { kind: 'file', path: house.path('names.csv') },
        target: { kind: 'table', server, table: `named${n}` },
        types: order.map((column) => ({ column, type: 'UInt32' })),
      })
      const options = { signal: new AbortController().signal, onEvent: () => undefined }
      const report = await runTransfer(transfer, surroundings, options)
      expect(report).toMatchObject({ error: null, rowsWritten: 2, rowsRejected: isBad ? 1 : 0 })
      if (report.rejectsFile !== null)
        expect(readFileSync(report.rejectsFile, 'utf8')).toContain(`"${order[0]}","""bad"" does not fit`)
      await using embedded = await surroundings.server('embedded')
      const asked = server === 'embedded' ? embedded : theirs.server
      const cells = order.map((name) => identifier(name)).join(', ')
      const rows = await asked.rows<{ cells: number[] }>(
        `SELECT [${cells}] AS cells FROM named${n} ORDER BY cells`,
      )
      expect(rows.map((row) => row.cells)).toEqual([record(1), record(2)])
    }
  })
})
