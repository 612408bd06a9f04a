import { AppError, joinWords, type Join, type JoinKind, type SourceTable } from '../../shared/index.ts'
import { identifier, tableName, type TableName } from '../sql/index.ts'
import type { TableColumn } from './facts.ts'

/** A table of a relation as it was asked for and found. */
interface Found<Choice extends { table: string; as?: string | undefined }> {
  choice: Choice
  name: TableName
  columns: (TableColumn & { comment?: string })[]
}

/** The same within the join, by the name that the others call it. */
interface Member extends Pick<Found<never>, 'name' | 'columns'> {
  alias: string
}

/** The tables joined into one SELECT. */
interface JoinedTables {
  label: string
  /** Without settings. */
  sql: string
  /** Of the tables; a missing row of an outer join may make their types Nullable. */
  columns: Member['columns']
  /** Whether rows of one side can be without a row of the other. */
  isOuter: boolean
}

/** The setting under which the values of a missing row are NULL, and not 0 or the empty text. */
export const nullsOfMissingRows = 'SETTINGS join_use_nulls = 1'

const outer = new Set<JoinKind>(['left', 'right', 'full', 'asof'])
/** Of these kinds a row of the right side only decides about one of the left. */
const leftOnly = new Set<JoinKind>(['semi', 'anti'])

/** @throws {AppError} USAGE, TABLE_NOT_FOUND or COLUMN_NOT_FOUND, which name what does not fit */
export function joinTables(first: Found<SourceTable>, joined: Found<Join>[]): JoinedTables {
  const aliases = [first, ...joined].map(aliasOf)
  requireDistinct(aliases)
  const visible: Member[] = [{ ...first, alias: aliasOf(first) }]
  const clauses = joined.map((found) => {
    const member = { ...found, alias: aliasOf(found) }
    const clause = joinClause(found.choice, member, visible)
    if (!leftOnly.has(found.choice.kind)) visible.push(member)
    return clause
  })
  const columns = columnsOf(visible)
  const list = columns.map(({ sql, name }) => `${sql} AS ${identifier(name)}`).join(', ')
  const from = `${tableName(first.name)} AS ${identifier(aliasOf(first))}`
  return {
    label: `The join of ${aliases.join(', ')}`,
    sql: [`SELECT ${list}`, `FROM ${from}`, ...clauses].join('\n'),
    columns,
    isOuter: joined.some(({ choice }) => outer.has(choice.kind)),
  }
}

const aliasOf = ({ choice }: Found<SourceTable> | Found<Join>) => choice.as ?? choice.table

function requireDistinct(aliases: string[]): void {
  const seen = new Set<string>()
  for (const alias of aliases) {
    if (seen.has(alias)) {
      throw new AppError(
        'USAGE',
        `Two of the joined tables would be called ${quoted(alias)}: give one of them another name.`,
      )
    }
    seen.add(alias)
  }
}

function joinClause(join: Join, member: Member, visible: Member[]): string {
  const head = `${joinWords[join.kind]} ${tableName(member.name)} AS ${identifier(member.alias)}`
  const keys = join.on.map(({ left, operator, right }) => {
    const table = requireMember(visible, left.table, member)
    return `${columnSql(table, left.column)} ${operator} ${columnSql(member, right)}`
  })
  // The line end closes a comment at the end of the text.
  const conditions = join.condition === undefined ? keys : [...keys, `(${join.condition}\n)`]
  if (join.kind === 'cross') {
    if (conditions.length === 0) return head
    throw new AppError(
      'USAGE',
      `A cross join takes no keys and no condition, but that of ${quoted(member.alias)} has some.`,
    )
  }
  if (conditions.length > 0) return `${head} ON ${conditions.join(' AND ')}`
  throw new AppError('USAGE', `The join of ${quoted(member.alias)} needs a key or a condition.`)
}

function requireMember(visible: Member[], alias: string, joined: Member): Member {
  const found = visible.find((member) => member.alias === alias)
  if (found) return found
  throw new AppError(
    'TABLE_NOT_FOUND',
    `The join of ${quoted(joined.alias)} names the table ${quoted(alias)}, which is not one of those before it: ${visible.map((member) => quoted(member.alias)).join(', ')}.`,
  )
}

function columnSql({ alias, columns, name }: Member, column: string): string {
  if (columns.some((one) => one.name === column)) return `${identifier(alias)}.${identifier(column)}`
  throw new AppError(
    'COLUMN_NOT_FOUND',
    `${name.database}.${name.table} has no column ${quoted(column)} to join by.`,
    { place: { column } },
  )
}

function columnsOf(members: Member[]): (Member['columns'][number] & { sql: string })[] {
  const taken = new Set<string>()
  return members.flatMap(({ alias, columns }) =>
    columns
      .filter(({ kind }) => kind !== 'EPHEMERAL')
      .map((column) => {
        const name = freeName(column.name, alias, taken)
        taken.add(name)
        return { ...column, name, sql: `${identifier(alias)}.${identifier(column.name)}` }
      }),
  )
}

function freeName(column: string, alias: string, taken: Set<string>): string {
  if (!taken.has(column)) return column
  const name = `${alias}_${column}`
  let n = 1
  while (taken.has(n === 1 ? name : `${name}_${n}`)) n++
  return n === 1 ? name : `${name}_${n}`
}

const quoted = (name: string) => JSON.stringify(name)
