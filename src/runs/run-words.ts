import type { Report, RunEvent, RunStatus, ServerChoice, Transfer } from '../shared/index.ts'
import type { StoredRun } from '../store/index.ts'
import type { Recovered } from './recover.ts'
import type { TokenWait } from './token-wait.ts'

/** Of the log of a run; the last ones are kept. */
export const mostLines = 200

/** What a run says in its log when it comes to a status, in plain words. */
export function statusLine(status: RunStatus, transfer: Transfer): string {
  const source = nameOf(transfer.source)
  switch (status) {
    case 'connecting':
      return `Connecting to ${servers(transfer)}.`
    case 'fetching':
      return `Looking at ${source}.`
    case 'ingesting':
      return `Moving rows from ${source} to ${nameOf(transfer.target)}.`
    case 'committing':
      return 'All rows have arrived. Committing.'
    case 'queued':
    case 'completed':
    case 'failed':
    case 'cancelled':
    case 'interrupted':
      throw new TypeError(`A run ${status} says more than that`)
  }
}

export const typesLine = ({ source }: Transfer): string =>
  `Reading all of ${nameOf(source)} to find the types of its columns.`

export const queuedLine = (before: number): string =>
  before === 0 ? 'Queued.' : `Queued behind ${number(before)} other ${before === 1 ? 'run' : 'runs'}.`

/** While it waited for something else, others have begun. */
export const waitsAgainLine = 'Other runs go on; waiting for the next free place.'

export const waitsToCommitLine = 'Another run is committing into this table; waiting for its end.'

export function tokenLine(wait: TokenWait | null): string {
  if (wait === null) return 'A new token has come; going on.'
  const [end, until] = [wait.endedAt, wait.until].map((time) => time.toISOString())
  return `The token of ${wait.connection} ended at ${end}; waiting for a new one until ${until}.`
}

export const rejectedLine = ({
  rowsRead,
  rowsRejected,
}: {
  rowsRead: number
  rowsRejected: number
}): string =>
  `${number(rowsRejected)} of ${number(rowsRead)} records ${rowsRejected === 1 ? 'was' : 'were'} rejected; they are kept with the reason for each.`

/** An attempt has failed, and another one begins. */
export function retryLine({ failed, waitMs }: Extract<RunEvent, { type: 'retry' }>): string {
  const why = failed.error.message.replace(/\.$/, '')
  return `Attempt ${failed.number} failed: ${why}; beginning again in ${(waitMs / 1000).toFixed(waitMs < 950 ? 1 : 0)} s.`
}

/** The last lines of a run that completed. */
export function completedLines({ rowsWritten, durationMs, commit, verification }: Report): string[] {
  const moved = `Moved ${number(rowsWritten)} ${rowsWritten === 1 ? 'row' : 'rows'} in ${(durationMs / 1000).toFixed(1)} s`
  const lines = [`${moved}, ${commit === null ? '' : commits[commit]}.`]
  if (verification && verification.mode !== 'none') {
    const what = verification.mode === 'count' ? 'Row counts' : 'Rows and checksums'
    lines.push(`${what} are equal on both ends: ${verification.target ?? ''}.`)
  }
  return lines
}

const commits: Record<NonNullable<Report['commit']>, string> = {
  rename: 'all at once, as a new table',
  exchange: 'all at once, in place of the old table',
  'partition-move': 'partition by partition, out of a staging table',
  'insert-select': 'out of a staging table, by one statement',
  'single-block': 'all at once, as one block',
  'file-rename': 'all at once, as a complete file',
  direct: 'straight into the table',
}

/** Half a sentence on a run that ended before its commit. */
export function whatStays({ commit }: Pick<Report, 'commit'>): string {
  if (commit === 'direct') return 'rows that had arrived by then stay in the table'
  return commit === 'single-block' ? 'the table has all of its rows, or none' : 'nothing was changed'
}

/** What can be said of a run whose process ended, by what became of what it had left on servers. */
export function interruptedLine({ status, transfer }: StoredRun, recovered: Recovered[]): string {
  const begun = recovered.find(({ entry }) => entry.committing)
  if (begun) return commitLine(begun)
  const [left] = recovered
  if (left) return `Flathouse ended during this run; ${whatStays(left.entry)}.${stagingLine(left)}`
  if (status === 'queued' || status === 'connecting' || status === 'fetching')
    return 'Flathouse ended before this run moved anything; nothing was changed.'
  if (transfer.direction !== 'import')
    return status === 'committing'
      ? 'Flathouse ended while this run was committing: the file is complete, or nothing was changed.'
      : 'Flathouse ended during this run; nothing was changed.'
  return 'Flathouse ended during this run: the target is as it was, unless rows went straight into the table.'
}

/** Of a table that its server does not drop. */
function stagingLine({ entry: { label, database, staging }, problem }: Recovered): string {
  if (!problem) return ''
  return ` The table ${database}.${staging} on ${label} is still there, and is dropped as soon as it can be: ${problem.message}`
}

function commitLine({ entry, outcome, problem }: Recovered): string {
  const { label, database, staging, target } = entry
  if (outcome === 'unclear')
    return `The commit of this run broke off, and whether all its rows have arrived cannot be told: they are kept in ${database}.${staging} on ${label}.`
  if (outcome === 'abandoned')
    return `The commit of this run broke off, and somebody has dropped ${database}.${staging} on ${label}, which had what was missing: look whether ${database}.${target} has all rows.`
  const why = problem?.message ?? `${label} cannot be asked now.`
  return `The commit of this run broke off, and will be completed as soon as it can: ${why}`
}

function nameOf(end: Transfer['source'] | Transfer['target']): string {
  if (end.kind === 'file') return end.path === '-' ? 'standard input' : end.path
  if (end.kind === 'query') return `the query on ${serverName(end.server)}`
  const table = end.database === undefined ? end.table : `${end.database}.${end.table}`
  return `${table} on ${serverName(end.server)}`
}

/** The embedded server reads and writes the files of every transfer, so there is always one to connect to. */
function servers({ source, target }: Transfer): string {
  const [end] = [source, target].filter((either) => either.kind !== 'file')
  return end ? serverName(end.server) : serverName('embedded')
}

export const serverName = (choice: ServerChoice): string => {
  if (choice === 'embedded') return 'the embedded database'
  return typeof choice === 'string' ? choice : `${choice.host}:${choice.port}`
}

const number = (value: number): string => value.toLocaleString('en-US')
