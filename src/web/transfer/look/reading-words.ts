import type { MisfitAction, Reading, ValueLayout } from '../../../shared/index.ts'

const misfits: Record<MisfitAction, string> = {
  reject: 'makes a bad record',
  null: 'becomes NULL',
  default: 'becomes the default: 0, an empty text …',
}

export const misfitOptions = (Object.keys(misfits) as MisfitAction[]).map((value) => ({
  value,
  label: misfits[value],
}))

const shortMisfits: Record<MisfitAction, readonly string[]> = {
  reject: [],
  null: ['or NULL'],
  default: ['or default'],
}

/** How a column is read, as short as it can be said: "DD/MM/YYYY · NULL n/a · or default". */
export function readingText({ layout, nullTokens, misfit }: Reading, found: ValueLayout | null): string {
  const kind = layout ?? found
  const tokens = nullTokens?.map((token) => (token === '' ? 'empty' : token)).join(', ')
  const parts = [
    ...(kind === null ? [] : [kind]),
    ...(tokens === undefined ? [] : [tokens === '' ? 'no NULL' : `NULL ${tokens}`]),
    ...shortMisfits[misfit],
  ]
  return parts.length === 0 ? 'as it stands' : parts.join(' · ')
}
