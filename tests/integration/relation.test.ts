import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { identifier } from '../../src/core/sql/index.ts'
import { openSurroundings } from '../../src/main/open.ts'
import { preview, runTransfer, type Surroundings } from '../../src/runs/index.ts'
import {
  previewRequestSchema,
  transferSchema,
  type Preview,
  type ServerChoice,
} from '../../src/shared/index.ts'
import { errorOf, password, startServer, type TestServer } from '../support/clickhouse-server.ts'

let folder: string
let theirs: TestServer
let surroundings: Surroundings & AsyncDisposable
const { signal } = new AbortController()
const odd = 'we.ird`n\'"\\t'
const oddColumns = ['__proto__', 'a.b', 'q\'`"\\', 'ключ', 'line\nend']

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flathouse-relation-'))
  theirs = await startServer([{ name: 'reader', password, readonly: true }])
  surroundings = await openSurroundings({ dataDir: join(folder, 'data'), password }, {})
  for (const choice of ['embedded', theirs.connection] as const) {
    await using server = await surroundings.server(choice)
    const columns = oddColumns.map((name) => `${identifier(name)} String`).join(', ')
    for (const sql of [
      'CREATE TABLE a (id UInt8, x String, day Date) ENGINE = MergeTree ORDER BY id',
      "INSERT INTO a VALUES (1, 'one', '2024-01-01'), (2, 'two', '2024-01-02'), (3, 'three', '2024-01-03')",
      'CREATE TABLE b (id UInt8, b_id UInt16, y Array(UInt8), t LowCardinality(String), up UInt8 MATERIALIZED id + 1) ENGINE = MergeTree ORDER BY id',
      "INSERT INTO b VALUES (1, 10, [1], 'p'), (1, 11, [2], 'q'), (9, 90, [9], 'z')",
      'CREATE TABLE t (t UInt8, id UInt8, x UInt8) ENGINE = MergeTree ORDER BY id',
      'INSERT INTO t VALUES (5, 1, 7), (6, 2, 8)',
      `CREATE TABLE ${identifier(odd)} (${columns}) ENGINE = MergeTree ORDER BY tuple()`,
      `INSERT INTO ${identifier(odd)} VALUES ('1', 'x', 'y', 'z', 'w')`,
      'CREATE TABLE `shadow` (texts UInt8, `id` UInt8) ENGINE = MergeTree ORDER BY id',
      'INSERT INTO shadow VALUES (1, 2)',
    ]) {
      await server.command(sql)
    }
  }
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const look = (request: object): Promise<Preview> =>
  preview(previewRequestSchema.parse(request), surroundings, signal)
const table = (name: string, more: object = {}, server: ServerChoice = 'embedded') => ({
  kind: 'table',
  server,
  table: name,
  ...more,
})
const byId = (right = 'id') => [{ left: { table: 'a', column: 'id' }, right }]
const types = ({ columns }: Preview) => columns.map(({ name, type }) => `${name} ${type}`)

async function run(transfer: object) {
  const document = transferSchema.parse({
    direction: 'export',
    target: { kind: 'file', path: join(folder, 'out.csv') },
    ...transfer,
  })
  const report = await runTransfer(document, surroundings, { signal, onEvent: () => undefined })
  return {
    report,
    lines: report.error ? [] : readFileSync(join(folder, 'out.csv'), 'utf8').trim().split('\n'),
  }
}

describe.each(['embedded', 'separate'] as const)('joins, %s database', (which) => {
  const server = () => (which === 'embedded' ? which : theirs.connection)
  const joined = (kind: string, more: object = {}, first: object = {}) =>
    table('a', { joins: [{ kind, table: 'b', on: byId(), ...more }], ...first }, server())
  const sort = [{ column: 'id' }, { column: 'b_b_id' }]

  it.each([
    ['inner', ['1,10', '1,11']],
    ['left', ['1,10', '1,11', '2,∅', '3,∅']],
    ['right', ['1,10', '1,11', '∅,90']],
    ['full', ['1,10', '1,11', '2,∅', '3,∅', '∅,90']],
  ])('%s', async (kind, expected) => {
    const found = await look({
      source: joined(kind, { as: 'b' }),
      sort: [{ column: 'id' }, { column: 'b_id_' }].slice(0, 1),
    })
    expect(found.columns.map(({ name }) => name)).toEqual([
      'id',
      'x',
      'day',
      'b_id',
      'b_b_id',
      'y',
      't',
      'up',
    ])
    const rows = found.rows.map((row) => `${row[0] ?? '∅'},${row[4] ?? '∅'}`)
    expect(rows.sort()).toEqual([...expected].sort())
    const isNull = kind === 'inner' ? '' : 'Nullable'
    expect(types(found)[4]?.includes('Nullable')).toBe(isNull !== '' && kind !== 'right')
  })

  it.each([
    ['semi', ['1']],
    ['anti', ['2', '3']],
  ])('%s keeps the columns of the left side alone', async (kind, ids) => {
    const found = await look({ source: joined(kind), sort: [{ column: 'id' }] })
    expect(types(found)).toEqual(['id UInt8', 'x String', 'day Date'])
    expect(found.rows.map(([id]) => id)).toEqual(ids)
  })

  it('asof takes the nearest row', async () => {
    const on = [
      { left: { table: 't', column: 'x' }, right: 'b_id', operator: '<=' },
      { left: { table: 't', column: 'id' }, right: 'id' },
    ]
    const source = table('t', { joins: [{ kind: 'asof', table: 'b', on }] }, server())
    const found = await look({ source, sort: [{ column: 'id' }] })
    expect(found.rows.map((row) => [row[1], row[4]])).toEqual([
      ['1', '10'],
      ['2', null],
    ])
  })

  it('cross, and a table with itself', async () => {
    const cross = table('a', { joins: [{ kind: 'cross', table: 'b' }] }, server())
    expect((await look({ source: cross })).rows).toHaveLength(9)
    const on = [{ left: { table: 'a', column: 'id' }, right: 'id', operator: '<' }]
    const self = table(
      'a',
      { joins: [{ kind: 'inner', table: 'a', as: 'later', on, condition: "later.x != '' -- note" }] },
      server(),
    )
    const found = await look({ source: self })
    expect(types(found)).toEqual([
      'id UInt8',
      'x String',
      'day Date',
      'later_id UInt8',
      'later_x String',
      'later_day Date',
    ])
    expect(found.rows.map((row) => `${row[0] ?? ''}<${row[3] ?? ''}`).sort()).toEqual(['1<2', '1<3', '2<3'])
  })

  it('several at once, where a table has a column of its own name', async () => {
    const joins = [
      { kind: 'left', table: 'b', on: byId() },
      { kind: 'right', table: 't', on: byId() },
      { kind: 'inner', table: 'a', as: 'c', on: [{ left: { table: 't', column: 'id' }, right: 'id' }] },
    ]
    const found = await look({
      source: table('a', { joins }, server()),
      sort: [{ column: 't_t' }, { column: 'b_b_id' }],
    })
    expect(found.columns.map(({ name }) => name).slice(8)).toEqual([
      't_t',
      't_id',
      't_x',
      'c_id',
      'c_x',
      'c_day',
    ])
    expect(found.rows.map((row) => [row[0], row[4], row[8], row[9], row[11]])).toEqual([
      ['1', '10', '5', '1', '1'],
      ['1', '11', '5', '1', '1'],
      ['2', null, '6', '2', '2'],
    ])
  })

  it('of names that need quotes', async () => {
    const on = oddColumns.map((column) => ({ left: { table: 'o.1', column }, right: column }))
    const source = table(
      odd,
      { as: 'o.1', joins: [{ kind: 'left', table: odd, as: "o'2\\`", on }] },
      server(),
    )
    const found = await look({
      source,
      filter: { match: 'all', rules: [{ column: '__proto__', operator: '=', values: ['1'] }] },
    })
    expect(found.columns.map(({ name }) => name)).toEqual([
      ...oddColumns,
      ...oddColumns.map((name) => `o'2\\\`_${name}`),
    ])
    expect(found.rows).toEqual([['1', 'x', 'y', 'z', 'w', '1', 'x', 'y', 'z', 'w']])
  })

  it('move as they are shown, with proof', async () => {
    const { report, lines } = await run({
      source: joined('left'),
      columns: ['id', 'b_b_id', 'up'],
      sort,
      verify: 'checksum',
    })
    expect(report).toMatchObject({
      error: null,
      rowsRead: 4,
      rowsWritten: 4,
      verification: { mode: 'checksum' },
    })
    expect(lines).toEqual(['"id","b_b_id","up"', '1,10,2', '1,11,2', '2,\\N,\\N', '3,\\N,\\N'])
  })

  it('read no column that does not move', async () => {
    await run({ source: joined('left'), columns: ['id'] })
    await using connection = await surroundings.server(server())
    await connection.command('SYSTEM FLUSH LOGS query_log')
    const [row] = await connection.rows<{ columns: string[] }>(
      `SELECT arraySort(columns) AS columns FROM system.query_log
       WHERE type = 'QueryFinish' AND has(tables, 'main.b') AND (query LIKE 'INSERT%' OR query LIKE 'SELECT \`id\`%')
       ORDER BY event_time_microseconds DESC LIMIT 1`,
    )
    expect(row?.columns).toEqual(['main.a.id', 'main.b.id'])
  })

  it.each([
    ['an unknown table', { kind: 'left', table: 'nope', on: byId() }, 'TABLE_NOT_FOUND', 'nope'],
    [
      'an unknown alias',
      { kind: 'left', table: 'b', on: [{ left: { table: 'z', column: 'id' }, right: 'id' }] },
      'TABLE_NOT_FOUND',
      '"z"',
    ],
    [
      'an unknown column',
      { kind: 'left', table: 'b', on: byId('nope') },
      'COLUMN_NOT_FOUND',
      'main.b has no column "nope"',
    ],
    ['the same name twice', { kind: 'inner', table: 'a', on: byId() }, 'USAGE', '"a"'],
    ['no key', { kind: 'inner', table: 'b' }, 'USAGE', '"b" needs a key'],
    ['a cross join with a key', { kind: 'cross', table: 'b', on: byId() }, 'USAGE', '"b"'],
    [
      'a condition that goes on behind its end',
      { kind: 'inner', table: 'b', condition: 'a.id = b.id) UNION ALL (SELECT 1' },
      'QUERY_INVALID',
      '',
    ],
  ])('refuse %s', async (_, join, code, words) => {
    const error = await errorOf(look({ source: table('a', { joins: [join] }, server()) }))
    expect(error).toMatchObject({ code })
    expect(String(error)).toContain(words)
  })
})

it('refuses a key of a table that only decided about rows', async () => {
  const joins = [
    { kind: 'semi', table: 'b', on: byId() },
    { kind: 'left', table: 't', on: [{ left: { table: 'b', column: 'id' }, right: 'id' }] },
  ]
  expect(await errorOf(look({ source: table('a', { joins }) }))).toMatchObject({ code: 'TABLE_NOT_FOUND' })
})

it('warns a user who may change no setting that missing values are not NULL', async () => {
  const server = { ...theirs.connection, user: 'reader' }
  const { report, lines } = await run({
    source: table('a', { joins: [{ kind: 'left', table: 'b', on: byId() }] }, server),
    columns: ['id', 'b_b_id'],
    sort: [{ column: 'id', descending: true }],
    limit: 1,
  })
  expect(report.warnings).toEqual([expect.stringContaining('reader may change no setting')])
  expect(lines).toEqual(['"id","b_b_id"', '3,0'])
})

describe('free text on the embedded database', () => {
  it.each([
    "b.t = file('/etc/passwd')",
    'a.id IN (SELECT 1 FROM system.users)',
    'a.id = b.id SETTINGS max_threads = 1',
    'a.id = b.id) -- ',
    'a.id = b.id /*',
    // Its line end would stand as a node of its own, and `IN system.one` seem to be part of something else.
    'a.`x\n        Function plus (children 1)\n         ExpressionList (children 1)` IN system.one',
  ])('refuses the condition %j', async (condition) => {
    const joins = [{ kind: 'inner', table: 'b', on: byId(), condition }]
    const error = await errorOf(look({ source: table('a', { joins }) }))
    expect(['QUERY_NOT_ALLOWED', 'QUERY_INVALID']).toContain((error as { code: string }).code)
  })

  it.each([
    '1) UNION ALL (SELECT * FROM a WHERE 1',
    '1\n) UNION ALL (SELECT 1, 2, 3',
    'id = 1) ORDER BY (id',
    '1; DROP TABLE a',
  ])('does not let %j out of its parentheses', async (where) => {
    expect(await errorOf(look({ source: table('a'), where }))).toMatchObject({ code: 'QUERY_INVALID' })
    const server = theirs.connection
    expect(await errorOf(look({ source: table('a', {}, server), where }))).toMatchObject({
      code: 'QUERY_INVALID',
    })
  })

  it('does not let a query out of its parentheses', async () => {
    const sql = 'SELECT id FROM a) UNION ALL (SELECT id FROM b'
    expect(await errorOf(look({ source: { kind: 'query', server: 'embedded', sql } }))).toMatchObject({
      code: 'QUERY_INVALID',
    })
  })
})

describe('a preview of rows', () => {
  it('is in order, and says what it asked', async () => {
    const rules = [{ column: 'id', operator: '>', values: ['1'] }]
    const found = await look({
      source: table('a'),
      filter: { match: 'all', rules },
      where: "x != 'zero' -- none",
      sort: [{ column: 'id', descending: true }],
      limit: 5,
      records: 1,
    })
    expect(found.rows).toEqual([['3', 'three', '2024-01-03']])
    expect(found.sql).toBe(
      "SELECT *\nFROM `main`.`a`\nWHERE (`id` > 1) AND (x != 'zero' -- none\n)\nORDER BY `id` DESC\nLIMIT 1",
    )
    await using server = await surroundings.server('embedded')
    expect(await server.rows(found.sql ?? '')).toEqual([{ id: 3, x: 'three', day: '2024-01-03' }])
  })

  it('holds a column that is called as ours are', async () => {
    expect((await look({ source: table('shadow') })).rows).toEqual([['1', '2']])
  })

  it('shows the columns of a query', async () => {
    const sql = 'SELECT id, toString(id) AS s FROM a ORDER BY id -- all'
    const found = await look({ source: { kind: 'query', server: 'embedded', sql }, limit: 2 })
    expect(types(found)).toEqual(['id UInt8', 's String'])
    expect(found.rows).toEqual([
      ['1', '1'],
      ['2', '2'],
    ])
  })
})

describe('filters', () => {
  beforeAll(async () => {
    await using server = await surroundings.server('embedded')
    await server.command(
      `CREATE TABLE kinds (n UInt8, i Nullable(Int64), w Int128, d Decimal(9, 2), f Float32, day Date, at DateTime('Europe/Berlin'), ms DateTime64(3, 'UTC'),
       u UUID, e Enum8('a b' = 1, 'c' = 2), s Nullable(String), lc LowCardinality(Nullable(String)), fx FixedString(4), ip IPv4, l Array(UInt8), ok Bool)
       ENGINE = MergeTree ORDER BY n`,
    )
    await server.command(
      `INSERT INTO kinds VALUES
       (44, -5, 170141183460469231731687303715884105727, 1.23, 1.1, '2024-02-29', '2024-01-01 00:00:00', '2024-01-01 00:00:00.123',
        '00000000-0000-0000-0000-000000000001', 'a b', 'it''s 50%', 'x', 'ab', '10.0.0.1', [1, 2], true),
       (200, NULL, 7, 1.24, 2.5, '2024-03-01', '2024-06-01 12:00:00', '2024-06-01 00:00:00', '00000000-0000-0000-0000-000000000002',
        'c', NULL, NULL, 'abcd', '10.0.0.2', [], false)`,
    )
  })

  const both = ['44', '200']
  it.each<[column: string, operator: string, values: string[], expected: string[]]>([
    ['n', '=', ['300'], []],
    ['n', '<', ['300'], both],
    ['n', '>', ['44.5'], ['200']],
    ['n', 'in', ['44', '-1', '99999999999999999999'], ['44']],
    ['n', 'not in', ['44'], ['200']],
    ['n', 'contains', ['4'], ['44']],
    ['i', '=', ['-5'], ['44']],
    ['i', 'is null', [], ['200']],
    ['i', 'is not null', [], ['44']],
    ['w', '=', ['170141183460469231731687303715884105727'], ['44']],
    ['d', '=', ['1.230'], ['44']],
    ['d', '<', ['1.235'], ['44']],
    ['d', 'in', ['1.24'], ['200']],
    ['f', '=', ['1.1'], ['44']],
    ['day', '=', ['2024-02-29'], ['44']],
    ['day', '>=', ['2024-03-01'], ['200']],
    ['day', 'starts with', ['2024-02'], ['44']],
    ['at', '=', ['2024-01-01'], ['44']],
    ['at', '>', ['2024-06-01T11:59:59'], ['200']],
    ['ms', '=', ['2024-01-01 00:00:00.123'], ['44']],
    ['u', '=', ['00000000-0000-0000-0000-000000000001'], ['44']],
    ['e', '=', ['a b'], ['44']],
    ['e', 'in', ['a b', 'c'], both],
    ['s', '=', ["it's 50%"], ['44']],
    ['s', 'ends with', ['50%'], ['44']],
    ['s', 'not contains', ['zzz'], ['44']],
    ['lc', '=', ['x'], ['44']],
    ['lc', 'is null', [], ['200']],
    ['fx', '=', ['ab'], ['44']],
    ['fx', 'starts with', ['abc'], ['200']],
    ['ip', '=', ['10.0.0.2'], ['200']],
    ['l', '=', ['[1,2]'], ['44']],
    ['ok', '=', ['true'], ['44']],
  ])('%s %s %j', async (column, operator, values, expected) => {
    const filter = { match: 'all', rules: [{ column, operator, values }] }
    const { rows } = await look({ source: table('kinds'), filter, sort: [{ column: 'n' }] })
    expect(rows.map(([n]) => n)).toEqual(expected)
  })

  it('of which one is enough', async () => {
    const rules = [
      { column: 'n', operator: '=', values: ['44'] },
      { column: 's', operator: 'is null' },
    ]
    expect((await look({ source: table('kinds'), filter: { match: 'any', rules } })).rows).toHaveLength(2)
    expect((await look({ source: table('kinds'), filter: { match: 'all', rules } })).rows).toHaveLength(0)
    expect((await look({ source: table('kinds'), filter: { match: 'all', rules: [] } })).rows).toHaveLength(2)
  })

  it.each<[column: string, operator: string, values: string[], code: string, words: string]>([
    ['n', '=', ['abc'], 'VALUE_REJECTED', '"abc" does not fit UInt8'],
    ['day', '=', ['2024-02-30'], 'VALUE_REJECTED', '"2024-02-30" does not fit Date'],
    ['day', 'in', ['2024-02-29', 'x'], 'VALUE_REJECTED', '"x" does not fit Date'],
    ['at', '=', ['yesterday'], 'VALUE_REJECTED', '"yesterday"'],
    ['e', '=', ['nope'], 'VALUE_REJECTED', '"nope"'],
    ['u', '=', ['1'], 'VALUE_REJECTED', '"u"'],
    ['n', '=', [], 'USAGE', '"n" needs one value'],
    ['n', 'in', [], 'USAGE', 'at least one value'],
    ['n', 'is null', ['1'], 'USAGE', 'no value'],
    ['nope', '=', ['1'], 'COLUMN_NOT_FOUND', '"nope"'],
  ])('refuse %s %s %j', async (column, operator, values, code, words) => {
    const filter = { match: 'all', rules: [{ column, operator, values }] }
    const error = await errorOf(look({ source: table('kinds'), filter }))
    expect(error).toMatchObject({ code })
    expect(String(error)).toContain(words)
  })
})

describe.each(['embedded', 'separate'] as const)('rows that were sorted, %s database', (which) => {
  it('are in that order in the file, and no more than the limit', async () => {
    const server = which === 'embedded' ? which : theirs.connection
    await using connection = await surroundings.server(server)
    await connection.command(
      'CREATE TABLE many ENGINE = MergeTree ORDER BY k AS SELECT cityHash64(number) AS k, number AS n FROM numbers(1500000)',
    )
    const { report, lines } = await run({
      source: table('many', {}, server),
      columns: ['n'],
      sort: [{ column: 'n', descending: true }],
      verify: 'checksum',
    })
    expect(report).toMatchObject({
      error: null,
      rowsRead: 1_500_000,
      rowsWritten: 1_500_000,
      verification: { mode: 'checksum' },
    })
    expect(lines.slice(1).every((line, index) => line === String(1_499_999 - index))).toBe(true)
    const few = await run({ source: table('many', {}, server), limit: 1000, verify: 'checksum' })
    expect(few.report).toMatchObject({
      error: null,
      rowsRead: 1000,
      rowsWritten: 1000,
      verification: { mode: 'count', source: '1000', target: '1000' },
    })
    expect(few.report.warnings).toEqual([expect.stringContaining('only counts')])
  })
})

it('compares by the source’s columns where names are swapped', async () => {
  const { report } = await run({
    source: table('t'),
    columns: ['id', 'x'],
    map: [
      { source: 'id', target: 'x' },
      { source: 'x', target: 'id' },
    ],
    where: 'id = 1',
    verify: 'checksum',
  })
  expect(report).toMatchObject({ error: null, rowsWritten: 1 })
})
