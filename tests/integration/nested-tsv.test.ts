import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { runTransfer, type Surroundings } from '../../src/runs/index.ts'
import { transferSchema, type Report } from '../../src/shared/index.ts'
import { removeFolder } from '../support/folder.ts'

const columns = 'id UInt8, text String, words Array(String), pairs Nested(n Int8, word String)'
const rows = String.raw`(1, 'C:\\new\t', ['it\'s', 'a\',\'b'], [(1, 'tab\t\\'), (2, '\'')]), (2, '\\N', ['\n'], [])`
const header = 'id\ttext\twords\tpairs\n'
const good = "1\ta\t['it\\'s']\t[]\n"

let folder: string
let surroundings: Surroundings & AsyncDisposable

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flathouse-nested-'))
  surroundings = await openSurroundings({ dataDir: join(folder, 'data') }, {})
  await using server = await surroundings.server('embedded')
  for (const table of ['first', 'again', 'strict']) {
    const sql = `CREATE TABLE ${table} (${columns}) ENGINE = MergeTree ORDER BY id`
    await server.command(sql, { settings: { flatten_nested: 0 } })
  }
  await server.command(`INSERT INTO first VALUES ${rows}`)
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  removeFolder(folder)
})

const tableEnd = (table: string) => ({ kind: 'table', server: 'embedded', table })
const fileEnd = (name: string, dialect = {}) => ({ kind: 'file', path: join(folder, name), dialect })

function run(direction: string, source: object, target: object): Promise<Report> {
  const transfer = transferSchema.parse({ direction, source, target, verify: 'checksum' })
  const options = { signal: new AbortController().signal, onEvent: () => undefined }
  return runTransfer(transfer, surroundings, options)
}

it('nested columns come back from a TSV that ClickHouse reads too', async () => {
  expect((await run('export', tableEnd('first'), fileEnd('first.tsv'))).error).toBeNull()
  expect((await run('import', fileEnd('first.tsv'), tableEnd('again'))).error).toBeNull()
  expect((await run('export', tableEnd('again'), fileEnd('again.tsv'))).error).toBeNull()
  const text = readFileSync(join(folder, 'first.tsv'), 'utf8')
  expect(readFileSync(join(folder, 'again.tsv'), 'utf8')).toBe(text)
  await using server = await surroundings.server('embedded')
  await server.command(`INSERT INTO strict FORMAT TSVWithNames\n${text}`)
  const read = (table: string) => server.rows(`SELECT * FROM ${table} ORDER BY id`)
  expect(await read('again')).toEqual(await read('first'))
  expect(await read('strict')).toEqual(await read('first'))
})

const misfit = (column: string) => new RegExp(`^.*bad.tsv, line 3, column "${column}": .* does not fit `)
it.each([
  ['a line end', "2\ta\t['b']\t[]\\\n", misfit('pairs')],
  ['a line end inside a text', '2\ta\\\nb\t[]\t[]\n', /bad.tsv, line 3: the record /],
  ['a tab', '2\ta\\\tb\t[]\t[]\n', /bad.tsv, line 3: the record /],
  ['a tab where a field is missing', "2\ta\\\t['b']\t[]\n", misfit('text')],
  ['no letter of an escape', '2\t\\d\t[]\t[]\n', misfit('text')],
  ['no letter of an escape, nested', "2\ta\t['\\d']\t[]\n", misfit('words')],
])('a backslash before %s is refused with its line', async (_, record, message) => {
  writeFileSync(join(folder, 'bad.tsv'), header + good + record + good)
  const dialect = { delimiter: '\t', quote: null, escape: 'backslash', header: true }
  const { error } = await run('import', fileEnd('bad.tsv', dialect), tableEnd('again'))
  expect(error?.message).toMatch(message)
})
