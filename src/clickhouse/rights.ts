import { identifier, literal, tableName } from '../core/sql/index.ts'
import { AppError, type Rights } from '../shared/index.ts'
import { plain } from './errors.ts'
import type { Link } from './link.ts'
import { rows } from './query.ts'

/**
 * How many tables of the database the user sees; null when that is not told.
 *
 * @throws {AppError} TABLE_NOT_FOUND when there is no such database
 */
export async function countTables(link: Link): Promise<number | null> {
  const sql = `SELECT toString(count()) AS n FROM system.tables WHERE database = ${literal(link.database)}`
  const found = await unlessDenied(rows<{ n: string }>(link, sql)).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'TABLE_NOT_FOUND') throw error
    throw plain(
      'TABLE_NOT_FOUND',
      link,
      `There is no database ${link.database} on ${link.label}.`,
      error.detail,
    )
  })
  return found === undefined ? null : Number(found[0]?.n)
}

/** ClickHouse tells since 24.11 what was granted; before, only whether the user may write at all. */
export async function readRights(link: Link): Promise<Rights> {
  const database = identifier(link.database)
  const has = (right: string) => isGranted(link, `${right} ON ${database}.*`)
  const [read, insert, createTable] = [await has('SELECT'), await has('INSERT'), await has('CREATE TABLE')]
  if (read === null && (await isReadonly(link))) return { read, insert: false, createTable: false }
  const columns = read === false || insert === false ? await someColumns(link) : []
  const inSome = async (right: string) => {
    for (const { table, name } of columns) {
      const place = tableName({ database: link.database, table })
      if (await isGranted(link, `${right}(${identifier(name)}) ON ${place}`)) return true
    }
    return false
  }
  return {
    read: read === false ? await inSome('SELECT') : read,
    insert: insert === false ? await inSome('INSERT') : insert,
    createTable,
  }
}

const mostTables = 10

/** Somebody may have rights on some tables only, and even on some columns only; others are not seen. */
async function someColumns(link: Link): Promise<{ table: string; name: string }[]> {
  const sql = `SELECT table, name FROM system.columns WHERE database = ${literal(link.database)}
    ORDER BY table, name LIMIT 1 BY table LIMIT ${mostTables}`
  return (await unlessDenied(rows<{ table: string; name: string }>(link, sql))) ?? []
}

async function isGranted(link: Link, right: string): Promise<boolean | null> {
  const answer = await unlessDenied(link.ask(`CHECK GRANT ${right}`))
  return answer === undefined ? null : answer.text.trim() === '1'
}

async function isReadonly(link: Link): Promise<boolean> {
  const [row] = await rows<{ is: number }>(link, `SELECT getSetting('readonly') != 0 AS is`)
  return row?.is === 1
}

/** Undefined when the server does not understand, or does not tell this user. */
async function unlessDenied<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof AppError && (error.code === 'QUERY_INVALID' || error.code === 'ACCESS_DENIED'))
      return undefined
    throw error
  }
}
