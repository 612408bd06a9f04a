import type { Server } from '../clickhouse/index.ts'
import { literal, tableName, type TableName } from '../core/sql/index.ts'
import type { Plan } from '../core/transfer/index.ts'
import { AppError } from '../shared/index.ts'

/** The staging table of one import, dropped when its scope is left. */
export interface StagingTable extends AsyncDisposable {
  /** Makes what was loaded visible in the target. */
  commit(): Promise<void>
}

/** Creates the staging table of the plan; without one, rows go straight into the target. */
export async function createStaging(plan: Plan, server: Server, target: TableName): Promise<StagingTable> {
  const { staging } = plan
  if (!staging) return { commit: () => Promise.resolve(), [Symbol.asyncDispose]: () => Promise.resolve() }
  await server.command(staging.create.sql, { settings: staging.create.settings })
  return {
    commit: () => commitStaging(plan, server, staging.name, target),
    // Left behind it is only an unused table, so a server that is gone must not hide what made it go.
    [Symbol.asyncDispose]: () =>
      server
        .command(`DROP TABLE IF EXISTS ${tableName(staging.name)} SYNC`, { isAside: true })
        .catch(() => undefined),
  }
}

async function commitStaging(
  plan: Plan,
  server: Server,
  staging: TableName,
  target: TableName,
): Promise<void> {
  const [from, to] = [tableName(staging), tableName(target)]
  if (plan.commit === 'rename') await rename(server, from, to, target)
  else if (plan.commit === 'exchange') await server.command(`EXCHANGE TABLES ${from} AND ${to}`)
  else
    for (const id of await partitions(server, staging)) {
      await server.command(`ALTER TABLE ${from} MOVE PARTITION ID ${literal(id)} TO TABLE ${to}`)
    }
}

async function rename(server: Server, from: string, to: string, target: TableName): Promise<void> {
  try {
    await server.command(`RENAME TABLE ${from} TO ${to}`)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'TABLE_EXISTS') throw error
    const name = `${target.database}.${target.table}`
    throw new AppError('TABLE_EXISTS', `The table ${name} was created by someone else meanwhile.`, {
      cause: error,
    })
  }
}

async function partitions(server: Server, { database, table }: TableName): Promise<string[]> {
  const rows = await server.rows<{ id: string }>(
    `SELECT DISTINCT partition_id AS id FROM system.parts WHERE active AND database = ${literal(database)} AND table = ${literal(table)} ORDER BY id`,
  )
  return rows.map(({ id }) => id)
}
