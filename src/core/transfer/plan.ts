import type { Commit, Mapping, Strategy } from '../../shared/index.ts'
import type { Settings } from '../sql/index.ts'
import type { Place } from './facts.ts'

export interface PlannedStatement {
  place: Place
  sql: string
  settings: Settings
}

/** The table that is loaded in place of the target. */
interface Staging {
  name: { database: string; table: string }
  create: PlannedStatement
}

/** What will happen, decided before anything does. */
export interface Plan {
  strategy: Strategy
  commit: Commit
  columns: (Mapping & { type: string })[]
  /** Undefined when rows go straight into the target. */
  staging?: Staging
  /** The SELECT of a pipe; a pushdown has it inside `write`. */
  read?: PlannedStatement
  /** The INSERT, without FORMAT. */
  write: PlannedStatement
  warnings: string[]
}
