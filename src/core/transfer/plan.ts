import type { Commit, Mapping, Strategy } from '../../shared/index.ts'
import type { FileColumn, Settings } from '../sql/index.ts'
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
  /** As in the report. */
  commitReason?: string
  columns: (Mapping & { type: string })[]
  /** Undefined when rows go straight into the target. */
  staging?: Staging
  /** The SELECT of a pipe; a pushdown has it inside `write`. */
  read?: PlannedStatement
  /** Of what a pipe carries, in order, when a checksum of it is to be taken on the way. */
  hashed?: FileColumn[]
  /** The INSERT, without FORMAT. */
  write: PlannedStatement
  warnings: string[]
}

/** @param token of one statement: no table may take blocks of a second import of the same file for a retry */
export const insertSettings = (token: string): Settings => ({
  async_insert: 0,
  // What else would say that they are meant, insert_deduplicate, means nothing any more on 26.7 (seen).
  insert_deduplication_token: token,
  max_partitions_per_insert_block: 0,
})
