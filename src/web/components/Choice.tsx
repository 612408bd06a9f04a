import './Choice.css'
import { useId, type InputHTMLAttributes, type ReactNode } from 'react'

type Native = Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'checked' | 'type' | 'className'>

export interface CheckboxProps extends Native {
  label: ReactNode
  labelHidden?: boolean
  checked: boolean | 'mixed'
  onChange: (checked: boolean) => void
}

export function Checkbox({ label, labelHidden, checked, onChange, ...native }: CheckboxProps) {
  return (
    <label className="fh-choice">
      <input
        {...native}
        type="checkbox"
        checked={checked === true}
        ref={(input) => {
          if (input) input.indeterminate = checked === 'mixed'
        }}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className={labelHidden ? 'fh-hidden' : undefined}>{label}</span>
    </label>
  )
}

interface Choice<V extends string> {
  value: V
  label: string
  disabled?: boolean
}

interface ChoicesProps<V extends string> {
  label: string
  value: V
  options: readonly Choice<V>[]
  onChange: (value: V) => void
  labelHidden?: boolean
}

/** Radio buttons that look like one bar: for two to four short words. */
export function Segmented<V extends string>(props: ChoicesProps<V>) {
  const name = useId()
  return (
    <fieldset className="fh-segmented">
      <legend className={props.labelHidden ? 'fh-hidden' : 'fh-field-label'}>{props.label}</legend>
      <div className="fh-segmented-options">
        {props.options.map((option) => (
          <label key={option.value} className="fh-choice">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === props.value}
              disabled={option.disabled}
              onChange={() => props.onChange(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
