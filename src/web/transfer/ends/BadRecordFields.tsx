import type { ErrorPolicy, RejectLimit } from '../../../shared/index.ts'
import { NumberField, Select } from '../../components/index.ts'
import { percentOf } from '../../format.ts'
import { useTransfer } from '../state.tsx'

const policies: readonly { value: ErrorPolicy; label: string; hint: string }[] = [
  { value: 'stop', label: 'Stop at the first', hint: 'Nothing is changed then.' },
  {
    value: 'skip',
    label: 'Set them aside',
    hint: 'Good ones go in; correct the others and import them later.',
  },
]

/** What an import does with records that do not fit, and how many of them it bears. */
export function BadRecordFields() {
  const { draft, change } = useTransfer()
  const { onError, limit } = draft.bad
  const set = (part: Partial<typeof draft.bad>) =>
    change((before) => ({ ...before, bad: { ...before.bad, ...part } }))
  return (
    <>
      <Select
        label="Bad records"
        value={onError}
        options={policies}
        hint={policies.find(({ value }) => value === onError)?.hint}
        onChange={(next) => set({ onError: next })}
      />
      {onError === 'skip' && <LimitFields limit={limit} onChange={(next) => set({ limit: next })} />}
    </>
  )
}

interface LimitFieldsProps {
  limit: RejectLimit
  onChange: (limit: RejectLimit) => void
}

function LimitFields({ limit: { records, share }, onChange }: LimitFieldsProps) {
  const set = (count: number | null, part: number | null) =>
    onChange({ ...(count !== null && { records: count }), ...(part !== null && { share: part }) })
  return (
    <>
      <NumberField
        label="Reject limit, records"
        value={records ?? null}
        placeholder="any number"
        hint="Over a limit the run fails, and nothing is changed."
        onChange={(next) => set(next, share ?? null)}
      />
      <NumberField
        label="Reject limit, % of all"
        fractions
        max={100}
        value={share === undefined ? null : percentOf(share)}
        placeholder="any share"
        onChange={(next) => set(records ?? null, next === null ? null : Math.min(next, 100) / 100)}
      />
    </>
  )
}
