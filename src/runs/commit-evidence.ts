import { literal, tableName } from '../core/sql/index.ts'
import { mayHave, selectSums, type CommitMark } from '../core/transfer/index.ts'
import { AppError } from '../shared/index.ts'
import { unlessDenied, type CommitSession, type Part } from './commit-tables.ts'

type InsertMark = Extract<CommitMark, { kind: 'insert-select' }>

/** How the statement ends that inserts a part: by it the server's log knows the statement. */
export const fromPart = ({ tables }: CommitSession, { name }: Part): string =>
  `FROM ${tableName(tables.staging)} WHERE _part = ${literal(name)}`

/** Whether the target, which is of the engine, has the first of the parts that are left, and nothing of the others. */
export async function hasFirst(
  session: CommitSession,
  mark: InsertMark,
  left: readonly Part[],
  keepsRows: boolean,
): Promise<boolean | 'unclear'> {
  const [first] = left
  if (first === undefined) return false
  const log = await readLog(session, mark, first)
  if (log.cameThrough) return true
  const now = await session.count(session.tables.target)
  const counted = mayHave({ rows: BigInt(mark.rows), before: BigInt(mark.before), now, left })
  if (!keepsRows || counted === 'unclear') return 'unclear'
  if (counted === 'none') return false
  // A server that was killed forgets the end of its log: then it is enough that nothing speaks against it.
  return log.wasAlone && (await hasRowsOf(session, first, mark.since).catch(unlessRefused)) ? true : 'unclear'
}

/** Not every type can be hashed. */
function unlessRefused(error: unknown): false {
  if (error instanceof AppError && !error.canPass && error.code !== 'CANCELLED') return false
  throw error
}

interface Log {
  /** The part's insert ended well. */
  cameThrough: boolean
  /** It is not known to have failed, nor that anything else was done to the target. */
  wasAlone: boolean
}

/** What the server's log says of the target since the mark. Not everybody may read it. */
async function readLog(session: CommitSession, { since }: InsertMark, part: Part): Promise<Log> {
  const { database, table } = session.tables.target
  const isOurs = `query_id = ${literal(session.queryId)}`
  const isPart = `${isOurs} AND endsWith(query, ${literal(fromPart(session, part))})`
  const target = literal(`${database}.${table}`)
  const names = `arrayExists(name -> replaceAll(name, '\`', '') = ${target}, tables)`
  const isFlushed = await session.command('SYSTEM FLUSH LOGS query_log').then(() => true, unlessDenied)
  const [seen] =
    (await session.rowsIfAllowed<Record<'done' | 'failed' | 'ours' | 'others', number>>(
      `SELECT countIf(${isPart} AND type = 'QueryFinish') > 0 AS done,
       countIf(${isPart} AND type LIKE 'Exception%') > 0 AS failed, countIf(${isOurs}) > 0 AS ours,
       countIf(NOT (${isOurs}) AND query_kind != 'Select' AND ${names}) > 0 AS others
       FROM system.query_log
       WHERE event_date >= toDate(toDateTime(${Math.floor(since)}))
       AND event_time_microseconds >= fromUnixTimestamp64Micro(${Math.round(since * 1e6)})`,
    )) ?? []
  const isKept = isFlushed === true && seen?.ours === 1
  return { cameThrough: seen?.done === 1, wasAlone: isKept && seen.failed === 0 && seen.others === 0 }
}

/** Whether a part that the target got since then has the same rows. */
async function hasRowsOf(session: CommitSession, { name, rows }: Part, since: number): Promise<boolean> {
  const { staging, target } = session.tables
  const columns = await session.given()
  const sums = async (table: string, part: string) => {
    const [row] = await session.rows(selectSums(columns, `${table} WHERE _part = ${literal(part)}`))
    return JSON.stringify(Object.values(row ?? {}))
  }
  const alike = await session.rowsIfAllowed<{ name: string }>(
    `SELECT name FROM system.parts WHERE active AND ${session.is(target)} AND rows = ${rows}
     AND modification_time >= toDateTime(${Math.floor(since)})`,
  )
  const ours = await sums(tableName(staging), name)
  for (const part of alike ?? []) if ((await sums(tableName(target), part.name)) === ours) return true
  return false
}
