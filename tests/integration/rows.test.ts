import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorOf } from '../support/clickhouse-server.ts'
import { openTwoServers, tableEnd, type TwoServers } from '../support/two-servers.ts'

let two: TwoServers

beforeAll(async () => {
  two = await openTwoServers([
    'CREATE TABLE a (id UInt8, x String, day Date) ENGINE = MergeTree ORDER BY id',
    "INSERT INTO a VALUES (1, 'one', '2024-01-01'), (2, 'two', '2024-01-02'), (3, 'three', '2024-01-03')",
    'CREATE TABLE shadow (texts UInt8, id UInt8) ENGINE = MergeTree ORDER BY id',
    'INSERT INTO shadow VALUES (1, 2)',
    `CREATE TABLE kinds (n UInt8, i Nullable(Int64), w Int128, d Decimal(9, 2), f Float32, day Date,
     at DateTime('Europe/Berlin'), ms DateTime64(3, 'UTC'), u UUID, e Enum8('a b' = 1, 'c' = 2), s Nullable(String),
     lc LowCardinality(Nullable(String)), fx FixedString(4), ip IPv4, l Array(UInt8), ok Bool) ENGINE = MergeTree ORDER BY n`,
    `INSERT INTO kinds VALUES
     (44, -5, 170141183460469231731687303715884105727, 1.23, 1.1, '2024-02-29', '2024-01-01 00:00:00',
      '2024-01-01 00:00:00.123', '00000000-0000-0000-0000-000000000001', 'a b', 'it''s 50%', 'x', 'ab', '10.0.0.1',
      [1, 2], true),
     (200, NULL, 7, 1.24, 2.5, '2024-03-01', '2024-06-01 12:00:00', '2024-06-01 00:00:00',
      '00000000-0000-0000-0000-000000000002', 'c', NULL, NULL, 'abcd', '10.0.0.2', [], false)`,
    `CREATE TABLE many ENGINE = MergeTree ORDER BY k
     AS SELECT cityHash64(number) AS k, number AS n FROM numbers(1500000)`,
  ])
})

afterAll(() => two[Symbol.asyncDispose]())

describe('a preview of rows', () => {
  it('is in order, and says what would be read', async () => {
    const rules = [{ column: 'id', operator: '>', values: ['1'] }]
    const found = await two.look({
      source: tableEnd('a'),
      filter: { match: 'all', rules },
      where: "x != 'zero' -- none",
      sort: [{ column: 'id', descending: true }],
      limit: 5,
      records: 1,
    })
    expect(found.rows).toEqual([['3', 'three', '2024-01-03']])
    expect(found.sql).toBe(
      "SELECT *\nFROM `main`.`a`\nWHERE (`id` > 1) AND (x != 'zero' -- none\n)\nORDER BY `id` DESC\nLIMIT 5",
    )
    await using server = await two.surroundings.server('embedded')
    const [first] = await server.rows(found.sql ?? '')
    expect(first).toEqual({ id: 3, x: 'three', day: '2024-01-03' })
  })

  it('holds a column that is called as ours are', async () => {
    expect((await two.look({ source: tableEnd('shadow') })).rows).toEqual([['1', '2']])
  })

  it('shows the columns of a query', async () => {
    const sql = 'SELECT id, toString(id) AS s FROM a ORDER BY id -- all'
    const found = await two.look({ source: { kind: 'query', server: 'embedded', sql }, limit: 2 })
    expect(found.columns.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'UInt8'],
      ['s', 'String'],
    ])
    expect(found.rows).toEqual([
      ['1', '1'],
      ['2', '2'],
    ])
  })
})
describe('filters', () => {
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
    const { rows } = await two.look({ source: tableEnd('kinds'), filter, sort: [{ column: 'n' }] })
    expect(rows.map(([n]) => n)).toEqual(expected)
  })

  it('of which one is enough', async () => {
    const rules = [
      { column: 'n', operator: '=', values: ['44'] },
      { column: 's', operator: 'is null' },
    ]
    expect(
      (await two.look({ source: tableEnd('kinds'), filter: { match: 'any', rules } })).rows,
    ).toHaveLength(2)
    expect(
      (await two.look({ source: tableEnd('kinds'), filter: { match: 'all', rules } })).rows,
    ).toHaveLength(0)
    expect(
      (await two.look({ source: tableEnd('kinds'), filter: { match: 'all', rules: [] } })).rows,
    ).toHaveLength(2)
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
    const error = await errorOf(two.look({ source: tableEnd('kinds'), filter }))
    expect(error).toMatchObject({ code })
    expect(String(error)).toContain(words)
  })
})

describe.each(['embedded', 'separate'] as const)('rows that were sorted, %s database', (which) => {
  it('are in that order in the file, and no more than the limit', async () => {
    const server = which === 'embedded' ? which : two.theirs
    const { report, lines } = await two.exported({
      source: tableEnd('many', {}, server),
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
    const few = await two.exported({ source: tableEnd('many', {}, server), limit: 1000, verify: 'checksum' })
    expect(few.report).toMatchObject({
      error: null,
      rowsRead: 1000,
      rowsWritten: 1000,
      verification: { mode: 'checksum', source: few.report.verification?.target },
      warnings: [],
    })
  })
})

it('compares by the source’s columns where names are swapped', async () => {
  const { report } = await two.exported({
    source: tableEnd('shadow'),
    map: [
      { source: 'id', target: 'texts' },
      { source: 'texts', target: 'id' },
    ],
    where: 'id = 2',
    verify: 'checksum',
  })
  expect(report).toMatchObject({ error: null, rowsWritten: 1 })
})
