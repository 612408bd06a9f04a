import type { TransferInput } from '../../../shared/index.ts'
import { useStartRun } from '../../api/index.ts'
import { useTransfer } from '../state.tsx'

export interface Starting {
  begin: (transfer: TransferInput) => void
  isBusy: boolean
  /** Why the last try did not even become a run. */
  error: Error | null
}

/** Starts a run and follows it. */
export function useStart(): Starting {
  const { follow } = useTransfer()
  const start = useStartRun()
  const begin = (transfer: TransferInput) => {
    if (!start.isPending) start.mutate(transfer, { onSuccess: ({ id }) => follow(id) })
  }
  return { begin, isBusy: start.isPending, error: start.error }
}
