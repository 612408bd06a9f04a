import type { Problem } from '../../../shared/index.ts'
import type { RelationDraft } from '../draft.ts'

export type Part = 'sql' | 'joins' | 'filter' | 'where' | 'sort'

const ofQueries: readonly Problem['code'][] = [
  'QUERY_INVALID',
  'QUERY_NOT_ALLOWED',
  'COLUMN_NOT_FOUND',
  'TABLE_NOT_FOUND',
  'USAGE',
  'TYPE_UNSUPPORTED',
]

/** The part of the form that an error comes from; undefined when it is none of them. */
export function errorPlace(problem: Problem, relation: RelationDraft): Part | undefined {
  if (!ofQueries.includes(problem.code)) return undefined
  const { sql, joins, filter, where, sort } = relation
  const column = problem.place?.column
  if (column !== undefined) {
    if (filter.rules.some((rule) => rule.column === column)) return 'filter'
    if (sort.some((one) => one.column === column)) return 'sort'
  }
  if (sql !== null) return 'sql'
  const isJoinFree = joins.every(({ condition }) => !condition)
  if (where !== null && isJoinFree) return 'where'
  if (problem.code === 'QUERY_INVALID' && filter.rules.length > 0 && isJoinFree) return 'filter'
  return joins.length > 0 ? 'joins' : undefined
}
