import type { Ref, SelectHTMLAttributes } from 'react'
import { Field, type FieldProps } from './Field.tsx'

interface SelectOption<V extends string> {
  value: V
  label: string
  disabled?: boolean
}

type Native = Omit<SelectHTMLAttributes<HTMLSelectElement>, 'onChange' | 'value' | 'className'>

export interface SelectProps<V extends string> extends FieldProps, Native {
  value: V
  options: readonly SelectOption<V>[]
  onChange: (value: V) => void
  ref?: Ref<HTMLSelectElement>
}

/** The browser's own: best for a few options. For many, see Combobox. */
export function Select<V extends string>(props: SelectProps<V>) {
  const { label, labelHidden, hint, error, className, value, options, onChange, ...native } = props
  return (
    <Field {...{ label, labelHidden, hint, error, className }}>
      {(wiring) => (
        <select
          {...native}
          {...wiring}
          className="fh-input fh-select"
          value={value}
          onChange={(event) => {
            const chosen = options.find((option) => option.value === event.target.value)
            if (chosen) onChange(chosen.value)
          }}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
