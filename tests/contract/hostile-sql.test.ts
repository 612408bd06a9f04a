import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allowedFunctions, functionsOfFunctions } from '../../src/core/sql/allowed.ts'
import { preview } from '../../src/runs/index.ts'
import { AppError, previewRequestSchema, type ErrorCode } from '../../src/shared/index.ts'
import { openTwoServers } from '../support/two-servers.ts'
import { bombs } from './hostile-bombs.ts'
import { refusedTexts } from './hostile-sql.ts'
import { openAttacked, type Attacked } from './hostile-support.ts'

let attacked: Attacked

beforeAll(async () => {
  attacked = await openAttacked()
})

afterAll(async () => {
  await attacked[Symbol.asyncDispose]()
})

const refusals: (ErrorCode | null)[] = [
  'QUERY_NOT_ALLOWED',
  'QUERY_INVALID',
  'REQUEST_INVALID',
  'TYPE_UNKNOWN',
  'TYPE_UNSUPPORTED',
]

describe('on the embedded database', () => {
  const kinds = Map.groupBy(refusedTexts('SECRET'), ({ kind }) => kind)

  it.each([...kinds])('refuses what %s', { timeout: 300_000 }, async (_, texts) => {
    const wrong: unknown[] = []
    for (const [n, { text, ...hostile }] of texts.entries()) {
      const secret = attacked.secrets[n % 2] ?? ''
      const started = performance.now()
      const { ends, tells } = await attacked.attack({ ...hostile, text: text.replaceAll('SECRET', secret) })
      const tookMs = performance.now() - started
      if (!tells && tookMs < 10_000 && ends.every((code) => refusals.includes(code))) continue
      wrong.push({ text: text.slice(0, 200), ends, tells, tookMs })
    }
    expect(wrong).toEqual([])
    expect(await attacked.isUnharmed()).toBe(true)
  })

  it('lets through what is plain, and would notice a secret', async () => {
    await using server = await attacked.surroundings.server('embedded')
    const [row] = await server.rows<{ text: string }>(`SELECT file('${attacked.secrets[1] ?? ''}') AS text`)
    const plain = await attacked.attack({ kind: '', as: 'where', text: 'id = 1' })
    const told = await attacked.attack({ kind: '', as: 'query', text: `SELECT '${row?.text ?? ''}' AS a` })
    expect([plain, told]).toEqual([
      { ends: [null, null], tells: false },
      { ends: [null, null], tells: true },
    ])
  })

  it.each(bombs)('a $kind bomb ends, and the server lives on: $text', async (bomb) => {
    const started = performance.now()
    const { ends, tells } = await attacked.attack(bomb, 1500)
    expect(tells).toBe(false)
    // A preview may be done with the first rows.
    expect(['MEMORY_LIMIT', 'CANCELLED', 'RECORD_MALFORMED', 'TYPE_UNKNOWN']).toContain(ends[1])
    expect(performance.now() - started).toBeLessThan(15_000)
    expect(await attacked.isUnharmed()).toBe(true)
  })

  it('nobody waits for a preview for more than half a minute', async () => {
    const [bomb] = bombs.filter(({ kind }) => kind === 'time')
    const request = { source: { kind: 'query', server: 'embedded', sql: bomb?.text }, records: 5 }
    const started = performance.now()
    const { signal } = new AbortController()
    const look = preview(previewRequestSchema.parse(request), attacked.surroundings, signal)
    await expect(look).rejects.toThrow(/30/)
    expect(performance.now() - started).toBeLessThan(45_000)
  })
})

describe('the allow-list', () => {
  it('knows all of its functions that take a function by its name', async () => {
    await using server = await attacked.surroundings.server('embedded')
    const all = await server.rows<{ name: string }>('SELECT name FROM system.functions')
    const isUnknown = (call: string) =>
      server.ask(`SELECT ${call}`).then(
        () => false,
        (error: unknown) => (error as AppError).code === 'COLUMN_NOT_FOUND',
      )
    const found: string[] = []
    for (const { name } of all.filter((one) => allowedFunctions.has(one.name.toLowerCase()))) {
      const takesColumn = await isUnknown(`${name}(nowhere, [1])`)
      if (takesColumn && !(await isUnknown(`${name}(toString, [1])`))) found.push(name.toLowerCase())
    }
    expect(new Set(found)).toEqual(functionsOfFunctions)
  })
})

describe('names and values are only that', () => {
  it.each([
    '` FROM system.users --',
    '`; DROP TABLE sales; --',
    "' OR 1 --",
    "\\'); SELECT file('/etc/passwd') --",
    '\\',
    "a\\' b",
    'a\nSettings max_threads = 1',
    '{x:Identifier}',
    '$$',
    '/*',
    '--',
    "file('/etc/passwd')",
    '\0',
    '\u202e\u2028',
    'x'.repeat(300),
  ])('%j', async (name) => {
    const table = { kind: 'table', server: 'embedded', table: 'sales' }
    const looks = [
      { source: { ...table, table: name } },
      { source: { ...table, database: name } },
      { source: { ...table, as: name, joins: [{ kind: 'cross', table: 'sales', as: 'b' }] } },
      { source: table, sort: [{ column: name }] },
      { source: table, filter: { match: 'all', rules: [{ column: name, operator: '=', values: ['1'] }] } },
      { source: table, filter: { match: 'all', rules: [{ column: 'note', operator: '=', values: [name] }] } },
      { source: table, filter: { match: 'all', rules: [{ column: 'day', operator: 'in', values: [name] }] } },
    ]
    const { signal } = new AbortController()
    for (const request of looks) {
      const look = preview(
        previewRequestSchema.parse({ records: 5, ...request }),
        attacked.surroundings,
        signal,
      )
      const end = await look.catch((error: unknown) => error)
      if (end instanceof AppError) expect(end.code).not.toBe('INTERNAL')
      else expect(end).toMatchObject({ unfit: [] })
    }
    expect(await attacked.isUnharmed()).toBe(true)
  })

  it.each(['system', 'default', 'information_schema'])('no table of %s is read', async (database) => {
    const { signal } = new AbortController()
    const source = { kind: 'table', server: 'embedded', database, table: 'tables' }
    const joins = [{ kind: 'cross', database, table: 'tables' }]
    for (const one of [source, { kind: 'table', server: 'embedded', table: 'sales', joins }]) {
      const look = preview(
        previewRequestSchema.parse({ source: one, records: 5 }),
        attacked.surroundings,
        signal,
      )
      await expect(look).rejects.toMatchObject({ code: 'QUERY_NOT_ALLOWED' })
    }
  })
})

describe('on another server', () => {
  it('a text can only read, and only as the user of the connection', async () => {
    await using two = await openTwoServers([
      'CREATE TABLE sales ENGINE = MergeTree ORDER BY id AS SELECT number AS id FROM numbers(10)',
    ])
    const kinds = new Set(['is no SELECT', 'gets out of its parentheses', 'takes parameters'])
    const wrong: unknown[] = []
    for (const { kind, as, text } of refusedTexts('/etc/hostname')) {
      // What another server's user may read or explain there is that user's own business.
      if (!kinds.has(kind) || as === 'join' || text.includes('EXPLAIN')) continue
      const source = { kind: 'table', server: two.theirs, table: 'sales' }
      const transfer =
        as === 'query'
          ? { source: { kind: 'query', server: two.theirs, sql: text } }
          : { source, where: text }
      const end = await two.exported(transfer).then(
        ({ report }) => report.error?.code ?? null,
        () => 'REQUEST_INVALID' as const,
      )
      if (!refusals.includes(end) || end === null) wrong.push({ text, end })
    }
    expect(wrong).toEqual([])
    expect(existsSync('/tmp/flathouse-hostile-out')).toBe(false)
    const count = { source: { kind: 'query', server: two.theirs, sql: 'SELECT count() AS n FROM sales' } }
    expect((await two.exported(count)).lines).toEqual(['"n"', '10'])
    const reader = { ...two.theirs, user: 'reader' }
    const who = { source: { kind: 'query', server: reader, sql: 'SELECT currentUser() AS u' } }
    expect((await two.exported(who)).lines).toEqual(['"u"', '"reader"'])
  })
})
