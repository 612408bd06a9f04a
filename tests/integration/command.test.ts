import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { runCli } from '../../src/cli/index.ts'
import { openSurroundings } from '../../src/main/open.ts'
import { viewPlan } from '../../src/runs/index.ts'
import { transferSchema, type PlanView, type TransferInput } from '../../src/shared/index.ts'
import { House } from '../support/cli.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'

let house: House
let theirs: TestServer
let surroundings: Awaited<ReturnType<typeof openSurroundings>>
const { signal } = new AbortController()

beforeAll(async () => {
  house = new House()
  theirs = await startServer()
  surroundings = await openSurroundings({ dataDir: house.data, password }, {})
  house.write('small.csv', 'id,kind,note\n1,2,x\n')
  house.write("it's; $(odd) é.csv", '"a,b";c=d;-e\n1;2;3\n')
  house.write('bare.tsv', '1\tx\tNA\n')
  await using server = await surroundings.server('embedded')
  await server.command('CREATE TABLE t (id UInt32, kind UInt8, note String) ENGINE = MergeTree ORDER BY id')
  await server.command(
    'CREATE TABLE `we.ird``n` (id UInt8, "a,b" String, `-e` String) ENGINE = MergeTree ORDER BY id',
  )
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
  await house[Symbol.asyncDispose]()
})

const notHere = () => Promise.reject(new Error('not here'))

/** What the command line makes of the words that a shell would make of the line. */
async function parsedByCli(line: string): Promise<string> {
  const [, document] = /^flathouse run - <<'END'\n([\s\S]*\n)END$/.exec(line) ?? []
  const words =
    document === undefined ? shellWords(line).slice(1) : ['run', house.path(house.write('t.yaml', document))]
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const context = {
    open: () => Promise.resolve({ ...surroundings, [Symbol.asyncDispose]: () => Promise.resolve() }),
    serve: notHere,
    access: notHere,
    rotateKey: notHere,
    stdin: process.stdin,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    signal,
  }
  const code = await runCli([...words, '--dry-run', '--json'], '0', context)
  const answer = String(stdout.read())
  expect([code, String(stderr.read() ?? ''), answer.slice(0, 200)]).toEqual([0, '', expect.any(String)])
  return (JSON.parse(answer) as PlanView).yaml
}

/** As POSIX cuts them, with single quotes alone. */
function shellWords(line: string): string[] {
  return [...line.matchAll(/(?:[^\s'\\]|'[^']*'|\\.)+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|\\(.)/g, (_, quoted?: string, escaped?: string) => quoted ?? escaped ?? ''),
  )
}

describe('the line for a shell', () => {
  const file = (path: string, more: object = {}) => ({
    kind: 'file' as const,
    path: house.path(path),
    ...more,
  })
  const embedded = (table: string) => ({ kind: 'table' as const, server: 'embedded', table })
  const cases: [string, () => TransferInput, boolean][] = [
    [
      'an import',
      () => ({ direction: 'import', source: file('small.csv'), target: embedded('fresh') }),
      true,
    ],
    [
      'one with everything',
      () => ({
        direction: 'import',
        source: file("it's; $(odd) é.csv", {
          dialect: { delimiter: ';', quote: '"', header: true, skipLines: 0, nullTokens: ['', '-'] },
          encoding: 'binary',
        }),
        target: { kind: 'table', server: theirs.connection, database: 'main', table: 'a.b`c' },
        mode: 'create',
        engine: 'ReplacingMergeTree',
        orderBy: ['x, y'],
        columns: ['a,b', '-e'],
        map: [{ source: 'a,b', target: 'x, y' }],
        types: [{ column: 'a,b', type: 'Decimal(9, 2)' }],
        verify: 'checksum',
      }),
      true,
    ],
    [
      'one with readings and limits',
      () => ({
        direction: 'import',
        source: file('small.csv', { dialect: { lineTerminator: '\n', escape: 'double', footerLines: 0 } }),
        target: embedded('fresh'),
        partitionBy: { column: 'kind', by: 'value' },
        readings: [
          { column: 'id', layout: '1,234.5', nullTokens: ['n/a', ''], misfit: 'default' },
          { column: 'note', nullTokens: ['-'] },
        ],
        onError: 'skip',
        rejectLimit: { records: 5, share: 0.01 },
      }),
      true,
    ],
    [
      'a TSV',
      () => ({
        direction: 'import',
        source: file('bare.tsv', {
          dialect: { delimiter: '\t', quote: null, escape: 'backslash', header: false, nullTokens: ['NA'] },
        }),
        target: embedded('fresh'),
      }),
      true,
    ],
    [
      'a renaming that has no words',
      () => ({
        direction: 'import',
        source: file("it's; $(odd) é.csv"),
        target: embedded('fresh'),
        map: [{ source: 'c=d', target: 'c' }],
      }),
      false,
    ],
    [
      'an export',
      () => ({
        direction: 'export',
        source: embedded('t'),
        target: file('out.tsv.gz', { dialect: { lineTerminator: undefined, nullTokens: ['NA'] } }),
        where: "note != 'it''s' -- $HOME",
        sort: [{ column: 'kind', descending: true }, { column: 'id' }],
        limit: 5,
        split: { rows: 1000, bytes: 2_500_000_000 },
        columns: ['id'],
        verify: 'none',
      }),
      true,
    ],
    [
      'an export in another dialect',
      () => ({
        direction: 'export',
        source: embedded('t'),
        target: file('out.txt', {
          dialect: { delimiter: '||', quote: "'", quoting: 'always', lineTerminator: '\r\n', decimal: ',' },
          encoding: 'windows-1252',
        }),
      }),
      true,
    ],
    [
      'a query',
      () => ({
        direction: 'export',
        source: { kind: 'query', server: theirs.connection, sql: "SELECT 1 AS a,\n'\"' AS b" },
        target: file('q.csv'),
      }),
      true,
    ],
    [
      'a connection with everything',
      () => ({
        direction: 'export',
        source: {
          kind: 'query',
          server: {
            ...theirs.connection,
            connectTimeout: 5,
            requestTimeout: 60,
            settings: { max_threads: '2', log_comment: "it's = a -- test" },
          },
          sql: 'SELECT 1',
        },
        target: file('q.csv'),
      }),
      true,
    ],
    [
      'a join with a filter',
      () => ({
        direction: 'export',
        source: {
          ...embedded('t'),
          joins: [
            {
              kind: 'left',
              table: 't',
              as: 'u',
              on: [{ left: { table: 't', column: 'id' }, right: 'id' }],
              condition: "u.note = 'END'\n-- END",
            },
          ],
        },
        filter: {
          match: 'any',
          rules: [
            { column: 'u_note', operator: 'is null' },
            { column: 'id', operator: 'in', values: ['1', '2'] },
          ],
        },
        target: file('j.csv'),
      }),
      false,
    ],
    [
      'odd names',
      () => ({
        direction: 'export',
        source: embedded('we.ird`n'),
        columns: ['a,b', '-e'],
        target: file('w.csv'),
      }),
      true,
    ],
    [
      'an order by what begins with a dash',
      () => ({
        direction: 'export',
        source: embedded('we.ird`n'),
        sort: [{ column: '-e' }],
        target: file('w.csv'),
      }),
      false,
    ],
    [
      'a conversion',
      () => ({
        direction: 'convert',
        source: file('small.csv'),
        target: file('c.txt', { dialect: { delimiter: '|' } }),
        types: true,
      }),
      true,
    ],
    [
      'a conversion from one dialect into another',
      () => ({
        direction: 'convert',
        source: file('small.csv', { dialect: { quote: '"', padding: false }, encoding: 'utf-8' }),
        target: file('c.csv', {
          dialect: { delimiter: ';', header: false, dateLayout: 'DD.MM.YYYY' },
          encoding: 'utf-16le',
        }),
        types: true,
      }),
      true,
    ],
  ]

  it.each(cases)('of %s says the same to the command line', async (_, input, hasWords) => {
    const view = await viewPlan(transferSchema.parse(input()), surroundings, signal)
    expect(view.command.startsWith('flathouse run - <<')).toBe(!hasWords)
    const parsed = (yaml: string) => transferSchema.parse(parse(yaml))
    expect(parsed(await parsedByCli(view.command))).toEqual(parsed(view.yaml))
    expect(parsed(view.yaml)).toEqual(transferSchema.parse(input()))
    expect(await parsedByCli(`flathouse run - <<'END'\n${view.yaml}END`)).toBe(view.yaml)
  })
})

describe('flathouse run', () => {
  it.each([
    ['direction: import\n', 'source is missing'],
    ['a: [\n', 'is not YAML'],
    ['direction: sideways\n', 'direction'],
    ['', 'is no transfer'],
    [
      'direction: convert\nsource: {kind: file, path: a}\ntarget: {kind: file, path: b, extra: 1}\n',
      'target',
    ],
  ])('refuses %j in one sentence', async (document, words) => {
    house.write('bad.yaml', document)
    const { exitCode, stderr } = await house.run(['run', 'bad.yaml'])
    expect(exitCode).toBe(2)
    expect(stderr.split('\n')[0]).toContain('bad.yaml')
    expect(stderr.split('\n')[0]).toContain(words)
  })

  it('runs what it reads', async () => {
    const transfer = transferSchema.parse({
      direction: 'import',
      source: { kind: 'file', path: house.path('small.csv') },
      target: { kind: 'table', server: 'embedded', table: 'ran' },
    })
    const { yaml } = await viewPlan(transfer, surroundings, signal)
    house.write('run.yaml', yaml)
    const { exitCode, report } = await house.transfer(['run', 'run.yaml'])
    expect([exitCode, report.status, report.rowsWritten]).toEqual([0, 'completed', 1])
  })

  it('says which saved connection it does not know', async () => {
    const { exitCode, stderr } = await house.run(['export', 't', '--to', 'x.csv', '--connection', 'nope'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('"nope"')
  })
})
