import { AppError, type Filter, type FilterOperator, type Sort } from '../../shared/index.ts'
import { parseType, unwrap, type TypeNode } from '../schema/index.ts'
import { identifier, literal, type FileColumn } from '../sql/index.ts'
import { requireColumn } from './mapping.ts'

/** Which rows of a relation move, and in which order. */
interface RowChoice {
  filter?: Filter | undefined
  where?: string | undefined
  sort?: Sort | undefined
  limit?: number | undefined
}

type Rule = Filter['rules'][number]

export const choosesRows = ({ filter, where, sort = [], limit }: RowChoice): boolean =>
  (filter?.rules.length ?? 0) > 0 || where !== undefined || sort.length > 0 || limit !== undefined

/**
 * WHERE, ORDER BY and LIMIT, each with what stands before it.
 *
 * @throws {AppError} COLUMN_NOT_FOUND, USAGE or VALUE_REJECTED, which name the column
 */
export function rowClauses(choice: RowChoice, columns: FileColumn[], label: string, before = ' '): string {
  const conditions = [
    ...filterCondition(choice.filter, columns, label),
    // The line end closes a comment at the end of the text.
    ...(choice.where === undefined ? [] : [`(${choice.where}\n)`]),
  ]
  const order = (choice.sort ?? []).map(({ column, descending }) => {
    columnType(columns, column, label)
    return `${identifier(column)}${descending ? ' DESC' : ''}`
  })
  const clauses = [
    ...(conditions.length > 0 ? [`WHERE ${conditions.join(' AND ')}`] : []),
    ...(order.length > 0 ? [`ORDER BY ${order.join(', ')}`] : []),
    ...(choice.limit === undefined ? [] : [`LIMIT ${choice.limit}`]),
  ]
  return clauses.map((clause) => before + clause).join('')
}

function filterCondition(filter: Filter | undefined, columns: FileColumn[], label: string): string[] {
  if (!filter || filter.rules.length === 0) return []
  const rules = filter.rules.map((rule) => ruleSql(rule, parseType(columnType(columns, rule.column, label))))
  return [`(${rules.join(filter.match === 'all' ? ' AND ' : ' OR ')})`]
}

function columnType(columns: FileColumn[], name: string, label: string): string {
  requireColumn(
    columns.map((column) => column.name),
    name,
    label,
  )
  return columns.find((column) => column.name === name)?.type ?? 'String'
}

function ruleSql(rule: Rule, type: TypeNode): string {
  const column = identifier(rule.column)
  requireCount(rule)
  const value = rule.values[0] ?? ''
  const text = unwrap(type).base.name === 'String' ? column : `toString(${column})`
  switch (rule.operator) {
    case 'is null':
      return `isNull(${column})`
    case 'is not null':
      return `isNotNull(${column})`
    case 'contains':
      return `position(${text}, ${literal(value)}) > 0`
    case 'not contains':
      return `position(${text}, ${literal(value)}) = 0`
    case 'starts with':
      return `startsWith(${text}, ${literal(value)})`
    case 'ends with':
      return `endsWith(${text}, ${literal(value)})`
    case 'in':
    case 'not in': {
      const list = rule.values.map((one) => valueSql(one, rule.column, type)).join(', ')
      return `${column} ${rule.operator.toUpperCase()} (${list})`
    }
    case '=':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return `${column} ${rule.operator} ${valueSql(value, rule.column, type)}`
  }
}

const nullTests = new Set<FilterOperator>(['is null', 'is not null'])
const listTests = new Set<FilterOperator>(['in', 'not in'])
const comparing = new Set<FilterOperator>(['=', '!=', '<', '<=', '>', '>=', 'in', 'not in'])

function requireCount({ column, operator, values }: Rule): void {
  const expected = nullTests.has(operator)
    ? 'no value'
    : listTests.has(operator)
      ? 'at least one value'
      : 'one value'
  const fits = nullTests.has(operator)
    ? values.length === 0
    : listTests.has(operator)
      ? values.length > 0
      : values.length === 1
  if (fits) return
  throw new AppError(
    'USAGE',
    `The filter on ${JSON.stringify(column)} needs ${expected} for "${operator}".`,
    {
      place: { column },
    },
  )
}

/**
 * A number is compared as the number it is, so that 300 is never taken for 44 because the column is a UInt8; everything
 * else as a value of the column's type, which `comparedValues` lets be checked before.
 */
function valueSql(text: string, column: string, type: TypeNode): string {
  const { base } = unwrap(type)
  if (base.name === 'String') return literal(text)
  if (isExact(base)) return numberSql(text.trim(), base) ?? fail(misfit(text, column, type))
  return `CAST(${literal(plainText(text, base))}, ${literal(base.text)})`
}

const isExact = ({ name }: TypeNode) => /^(U?Int|Decimal)\d*$/.test(name)

function numberSql(text: string, base: TypeNode): string | undefined {
  const parts = /^([+-]?)(\d{1,76})(?:\.(\d{0,60}))?$/.exec(text)
  if (!parts) return undefined
  const [, sign = '', whole = '', fraction = ''] = parts
  const number = `${sign === '-' ? '-' : ''}${whole}`
  if (fraction !== '' || base.name.startsWith('Decimal')) {
    return `toDecimal256(${literal(fraction === '' ? number : `${number}.${fraction}`)}, ${fraction.length})`
  }
  return whole.length < 19 ? number : `toInt256(${literal(number)})`
}

/** A day alone is its first moment; the `T` of ISO 8601 is a space. */
function plainText(text: string, base: TypeNode): string {
  if (!base.name.startsWith('DateTime')) return text
  const parts = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d(?:\.\d+)?))?$/.exec(text.trim())
  return parts ? `${parts[1] ?? ''} ${parts[2] ?? '00:00:00'}` : text
}

/** A value that is compared as one of its column's type. */
interface ComparedValue {
  text: string
  column: string
  type: TypeNode
}

/** What must be checked by ClickHouse, which would take 2024-02-30 for another day. */
export function comparedValues({ filter }: RowChoice, columns: FileColumn[], label: string): ComparedValue[] {
  return (filter?.rules ?? []).flatMap(({ column, operator, values }) => {
    const type = parseType(columnType(columns, column, label))
    const { base } = unwrap(type)
    if (!comparing.has(operator) || base.name === 'String' || isExact(base)) return []
    return values.map((text) => ({ text: plainText(text, base), column, type: base }))
  })
}

export const misfit = (text: string, column: string, type: TypeNode): AppError =>
  new AppError(
    'VALUE_REJECTED',
    `The filter on ${JSON.stringify(column)}: ${JSON.stringify(text)} does not fit ${type.text}.`,
    { place: { column, value: text, expected: type.text } },
  )

function fail(error: AppError): never {
  throw error
}
