import { randomUUID } from 'node:crypto'
import type { Server, Statement } from '../clickhouse/index.ts'
import { nestedAsOne, tableName } from '../core/sql/index.ts'
import { addSums, sumsTable, takeSums, type Plan } from '../core/transfer/index.ts'
import { sumsOf, takenOnTheWay, type Found } from './verify.ts'

/** Rows and checksum of what a pipe carries, which the embedded server takes from a copy of it. */
export interface Tally extends AsyncDisposable {
  copy: { to: Server; write: Statement }
  /** To be asked when the pipe has ended. */
  found(signal: AbortSignal): Promise<Found>
}

/** Undefined when the plan wants none. */
export async function openTally(
  { hashed }: Plan,
  embedded: Server,
  { runId, attempt }: { runId: string; attempt: number },
): Promise<Tally | undefined> {
  if (!hashed) return undefined
  const table = `__flathouse_${runId.replaceAll('-', '')}_${attempt}_sums`
  const name = { database: embedded.database, table }
  const take = takeSums(name, hashed)
  await embedded.command(sumsTable(name))
  return {
    copy: { to: embedded, write: { sql: take, settings: nestedAsOne, queryId: randomUUID() } },
    found: async (signal) => ({
      value: await sumsOf(embedded, addSums(name), signal),
      sql: takenOnTheWay(take),
    }),
    // Left behind it is only an unused table.
    [Symbol.asyncDispose]: () =>
      embedded
        .command(`DROP TABLE IF EXISTS ${tableName(name)} SYNC`, { isAside: true })
        .catch(() => undefined),
  }
}
