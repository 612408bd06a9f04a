import { parseType, whyNotCarried } from '../core/schema/index.ts'
import { identifier, tableName } from '../core/sql/index.ts'
import { checkedReader, textReader } from '../core/transfer/index.ts'
import type { FileEnd, Inspection, Preview, TableEnd } from '../shared/index.ts'
import { explainFault } from './locate.ts'
import type { Preparation } from './prepared.ts'
import { profileFile } from './profile.ts'
import { openSource } from './source-file.ts'
import type { Surroundings } from './surroundings.ts'

/** Dialect, encoding and a profile of every column of the whole file. */
export async function inspectFile(
  end: FileEnd,
  { server, workspace }: Surroundings,
  watcher: Pick<Preparation, 'signal' | 'onProgress'>,
): Promise<Inspection> {
  await using embedded = await server('embedded')
  await using source = await openSource(end, workspace, embedded, watcher.signal)
  const { encoding, dialect, confidence, reasons, warnings } = source.sniffed
  const profile = await profileFile(source, embedded, workspace, 'UTC', watcher)
  return {
    encoding,
    dialect,
    confidence,
    reasons,
    warnings,
    columns: profile.map(({ name, type, nullable, nulls, empties, distinct, longest, min, max }) => {
      return { name, type, nullable, nulls, empties, distinct, longest, min, max }
    }),
    records: Number(profile[0]?.records ?? 0),
  }
}

/** The first records of a file, as text. */
export async function previewFile(
  end: FileEnd,
  limit: number,
  { server, workspace }: Surroundings,
  signal: AbortSignal,
): Promise<Preview> {
  await using embedded = await server('embedded')
  await using source = await openSource(end, workspace, embedded, signal)
  const { table, settings, names } = textReader(source.facts)
  const sql = `SELECT [${names.map(identifier).join(', ')}] AS texts FROM ${table} LIMIT ${limit}`
  try {
    const rows = await embedded.rows<{ texts: (string | null)[] }>(sql, { settings, signal })
    const columns = source.facts.names.map((name) => ({ name, type: 'String' }))
    return { columns, rows: rows.map(({ texts }) => texts) }
  } catch (error) {
    throw await explainFault(error, { embedded, workspace, source, signal }, (at) =>
      checkedReader(at, [], 'UTC'),
    )
  }
}

/** Some rows of a table; which ones, the server decides. */
export async function previewTable(
  end: TableEnd,
  limit: number,
  { server }: Surroundings,
  signal: AbortSignal,
): Promise<Preview> {
  await using connection = await server(end.server)
  const name = { database: end.database ?? connection.database, table: end.table }
  const table = await connection.table(name)
  const columns = table.columns.filter(({ kind }) => kind !== 'EPHEMERAL')
  const texts = columns.map(({ name: column, type }) => {
    // A state or a document of its own kind has no text that could be shown.
    const shown = whyNotCarried(parseType(type)) === undefined ? identifier(column) : "'…'"
    return `CAST(toString(${shown}), 'Nullable(String)')`
  })
  const sql = `SELECT [${texts.join(', ')}] AS texts FROM ${tableName(name)} LIMIT ${limit}`
  const rows = await connection.rows<{ texts: (string | null)[] }>(sql, { signal })
  return {
    columns: columns.map(({ name: column, type }) => ({ name: column, type })),
    rows: rows.map((row) => row.texts),
  }
}
