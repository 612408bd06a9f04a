import type { Filter, FilterOperator } from '../../../shared/index.ts'
import { familyOf, type Family } from './type-family.ts'

export type Rule = Filter['rules'][number]

/** What a person chooses: an operator, or one with its value. */
export type RuleOperator = FilterOperator | 'is empty' | 'is not empty'

const labels: Record<RuleOperator, string> = {
  '=': 'is  =',
  '!=': 'is not  ≠',
  '<': 'less than  <',
  '<=': 'at most  ≤',
  '>': 'more than  >',
  '>=': 'at least  ≥',
  contains: 'contains',
  'not contains': 'does not contain',
  'starts with': 'starts with',
  'ends with': 'ends with',
  in: 'is one of',
  'not in': 'is none of',
  'is null': 'is NULL',
  'is not null': 'is not NULL',
  'is empty': 'is empty text',
  'is not empty': 'is not empty text',
}

const inTime: Partial<Record<RuleOperator, string>> = {
  '<': 'before  <',
  '<=': 'until  ≤',
  '>': 'after  >',
  '>=': 'from  ≥',
}

const equal = ['=', '!='] as const
const ordered = [...equal, '<', '<=', '>', '>='] as const
const lists = ['in', 'not in'] as const
const texts = ['contains', 'not contains', 'starts with', 'ends with'] as const
const nulls = ['is null', 'is not null'] as const
const empties = ['is empty', 'is not empty'] as const

const byFamily: Record<Family, readonly RuleOperator[]> = {
  number: [...ordered, ...lists],
  date: [...ordered, ...lists],
  time: ordered,
  text: [...equal, ...texts, ...lists, ...empties, '<', '<=', '>', '>='],
  enum: [...equal, ...lists],
  bool: equal,
  other: [...equal, ...lists, ...texts],
}

/** Operators that make sense for a type. */
export function operatorsFor(type: string): { value: RuleOperator; label: string }[] {
  const family = familyOf(type)
  const some = type.includes('Nullable(') ? [...byFamily[family], ...nulls] : byFamily[family]
  const isTime = family === 'date' || family === 'time'
  return some.map((value) => ({ value, label: (isTime ? inTime[value] : undefined) ?? labels[value] }))
}

/** How many values a rule holds. */
export const arity = (operator: FilterOperator): 'none' | 'one' | 'many' =>
  operator === 'is null' || operator === 'is not null'
    ? 'none'
    : operator === 'in' || operator === 'not in'
      ? 'many'
      : 'one'

export function operatorOf({ operator, values }: Rule, type: string): RuleOperator {
  const isEmpty = values.length === 1 && values[0] === '' && familyOf(type) === 'text'
  if (isEmpty && operator === '=') return 'is empty'
  return isEmpty && operator === '!=' ? 'is not empty' : operator
}

/** Another operator keeps the values it can use. */
export function withOperator(rule: Rule, operator: RuleOperator): Rule {
  if (operator === 'is empty') return { ...rule, operator: '=', values: [''] }
  if (operator === 'is not empty') return { ...rule, operator: '!=', values: [''] }
  const given = rule.values.filter((value) => value !== '')
  const kept = { none: [], one: given.slice(0, 1), many: given }[arity(operator)]
  return { ...rule, operator, values: kept }
}

/** Another column keeps the operator and the values when they make sense for it. */
export function withColumn(rule: Rule, column: string, type: string, typeBefore: string): Rule {
  const isAlike = familyOf(type) === familyOf(typeBefore)
  const operators = operatorsFor(type).map(({ value }) => value)
  const operator = operatorOf(rule, typeBefore)
  const next = { ...rule, column, values: isAlike ? rule.values : [] }
  return operators.includes(operator)
    ? isAlike
      ? next
      : withOperator(next, operator)
    : withOperator(next, '=')
}

export const newRule = (column: string): Rule => ({ column, operator: '=', values: [] })

const examples: Record<Family, string> = {
  number: 'such as 100',
  date: 'such as 2024-01-31',
  time: 'such as 2024-01-31 12:00:00',
  text: 'Text',
  enum: 'Value',
  bool: '',
  other: 'Value',
}

export const exampleOf = (type: string): string => examples[familyOf(type)]
