import { useState } from 'react'
import { Select, TextField } from '../../components/index.ts'
import { delimiterText, usualDelimiters } from './dialect-words.ts'

interface DelimiterFieldProps {
  /** Undefined: left to the automatic choice. */
  value: string | undefined
  /** The words of that choice, such as "Detected: comma". */
  automatic: string
  onChange: (value: string | undefined) => void
}

const usual: readonly string[] = usualDelimiters

/** The usual delimiters by name, and any other. */
export function DelimiterField({ value, automatic, onChange }: DelimiterFieldProps) {
  const [isOther, setOther] = useState(value !== undefined && !usual.includes(value))
  const options = [
    { value: 'auto', label: automatic },
    ...usual.map((delimiter) => ({ value: delimiter, label: delimiterText(delimiter) })),
    { value: 'other', label: 'other …' },
  ]
  return (
    <div className="fh-ends-delimiter">
      <Select
        label="Delimiter"
        value={isOther ? 'other' : (value ?? 'auto')}
        options={options}
        onChange={(next) => {
          setOther(next === 'other')
          if (next !== 'other') onChange(next === 'auto' ? undefined : next)
        }}
      />
      {isOther && (
        <TextField
          label="Other delimiter"
          mono
          autoFocus
          maxLength={1}
          value={value ?? ''}
          onChange={(next) => onChange(next === '' ? undefined : next)}
        />
      )}
    </div>
  )
}
