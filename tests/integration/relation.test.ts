import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { identifier } from '../../src/core/sql/index.ts'
import type { Preview } from '../../src/shared/index.ts'
import { errorOf } from '../support/clickhouse-server.ts'
import { openTwoServers, tableEnd, type TwoServers } from '../support/two-servers.ts'

let two: TwoServers
const odd = 'we.ird`n\'"\\t'
const oddColumns = ['__proto__', 'a.b', 'q\'`"\\', 'ключ', 'line\nend']

beforeAll(async () => {
  const columns = oddColumns.map((name) => `${identifier(name)} String`).join(', ')
  two = await openTwoServers([
    'CREATE TABLE a (id UInt8, x String, day Date) ENGINE = MergeTree ORDER BY id',
    "INSERT INTO a VALUES (1, 'one', '2024-01-01'), (2, 'two', '2024-01-02'), (3, 'three', '2024-01-03')",
    `CREATE TABLE b (id UInt8, b_id UInt16, y Array(UInt8), t LowCardinality(String), up UInt8 MATERIALIZED id + 1)
     ENGINE = MergeTree ORDER BY id`,
    "INSERT INTO b VALUES (1, 10, [1], 'p'), (1, 11, [2], 'q'), (9, 90, [9], 'z')",
    'CREATE TABLE t (t UInt8, id UInt8, x UInt8) ENGINE = MergeTree ORDER BY id',
    'INSERT INTO t VALUES (5, 1, 7), (6, 2, 8)',
    `CREATE TABLE ${identifier(odd)} (${columns}) ENGINE = MergeTree ORDER BY tuple()`,
    `INSERT INTO ${identifier(odd)} VALUES ('1', 'x', 'y', 'z', 'w')`,
  ])
})

afterAll(() => two[Symbol.asyncDispose]())

const byId = (right = 'id') => [{ left: { table: 'a', column: 'id' }, right }]
const types = ({ columns }: Preview) => columns.map(({ name, type }) => `${name} ${type}`)

describe.each(['embedded', 'separate'] as const)('joins, %s database', (which) => {
  const server = () => (which === 'embedded' ? which : two.theirs)
  const joined = (kind: string, more: object = {}, first: object = {}) =>
    tableEnd('a', { joins: [{ kind, table: 'b', on: byId(), ...more }], ...first }, server())
  const sort = [{ column: 'id' }, { column: 'b_b_id' }]

  it.each([
    ['inner', ['1,10', '1,11'], false],
    ['left', ['1,10', '1,11', '2,∅', '3,∅'], true],
    ['right', ['1,10', '1,11', '∅,90'], false],
    ['full', ['1,10', '1,11', '2,∅', '3,∅', '∅,90'], true],
  ])('%s', async (kind, expected, mayMiss) => {
    const found = await two.look({ source: joined(kind) })
    expect(found.columns.map(({ name }) => name)).toEqual([
      ...['id', 'x', 'day', 'b_id', 'b_b_id', 'y', 't', 'up'],
    ])
    expect(types(found)[4]).toBe(mayMiss ? 'b_b_id Nullable(UInt16)' : 'b_b_id UInt16')
    expect(found.rows.map((row) => `${row[0] ?? '∅'},${row[4] ?? '∅'}`).sort()).toEqual([...expected].sort())
  })

  it.each([
    ['semi', ['1']],
    ['anti', ['2', '3']],
  ])('%s keeps the columns of the left side alone', async (kind, ids) => {
    const found = await two.look({ source: joined(kind), sort: [{ column: 'id' }] })
    expect(types(found)).toEqual(['id UInt8', 'x String', 'day Date'])
    expect(found.rows.map(([id]) => id)).toEqual(ids)
  })

  it('asof takes the nearest row', async () => {
    const on = [
      { left: { table: 't', column: 'x' }, right: 'b_id', operator: '<=' },
      { left: { table: 't', column: 'id' }, right: 'id' },
    ]
    const source = tableEnd('t', { joins: [{ kind: 'asof', table: 'b', on }] }, server())
    const found = await two.look({ source, sort: [{ column: 'id' }] })
    expect(found.rows.map((row) => [row[1], row[4]])).toEqual([
      ['1', '10'],
      ['2', null],
    ])
  })

  it('cross, and a table with itself', async () => {
    const cross = tableEnd('a', { joins: [{ kind: 'cross', table: 'b' }] }, server())
    expect((await two.look({ source: cross })).rows).toHaveLength(9)
    const on = [{ left: { table: 'a', column: 'id' }, right: 'id', operator: '<' }]
    const self = tableEnd(
      'a',
      { joins: [{ kind: 'inner', table: 'a', as: 'later', on, condition: "later.x != '' -- note" }] },
      server(),
    )
    const found = await two.look({ source: self })
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
    const found = await two.look({
      source: tableEnd('a', { joins }, server()),
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
    const source = tableEnd(
      odd,
      { as: 'o.1', joins: [{ kind: 'left', table: odd, as: "o'2\\`", on }] },
      server(),
    )
    const found = await two.look({
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
    const { report, lines } = await two.exported({
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
    await two.exported({ source: joined('left'), columns: ['id'] })
    await using connection = await two.surroundings.server(server())
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
    const error = await errorOf(two.look({ source: tableEnd('a', { joins: [join] }, server()) }))
    expect(error).toMatchObject({ code })
    expect(String(error)).toContain(words)
  })
})

it('refuses a key of a table that only decided about rows', async () => {
  const joins = [
    { kind: 'semi', table: 'b', on: byId() },
    { kind: 'left', table: 't', on: [{ left: { table: 'b', column: 'id' }, right: 'id' }] },
  ]
  expect(await errorOf(two.look({ source: tableEnd('a', { joins }) }))).toMatchObject({
    code: 'TABLE_NOT_FOUND',
  })
})

it('warns a user who may change no setting that missing values are not NULL', async () => {
  const server = { ...two.theirs, user: 'reader' }
  const { report, lines } = await two.exported({
    source: tableEnd('a', { joins: [{ kind: 'left', table: 'b', on: byId() }] }, server),
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
  ])('refuses the condition %j', async (condition) => {
    const joins = [{ kind: 'inner', table: 'b', on: byId(), condition }]
    const error = await errorOf(two.look({ source: tableEnd('a', { joins }) }))
    expect(['QUERY_NOT_ALLOWED', 'QUERY_INVALID']).toContain((error as { code: string }).code)
  })

  it.each([
    '1) UNION ALL (SELECT * FROM a WHERE 1',
    '1\n) UNION ALL (SELECT 1, 2, 3',
    'id = 1) ORDER BY (id',
    '1; DROP TABLE a',
  ])('does not let %j out of its parentheses', async (where) => {
    expect(await errorOf(two.look({ source: tableEnd('a'), where }))).toMatchObject({ code: 'QUERY_INVALID' })
    const server = two.theirs
    expect(await errorOf(two.look({ source: tableEnd('a', {}, server), where }))).toMatchObject({
      code: 'QUERY_INVALID',
    })
  })

  it('does not let a query out of its parentheses', async () => {
    const sql = 'SELECT id FROM a) UNION ALL (SELECT id FROM b'
    expect(await errorOf(two.look({ source: { kind: 'query', server: 'embedded', sql } }))).toMatchObject({
      code: 'QUERY_INVALID',
    })
  })
})
