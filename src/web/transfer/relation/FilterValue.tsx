import { Combobox, Select, TextField, TokensField } from '../../components/index.ts'
import { arity, exampleOf, operatorOf, type Rule } from './filter-rules.ts'
import { enumValues, familyOf } from './type-family.ts'

interface FilterValueProps {
  rule: Rule
  type: string
  hint: string | undefined
  onChange: (values: string[]) => void
}

const bools = [
  { value: '', label: 'Choose' },
  { value: 'true', label: 'true' },
  { value: 'false', label: 'false' },
] as const

/** Takes what the column's type and the operator call for. */
export function FilterValue({ rule, type, hint, onChange }: FilterValueProps) {
  const { column, operator, values } = rule
  const family = familyOf(type)
  const field = { label: `Value for ${column}`, labelHidden: true, className: 'fh-filter-value', hint }
  const one = values[0] ?? ''
  const take = (value: string) => onChange(value === '' ? [] : [value])
  const isFixed = arity(operator) === 'none' || operatorOf(rule, type).endsWith('empty')
  if (isFixed) return <span className="fh-filter-value" />
  if (arity(operator) === 'many')
    return <TokensField {...field} values={values} placeholder="Value, then Enter" onChange={onChange} />
  if (family === 'bool') {
    const value = bools.find((choice) => choice.value === one)?.value ?? ''
    return <Select {...field} value={value} options={bools} onChange={take} />
  }
  if (family === 'enum') {
    const options = enumValues(type).map((value) => ({ value, label: value }))
    return (
      <Combobox {...field} noun="value" options={options} value={one === '' ? null : one} onChange={take} />
    )
  }
  return (
    <TextField
      {...field}
      type={family === 'date' ? 'date' : 'text'}
      inputMode={family === 'number' ? 'decimal' : 'text'}
      placeholder={exampleOf(type)}
      value={one}
      onChange={take}
    />
  )
}
