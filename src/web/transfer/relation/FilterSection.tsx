import { Combobox, ErrorNotice, IconButton, Select } from '../../components/index.ts'
import { isComplete } from '../draft.ts'
import { FilterValue } from './FilterValue.tsx'
import { operatorOf, operatorsFor, withColumn, withOperator, type Rule } from './filter-rules.ts'
import type { PartProps } from './part.ts'
import { useRowFocus } from './use-row-focus.ts'

const matches = [
  { value: 'all', label: 'all of these hold' },
  { value: 'any', label: 'any of these holds' },
] as const

export function FilterSection({ relation: { filter }, change, columns, error }: PartProps) {
  const { rules, match } = filter
  const list = useRowFocus<HTMLUListElement>(rules.length)
  if (rules.length === 0) return null
  const setRules = (next: Rule[]) => change({ filter: { ...filter, rules: next } })
  return (
    <section className="fh-relation-part" aria-label="Filter">
      <div className="fh-relation-row">
        <h3>{rules.length > 1 ? 'Only rows where' : 'Only rows where this holds'}</h3>
        {rules.length > 1 && (
          <Select
            label="How the rules are joined"
            labelHidden
            value={match}
            options={matches}
            onChange={(next) => change({ filter: { ...filter, match: next } })}
          />
        )}
      </div>
      <ul ref={list} className="fh-relation-rows">
        {rules.map((rule, index) => (
          <FilterRow
            key={index}
            rule={rule}
            columns={columns}
            onChange={(next) => setRules(rules.with(index, next))}
            onRemove={() => setRules(rules.toSpliced(index, 1))}
          />
        ))}
      </ul>
      {error && <ErrorNotice error={error} />}
    </section>
  )
}

interface FilterRowProps {
  rule: Rule
  columns: PartProps['columns']
  onChange: (rule: Rule) => void
  onRemove: () => void
}

function FilterRow({ rule, columns, onChange, onRemove }: FilterRowProps) {
  const found = columns.find(({ name }) => name === rule.column)
  const type = found?.type ?? 'String'
  const operator = operatorOf(rule, type)
  const operators = operatorsFor(type)
  const isGone = columns.length > 0 && !found
  const choose = (column: string) => {
    const next = columns.find(({ name }) => name === column)?.type ?? 'String'
    onChange(withColumn(rule, column, next, type))
  }
  return (
    <li className="fh-relation-row fh-filter-row">
      <Combobox
        className="fh-filter-column"
        label="Filter column"
        labelHidden
        noun="column"
        options={columns.map(({ name, type: detail }) => ({ value: name, label: name, detail }))}
        value={rule.column}
        error={isGone ? 'There is no such column any more.' : null}
        onChange={choose}
      />
      <Select
        className="fh-filter-operator"
        label={`Comparison of ${rule.column}`}
        labelHidden
        value={operator}
        options={operators}
        onChange={(next) => onChange(withOperator(rule, next))}
      />
      <FilterValue
        rule={rule}
        type={type}
        hint={isComplete(rule) ? undefined : 'Not used until it has a value.'}
        onChange={(values) => onChange({ ...rule, values })}
      />
      <IconButton icon="close" label={`Remove the filter on ${rule.column}`} onClick={onRemove} />
    </li>
  )
}
