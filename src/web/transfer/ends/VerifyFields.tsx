import type { VerifyMode } from '../../../shared/index.ts'
import { Select } from '../../components/index.ts'
import { useTransfer } from '../state.tsx'

const ways: readonly { value: VerifyMode; label: string; hint: string }[] = [
  { value: 'count', label: 'Compare counts', hint: 'The rows on both ends must be equally many.' },
  {
    value: 'checksum',
    label: 'Compare checksums',
    hint: 'A checksum over every value must be equal on both ends; this reads the data once more.',
  },
  { value: 'none', label: 'Do not compare', hint: 'Nothing is compared afterwards.' },
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
        <div className="fh-field">
          <span className="fh-field-label">Bad records</span>
          <span className="fh-ends-stop">Stop, nothing is changed</span>
          <span className="fh-field-hint">The first record that does not fit ends the run.</span>
        </div>
      )}
    </>
  )
}
