import './TokensField.css'
import { useState, type ClipboardEvent, type KeyboardEvent } from 'react'
import { Button } from './Button.tsx'
import { Field, type FieldProps } from './Field.tsx'
import { Icon } from './Icon.tsx'

export interface TokensFieldProps extends FieldProps {
  values: readonly string[]
  onChange: (values: string[]) => void
  placeholder?: string
  mono?: boolean
  /** Texts to add with one click, as far as they are not there. */
  usual?: readonly string[]
}

/** Several texts in one field: Enter adds one, Backspace in the empty field takes the last back; a list can be pasted. */
export function TokensField(props: TokensFieldProps) {
  const { label, labelHidden, hint, error, className, values, onChange, placeholder, mono, usual } = props
  const [text, setText] = useState('')
  const add = (more: readonly string[]) => {
    setText('')
    onChange([...new Set([...values, ...more])])
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && text !== '' && !event.ctrlKey && !event.metaKey) add([text])
    else if (event.key === 'Backspace' && text === '' && values.length > 0) onChange(values.slice(0, -1))
    else return
    event.preventDefault()
  }
  const onPaste = (event: ClipboardEvent) => {
    const pasted = listed(event.clipboardData.getData('text'))
    if (pasted.length < 2) return
    event.preventDefault()
    add(pasted)
  }
  const field = (
    <Field {...{ label, labelHidden, hint, error, className }}>
      {(wiring) => (
        <div className={`fh-input fh-tokens ${mono ? 'fh-mono' : ''}`}>
          {values.map((value) => (
            <span key={value} className="fh-token">
              <bdi className="fh-ellipsis">{shown(value)}</bdi>
              <button
                type="button"
                aria-label={`Remove ${shown(value)}`}
                onClick={() => onChange(values.filter((other) => other !== value))}
              >
                <Icon name="close" size={12} />
              </button>
            </span>
          ))}
          <input
            {...wiring}
            type="text"
            autoComplete="off"
            spellCheck={false}
            placeholder={values.length === 0 ? placeholder : undefined}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
            onBlur={() => text !== '' && add([text])}
          />
        </div>
      )}
    </Field>
  )
  if (usual === undefined) return field
  return (
    <div className="fh-tokens-usual">
      {field}
      <div className="fh-row" role="group" aria-label="Usual ones">
        {usual
          .filter((value) => !values.includes(value))
          .map((value) => (
            <Button key={value} variant="quiet" icon="plus" onClick={() => add([value])}>
              {shown(value)}
            </Button>
          ))}
      </div>
    </div>
  )
}

const shown = (value: string) => (value === '' ? 'empty text' : value)

/** A column of a sheet, or a list with commas. */
function listed(text: string): string[] {
  const parts = text.split(/[\r\n\t]+/)
  const all = parts.length > 1 ? parts : text.split(',')
  return all.map((part) => part.trim()).filter((part) => part !== '')
}
