import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Server } from '../../src/clickhouse/index.ts'
import type { Commit, TransferInput } from '../../src/shared/index.ts'
import type { House } from './cli.ts'

/** Which transfers are struck, what they move, and how to see whether they have. */

const rows = 30_000
const partitions = 6
const oldRows = 600
const textOf = (id: number) => `text ${(id * 7919) % 100_003}`
const records = (separator: string, rejects: boolean) =>
  Array.from({ length: rows }, (_, id) => {
    const record = [id, id % partitions, textOf(id)].join(separator)
    return rejects && id % 5000 === 4321 ? `${record}\nno number${separator}1${separator}x\n` : `${record}\n`
  }).join('')
const head = ['id', 'p', 'text']
const plain = `${head.join(',')}\n${records(',', false)}`

/** What is read: as ClickHouse can, compressed, and as only the normaliser can; each with and without rejects. */
const inputs = ['in.csv', 'in.csv.gz', 'in.txt'] as const

export function writeInputs(house: House): void {
  for (const [prefix, rejects] of [
    ['', false],
    ['bad-', true],
  ] as const) {
    const text = `${head.join(',')}\n${records(',', rejects)}`
    house.write(`${prefix}in.csv`, text)
    house.write(`${prefix}in.csv.gz`, gzipSync(text))
    house.write(`${prefix}in.txt`, `${head.join('||')}\n${records('||', rejects)}`)
  }
}
const isInput = (name: string): boolean => /^(bad-)?in\.(csv|csv\.gz|txt)$/.test(name)

export type Place = 'theirs' | 'embedded'
const allPlaces: readonly Place[] = ['theirs', 'embedded']

export interface KillKind {
  name: string
  /** Of the table: the target of an import, the source of an export. */
  places: readonly Place[]
  /** On each of the places, once. */
  create: string[]
  /** Before each round. */
  reset: string[]
  /** What such a run must say that it did. */
  commit: Commit
  draw(place: Place, random: () => number): TransferInput
  /** `before`, `after`, or what is there instead. */
  state(server: Server, house: House): Promise<string>
}

const columns = '(id UInt32, p UInt8, text String) ENGINE = MergeTree ORDER BY id'
const given = `SELECT number AS id, number % ${partitions} AS p, concat('text ', toString(number * 7919 % 100003)) AS text FROM numbers(${rows})`
const old = `SELECT 1000000 + number AS id, number % ${partitions} AS p, 'old' AS text FROM numbers(${oldRows})`
/** Whatever types a new table has got. */
const sums = `concat(toString(count()), ' rows, ', toString(uniqExact(id)), ' different, ',
  toString(sum(cityHash64(toString(id), toString(p), toString(text)))))`

async function sumOf(server: Server, relation: string): Promise<string> {
  const [row] = await server.rows<{ sum: string }>(`SELECT ${sums} AS sum FROM ${relation}`)
  return row?.sum ?? ''
}

export function pick<const T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T
}

interface TableKind {
  name: string
  table: string
  commit: Commit
  mode?: 'create' | 'append' | 'replace'
  places?: readonly Place[]
  create?: string[]
  reset: string[]
  /** Saved connection. */
  as?: string
  /** The rows before and after. */
  before: string | undefined
  after: string
}

const both = `(${old} UNION ALL ${given})`

function tableKind({
  name,
  table,
  mode = 'append',
  places = allPlaces,
  create = [],
  ...kind
}: TableKind): KillKind {
  return {
    name,
    places,
    create,
    reset: kind.reset,
    commit: kind.commit,
    draw(place, random) {
      const mayDraw = kind.commit !== 'single-block'
      const skip = mayDraw && random() < 0.4
      const input = mayDraw ? pick(inputs, random) : pick(['in.csv', 'in.txt'], random)
      return {
        direction: 'import',
        source: { kind: 'file', path: `${skip ? 'bad-' : ''}${input}` },
        target: { kind: 'table', server: place === 'embedded' ? place : (kind.as ?? 'theirs'), table },
        mode,
        ...(mode === 'create' && { types: [{ column: 'id', type: 'UInt32' }] }),
        onError: skip ? 'skip' : 'stop',
        verify: pick(['count', 'count', 'checksum'], random),
      }
    },
    async state(server) {
      const there = (await server.tables(server.database)).some((found) => found.table === table)
      const now = there ? await sumOf(server, table) : undefined
      if (now === (kind.before && (await sumOf(server, kind.before)))) return 'before'
      if (now === (await sumOf(server, kind.after))) return 'after'
      return now ?? 'no table'
    },
  }
}

const refilled = (table: string) => [`TRUNCATE TABLE ${table} SYNC`, `INSERT INTO ${table} ${old}`]
const partitioned = (table: string) => `CREATE TABLE ${table} ${columns} PARTITION BY p`

const tableKinds = [
  tableKind({
    ...{ name: 'append', table: 'append', commit: 'partition-move', before: `(${old})`, after: both },
    create: [partitioned('append')],
    reset: refilled('append'),
  }),
  tableKind({
    ...{
      name: 'append with a view',
      table: 'viewed',
      commit: 'insert-select',
      before: `(${old})`,
      after: both,
    },
    create: [
      partitioned('viewed'),
      `CREATE TABLE seen ${columns}`,
      'CREATE MATERIALIZED VIEW view TO seen AS SELECT * FROM viewed',
    ],
    reset: ['TRUNCATE TABLE seen SYNC', ...refilled('viewed')],
  }),
  tableKind({
    ...{
      name: 'create',
      table: 'fresh',
      commit: 'rename',
      mode: 'create',
      before: undefined,
      after: `(${given})`,
    },
    reset: ['DROP TABLE IF EXISTS fresh SYNC'],
  }),
  tableKind({
    ...{ name: 'replace', table: 'swapped', commit: 'exchange', mode: 'replace' },
    ...{ before: `(${old})`, after: `(${given})` },
    create: [partitioned('swapped')],
    reset: refilled('swapped'),
  }),
  tableKind({
    ...{
      name: 'append without rights',
      table: 'block',
      commit: 'single-block',
      as: 'writer',
      places: ['theirs'],
    },
    ...{ before: `(${old})`, after: both },
    create: [`CREATE TABLE block ${columns}`],
    reset: refilled('block'),
  }),
]

/** What was there. */
const oldText = 'as it was\n'
const outputs = ['out.csv', 'out.csv.gz', 'out.tsv'] as const

const exporting = (server: Place) => ({
  direction: 'export' as const,
  source: { kind: 'table' as const, server, table: 'given' },
  sort: [{ column: 'id' }],
})
const givenTable = [`CREATE TABLE given ${columns}`, `INSERT INTO given ${given}`]

/** The text of a file that was written, as `plain` is. */
function textIn(house: House, name: string): string {
  const bytes = readFileSync(house.path(name))
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  return text.replaceAll('"', '').replaceAll('\t', ',')
}

function fileState(house: House): string {
  const names = readdirSync(house.files).filter((name) => name.startsWith('out') && !name.endsWith('.part'))
  const texts = names.map((name) => textIn(house, name))
  const [changed] = texts.filter((text) => text !== oldText)
  if (changed === undefined) return names.length === outputs.length ? 'before' : `only ${names.join(', ')}`
  return changed === plain ? 'after' : `a file of ${changed.length} characters`
}

const splitRows = 8000
function splitState(house: House): string {
  const names = readdirSync(house.files).filter(
    (name) => name.startsWith('pieces') && !name.endsWith('.part'),
  )
  if (names.length === 0) return 'before'
  const pieces = names.filter((name) => !name.endsWith('.json')).sort()
  const isWhole = names.includes('pieces.manifest.json')
  const header = `${head.join(',')}\n`
  const text = header + pieces.map((name) => textIn(house, name).slice(header.length)).join('')
  return isWhole && text === plain ? 'after' : `${names.join(', ')}: ${text.length} characters`
}

const fileKinds: KillKind[] = [
  {
    ...{ name: 'export', places: allPlaces, create: givenTable, reset: [], commit: 'file-rename' },
    draw: (place, random) => ({
      ...exporting(place),
      target: {
        kind: 'file',
        path: pick(outputs, random),
        dialect: random() < 0.3 ? { quoting: 'always' } : {},
      },
      verify: pick(['count', 'checksum'], random),
    }),
    state: (_, house) => Promise.resolve(fileState(house)),
  },
  {
    ...{ name: 'split export', places: allPlaces, create: [], reset: [], commit: 'file-rename' },
    draw: (place, random) => ({
      ...exporting(place),
      target: { kind: 'file', path: pick(['pieces.csv', 'pieces.csv.gz'], random) },
      split: { rows: splitRows },
    }),
    state: (_, house) => Promise.resolve(splitState(house)),
  },
  {
    ...{ name: 'convert', places: ['embedded'], create: [], reset: [], commit: 'file-rename' },
    draw: (_, random) => ({
      direction: 'convert',
      source: { kind: 'file', path: pick(inputs, random) },
      target: { kind: 'file', path: pick(outputs, random) },
    }),
    state: (_, house) => Promise.resolve(fileState(house)),
  },
]

export const killKinds: readonly KillKind[] = [...tableKinds, ...fileKinds]

/** Puts the files there that exports replace, and none of those that they add. */
export function resetOutputs(house: House, remove: (name: string) => void): void {
  for (const name of readdirSync(house.files)) if (!isInput(name)) remove(name)
  for (const name of outputs) house.write(name, name.endsWith('.gz') ? gzipSync(oldText) : oldText)
}
