/** A part of a staging table that has rows. */
interface LeftPart {
  name: string
  rows: bigint
  /** Its id is known in the target. */
  isThere: boolean
}

/** A partition whose move was begun and broke off at some point, or was not begun. */
export interface BegunMove {
  /** Rows in the staging table before. */
  rows: bigint
  /** Rows in the target before. */
  before: bigint
  /** Rows in the target now. */
  now: bigint
  left: readonly LeftPart[]
  /** A part that the target has taken is known there by its id. */
  knowsParts: boolean
  /** The target holds as many rows as it was given. */
  keepsRows: boolean
}

/** What remains to be done: parts that have arrived are dropped, then the others are moved. */
type RestOfMove = { drop: string[]; move: boolean } | 'unclear'

/**
 * Where a server is killed in the middle of a move, a part may be in both tables; the part's id says so. Later on, when
 * the target may have merged the part away, only rows can be counted, and somebody else may have changed their number.
 */
export function restOfMove({ rows, before, now, left, knowsParts, keepsRows }: BegunMove): RestOfMove {
  const [taken, open] = [left.filter(({ isThere }) => isThere), left.filter(({ isThere }) => !isThere)]
  if (open.length === 0) return { drop: names(taken), move: false }
  const rest = { drop: names(taken), move: true }
  const hasOnlyTaken = keepsRows && now === before + rows - sum(open)
  if (hasOnlyTaken) return rest
  // Two signs that contradict each other are none; and as many rows as are missing may be somebody else's.
  return knowsParts && !(keepsRows && now === before + rows) ? rest : 'unclear'
}

const names = (parts: readonly LeftPart[]) => parts.map(({ name }) => name)
const sum = (parts: readonly { rows: bigint }[]) => parts.reduce((rows, part) => rows + part.rows, 0n)

/** Parts that are inserted in order, each dropped when the target has it; `left` are those not dropped. */
interface BegunInsert {
  /** Rows in the staging table before. */
  rows: bigint
  /** Rows in the target before, and now. */
  before: bigint
  now: bigint
  left: readonly { rows: bigint }[]
}

/** Which of the parts that are left the target may have, by its rows: those of others may be as many as the first has. */
export function mayHave({ rows, before, now, left }: BegunInsert): 'none' | 'first' | 'unclear' {
  const more = now - before - (rows - sum(left))
  if (more === 0n) return 'none'
  return more === left[0]?.rows ? 'first' : 'unclear'
}
