import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSurroundings } from '../../src/main/open.ts'
import { inspectFile, type Surroundings } from '../../src/runs/index.ts'
import { fileEndSchema } from '../../src/shared/index.ts'
import { password } from '../support/clickhouse-server.ts'
import { removeFolder } from '../support/folder.ts'

const examples = fileURLToPath(new URL('../../examples/ugly/', import.meta.url))
let folder: string
let surroundings: Surroundings & AsyncDisposable

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flathouse-ugly-'))
  surroundings = await openSurroundings({ dataDir: join(folder, 'data'), password }, {})
})

afterAll(async () => {
  await surroundings[Symbol.asyncDispose]()
  removeFolder(folder)
})

/** The file, its encoding, its columns, how many records it has, and what is said about it. */
const files: [string, string, string, number, string][] = [
  [
    'shops-shift-jis.csv',
    'shift_jis',
    '店舗 商品 日付 数量 金額 備考',
    40,
    'reads like shift_jis (Japanese)',
  ],
  ['bank-utf16.csv', 'utf-16le', 'Buchungstag Empfänger Verwendungszweck Betrag', 30, 'first 3 lines are no'],
  [
    'report.csv',
    'utf-8',
    'Station|Spring Samples|Spring Chloride (mg/l)|Autumn Samples|Autumn Chloride (mg/l)',
    8,
    '3 lines from line 14 on are no records: "Total,',
  ],
  [
    'tickets.txt',
    'utf-8',
    'ticket opened by subject hours',
    30,
    '`||` gives 5 fields on every one of 31 lines',
  ],
  ['library.csv', 'utf-8', 'id title shelf lent', 30, "Fields are in `'` quotes"],
  ['departures.txt', 'utf-8', 'Train To Leaves Track Late', 25, 'Blanks around the fields only align them'],
  [
    'two-tables.csv',
    'utf-8',
    'Parcel|Depot|Sent|Weight (kg)|Price',
    30,
    'The file holds several tables: the one at line 6',
  ],
  [
    'parts.csv',
    'utf-8',
    'part size material stock remark',
    40,
    'lack fields at the end, which are read as NULL',
  ],
  ['sensors.psv', 'utf-8', 'time gauge level battery', 40, 'Lines that begin with `#` are comments'],
  ['old-mac.csv', 'macintosh', 'Name Straße Ort Seit', 25, 'The encoding macintosh'],
]

it.each(files)('%s', async (name, encoding, columns, records, said) => {
  const end = fileEndSchema.parse({ kind: 'file', path: examples + name })
  const found = await inspectFile(end, surroundings, {
    signal: new AbortController().signal,
    onProgress: () => undefined,
  })
  expect([found.encoding, found.records]).toEqual([encoding, records])
  expect(found.columns.map((column) => column.name)).toEqual(columns.split(columns.includes('|') ? '|' : ' '))
  expect([...found.reasons, ...found.warnings].join('\n')).toContain(said)
})
