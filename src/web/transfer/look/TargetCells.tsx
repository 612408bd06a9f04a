import { useState } from 'react'
import { Combobox, TextField, type ListOption } from '../../components/index.ts'
import { rename, retype } from '../columns.ts'
import { writable, type ColumnLine } from './lines.ts'
import { suggestTypes } from './types.ts'
import type { Look } from './use-look.ts'

interface TargetCellProps {
  look: Look
  line: ColumnLine
  tabIndex: number
}

/** The name there: any for a file or a new table, one of its columns for a table that is there. */
export function TargetName({ look, line, tabIndex }: TargetCellProps) {
  const [typed, setTyped] = useState<string>()
  const { goal, change } = look
  if (!line.isChosen) return <span className="fh-muted">left out</span>
  if (goal.kind === 'table') {
    const options = writable(goal.columns).map(({ name, type }) => ({
      value: name,
      label: name,
      detail: type,
    }))
    return (
      <Combobox
        label={`Target column of ${line.name}`}
        labelHidden
        noun="column"
        options={options}
        value={line.target}
        tabIndex={tabIndex}
        onChange={(target) => change((columns) => rename(columns, line.name, target))}
      />
    )
  }
  return (
    <TextField
      label={`Target column of ${line.name}`}
      labelHidden
      tabIndex={tabIndex}
      placeholder={line.name}
      value={typed ?? line.target}
      aria-invalid={line.problem === 'twice'}
      onChange={(target) => {
        setTyped(target)
        change((columns) => rename(columns, line.name, target.trim()))
      }}
      onBlur={() => setTyped(undefined)}
    />
  )
}

/** The type there: given by the table, or chosen for a new one. */
export function TargetType({ look, line, tabIndex }: TargetCellProps) {
  const { goal, columns, change } = look
  if (!line.isChosen) return null
  if (goal.kind !== 'new') {
    return (
      <code className="fh-ellipsis" title={line.targetType ?? undefined}>
        {line.targetType ?? ''}
      </code>
    )
  }
  const chosen = columns.types.find(({ column }) => column === line.name)?.type
  const value = chosen ?? line.type
  const first: ListOption =
    chosen === undefined
      ? { value: line.type, label: line.type, detail: 'inferred' }
      : { value: '', label: 'As inferred from the values' }
  const rest = suggestTypes(value).map((type) => ({ value: type, label: type }))
  const own = chosen === undefined ? [] : [{ value: chosen, label: chosen, detail: 'chosen' }]
  return (
    <div className="fh-columns-retype">
      <Combobox
        label={`Type of ${line.name}`}
        labelHidden
        mono
        noun="type"
        custom="Use the type"
        placeholder="Search or write a type"
        options={[first, ...own, ...rest]}
        value={value}
        tabIndex={tabIndex}
        onChange={(type) =>
          change((all) => retype(all, line.name, chosen === undefined && type === line.type ? '' : type))
        }
      />
      <span className="fh-columns-inferred">{chosen === undefined ? 'inferred' : 'chosen'}</span>
    </div>
  )
}
