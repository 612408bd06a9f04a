import type { WriteMode } from '../../../shared/index.ts'
import { Select } from '../../components/index.ts'
import { useTransfer } from '../state.tsx'
import { withTargetTable } from './choose.ts'

const hints: Record<WriteMode, string> = {
  create: 'It appears when all records are in it.',
  append: 'The rows that are there stay.',
  replace: 'The old rows go when all new ones are there.',
}

/** What happens to a table that is there; those modes that cannot be say why. */
export function WriteModeField({ exists }: { exists: boolean }) {
  const { draft, change } = useTransfer()
  const { mode: chosen, table } = draft.target.table
  const mode = chosen ?? (exists ? 'append' : 'create')
  const options = [
    { value: 'create', label: exists ? 'Create (it is there already)' : 'Create', disabled: exists },
    { value: 'append', label: exists ? 'Append' : 'Append (there is no such table)', disabled: !exists },
    { value: 'replace', label: 'Replace' },
  ] as const
  return (
    <Select
      label="Write mode"
      value={mode}
      options={options}
      hint={mode === 'replace' && !exists ? 'Nothing to replace yet: it is created.' : hints[mode]}
      error={errorOf(mode, exists, table)}
      onChange={(next) => change((before) => withTargetTable(before, { mode: next }))}
    />
  )
}

function errorOf(mode: WriteMode, exists: boolean, table: string): string | null {
  if (mode === 'create' && exists)
    return `${table} is there already: append to it, replace it, or name another table.`
  if (mode === 'append' && !exists)
    return `There is no table ${table} to append to: create it, or choose another.`
  return null
}
