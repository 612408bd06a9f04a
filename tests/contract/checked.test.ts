import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { identifier, literal } from '../../src/core/sql/index.ts'
import { pairs } from './checked-pairs.ts'
import { quoted, startChecked, type Reading } from './checked-support.ts'

let server: Awaited<ReturnType<typeof startChecked>>
beforeAll(async () => {
  server = await startChecked()
})
afterAll(() => server.stop())
const query = (sql: string) => server.query(sql)

const readChecked = (type: string, texts: readonly string[], timezone: string, shown?: Reading['shown']) =>
  server.readFields({ type, timezone, ...(shown && { shown }) }, texts.map(quoted))

const byType = Map.groupBy(pairs, ([type]) => type)

it('holds enough pairs, the silent changes of the design among them', () => {
  expect(pairs.length).toBeGreaterThanOrEqual(220)
  expect(pairs.filter(([, , , mark]) => mark === 'silent')).toHaveLength(8)
})

it.each([...byType])('%s: takes what fits and refuses the rest', async (type, rows) => {
  const texts = rows.map(([, text]) => text)
  const answers = await readChecked(type, texts, 'UTC')
  expect(answers).toHaveLength(rows.length)
  const show = (text: string, value: string | null) => `${JSON.stringify(text)} -> ${value ?? 'refused'}`
  const seen = answers.map(([n, value]) => show(texts[n] ?? '', value))
  expect(seen).toEqual(rows.map(([, text, expected]) => show(text, expected)))
})

it('reads a time without a zone in the zone of the target server, inside arrays too', async () => {
  const noon = '2024-07-01 12:00:00'
  const instant = String(Date.parse('2024-07-01T10:00:00Z') / 1000)
  const unix = (before: string, after: string) => (value: string) =>
    `toString(toUnixTimestamp(${before}${value}${after}))`
  expect(await readChecked('DateTime', [noon], 'Europe/Berlin', unix('', ''))).toEqual([[0, instant]])
  expect(await readChecked('DateTime64(3)', [noon], 'Europe/Berlin', unix('', ''))).toEqual([[0, instant]])
  for (const [type, text, after, before] of [
    ['Array(DateTime)', `['${noon}']`, '[1]', ''],
    ['Array(DateTime64(3))', `['${noon}.000']`, '[1]', ''],
    ['Tuple(a DateTime, b Int8)', `('${noon}',1)`, '.1', ''],
    ['Map(String, Nullable(DateTime))', `{'a':'${noon}'}`, `['a'])`, 'assumeNotNull('],
  ] as const)
    expect(await readChecked(type, [text], 'Europe/Berlin', unix(before, after)), type).toEqual([
      [0, instant],
    ])
})

it('keeps the two instants of an ambiguous local time apart', async () => {
  const texts = ['2024-10-27T02:30:00+02:00', '2024-10-27T02:30:00+01:00']
  const answers = await readChecked(
    "DateTime('Europe/Berlin')",
    texts,
    'UTC',
    (value) => `toString(toUnixTimestamp(${value}))`,
  )
  expect(answers.map(([, value]) => value)).toEqual(texts.map((text) => String(Date.parse(text) / 1000)))
})

/** Text with every character that has ever broken a quoting function, and any other. */
const hostile = fc.array(
  fc.oneof(
    fc.constantFrom(
      "'",
      '"',
      '`',
      '\\',
      '\n',
      '\r',
      '\t',
      '\b',
      '--',
      ';--',
      '/*',
      '*/',
      '{a:Int8}',
      '%',
      '🙂',
      '\u2028',
    ),
    fc.constantFrom(
      "\\'",
      '\\`',
      '``',
      "''",
      '\\0',
      '\\N',
      '\\x41',
      '\0',
      '$$',
      '?',
      '\ufeff',
      '’',
      '#',
      '.',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
  ),
  { minLength: 1, maxLength: 8 },
)
const hex = (text: string) => Buffer.from(text).toString('hex').toUpperCase()

it('literal() gives every text back byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 20 }), async (samples) => {
      const texts = samples.map((parts) => parts.join(''))
      const sql = `SELECT arrayJoin([${texts.map(literal).join(', ')}]) AS x, hex(x) FORMAT JSONCompact`
      const answer = JSON.parse(await query(sql)) as { data: [string, string][] }
      expect(answer.data).toEqual(texts.map((text) => [text, hex(text)]))
    }),
    { numRuns: 100, examples: [[[['\0', "';--"]]], [[['\\', "'"]]]] },
  )
})

it('identifier() names a table and a column exactly', async () => {
  let tables = 0
  await fc.assert(
    fc.asyncProperty(hostile, hostile, async (tableParts, columnParts) => {
      // ClickHouse keeps names in files and ends them at NUL; a table's name is also a file's name.
      const clean = (parts: string[]) => parts.join('').replaceAll('\0', '')
      const table = `t${++tables} ${clean(tableParts)}`
      const column = clean(columnParts) || 'c'
      const name = `main.${identifier(table)}`
      await query(`CREATE TABLE ${name} (${identifier(column)} Int8, other Int8) ENGINE = Memory`)
      await query(`INSERT INTO ${name} (${identifier(column)}) VALUES (7)`)
      expect((await query(`SELECT ${identifier(column)} FROM ${name}`)).trim()).toBe('7')
      const found = await query(
        `SELECT hex(table), hex(name) FROM system.columns WHERE database = 'main' AND position = 1 FORMAT TSV`,
      )
      expect(found.trim()).toBe(`${hex(table)}\t${hex(column)}`)
      await query(`DROP TABLE ${name} SYNC`)
    }),
    {
      numRuns: 60,
      examples: [
        [['`;--'], ["a`b\\'\n🙂"]],
        [['"'], ['"; DROP TABLE x --']],
      ],
    },
  )
})
