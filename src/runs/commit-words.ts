import type { CommitMark } from '../core/transfer/index.ts'
import type { TableName } from '../core/sql/index.ts'
import { AppError } from '../shared/index.ts'
import type { CommitTables } from './commit-tables.ts'

/** A commit that will be completed when its server can be asked again, or does not refuse any more. */
export function brokenOff(
  { staging, target }: CommitTables,
  server: string,
  mark: CommitMark,
  cause: AppError,
): AppError {
  const rows =
    mark.kind === 'partition-move'
      ? `what ${shown(target)} has not yet of ${count(mark.partitions.length, 'partition')} is in ${shown(staging)}`
      : `what ${shown(target)} has not yet is in ${shown(staging)}`
  const when = cause.canPass ? 'when the server is back' : 'as soon as the server does not refuse it any more'
  return interrupted(
    `The commit broke off at ${server}: ${rows}, and Flathouse completes it ${when}.`,
    server,
    cause,
  )
}

/** A commit of which nobody but a person can tell what is left to do. */
export const unclearCommit = ({ staging, target }: CommitTables, server: string): AppError =>
  interrupted(
    `The commit broke off at ${server}, and ${shown(target)} was changed meanwhile, so that Flathouse cannot tell which rows of ${shown(staging)} it has: insert those that are missing, then drop ${shown(staging)}.`,
    server,
  )

/** A commit that has not begun, of which the journal may say that it has. */
export const unwritten = ({ staging, target }: CommitTables, server: string, cause: AppError): AppError =>
  interrupted(
    `The journal of Flathouse could not be written when the commit was to begin, so ${shown(staging)} is kept at ${server} and, when the journal can be read again, is either dropped or completes ${shown(target)}.`,
    server,
    cause,
  )

/** A commit that cannot be completed any more. */
export const goneStaging = ({ staging, target }: CommitTables, server: string): AppError =>
  interrupted(
    `The commit broke off at ${server}, and somebody has dropped ${shown(staging)}, which had what was missing: look whether ${shown(target)} has all rows.`,
    server,
  )

const interrupted = (sentence: string, host: string, cause?: AppError): AppError =>
  new AppError('RUN_INTERRUPTED', sentence, {
    place: { host },
    ...(cause && { cause, detail: cause.detail ?? cause.message }),
  })

const shown = ({ database, table }: TableName) => `${database}.${table}`
const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`
