import './Field.css'
import { useId, type ReactNode } from 'react'

export interface FieldProps {
  label: string
  /** Keeps the label for screen readers only. */
  labelHidden?: boolean
  hint?: ReactNode
  error?: string | null
  className?: string
}

interface Wiring {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
}

interface Props extends FieldProps {
  children: (wiring: Wiring) => ReactNode
}

/** A label above, the control, and under it what is wrong or else a hint. */
export function Field({ label, labelHidden, hint, error, className, children }: Props) {
  const id = useId()
  const note = error ?? hint
  return (
    <div className={`fh-field ${className ?? ''}`}>
      <label htmlFor={id} className={labelHidden ? 'fh-hidden' : 'fh-field-label'}>
        {label}
      </label>
      {children({
        id,
        'aria-describedby': note ? `${id}-note` : undefined,
        'aria-invalid': error ? true : undefined,
      })}
      {note && (
        <div id={`${id}-note`} className={error ? 'fh-field-error' : 'fh-field-hint'}>
          {note}
        </div>
      )}
    </div>
  )
}
