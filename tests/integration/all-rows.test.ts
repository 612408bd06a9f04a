import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema, type Report } from '../../src/shared/index.ts'
import { password, startServer, type TestServer } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'

/** More than one block has, because a limit counts only at the end of one. */
const rows = 200_000
const breaking = { max_result_rows: 1000, result_overflow_mode: 'break' }
let folder: string
let theirs: TestServer
let surroundings: Surroundings & AsyncDisposable

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flathouse-rows-'))
  theirs = await startServer([
    { name: 'limited', password, settings: { limit: 10, offset: 5 } },
    {
      name: 'breaking',
      password,
      settings: { ...breaking, max_rows_to_read: 1000, read_overflow_mode: 'break' },
    },
    { name: 'limited_reader', password, readonly: true, settings: { limit: 10 } },
    { name: 'breaking_reader', password, readonly: true, settings: breaking },
  ])
  surroundings = await openSurroundings({ dataDir: join(folder, 'data'), password }, {})
  await theirs.server.command(
    `CREATE TABLE t ENGINE = MergeTree ORDER BY id AS SELECT toUInt32(number) AS id FROM numbers(${rows})`,
  )
  writeFileSync(path('in.csv'), `id\n${Array.from({ length: rows }, (_, n) => `${n}\n`).join('')}`)
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
  removeFolder(folder)
})

const path = (name: string) => join(folder, name)
const table = (name: string, as: object) => ({
  ...{ kind: 'table', table: name },
  server: { ...theirs.connection, ...as },
})

function run(transfer: object): Promise<Report> {
  const { signal } = new AbortController()
  return runTransfer(transferSchema.parse(transfer), surroundings, { signal, onEvent: () => undefined })
}

const exporting = (as: object, verify = 'count') =>
  run({
    direction: 'export',
    source: table('t', as),
    target: { kind: 'file', path: path('out.csv') },
    verify,
  })

it.each(['limit', 'offset', 'result_overflow_mode', 'timeout_overflow_mode_leaf'])(
  '%s cannot be given',
  async (name) => {
    const { error } = await exporting({ settings: { max_result_rows: '1000', [name]: '1' } })
    expect(error).toMatchObject({ code: 'USAGE' })
    expect(error?.message).toContain(`The setting ${name} cannot be given`)
  },
)

it('a limit in the profile leaves out nothing', async () => {
  const user = 'limited'
  for (const verify of ['count', 'checksum']) {
    expect(await exporting({ user }, verify)).toMatchObject({
      error: null,
      rowsRead: rows,
      rowsWritten: rows,
    })
    expect(readFileSync(path('out.csv'), 'utf8').split('\n')).toHaveLength(rows + 2)
  }
  await theirs.server.command('CREATE OR REPLACE TABLE into AS t ENGINE = MergeTree ORDER BY id')
  for (const [onError, held] of [
    ['stop', rows],
    ['skip', 2 * rows],
  ]) {
    const source = { kind: 'file', path: path('in.csv') }
    const report = await run({ direction: 'import', source, target: table('into', { user }), onError })
    expect(report).toMatchObject({ error: null, rowsWritten: rows })
    expect(await theirs.server.rows('SELECT toUInt32(count()) AS n FROM into')).toEqual([{ n: held }])
  }
})

it('what goes beyond a limit that would end it in silence fails', async () => {
  rmSync(path('out.csv'), { force: true })
  const { error } = await exporting({ user: 'breaking' }, 'checksum')
  expect(error).toMatchObject({ code: 'SERVER_REFUSED' })
  expect(error?.message).toContain('Limit for')
  expect(existsSync(path('out.csv'))).toBe(false)
})

it.each([
  ['limited_reader', 'limit'],
  ['breaking_reader', 'result_overflow_mode'],
])('who cannot have all rows is told: %s', async (user, setting) => {
  const { error } = await exporting({ user })
  expect(error).toMatchObject({ code: 'ACCESS_DENIED' })
  expect(error?.message).toContain(setting)
})
