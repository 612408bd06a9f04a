import { describe, expect, it } from 'vitest'
import { filterOperators, type Join, type Problem } from '../../../shared/index.ts'
import { emptyRelation, type RelationDraft } from '../draft.ts'
import { errorPlace } from './error-place.ts'
import { arity, newRule, operatorOf, operatorsFor, withColumn, withOperator } from './filter-rules.ts'
import {
  emptyJoin,
  emptyPair,
  freeAlias,
  fromJoin,
  joinLine,
  joinProblem,
  lostTable,
  toJoin,
  withJoin,
} from './joins.ts'
import { suggestKeys } from './key-suggestions.ts'
import { areComparable, bare, enumValues, familyOf } from './type-family.ts'

const key = (table: string, column: string, right: string) => ({
  left: { table, column },
  operator: '=' as const,
  right,
})
const airports: Join = { kind: 'left', table: 'airports', on: [key('flights', 'origin', 'iata')] }
const to: Join = { ...airports, as: 'airports_2', on: [key('flights', 'destination', 'iata')] }

describe('types', () => {
  it('looks through Nullable and LowCardinality', () => {
    expect(bare('LowCardinality(Nullable(FixedString(3)))')).toBe('FixedString(3)')
    expect(familyOf('Nullable(DateTime64(3))')).toBe('time')
    expect(areComparable('Nullable(Int8)', 'Decimal(9, 2)')).toBe(true)
    expect(areComparable('String', 'Int64')).toBe(false)
    expect(areComparable('UUID', 'Nullable(UUID)')).toBe(true)
    expect(areComparable('UUID', 'IPv4')).toBe(false)
  })

  it('reads the values of an Enum', () => {
    expect(enumValues("Nullable(Enum8('a' = 1, 'it\\'s' = 2, 'x = \\'y\\'' = 3))")).toEqual([
      'a',
      "it's",
      "x = 'y'",
    ])
  })
})

describe('suggested keys', () => {
  const orders = {
    alias: 'orders',
    columns: [
      { name: 'id', type: 'UInt64' },
      { name: 'customer_id', type: 'Nullable(UInt64)' },
      { name: 'name', type: 'String' },
      { name: 'region_code', type: 'String' },
    ],
  }

  it('prefers a reference to a table over equal names, and vague names come last', () => {
    const columns = ['id', 'name', 'region_code'].map((name) => ({
      name,
      type: name === 'id' ? 'UInt64' : 'LowCardinality(String)',
    }))
    const found = suggestKeys([orders], { alias: 'c', columns }, 'customers')
    expect(found.map(({ left, right }) => `${left.column}=${right}`)).toEqual([
      'customer_id=id',
      'region_code=region_code',
      'id=id',
    ])
  })

  it('never pairs what cannot be compared', () => {
    const columns = [{ name: 'customer_id', type: 'String' }]
    expect(suggestKeys([orders], { alias: 'x', columns }, 'x')).toEqual([])
  })
})

describe('joins', () => {
  const relation: RelationDraft = { ...emptyRelation, table: 'flights', joins: [airports, to] }

  it('reads as one line', () => {
    expect(joinLine(airports)).toBe('LEFT JOIN airports ON flights.origin = airports.iata')
    expect(joinLine({ ...to, condition: 'a OR b' })).toBe(
      'LEFT JOIN airports AS airports_2 ON flights.destination = airports_2.iata AND (a OR b)',
    )
    expect(joinLine({ kind: 'cross', database: 'd', table: 't', on: [] })).toBe('CROSS JOIN d.t')
  })

  it('goes through the form and back unchanged', () => {
    const asof: Join = {
      kind: 'asof',
      table: 'prices',
      on: [key('flights', 'origin', 'at'), { ...key('flights', 'date', 'day'), operator: '>=' }],
    }
    for (const join of [airports, to, asof]) expect(toJoin(fromJoin(join))).toEqual(join)
  })

  it('says what is missing', () => {
    const form = { ...emptyJoin(''), table: 'airports' }
    expect(joinProblem(emptyJoin(''), [])).toBe('Choose the table to join.')
    expect(joinProblem(form, ['airports'])).toMatch(/another name/)
    expect(joinProblem(form, ['flights'])).toMatch(/pair/)
    expect(joinProblem({ ...form, keys: [emptyPair] }, [])).toMatch(/both columns/)
    expect(joinProblem({ ...form, kind: 'cross' }, [])).toBeUndefined()
    expect(joinProblem({ ...form, kind: 'asof', keys: [airports.on[0] ?? emptyPair] }, [])).toMatch(/closest/)
  })

  it('gives a table that comes twice a name of its own', () => {
    expect(freeAlias('airports', ['flights'])).toBe('')
    expect(freeAlias('airports', ['airports', 'airports_2'])).toBe('airports_3')
  })

  it('keeps later conditions when a name changes, and knows when a table is gone', () => {
    const later: Join = { kind: 'inner', table: 'states', on: [key('airports', 'state', 'code')] }
    const renamed = withJoin([airports, later], 0, { ...airports, as: 'from_' })
    expect(renamed[1]?.on).toEqual([key('from_', 'state', 'code')])
    expect(lostTable({ ...relation, joins: [airports, later] }, 1)).toBeUndefined()
    expect(lostTable({ ...relation, joins: [later] }, 0)).toBe('airports')
  })
})

describe('filter rules', () => {
  it('offers no operator that a type cannot take, and every operator somewhere', () => {
    const offered = ['String', 'Nullable(Int8)', 'Date', 'UUID'].flatMap((type) => operatorsFor(type))
    const values = new Set<string>(offered.map(({ value }) => value))
    expect(filterOperators.filter((operator) => !values.has(operator))).toEqual([])
    const ofNumbers = operatorsFor('Int8').map(({ value }) => value)
    expect(ofNumbers).not.toContain('contains')
    expect(ofNumbers).not.toContain('is null')
  })

  it('keeps values that another operator or column can use', () => {
    const rule = { ...newRule('delay'), operator: 'in' as const, values: ['1', '2'] }
    expect(withOperator(rule, '>')).toEqual({ column: 'delay', operator: '>', values: ['1'] })
    expect(withOperator(rule, 'is null').values).toEqual([])
    expect(withColumn(rule, 'distance', 'UInt16', 'Int16')).toEqual({ ...rule, column: 'distance' })
    expect(withColumn(rule, 'origin', 'String', 'Int16')).toEqual({ ...rule, column: 'origin', values: [] })
    const contains = { ...newRule('origin'), operator: 'contains' as const, values: ['J'] }
    expect(withColumn(contains, 'delay', 'Int16', 'String')).toEqual(newRule('delay'))
  })

  it('speaks of empty text as an operator', () => {
    const empty = withOperator(newRule('origin'), 'is empty')
    expect(empty).toMatchObject({ operator: '=', values: [''] })
    expect(operatorOf(empty, 'String')).toBe('is empty')
    expect(withOperator(empty, '=').values).toEqual([])
    expect([arity('is null'), arity('not in'), arity('=')]).toEqual(['none', 'many', 'one'])
  })
})

describe('the place of an error', () => {
  const problem = (code: Problem['code'], column?: string) =>
    ({ code, ...(column && { place: { column } }) }) as Problem
  const rules = [{ column: 'delay', operator: '=' as const, values: ['x'] }]
  const filtered: RelationDraft = { ...emptyRelation, table: 'flights', filter: { match: 'all', rules } }

  it('is where its column is, else where SQL was written', () => {
    expect(errorPlace(problem('COLUMN_NOT_FOUND', 'delay'), filtered)).toBe('filter')
    const sort = [{ column: 'x', descending: false }]
    expect(errorPlace(problem('COLUMN_NOT_FOUND', 'x'), { ...filtered, sort })).toBe('sort')
    expect(errorPlace(problem('QUERY_INVALID'), { ...filtered, sql: 'SELECT' })).toBe('sql')
    expect(errorPlace(problem('QUERY_INVALID'), filtered)).toBe('filter')
    const joins = [{ ...airports, condition: 'x >' }]
    expect(errorPlace(problem('QUERY_INVALID'), { ...filtered, joins })).toBe('joins')
    expect(errorPlace(problem('CONNECTION_LOST'), { ...filtered, joins })).toBeUndefined()
  })
})
