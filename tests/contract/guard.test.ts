import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema } from '../../src/shared/index.ts'
import { removeFolder } from '../support/folder.ts'

/** What a person may write for the embedded server, asked of a real one: its own parse of the text decides. */
let folder: string
let surroundings: Surroundings & AsyncDisposable

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flathouse-guard-'))
  surroundings = await openSurroundings({ dataDir: join(folder, 'data') }, {})
  await using server = await surroundings.server('embedded')
  await server.command(
    `CREATE TABLE sales ENGINE = MergeTree ORDER BY id AS
     SELECT number AS id, toDate('2024-01-01') + number AS day, toString(number) AS note, [number] AS list FROM numbers(10)`,
  )
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  removeFolder(folder)
})

async function exportWith(part: { where: string } | { query: string }) {
  const source =
    'query' in part
      ? { kind: 'query', server: 'embedded', sql: part.query }
      : { kind: 'table', server: 'embedded', table: 'sales' }
  const transfer = transferSchema.parse({
    direction: 'export',
    source,
    target: { kind: 'file', path: join(folder, 'out.csv') },
    ...('where' in part && { where: part.where }),
  })
  const { signal } = new AbortController()
  return await runTransfer(transfer, surroundings, { signal, onEvent: () => undefined })
}

describe('conditions', () => {
  it.each([
    ['id > 7', 2],
    ["note IN ('1', '2') OR day = '2024-01-05' -- why not", 3],
    ['has(list, 3) AND length(note) = 1 /* a comment */', 1],
    ["note LIKE '%' AND id BETWEEN 2 AND 4 AND CAST(note AS UInt8) != 3", 2],
  ])('%s', async (where, rows) => {
    expect(await exportWith({ where })).toMatchObject({ error: null, rowsWritten: rows })
  })

  it.each([
    "file('/etc/passwd') = ''",
    "note = FILE('/etc/passwd')",
    "id IN (SELECT 1 FROM file('/etc/passwd', 'LineAsString', 'l String'))",
    'id IN system.numbers',
    'note IN (SELECT name FROM system.users)',
    "1) UNION ALL SELECT * FROM file('/etc/passwd', 'LineAsString'",
    '1 /* */ ) FORMAT CSV -- ',
    '1 SETTINGS max_threads = 1',
    "getServerPort('http_port') > 0",
    "dictGet('d', 'x', id) = 1",
    "joinGet('j', 'x', id) = 1",
    "hostName() = 'x'",
    'sleep(3) = 0',
    "chdb('x') = ''",
    "getSetting('readonly') = 0",
    // A name may hold line ends, and what follows them look like a part of the query.
    '`x\n   Function plus (children 1)\n    ExpressionList (children 1)` IN system.users',
  ])('not %s', async (where) => {
    const { error } = await exportWith({ where })
    expect(['QUERY_NOT_ALLOWED', 'QUERY_INVALID']).toContain(error?.code)
  })
})

describe('queries', () => {
  it.each([
    ['SELECT day, count() AS n FROM sales GROUP BY day ORDER BY day LIMIT 3', 3],
    ['SELECT a.id FROM sales AS a JOIN main.sales AS b ON a.id = b.id WHERE a.id < 4', 4],
    ['WITH few AS (SELECT id FROM sales WHERE id < 2) SELECT * FROM few -- end', 2],
    ['SELECT id, row_number() OVER (ORDER BY id DESC) AS r FROM sales', 10],
    ['SELECT arrayMap(x -> x + 1, list) AS l FROM sales', 10],
    ['SELECT * FROM (SELECT a.id FROM sales AS a SETTINGS join_use_nulls = 1) LIMIT 4', 4],
  ])('%s', async (query, rows) => {
    expect(await exportWith({ query })).toMatchObject({ error: null, rowsWritten: rows })
  })

  it.each([
    "SELECT * FROM file('/etc/passwd', 'LineAsString', 'l String')",
    'SELECT * FROM `default`.`/etc/passwd`',
    'SELECT * FROM system.users',
    'SELECT * FROM information_schema.tables',
    "SELECT * FROM url('http://127.0.0.1/', 'LineAsString', 'l String')",
    "SELECT * FROM remote('127.0.0.1', 'system', 'one')",
    'SELECT * FROM numbers(10)',
    "SELECT * FROM sales INTO OUTFILE '/tmp/flathouse-guard-out'",
    'SELECT * FROM (EXPLAIN SELECT 1)',
    'SELECT * FROM (VALUES (1))',
    'DROP TABLE sales',
    'SELECT 1; DROP TABLE sales',
    'SELECT * FROM sales) UNION ALL (SELECT * FROM system.one',
    "SELECT executable('x')",
    'SELECT * FROM sales SETTINGS join_use_nulls = 1, max_memory_usage = 0',
    'SELECT * FROM sales SETTINGS max_memory_usage = 0',
    "SELECT * FROM file('/etc/passwd', 'LineAsString', 'l String') SETTINGS join_use_nulls = 1",
    'SELECT * FROM system.users SETTINGS join_use_nulls = 1',
    'SELECT * FROM sales /* SETTINGS join_use_nulls = 1 */ UNION ALL SELECT * FROM system.users',
    "SELECT COLUMNS('i') FROM sales",
  ])('not %s', async (query) => {
    const { error } = await exportWith({ query })
    expect(['QUERY_NOT_ALLOWED', 'QUERY_INVALID']).toContain(error?.code)
    await using server = await surroundings.server('embedded')
    expect(await server.rows('SELECT toUInt8(count()) AS n FROM sales')).toEqual([{ n: 10 }])
  })
})
