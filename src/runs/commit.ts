import type { Server } from '../clickhouse/index.ts'
import { identifier, literal, tableName } from '../core/sql/index.ts'
import {
  asOneBlock,
  countsRows,
  knowsTokens,
  restOfMove,
  type CommitMark,
  type Plan,
} from '../core/transfer/index.ts'
import { AppError } from '../shared/index.ts'
import { withoutLimit } from './drop.ts'
import { fromPart, hasFirst } from './commit-evidence.ts'
import { CommitSession, isId, type CommitTables, type Part } from './commit-tables.ts'

type MarkOf<Kind> = Extract<CommitMark, { kind: Kind }>

/** What has to be known to complete the commit of a loaded staging table, whatever happens. Nothing is committed yet. */
export async function markCommit(
  server: Server,
  { commit }: Pick<Plan, 'commit'>,
  tables: CommitTables,
  signal?: AbortSignal,
): Promise<CommitMark> {
  const session = new CommitSession(server, tables, signal)
  const { feeds, ...same } = await marked(session)
  if (commit === 'partition-move' && feeds) throw feedsNow(server, tables)
  if (commit === 'partition-move') return { ...(await markMove(session)), ...same }
  if (commit === 'insert-select') {
    const parts = await leftParts(session)
    const [rows, since] = [String(sum(parts)), await session.now()]
    return { kind: commit, rows, before: String(await session.count(tables.target)), since, ...same }
  }
  if (commit !== 'rename' && commit !== 'exchange') throw new TypeError(`Nothing is staged for ${commit}`)
  const { staging = '' } = await session.uuids()
  return { kind: commit, uuid: staging, ...same }
}

interface MarkedTable {
  name: string
  engine: string
  uuid: string
  server: string
  feeds: number
}

/** What is known of both tables by their ids: where they are, and whether views see what is inserted by now. */
async function marked(
  session: CommitSession,
): Promise<Pick<CommitMark, 'server' | 'targetUuid'> & { feeds: boolean }> {
  const { staging, target } = session.tables
  const found = await session.rowsIfAllowed<MarkedTable>(
    `SELECT name, engine, toString(uuid) AS uuid, toString(serverUUID()) AS server,
     notEmpty(dependencies_table) AS feeds
     FROM system.tables WHERE (${session.is(staging, 'name')}) OR (${session.is(target, 'name')})`,
  )
  const [own, theirs] = [staging, target].map(({ table }) => found?.find(({ name }) => name === table))
  return {
    // Behind one address there may be several servers, of which only one has a table that is not shared.
    ...(own && !knowsTokens(own.engine) && { server: own.server }),
    ...(theirs && isId(theirs.uuid) && { targetUuid: theirs.uuid }),
    feeds: theirs?.feeds === 1,
  }
}

const feedsNow = (server: Server, { target }: CommitTables): AppError =>
  new AppError(
    'TABLE_CHANGED',
    `A materialized view was made on ${target.database}.${target.table} while rows were loaded, and would not have seen them: nothing was changed.`,
    { place: { host: server.label } },
  )

/** From here on the parts stay the same: a part that a merge has made out of one that was moved would tell nothing. */
async function markMove(session: CommitSession): Promise<MarkOf<'partition-move'>> {
  const isStill = await holdOffMerges(session)
  const seen = await session.parts()
  const hasIds = seen.staging.some(({ uuid }) => isId(uuid))
  if (hasIds && isStill !== true) throw isStill
  const partitions = [...Map.groupBy(seen.staging, ({ partition }) => partition)].map(([id, parts]) => ({
    id,
    rows: String(sum(parts)),
    before: String(seen.rows.get(id) ?? 0n),
  }))
  const until = hasIds && seen.hasMerged ? await knownUntil(session) : undefined
  return { kind: 'partition-move', partitions, ...(until !== undefined && { partsKnownUntil: until }) }
}

/** Who may not change a setting could give the parts no ids either. */
async function holdOffMerges(session: CommitSession): Promise<true | AppError> {
  try {
    await session.command(`ALTER TABLE ${tableName(session.tables.staging)} MODIFY SETTING ${noMerges}`)
    return true
  } catch (error) {
    if (error instanceof AppError && !error.canPass && error.code !== 'CANCELLED') return error
    throw error
  }
}

/** The second also holds off what removes expired rows. */
export const noMerges =
  'max_bytes_to_merge_at_max_space_in_pool = 1, max_number_of_merges_with_ttl_in_pool = 0'

/** How long the target keeps parts that it has merged into others. */
async function knownUntil(session: CommitSession): Promise<number | undefined> {
  const [row] =
    (await session.rowsIfAllowed<{ now: number; engine: string; usual: string }>(
      `SELECT toUnixTimestamp(now()) AS now, engine_full AS engine,
       (SELECT value FROM system.merge_tree_settings WHERE name = 'old_parts_lifetime') AS usual
       FROM system.tables WHERE ${session.is(session.tables.target, 'name')}`,
    )) ?? []
  if (row === undefined) return undefined
  return row.now + Number(/\bold_parts_lifetime = (\d+)/.exec(row.engine)?.[1] ?? row.usual)
}

/** Commits for the first time: what is marked is as it was. Breaks off where the server does, or refuses. */
export async function commitMarked(
  server: Server,
  tables: CommitTables,
  mark: CommitMark,
  signal?: AbortSignal,
): Promise<void> {
  const session = new CommitSession(server, tables, signal)
  if (mark.kind === 'rename') await rename(session)
  else if (mark.kind === 'exchange') await exchange(session)
  else if (mark.kind === 'partition-move') await movePartitions(session, mark.partitions)
  else await insertParts(session, await leftParts(session))
}

/**
 * Completes a commit that was begun, at whatever point it broke off; doing so twice changes nothing.
 *
 * @returns `unclear` when it cannot be told which rows the target has: then nothing is done; `gone` when the staging
 *   table is not there any more, and with it what the target may lack
 * @throws {AppError} when the server cannot be asked, or refuses
 */
export async function rollForward(
  server: Server,
  tables: CommitTables,
  mark: CommitMark,
  signal?: AbortSignal,
): Promise<'completed' | 'unclear' | 'gone'> {
  const session = new CommitSession(server, tables, signal)
  await requireSame(server, session, mark)
  const uuids = await session.uuids()
  const hasItsName = 'uuid' in mark && isId(mark.uuid) && uuids.target === mark.uuid
  if (hasItsName) return 'completed'
  if (uuids.staging === undefined) return 'gone'
  // What is there under its name now has taken nothing.
  const isOther = mark.targetUuid !== undefined && uuids.target !== mark.targetUuid
  if (isOther && !(mark.kind === 'exchange' && uuids.target === undefined)) return 'unclear'
  if (mark.kind === 'partition-move') return await goOnMoving(session, mark)
  if (mark.kind === 'insert-select') return await goOnInserting(session, mark)
  if (uuids.staging !== mark.uuid) return 'unclear'
  if (uuids.target === undefined) await rename(session)
  else if (mark.kind === 'exchange') await exchange(session)
  else return 'unclear'
  return 'completed'
}

async function requireSame(server: Server, session: CommitSession, mark: CommitMark): Promise<void> {
  if (mark.server === undefined) return
  const [row] = await session.rows<{ server: string }>('SELECT toString(serverUUID()) AS server')
  if (row?.server === mark.server) return
  const { staging } = session.tables
  throw new AppError(
    'CONNECTION_LOST',
    `Another server than the one that has the table ${staging.database}.${staging.table} answers at ${server.label}.`,
    { place: { host: server.label } },
  )
}

/** Whether the target has nothing yet of a commit that the server does not want to complete. */
export async function isUntouched(
  server: Server,
  tables: CommitTables,
  mark: CommitMark,
  signal?: AbortSignal,
): Promise<boolean> {
  const session = new CommitSession(server, tables, signal)
  await requireSame(server, session, mark)
  if (mark.kind === 'partition-move') {
    const { staging, uuids } = await session.parts()
    const marked = mark.partitions.reduce((rows, partition) => rows + BigInt(partition.rows), 0n)
    return sum(staging) === marked && !staging.some(({ uuid }) => uuids.has(uuid))
  }
  if (mark.kind === 'insert-select') {
    const isWhole = sum(await leftParts(session)) === BigInt(mark.rows)
    const target = mark.targetUuid === undefined ? tables.target : await session.named(mark.targetUuid)
    return isWhole && (target === undefined || (await session.count(target)) === BigInt(mark.before))
  }
  return (await session.uuids()).staging === mark.uuid
}

async function rename(session: CommitSession): Promise<void> {
  const { staging, target } = session.tables
  await session.command(`RENAME TABLE ${tableName(staging)} TO ${tableName(target)}`)
}

async function exchange(session: CommitSession): Promise<void> {
  const { staging, target } = session.tables
  await session.command(`EXCHANGE TABLES ${tableName(staging)} AND ${tableName(target)}`)
}

/** So that a statement stays short. */
const partitionsAtOnce = 100

/** One statement for many is faster: 24 partitions of 3 parts took 170 ms, and 520 ms one by one (seen on 26.7). */
async function movePartitions(session: CommitSession, partitions: readonly { id: string }[]): Promise<void> {
  const { staging, target } = session.tables
  for (let from = 0; from < partitions.length; from += partitionsAtOnce) {
    const moves = partitions
      .slice(from, from + partitionsAtOnce)
      .map(({ id }) => `MOVE PARTITION ID ${literal(id)} TO TABLE ${tableName(target)}`)
    await session.command(`ALTER TABLE ${tableName(staging)} ${moves.join(', ')}`)
  }
}

async function goOnMoving(
  session: CommitSession,
  mark: MarkOf<'partition-move'>,
): Promise<'completed' | 'unclear'> {
  const seen = await session.parts()
  const left = Map.groupBy(seen.staging, ({ partition }) => partition)
  const given = {
    knowsParts: await knowsParts(session, mark),
    keepsRows: countsRows(await engineOf(session)),
  }
  const steps = mark.partitions.map(({ id, rows, before }) => ({
    id,
    step: restOfMove({
      ...given,
      rows: BigInt(rows),
      before: BigInt(before),
      now: seen.rows.get(id) ?? 0n,
      left: (left.get(id) ?? []).map((part) => ({ ...part, isThere: seen.uuids.has(part.uuid) })),
    }),
  }))
  const clear = steps.flatMap(({ id, step }) => (step === 'unclear' ? [] : [{ id, ...step }]))
  if (clear.length < steps.length) return 'unclear'
  for (const { drop } of clear) for (const name of drop) await dropPart(session, name)
  await movePartitions(
    session,
    clear.filter(({ move }) => move),
  )
  return 'completed'
}

async function knowsParts(session: CommitSession, mark: MarkOf<'partition-move'>): Promise<boolean> {
  if (mark.partsKnownUntil === undefined) return false
  return (await session.now()) < mark.partsKnownUntil
}

async function engineOf(session: CommitSession): Promise<string> {
  const [row] = await session.rows<{ engine: string }>(
    `SELECT engine FROM system.tables WHERE ${session.is(session.tables.target, 'name')}`,
  )
  return row?.engine ?? ''
}

/** What the staging table still has, in the order in which it is inserted. */
const leftParts = async (session: CommitSession): Promise<Part[]> => (await session.parts()).staging

async function goOnInserting(
  session: CommitSession,
  mark: MarkOf<'insert-select'>,
): Promise<'completed' | 'unclear'> {
  const left = await leftParts(session)
  const engine = await engineOf(session)
  // Of replicas one may not know yet what another has taken; but none takes the same token twice.
  if (knowsTokens(engine)) {
    await insertParts(session, left, { mayHaveFirst: true })
    return 'completed'
  }
  const has = await hasFirst(session, mark, left, countsRows(engine))
  if (has === 'unclear') return 'unclear'
  if (has) await dropPart(session, left.shift()?.name ?? '')
  await insertParts(session, left)
  return 'completed'
}

/**
 * Part by part, each as one block, under a token of its own. A replicated table does not take the same token twice (as
 * its documentation says, within its window of the last 10,000 inserts and of an hour or a week, by version; seen on 26.7
 * is that a plain table with such a window does not).
 */
async function insertParts(
  session: CommitSession,
  parts: readonly Part[],
  { mayHaveFirst = false } = {},
): Promise<void> {
  const { staging, target } = session.tables
  const columns = (await session.given()).map(({ name }) => identifier(name)).join(', ')
  for (const part of parts) {
    const written = await session.insert(
      `INSERT INTO ${tableName(target)} (${columns}) SELECT ${columns} ${fromPart(session, part)}`,
      {
        ...asOneBlock,
        async_insert: 0,
        max_partitions_per_insert_block: 0,
        insert_deduplication_token: `${staging.table}_${part.name}`,
        // A view that has taken it already does not take it again.
        deduplicate_blocks_in_dependent_materialized_views: 1,
      },
    )
    // Rows of views are counted, too, so that there may be more.
    const isWhole = BigInt(written) >= part.rows || (mayHaveFirst && part === parts[0])
    if (!isWhole) throw notAll(session.tables, part, written)
    await dropPart(session, part.name)
  }
}

const notAll = ({ staging, target }: CommitTables, { name, rows }: Part, written: number): AppError =>
  new AppError(
    'VERIFICATION_FAILED',
    `Of ${rows} rows of the part ${name} of ${staging.database}.${staging.table}, ${written} were inserted into ${target.database}.${target.table}.`,
  )

const dropPart = (session: CommitSession, name: string): Promise<void> =>
  withoutLimit((settings) =>
    session.command(`ALTER TABLE ${tableName(session.tables.staging)} DROP PART ${literal(name)}`, settings),
  )

const sum = (parts: readonly { rows: bigint }[]): bigint => parts.reduce((rows, part) => rows + part.rows, 0n)
