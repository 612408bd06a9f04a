import { useState } from 'react'
import type { FileCheck, TransferInput } from '../../../shared/index.ts'
import { useFileCheck, type ImportInput } from '../../api/index.ts'

/** What all records of the file would come to, as far as it was asked for. */
export interface Check {
  data: FileCheck | undefined
  isChecking: boolean
  error: Error | null
  /** What was checked is not what is chosen now. */
  isOld: boolean
  /** Undefined while there is no import to check. */
  start: (() => void) | undefined
  stop: () => void
}

export function useCheck(transfer: TransferInput | undefined): Check {
  const [asked, setAsked] = useState<ImportInput>()
  const { data, isFetching, error, refetch } = useFileCheck(asked)
  const now = transfer?.direction === 'import' ? transfer : undefined
  const isOld = asked !== undefined && (now === undefined || keyOf(asked) !== keyOf(now))
  return {
    data: asked && data,
    isChecking: isFetching,
    error: asked ? error : null,
    isOld,
    start: now && (() => (asked === undefined || isOld ? setAsked(now) : void refetch())),
    stop: () => setAsked(undefined),
  }
}

/** What becomes of bad records does not change which they are. */
const keyOf = (transfer: ImportInput): string =>
  JSON.stringify({ ...transfer, onError: undefined, rejectLimit: undefined, verify: undefined })
