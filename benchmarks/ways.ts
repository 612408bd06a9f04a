import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fingerprint, generate, generateBad, isGood, tableDefinition, typedFile } from './dataset.ts'
import type { Job } from './jobs.ts'
import type { Server, Stage } from './stage.ts'

export interface Way {
  direction: 'import' | 'export'
  name:
    | 'limit'
    | 'client-csv'
    | 'naive'
    | `${'pipe' | 'pushdown'}${'' | '-rejects' | '-unverified' | '-checksum'}`
  job: Job
  /** Whose password the job needs. */
  server: Server
  /** How many bytes of CSV it moves: of the whole file, or of the slice for the way that is too slow for more. */
  bytes: number
  /** Makes room for the result; also done afterwards, so that no way pays for another's leftovers. */
  clear(): Promise<void>
  /** Throws unless exactly the rows of the file have arrived. */
  check(): Promise<void>
}

const table = 'main.t'
/** What exports read; the same rows on both servers. */
const source = 'main.source'
const sliceBytes = 50e6

/** Generates the data, and lists every way in the order of measurement. */
export async function setUp(stage: Stage, rows: number): Promise<{ bytes: number; ways: Way[] }> {
  const whole = await makeFile(stage, 'whole.csv', rows)
  const sliceRows = Math.max(1, Math.floor(rows * Math.min(1, sliceBytes / whole.bytes)))
  const slice = await makeFile(stage, 'slice.csv', sliceRows)
  const bad = await makeBad(stage, rows, whole)
  for (const server of [stage.embedded, stage.separate]) {
    await server.run(`CREATE TABLE ${source} ${tableDefinition}`)
    await server.run(`INSERT INTO ${source} SELECT * FROM ${typedFile(whole.path)}`)
    // No merge in the background while an export is measured.
    await server.run(`OPTIMIZE TABLE ${source} FINAL`)
  }
  return { bytes: whole.bytes, ways: [...importWays(stage, whole, slice, bad), ...exportWays(stage, whole)] }
}

interface DataFile {
  path: string
  bytes: number
  fingerprint: string
}

async function makeFile(stage: Stage, name: string, rows: number): Promise<DataFile> {
  const path = join(stage.dir, name)
  const bytes = await generate(stage.embedded, path, rows)
  // This also reads it once, so that every way finds it in the file cache.
  return { path, bytes, fingerprint: await stage.embedded.ask(fingerprint(typedFile(path))) }
}

/** Of which the good records arrive. */
async function makeBad(stage: Stage, rows: number, whole: DataFile): Promise<DataFile> {
  const path = join(stage.dir, 'bad.csv')
  const bytes = await generateBad(stage.embedded, path, rows)
  const good = `(SELECT * FROM ${typedFile(whole.path)} WHERE ${isGood})`
  return { path, bytes, fingerprint: await stage.embedded.ask(fingerprint(good)) }
}

function importWays(stage: Stage, whole: DataFile, slice: DataFile, bad: DataFile): Way[] {
  const way = (name: Way['name'], server: Server, file: DataFile, job: Job): Way => ({
    direction: 'import',
    name,
    job,
    server,
    bytes: file.bytes,
    clear: async () => {
      await server.run(`DROP TABLE IF EXISTS ${table} SYNC`)
      await server.run(`CREATE TABLE ${table} ${tableDefinition}`)
    },
    check: () => expectEqual(server, table, file.fingerprint, `import by ${name}`),
  })
  const { embedded, separate } = stage
  const sql = `INSERT INTO ${table} SELECT * FROM ${typedFile(whole.path)}`
  const command = ['import', whole.path, '--table', table, '--mode', 'append']
  const tolerant = ['import', bad.path, '--table', table, '--mode', 'append', '--on-error', 'skip']
  const unverified = [...command, '--verify', 'none']
  const checksum = [...command, '--verify', 'checksum']
  const send = (file: DataFile) => ({ ...over(separate), file: file.path, table })
  return [
    way('limit', embedded, whole, { kind: 'statement', ...over(embedded), sql }),
    way('pipe', separate, whole, flathouse(stage, [...command, '--url', urlOf(separate)])),
    way('pushdown', embedded, whole, flathouse(stage, command)),
    way('pipe-unverified', separate, whole, flathouse(stage, [...unverified, '--url', urlOf(separate)])),
    way('pushdown-unverified', embedded, whole, flathouse(stage, unverified)),
    way('pipe-checksum', separate, whole, flathouse(stage, [...checksum, '--url', urlOf(separate)])),
    way('pushdown-checksum', embedded, whole, flathouse(stage, checksum)),
    way('pipe-rejects', separate, bad, flathouse(stage, [...tolerant, '--url', urlOf(separate)])),
    way('pushdown-rejects', embedded, bad, flathouse(stage, tolerant)),
    way('client-csv', separate, whole, { kind: 'send-csv', ...send(whole) }),
    way('naive', separate, slice, { kind: 'send-batches', ...send(slice) }),
  ]
}

function exportWays(stage: Stage, whole: DataFile): Way[] {
  const file = join(stage.dir, 'out.csv')
  const { embedded, separate } = stage
  const way = (name: Way['name'], server: Server, job: Job): Way => ({
    direction: 'export',
    name,
    job,
    server,
    bytes: whole.bytes,
    clear: () => rm(file, { force: true }),
    check: () => expectEqual(embedded, typedFile(file), whole.fingerprint, `export by ${name}`),
  })
  const sql = `INSERT INTO FUNCTION ${typedFile(file)} SELECT * FROM ${source}`
  const command = ['export', source, '--to', file]
  const checksum = [...command, '--verify', 'checksum']
  return [
    way('limit', embedded, { kind: 'statement', ...over(embedded), sql }),
    way('pipe', separate, flathouse(stage, [...command, '--url', urlOf(separate)])),
    way('pushdown', embedded, flathouse(stage, command)),
    way('pipe-checksum', separate, flathouse(stage, [...checksum, '--url', urlOf(separate)])),
    way('pushdown-checksum', embedded, flathouse(stage, checksum)),
    way('client-csv', separate, { kind: 'fetch-csv', ...over(separate), file, table: source }),
  ]
}

const over = ({ url, username }: Server) => ({ url, username })

function urlOf({ url, username }: Server): string {
  return url.replace('://', `://${username}@`) + '/main'
}

function flathouse(stage: Stage, argv: string[]): Job {
  return { kind: 'flathouse', argv: [...argv, '--data', stage.dataDir, '--json'] }
}

async function expectEqual(server: Server, relation: string, expected: string, what: string): Promise<void> {
  const actual = await server.ask(fingerprint(relation))
  if (actual !== expected)
    throw new Error(`${what} moved (count, checksum) ${actual}, but the file holds ${expected}`)
}
