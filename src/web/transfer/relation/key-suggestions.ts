import { areComparable } from './type-family.ts'

interface Column {
  name: string
  type: string
}

/** A table of the relation under the name by which its columns are told apart. */
export interface AliasedTable {
  alias: string
  columns: readonly Column[]
}

export interface KeyPair {
  left: { table: string; column: string }
  right: string
}

const enough = 3

/** Pairs of columns that look like keys of each other, the likeliest first. */
export function suggestKeys(left: readonly AliasedTable[], right: AliasedTable, table: string): KeyPair[] {
  const pairs = left.flatMap(({ alias, columns }) =>
    columns.flatMap((column) =>
      right.columns
        .filter((other) => areComparable(column.type, other.type))
        .map((other) => {
          const score = likeness({ table: alias, name: column.name }, { table, name: other.name })
          return { score, pair: { left: { table: alias, column: column.name }, right: other.name } }
        }),
    ),
  )
  return pairs
    .filter(({ score }) => score > 0)
    .toSorted((one, other) => other.score - one.score)
    .slice(0, enough)
    .map(({ pair }) => pair)
}

interface Named {
  table: string
  name: string
}

function likeness(left: Named, right: Named): number {
  const [one, other] = [plain(left.name), plain(right.name)]
  if (refersTo(one, right, other) || refersTo(other, left, one)) return 4
  if (one !== other) return 0
  // Two tables that each have an `id` or a `name` of their own rarely mean the same by it.
  if (vague.has(one)) return 1
  return /(?:id|key|code|no)$/.test(one) ? 3 : 2
}

/** `airport_id` of one table is the `id` (or `code`, `key`) of another that is called `airports`. */
function refersTo(name: string, { table }: Named, key: string): boolean {
  if (!keys.has(key)) return false
  const single = singular(plain(table))
  return name === `${single}${key}` || name === single
}

const keys = new Set(['id', 'key', 'code', 'no', 'uuid'])
const vague = new Set(['id', 'name', 'type', 'date', 'status', 'time', 'created', 'updated', 'comment'])

const plain = (name: string) => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')

const singular = (name: string) =>
  name.endsWith('ies') ? `${name.slice(0, -3)}y` : name.replace(/(?<=[sx]|ch|sh)es$|(?<!s)s$/, '')
