import { closeSync, fsyncSync, openSync, statSync } from 'node:fs'
import { literal } from '../src/core/sql/index.ts'
import type { Server } from './stage.ts'

/** One of each kind that real files hold: integers, times, few distinct texts, NULLs, texts that need their quotes. */
const columns: readonly { name: string; type: string; value: string }[] = [
  { name: 'id', type: 'UInt64', value: 'number' },
  { name: 'user_id', type: 'UInt32', value: `${random(1)} % 5000000` },
  { name: 'ts', type: 'DateTime', value: `toDateTime('2020-01-01') + ${random(2)} % 157680000` },
  { name: 'day', type: 'Date', value: `toDate('2020-01-01') + ${random(3)} % 1825` },
  { name: 'category', type: 'LowCardinality(String)', value: pick(4, ['alpha', 'beta', 'gamma', 'delta']) },
  { name: 'price', type: 'Float64', value: `(${random(5)} % 100000000) / 1000` },
  {
    name: 'qty',
    type: 'Nullable(Int32)',
    value: `if(${random(6)} % 20 = 0, NULL, ${random(7)} % 2000 - 1000)`,
  },
  { name: 'city', type: 'String', value: pick(8, ['Berlin', 'San Jose, CA', 'Zürich', 'Paris "Nord", FR']) },
  { name: 'note', type: 'String', value: `concat('note, ', hex(${random(9)}), ' ', hex(${random(10)}))` },
  { name: 'flag', type: 'UInt8', value: `${random(11)} % 2` },
]

/** The same number for the same row and seed, on every machine. */
function random(seed: number): string {
  return `sipHash64(number, ${seed})`
}

function pick(seed: number, texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}][${random(seed)} % ${texts.length} + 1]`
}

const structure = columns.map(({ name, type }) => `${name} ${type}`).join(', ')

export const tableDefinition = `(${structure}) ENGINE = MergeTree ORDER BY id`

/** The file with its types given and nothing checked: the least that any import has to do. */
export const typedFile = (path: string): string =>
  `file(${literal(path)}, 'CSVWithNames', ${literal(structure)})`

/** Writes the first `rows` records to a CSV file, always the same bytes; answers how many bytes. */
export async function generate(server: Pick<Server, 'run'>, path: string, rows: number): Promise<number> {
  const values = columns.map(({ name, value }) => `${value} AS ${name}`).join(', ')
  await server.run(`INSERT INTO FUNCTION ${typedFile(path)} SELECT ${values} FROM numbers(${rows})`)
  return written(path)
}

/** One record in so many is bad: its `qty` is too large. */
const badEvery = 10_000
export const isGood = `id % ${badEvery} != ${badEvery / 2}`

/** The same file with bad records in it. */
export async function generateBad(server: Pick<Server, 'run'>, path: string, rows: number): Promise<number> {
  const wide = structure.replace('Nullable(Int32)', 'Nullable(Int64)')
  const values = columns.map(({ name, value }) =>
    name === 'qty'
      ? `if(number % ${badEvery} = ${badEvery / 2}, 5000000000, ${value}) AS qty`
      : `${value} AS ${name}`,
  )
  const file = `file(${literal(path)}, 'CSVWithNames', ${literal(wide)})`
  await server.run(`INSERT INTO FUNCTION ${file} SELECT ${values.join(', ')} FROM numbers(${rows})`)
  return written(path)
}

function written(path: string): number {
  // Written back now, and not during the first measurement.
  const file = openSync(path, 'r')
  fsyncSync(file)
  closeSync(file)
  return statSync(path).size
}

/** count() and checksum of a table or a file. In a tuple, because one NULL makes cityHash64(*) NULL, which sum() skips. */
export const fingerprint = (relation: string): string =>
  `SELECT count(), sum(cityHash64(tuple(*))) FROM ${relation}`
