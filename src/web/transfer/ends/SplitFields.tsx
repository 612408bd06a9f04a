import { NumberField, Select } from '../../components/index.ts'
import type { SplitDraft } from '../draft.ts'
import { useTransfer } from '../state.tsx'

const ways = [
  { value: 'one', label: 'One file' },
  { value: 'several', label: 'Several' },
] as const

const megabyte = 1_000_000

/** Whether an export goes into one file or into several. */
export function SplitFields() {
  const { draft, change } = useTransfer()
  const { split } = draft
  const set = (next: SplitDraft | null) => change((before) => ({ ...before, split: next }))
  return (
    <>
      <Select
        label="Files"
        value={split ? 'several' : 'one'}
        options={ways}
        onChange={(way) => set(way === 'one' ? null : { rows: null, bytes: null })}
      />
      {split && <Ends split={split} onChange={set} />}
    </>
  )
}

function Ends({ split, onChange }: { split: SplitDraft; onChange: (split: SplitDraft) => void }) {
  const { rows, bytes } = split
  return (
    <>
      <NumberField
        label="Rows in a file"
        value={rows}
        min={1}
        placeholder="any number"
        hint="Numbered files, and beside them a list with their rows and checksums."
        onChange={(next) => onChange({ rows: next === 0 ? 1 : next, bytes })}
      />
      <NumberField
        label="MB in a file, about"
        fractions
        value={bytes === null ? null : bytes / megabyte}
        placeholder="any size"
        hint="Before compression."
        onChange={(next) =>
          onChange({ rows, bytes: next === null ? null : Math.max(1, Math.round(next * megabyte)) })
        }
      />
    </>
  )
}
