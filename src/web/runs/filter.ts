import type { RunStatus, Transfer } from '../../shared/index.ts'

export type DirectionChoice = Transfer['direction'] | 'all'
export type StatusChoice = RunStatus | 'all'

export const directionOptions: readonly { value: DirectionChoice; label: string }[] = [
  { value: 'all', label: 'All directions' },
  { value: 'import', label: 'Imports' },
  { value: 'export', label: 'Exports' },
  { value: 'convert', label: 'Conversions' },
]

export const statusOptions: readonly { value: StatusChoice; label: string }[] = [
  { value: 'all', label: 'Every status' },
  { value: 'completed', label: 'Completed' },
  { value: 'failed', label: 'Error' },
  { value: 'cancelled', label: 'Cancelled' },
  { value: 'interrupted', label: 'Interrupted' },
  { value: 'queued', label: 'Queued' },
  { value: 'ingesting', label: 'Ingesting' },
]

export interface RunChoice {
  direction: DirectionChoice
  status: StatusChoice
}

/** What a page's address asks for; what it does not know is taken for all. */
export const choiceOf = (address: URLSearchParams): RunChoice => ({
  direction: known(directionOptions, address.get('direction')),
  status: known(statusOptions, address.get('status')),
})

function known<V extends string>(options: readonly { value: V }[], text: string | null): V | 'all' {
  return options.find(({ value }) => value === text)?.value ?? 'all'
}

export function addressOf(choice: RunChoice): URLSearchParams {
  const chosen = Object.entries(choice).filter(([, value]) => value !== 'all')
  return new URLSearchParams(chosen as [string, string][])
}
