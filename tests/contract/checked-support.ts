import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { literal, type Settings } from '../../src/core/sql/index.ts'
import { checkedReader, type CheckedField } from '../../src/core/transfer/index.ts'
import { launchServer } from '../../src/embedded/index.ts'
import type { Dialect, Reading as ColumnReading } from '../../src/shared/index.ts'
import { removeFolder } from '../support/folder.ts'

/** The answer for NULL, as ClickHouse prints it. */
export const NULL = String.raw`\N`

export const csv: Dialect = {
  delimiter: ',',
  quote: '"',
  escape: 'double',
  lineTerminator: '\n',
  header: false,
  skipLines: 0,
  nullTokens: ['', NULL],
}
export const tsv: Dialect = { ...csv, delimiter: '\t', quote: null, escape: 'backslash' }

export const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`

export interface Reading {
  type: string
  dialect?: Dialect
  timezone?: string
  /** How the column is read besides its type. */
  how?: Omit<ColumnReading, 'column'>
  /** SQL that prints a value. */
  shown?: (value: string) => string
}

/** A server, and checked reading on it as an import does it. */
export async function startChecked() {
  const dir = mkdtempSync(join(tmpdir(), 'flathouse-checked-'))
  const user = { name: 'owner', password: 'p' }
  const authorization = `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`
  const server = await launchServer({ dir: join(dir, 'server'), users: [user], memoryLimit: 2e9 })
  let files = 0

  async function query(sql: string, settings: Settings = {}): Promise<string> {
    const parameters = Object.entries({ wait_end_of_query: 1, ...settings })
      .map((pair) => pair.map(encodeURIComponent).join('='))
      .join('&')
    const answer = await fetch(`${server.url}/?${parameters}`, {
      method: 'POST',
      headers: { authorization },
      body: sql,
    })
    const body = await answer.text()
    if (!answer.ok) throw new Error(`${body}\n${sql}`)
    return body
  }

  /** For each field, written as it stands in the file: the value as `shown` prints it, or null where it is refused. */
  async function readFields(reading: Reading, fields: readonly (string | Buffer)[]) {
    const dialect = reading.dialect ?? csv
    const path = join(dir, `${++files}.txt`)
    const records = fields.map((field, n) => [`${n}${dialect.delimiter}`, field, '\n'])
    writeFileSync(path, Buffer.concat(records.flat().map((part) => Buffer.from(part))))
    return readFile(reading, path)
  }

  /** The same for a file of two columns, n and the field. */
  async function readFile({ type, dialect = csv, timezone = 'UTC', how, shown }: Reading, path: string) {
    const file = { label: path, mountPath: path, compression: 'none' as const, dialect, names: ['n', 'v'] }
    const wanted = ['UInt32', type].map((of, index) => ({
      ...{ index, source: '', target: '', type: of },
      ...(index === 1 && how && { reading: { column: '', ...how } }),
    }))
    const { fields, table, settings } = checkedReader(
      { ...file, skip: 0, utf8: true, reading: { by: 'clickhouse', reason: null }, warnings: [] },
      wanted,
      timezone,
    )
    const [{ check: n }, { check }] = fields as [CheckedField, CheckedField]
    const print = shown ?? ((sql: string) => `toString(${sql})`)
    const printed = `if(${check.ok}, ifNull(${print(check.value)}, ${literal(NULL)}), NULL)`
    const sql = `SELECT ${n.value} AS n, ${printed} FROM ${table} ORDER BY n FORMAT JSONCompact`
    const answer = JSON.parse(await query(sql, settings)) as { data: [number, string | null][] }
    return answer.data
  }

  async function stop() {
    await server.stop()
    removeFolder(dir)
  }

  return { dir, query, readFields, readFile, stop }
}
