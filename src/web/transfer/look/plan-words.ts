import type { PlanView, TransferInput } from '../../../shared/index.ts'
import { formatBytes, formatCount, formatNoun } from '../../format.ts'
import { isSplit } from '../../transfer-words.ts'
import { firstOf } from '../ends/file-name.ts'

/** Which way the data goes. */
export function wayOf({ strategy, statements, reading }: PlanView): string {
  const reads = statements.find(({ role }) => role === 'read')?.server
  const writes = statements.findLast(({ role }) => role === 'write')?.server
  if (strategy === 'pushdown') {
    return reading?.by === 'normaliser'
      ? `${placeOf(writes)} does all of it in one statement, while the normaliser hands it the file as plain CSV.`
      : `${placeOf(writes)} does all of it in one statement; no row passes through Flathouse.`
  }
  return `Rows stream from ${lower(placeOf(reads))} to ${lower(placeOf(writes))}, compressed, while they are read; none of them is kept on the way.`
}

const placeOf = (server: string | undefined) =>
  server === undefined || server === 'embedded' || server.startsWith('the embedded')
    ? 'The embedded database'
    : server

const lower = (text: string) => text.replace(/^The /, 'the ')

interface CommitWords {
  /** Whether a failure leaves everything as it was. */
  isAllOrNothing: boolean
  text: string
}

/** What "all or nothing" means here. */
export function commitWords({ commit }: PlanView, transfer: TransferInput): CommitWords {
  const { target } = transfer
  const name =
    target.kind === 'file'
      ? target.path
      : target.database
        ? `${target.database}.${target.table}`
        : target.table
  const texts: Record<PlanView['commit'], string> = {
    rename: `All or nothing: rows are loaded into a staging table, which becomes ${name} when all of them are in and counted. Until then there is no such table.`,
    exchange: `All or nothing: rows are loaded into a staging table, which takes the place of ${name} in one step when all of them are in and counted. Until then the old rows are there.`,
    'partition-move': `All or nothing: rows are loaded into a staging table and moved into ${name} when all of them are in and counted. Until then ${name} is as it was; a move that is interrupted is finished at the next start.`,
    'insert-select': `All or nothing: rows are loaded into a staging table and inserted into ${name} by one statement when all of them are in and counted. Until then ${name} is as it was; after a crash in that statement the counts tell what became of it.`,
    'single-block': `All or nothing: the rows are few enough for one block, which ${name} takes whole or not at all.`,
    'file-rename': isSplit(transfer)
      ? `All or nothing: the files are written under other names and become ${firstOf(name)} and so on when all of them are whole; the list of them, which says what belongs together, comes last.`
      : `Complete or absent: the file is written under another name and becomes ${name} when it is whole. A file of that name stays until then.`,
    direct: `Not all or nothing: rows go straight into ${name}. If the run fails or is cancelled, those that have arrived stay.`,
  }
  return { isAllOrNothing: commit !== 'direct', text: texts[commit] }
}

/** What is known of the amount before it runs. */
export function amountOf({ rows, bytes }: PlanView): string {
  const parts = [
    rows === null ? undefined : `about ${formatNoun(rows, 'row')}`,
    bytes === null ? undefined : `${formatBytes(bytes)} to read`,
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? 'how much is not known before it runs.' : `${parts.join(', ')}.`
}

export const typesNote = ({ sampled }: PlanView): string | undefined =>
  sampled === null
    ? undefined
    : `Types come from the first ${formatCount(sampled)} records. The run reads all of them first: a type may become wider then.`

const roles = { create: 'Create the table', read: 'Read', write: 'Write' } as const

export const titleOf = ({ role, server }: PlanView['statements'][number]): string =>
  `${roles[role]} – on ${lower(placeOf(server))}`
