import type { Report, RunStatus, ServerChoice, Transfer } from '../shared/index.ts'
import type { TokenWait } from './token-wait.ts'

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

export function tokenLine(wait: TokenWait | null): string {
  if (wait === null) return 'A new token has come; going on.'
  const [end, until] = [wait.endedAt, wait.until].map((time) => time.toISOString())
  return `The token of ${wait.connection} ended at ${end}; waiting for a new one until ${until}.`
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
  'file-rename': 'all at once, as a complete file',
  direct: 'straight into the table',
}

/** What a killed process leaves of a run that was at this status. */
export function killedLine(status: RunStatus): string {
  if (status === 'committing')
    return 'Flathouse ended while this run was committing: its rows may be in the target.'
  if (status === 'ingesting')
    return 'Flathouse ended during this run: the target is as it was, unless rows went straight into the table.'
  return 'Flathouse ended before this run moved anything; nothing was changed.'
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

const serverName = (choice: ServerChoice): string => {
  if (choice === 'embedded') return 'the embedded database'
  return typeof choice === 'string' ? choice : `${choice.host}:${choice.port}`
}

const number = (value: number): string => value.toLocaleString('en-US')
