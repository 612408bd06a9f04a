import { useState, type InputHTMLAttributes, type Ref, type TextareaHTMLAttributes } from 'react'
import { IconButton } from './Button.tsx'
import { Field, type FieldProps } from './Field.tsx'
import { Icon, type IconName } from './Icon.tsx'

type Input = Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value' | 'className' | 'size'>

export interface TextFieldProps extends FieldProps, Input {
  value: string
  onChange: (value: string) => void
  icon?: IconName
  mono?: boolean
  ref?: Ref<HTMLInputElement>
}

export function TextField(props: TextFieldProps) {
  const { label, labelHidden, hint, error, className, value, onChange, icon, mono, ...input } = props
  return (
    <Field {...{ label, labelHidden, hint, error, className }}>
      {(wiring) => (
        <span className="fh-input-box">
          {icon && <Icon name={icon} />}
          <input
            type="text"
            autoComplete="off"
            spellCheck={false}
            {...input}
            {...wiring}
            className={mono ? 'fh-input fh-mono' : 'fh-input'}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        </span>
      )}
    </Field>
  )
}

export function PasswordField(props: Omit<TextFieldProps, 'type' | 'icon' | 'mono'>) {
  const { label, labelHidden, hint, error, className, value, onChange, ...input } = props
  const [shown, setShown] = useState(false)
  return (
    <Field {...{ label, labelHidden, hint, error, className }}>
      {(wiring) => (
        <span className="fh-input-box">
          <input
            autoComplete="off"
            spellCheck={false}
            {...input}
            {...wiring}
            type={shown ? 'text' : 'password'}
            className="fh-input"
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
          <button
            type="button"
            className="fh-input-action"
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
          >
            {shown ? 'Hide' : 'Show'}
          </button>
        </span>
      )}
    </Field>
  )
}

export interface NumberFieldProps extends Omit<
  TextFieldProps,
  'value' | 'onChange' | 'min' | 'max' | 'mono'
> {
  /** Null while it is empty. */
  value: number | null
  onChange: (value: number | null) => void
  min?: number
  max?: number
  /** Takes parts of whole numbers, too: 0.5. */
  fractions?: boolean
}

/** What is not a number stays visible and counts as empty. */
export function NumberField(props: NumberFieldProps) {
  const { value, onChange, min = 0, max, fractions = false, error, ...rest } = props
  const numberOf = fractions ? decimalOf : wholeOf
  const fault = fractions ? 'Please give a number such as 0.5.' : 'Please give a whole number.'
  const [text, setText] = useState(value === null ? '' : String(value))
  const shown = numberOf(text) === value ? text : value === null ? '' : String(value)
  const isOff = text !== '' && value === null && numberOf(text) === null
  return (
    <TextField
      {...rest}
      inputMode={fractions ? 'decimal' : 'numeric'}
      value={isOff ? text : shown}
      error={error ?? (isOff ? fault : rangeError(value, min, max))}
      onChange={(next) => {
        setText(next)
        onChange(numberOf(next))
      }}
    />
  )
}

const decimalOf = (text: string): number | null =>
  /^\d{1,15}(?:\.\d{0,15})?$/.test(text) ? Number(text) : null

function wholeOf(text: string): number | null {
  const digits = text.replaceAll(/[\s,_]/g, '')
  return /^\d{1,15}$/.test(digits) ? Number(digits) : null
}

function rangeError(value: number | null, min: number, max?: number): string | null {
  if (value === null) return null
  if (value < min) return `At least ${min}.`
  return max !== undefined && value > max ? `At most ${max}.` : null
}

type Area = Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'onChange' | 'value' | 'className'>

export interface TextAreaProps extends FieldProps, Area {
  value: string
  onChange: (value: string) => void
  mono?: boolean
  ref?: Ref<HTMLTextAreaElement>
}

export function TextArea(props: TextAreaProps) {
  const { label, labelHidden, hint, error, className, value, onChange, mono, ...area } = props
  return (
    <Field {...{ label, labelHidden, hint, error, className }}>
      {(wiring) => (
        <textarea
          spellCheck={false}
          rows={4}
          {...area}
          {...wiring}
          className={mono ? 'fh-input fh-textarea fh-mono' : 'fh-input fh-textarea'}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

interface SearchFieldProps extends Omit<TextFieldProps, 'icon' | 'type' | 'labelHidden'> {
  labelHidden?: boolean
}

/** With a button that empties it; Escape does too. */
export function SearchField({ labelHidden = true, onKeyDown, ...props }: SearchFieldProps) {
  return (
    <div className="fh-search">
      <TextField
        {...props}
        labelHidden={labelHidden}
        type="search"
        icon="search"
        onKeyDown={(event) => {
          onKeyDown?.(event)
          if (event.key !== 'Escape' || props.value === '') return
          event.stopPropagation()
          event.preventDefault()
          props.onChange('')
        }}
      />
      {props.value !== '' && (
        <IconButton icon="close" label="Clear the search" onClick={() => props.onChange('')} />
      )}
    </div>
  )
}
