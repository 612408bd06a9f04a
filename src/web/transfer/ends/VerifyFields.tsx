import type { VerifyMode } from '../../../shared/index.ts'
import { Select } from '../../components/index.ts'
import { useTransfer } from '../state.tsx'

const ways: readonly { value: VerifyMode; label: string; hint: string }[] = [
  { value: 'count', label: 'Counts', hint: 'Both ends must have equally many rows.' },
  {
    value: 'checksum',
    label: 'Checksums',
    hint: 'Every value must be equal on both ends; reads the data once more.',
  },
  { value: 'none', label: 'None', hint: 'Nothing is compared afterwards.' },
]

/** How it is proved that all arrived, and what happens to records that do not fit. */
export function VerifyFields() {
  const { draft, change } = useTransfer()
  return (
    <>
      <Select
        label="Verification"
        value={draft.verify}
        options={ways}
        hint={ways.find(({ value }) => value === draft.verify)?.hint}
        onChange={(verify) => change((before) => ({ ...before, verify }))}
      />
      {draft.source.kind === 'file' && (
        <p className="fh-muted fh-ends-wide">
          Bad records: the run stops at the first one, and nothing is changed.
        </p>
      )}
    </>
  )
}
