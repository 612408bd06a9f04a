import type { TableName } from '../core/sql/index.ts'
import type { Division, Plan } from '../core/transfer/index.ts'
import type { JournalEntry } from '../store/index.ts'
import type { Preparation, Servers } from './prepared.ts'
import type { Surroundings } from './surroundings.ts'

interface Helped {
  plan: Plan & { division?: Division }
  servers: Servers
  /** A table, or a file by its name. */
  target: { name: Pick<TableName, 'table'> }
  surroundings: Surroundings
}

/**
 * Writes an attempt down that stages nothing but makes tables in the embedded database, so that they are dropped should
 * its process end before it can.
 */
export async function noteHelpers(
  { plan, servers: { embedded }, target, surroundings: { journal } }: Helped,
  { runId, attempt }: Pick<Preparation, 'runId' | 'attempt'>,
): Promise<AsyncDisposable | undefined> {
  if (plan.staging || !(plan.division ?? plan.hashed)) return undefined
  const entry: JournalEntry = {
    ...{ runId, attempt, server: 'embedded', label: embedded.label },
    database: embedded.database,
    staging: `__flathouse_${runId.replaceAll('-', '')}_${attempt}`,
    target: target.name.table,
    commit: plan.commit,
    committing: null,
    startedAt: new Date().toISOString(),
  }
  await journal.begin(entry)
  // What cannot be ended now is, when this process has.
  return { [Symbol.asyncDispose]: () => journal.end(entry).catch(() => undefined) }
}
