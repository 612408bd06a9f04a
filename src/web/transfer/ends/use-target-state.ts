import { bodyOf } from '../../words.ts'
import { useTransfer } from '../state.tsx'

/** Whether the target's table is there; `unknown` while that is asked for, and when it cannot be told. */
export type TargetState = 'exists' | 'new' | 'unknown'

export function useTargetState(): TargetState {
  const { targetTable } = useTransfer()
  if (targetTable.error) return bodyOf(targetTable.error).code === 'TABLE_NOT_FOUND' ? 'new' : 'unknown'
  return targetTable.data ? 'exists' : 'unknown'
}
