import { Select } from '../../components/index.ts'
import { useTransfer } from '../state.tsx'
import { withTargetTable } from './choose.ts'
import { OrderByField } from './OrderByField.tsx'
import { PartitionField } from './PartitionField.tsx'
import { SuggestedKeys } from './SuggestedKeys.tsx'

const kinds = [
  { value: 'MergeTree', label: 'MergeTree', hint: 'Keeps every row.' },
  {
    value: 'ReplacingMergeTree',
    label: 'ReplacingMergeTree',
    hint: 'Of rows with equal ORDER BY columns, the last stays.',
  },
] as const

/** What only a table that is made can still be told. */
export function NewTableFields() {
  const { draft, change } = useTransfer()
  const { engine } = draft.target.table
  return (
    <>
      <Select
        label="Engine"
        value={engine}
        options={kinds}
        hint={kinds.find(({ value }) => value === engine)?.hint}
        onChange={(next) => change((before) => withTargetTable(before, { engine: next }))}
      />
      <OrderByField />
      <PartitionField />
      <SuggestedKeys />
    </>
  )
}
