import type { VerifyMode } from '../../../shared/index.ts'
import { Select } from '../../components/index.ts'
import { useTransfer } from '../state.tsx'

const ways: readonly { value: VerifyMode; label: string; hint: string }[] = [
  { value: 'count', label: 'Counts', hint: 'Both ends must have equally many rows.' },
  {
    value: 'checksum',
    label: 'Checksums',
    hint: 'Every value must be equal on both ends; reads what was written once more.',
  },
  { value: 'none', label: 'None', hint: 'Nothing is compared afterwards.' },
]

/** How it is proved that all arrived. */
export function VerifyFields() {
  const { draft, change } = useTransfer()
  return (
    <Select
      label="Verification"
      value={draft.verify}
      options={ways}
      hint={ways.find(({ value }) => value === draft.verify)?.hint}
      onChange={(verify) => change((before) => ({ ...before, verify }))}
    />
  )
}
