import type { About, Server } from '../clickhouse/index.ts'
import { checkField, checkSettings } from '../core/schema/index.ts'
import { literal, tableName, type TableName } from '../core/sql/index.ts'
import {
  comparedValues,
  joinTables,
  misfit,
  nullsOfMissingRows,
  rowClauses,
  type Relation,
} from '../core/transfer/index.ts'
import type { ExportTransfer, Join, SourceTable } from '../shared/index.ts'
import { bounded, requireAllowedSql, requireOwnDatabase, requireWhole } from './guard.ts'
import { placeOf } from './table.ts'

type Choice = Pick<ExportTransfer, 'source' | 'filter' | 'where' | 'sort' | 'limit'>
type Found = Pick<Relation, 'label' | 'kind' | 'from' | 'columns' | 'rows' | 'warnings'>

interface Ends {
  server: Server
  about: About
  embedded: Server
  signal: AbortSignal
}

/** The table, join or query, and the columns it gives. What a person wrote is checked before a server runs it. */
export async function findRelation(choice: Choice, ends: Ends): Promise<Relation> {
  const { source, where } = choice
  const { timezone, takesSettings } = ends.about
  if (where !== undefined) await requireWhole({ kind: 'condition', text: where }, ends)
  const found = await findRows(choice, ends)
  // Says what is wrong with the choice of rows before anything else is asked.
  rowClauses(choice, found.columns, found.label)
  await requireValues(choice, found, ends)
  return { ...found, place: placeOf(source.server), timezone, takesSettings }
}

async function findRows({ source, where }: Choice, ends: Ends): Promise<Found> {
  const { server, signal } = ends
  const allow = async (from: string, isFree: boolean): Promise<void> => {
    if (source.server !== 'embedded' || !(isFree || where !== undefined)) return
    await requireAllowedSql(server, `SELECT * FROM ${from}${rowClauses({ where }, [], '')}`)
  }
  if (source.kind === 'query') {
    const from = inParentheses(source.sql)
    await requireWhole({ kind: 'query', text: source.sql }, ends)
    await allow(from, true)
    const columns = await describe(source.sql, ends)
    return { label: 'The query', kind: 'query', from, columns, rows: null, warnings: [] }
  }
  if ((source.joins ?? []).length > 0) return await findJoin(source, ends, allow)
  const name = nameOf(source, ends)
  const from = tableName(name)
  await allow(from, false)
  const { columns, totalRows } = await server.table(name, { signal })
  const rows = totalRows === null ? null : Number(totalRows)
  return { label: `${name.database}.${name.table}`, kind: 'table', from, columns, rows, warnings: [] }
}

async function findJoin(
  source: SourceTable,
  ends: Ends,
  allow: (from: string, isFree: boolean) => Promise<void>,
): Promise<Found> {
  const { server, about, signal } = ends
  const joins = source.joins ?? []
  const texts = joins.flatMap(({ condition }) => condition ?? [])
  for (const text of texts) await requireWhole({ kind: 'condition', text }, ends)
  const find = async <Choice extends SourceTable | Join>(choice: Choice) => {
    const name = nameOf(choice, ends)
    return { choice, name, columns: (await server.table(name, { signal })).columns }
  }
  const joined = await Promise.all(joins.map((join) => find(join)))
  const { sql, label, columns, isOuter } = joinTables(await find(source), joined)
  await allow(inParentheses(sql), texts.length > 0)
  const nulls = isOuter && about.takesSettings
  const select = nulls ? `${sql}\n${nullsOfMissingRows}` : sql
  const types = await describe(select, ends)
  return {
    label,
    kind: 'join',
    from: inParentheses(select),
    columns: columns.map((column, n) => ({ ...column, type: types[n]?.type ?? column.type })),
    rows: null,
    warnings: isOuter && !nulls ? [withoutNulls(server)] : [],
  }
}

function nameOf({ database, table }: SourceTable | Join, { server, embedded }: Ends): TableName {
  const name = { database: database ?? server.database, table }
  if (server === embedded) requireOwnDatabase(name, embedded)
  return name
}

/** To describe a SELECT, ClickHouse runs the subqueries in it that give one value. */
const describe = (sql: string, { server, embedded, signal }: Ends) =>
  server.describe(sql, { signal, ...(server === embedded && { settings: bounded }) })

/** The line end closes a comment at the end of the text. */
const inParentheses = (sql: string) => `(\n${sql}\n)`

const withoutNulls = ({ user }: Server) =>
  `The user ${user} may change no setting: where a joined table has no row, values may be 0 or empty instead of NULL.`

/** ClickHouse itself would take 2024-02-30 for another day, and tell of a wrong value in other words. */
async function requireValues(
  choice: Choice,
  { columns, label }: Found,
  { embedded, about }: Ends,
): Promise<void> {
  const values = comparedValues(choice, columns, label)
  if (values.length === 0) return
  const options = { timezone: about.timezone, utf8: true, nullTokens: [], quoted: true }
  const checks = values.map(({ text, type }) => `ifNull(${checkField(literal(text), type, options).ok}, 0)`)
  const [row] = await embedded.rows<{ bad: number }>(
    `SELECT toUInt32(indexOf([${checks.join(', ')}], 0)) AS bad`,
    {
      settings: checkSettings,
    },
  )
  const bad = values[(row?.bad ?? 0) - 1]
  if (bad) throw misfit(bad.text, bad.column, bad.type)
}
