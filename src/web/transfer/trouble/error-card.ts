import { problemOf, useDatabases } from '../../api/index.ts'
import type { Draft } from '../draft.ts'
import { errorPlace } from '../relation/index.ts'
import { useTransfer } from '../state.tsx'

/** Whether the source's card says this error in full. */
export function isOfSource(error: Error, { kind, table }: Draft['source']): boolean {
  const problem = problemOf(error)
  if (kind === 'file') return /^(?:FILE|UPLOAD|DIALECT|HEADER|RECORD|USAGE)/.test(problem.code)
  return errorPlace(problem, table) !== undefined || !/^(?:QUERY|COLUMN|TYPE|VALUE)/.test(problem.code)
}

/** Points to the card that says an error in full. */
export const unreadable = (card: 'source' | 'target'): string =>
  `The ${card} cannot be ${card === 'source' ? 'read' : 'reached'} yet: see the message there.`

/** The card that says an error in full already, so that others only point there. */
export function useErrorCard(): (error: Error) => 'source' | 'target' | undefined {
  const {
    draft: { source, target },
    preview,
  } = useTransfer()
  const isIntoTable = source.kind === 'file' && target.kind === 'table'
  const isCut = useDatabases(isIntoTable ? target.table.server : undefined).isError
  const isUnread = preview.error !== null && isOfSource(preview.error, source)
  return (error) => {
    if (isUnread && isOfSource(error, source)) return 'source'
    return isCut && isOfConnection(error) ? 'target' : undefined
  }
}

const isOfConnection = (error: Error): boolean =>
  /^(?:HOST|CONNECTION|TLS|AUTH|TOKEN|NOT_CLICKHOUSE|SERVER_TOO_OLD)/.test(problemOf(error).code)
