import { Combobox } from '../../components/index.ts'
import { useTransfer } from '../state.tsx'
import { withTargetTable } from './choose.ts'
import { partitionsOf, partitionText, targetColumns } from './key-columns.ts'

/** The partitions of a new table: none, by the values of a column, or by a part of a date. */
export function PartitionField() {
  const { draft, change, names, preview } = useTransfer()
  const { partitionBy } = draft.target.table
  const types = new Map(preview.data?.columns.map(({ name, type }) => [name, type]))
  const columns = targetColumns(draft, names)
  const partitions = columns.flatMap(({ source, name }) => partitionsOf(name, types.get(source) ?? ''))
  const isGone =
    partitionBy !== null && names.length > 0 && columns.every(({ name }) => name !== partitionBy.column)
  const chosen = partitionBy && partitionText(partitionBy)
  return (
    <Combobox
      label="PARTITION BY"
      noun="partition"
      value={chosen ?? ''}
      options={[
        { value: '', label: 'None: one part' },
        ...partitions.map(partitionText).map((text) => ({ value: text, label: text })),
      ]}
      hint="For large tables that are dropped or replaced by parts."
      error={isGone ? `${partitionBy.column} is not among the columns that move.` : null}
      onChange={(next) =>
        change((before) =>
          withTargetTable(before, {
            partitionBy: partitions.find((one) => partitionText(one) === next) ?? null,
          }),
        )
      }
    />
  )
}
