import type { Join, JoinKey, JoinKind } from '../../../shared/index.ts'
import { joinWords } from '../../../shared/join-words.ts'
import type { RelationDraft } from '../draft.ts'
import type { KeyPair } from './key-suggestions.ts'

/** A join while it is being put together. */
export interface JoinForm {
  kind: JoinKind
  database: string
  table: string
  /** Empty: the table's name. */
  as: string
  keys: KeyPair[]
  /** The one inequality of an ASOF join. */
  closest: { pair: KeyPair; operator: ClosestOperator } | null
  condition: string
}

export type ClosestOperator = Exclude<JoinKey['operator'], '='>

export const emptyJoin = (database: string): JoinForm => ({
  kind: 'left',
  database,
  table: '',
  as: '',
  keys: [],
  closest: null,
  condition: '',
})

export const aliasOf = ({ as, table }: Pick<Join, 'as' | 'table'>): string => as ?? table

/** What the table is called that the others are joined to. */
export const firstAlias = ({ as, table }: Pick<RelationDraft, 'as' | 'table'>): string => as ?? table

/** The joins when that table is called by its own name again; conditions that name it follow. */
export const withOwnName = ({ as, table, joins }: RelationDraft): Pick<RelationDraft, 'as' | 'joins'> => ({
  as: null,
  joins: joins.map((join) => ({
    ...join,
    on: join.on.map((key) => (key.left.table === as ? { ...key, left: { ...key.left, table } } : key)),
  })),
})

/** The names by which the tables before a join are called. */
const aliasesBefore = ({ joins, ...first }: RelationDraft, index: number): string[] => [
  firstAlias(first),
  ...joins.slice(0, index).map(aliasOf),
]

/** A name that no other table has: the table's own, or with a number. */
export function freeAlias(table: string, taken: readonly string[]): string {
  if (!taken.includes(table)) return ''
  for (let number = 2; ; number++) {
    const name = `${table}_${number}`
    if (!taken.includes(name)) return name
  }
}

/** What is missing or wrong, as a sentence; undefined when it can be used. */
export function joinProblem(form: JoinForm, taken: readonly string[]): string | undefined {
  if (form.table === '') return 'Choose the table to join.'
  const alias = form.as.trim() || form.table
  if (taken.includes(alias)) return `${alias} is joined already: give this one another name.`
  if (form.kind === 'cross') return undefined
  const pairs = form.closest && form.kind === 'asof' ? [...form.keys, form.closest.pair] : form.keys
  if (pairs.some(({ left, right }) => left.table === '' || right === ''))
    return 'Choose both columns of every pair.'
  if (form.kind === 'asof' && form.closest === null)
    return 'Choose the columns whose closest values go together.'
  const isBare = form.keys.length === 0 && form.condition.trim() === ''
  return isBare ? 'Choose a pair of columns that match, or write a condition.' : undefined
}

export function toJoin(form: JoinForm): Join {
  const { kind, database, table } = form
  const [as, condition] = [form.as.trim(), form.condition.trim()]
  const keys = form.keys.map((pair): JoinKey => ({ ...pair, operator: '=' }))
  const closest =
    kind === 'asof' && form.closest ? [{ ...form.closest.pair, operator: form.closest.operator }] : []
  return {
    kind,
    table,
    ...(database !== '' && { database }),
    ...(as !== '' && as !== table && { as }),
    on: kind === 'cross' ? [] : [...keys, ...closest],
    ...(kind !== 'cross' && condition !== '' && { condition }),
  }
}

export function fromJoin({ kind, database = '', table, as = '', on, condition = '' }: Join): JoinForm {
  const keys = on.filter(({ operator }) => operator === '=').map(({ left, right }) => ({ left, right }))
  const unequal = on.find(({ operator }) => operator !== '=')
  const closest =
    unequal === undefined
      ? null
      : {
          pair: { left: unequal.left, right: unequal.right },
          operator: unequal.operator as ClosestOperator,
        }
  return { kind, database, table, as, keys, closest, condition }
}

export const emptyPair: KeyPair = { left: { table: '', column: '' }, right: '' }

/** Puts a join at its place; conditions that name it by an older name follow. */
export function withJoin(joins: readonly Join[], index: number, join: Join): Join[] {
  const before = joins[index]
  const next = before === undefined ? [...joins, join] : joins.with(index, join)
  if (before === undefined || aliasOf(before) === aliasOf(join)) return next
  const renamed = (key: JoinKey): JoinKey =>
    key.left.table === aliasOf(before) ? { ...key, left: { ...key.left, table: aliasOf(join) } } : key
  return next.map((other, at) => (at > index ? { ...other, on: other.on.map(renamed) } : other))
}

/** The table that a join speaks of and that is not there any more. */
export const lostTable = (relation: RelationDraft, index: number): string | undefined => {
  const known = aliasesBefore(relation, index)
  return relation.joins[index]?.on.map(({ left }) => left.table).find((table) => !known.includes(table))
}

/** One line to read: LEFT JOIN airports ON flights.origin = airports.iata */
export function joinLine(join: Join): string {
  const { kind, database, table, as, on, condition } = join
  const name = database === undefined ? table : `${database}.${table}`
  const keys = on.map(
    ({ left, operator, right }) => `${left.table}.${left.column} ${operator} ${aliasOf(join)}.${right}`,
  )
  const all = [...keys, ...(condition === undefined ? [] : [on.length > 0 ? `(${condition})` : condition])]
  return [
    joinWords[kind],
    name,
    as === undefined ? '' : `AS ${as}`,
    all.length > 0 ? `ON ${all.join(' AND ')}` : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

export const kindWords: Record<JoinKind, { label: string; hint: string }> = {
  left: {
    label: 'LEFT JOIN',
    hint: 'Every row of the tables above; where the joined table has no match, its columns are NULL.',
  },
  inner: { label: 'INNER JOIN', hint: 'Only rows that have a match on both sides.' },
  right: {
    label: 'RIGHT JOIN',
    hint: 'Every row of the joined table; where there is no match, the columns above are NULL.',
  },
  full: { label: 'FULL JOIN', hint: 'Every row of both sides; what has no match is NULL.' },
  semi: { label: 'LEFT SEMI JOIN', hint: 'Only rows that have a match; the joined table adds no columns.' },
  anti: { label: 'LEFT ANTI JOIN', hint: 'Only rows that have no match; the joined table adds no columns.' },
  asof: {
    label: 'ASOF LEFT JOIN',
    hint: 'With every row the closest match, such as the latest price at that time.',
  },
  cross: { label: 'CROSS JOIN', hint: 'Every row with every row of the joined table: the counts multiply.' },
}
