import { useState, type ReactNode } from 'react'
import { Select, TextField } from '../../components/index.ts'

interface PresetFieldProps {
  label: string
  /** Undefined: left to the automatic choice. */
  value: string | undefined
  /** The words of that choice, such as "Detected: comma". */
  automatic: string
  presets: readonly { value: string; label: string }[]
  /** Of a text that is none of the presets; any length without it. */
  maxLength?: number
  hint?: ReactNode
  onChange: (value: string | undefined) => void
}

/** A few usual texts by name, and any other. */
export function PresetField(props: PresetFieldProps) {
  const { label, value, automatic, presets, maxLength, hint, onChange } = props
  // While it is typed, the beginning of a text may be a preset, and an empty one is none yet.
  const [typed, setTyped] = useState<string>()
  if (typed !== undefined && (typed || undefined) !== value) setTyped(undefined)
  const isPreset = presets.some((preset) => preset.value === value)
  const isOther = typed !== undefined || (value !== undefined && !isPreset)
  return (
    <div className="fh-ends-preset">
      <Select
        label={label}
        value={isOther ? 'other' : (value ?? 'auto')}
        options={[{ value: 'auto', label: automatic }, ...presets, { value: 'other', label: 'other …' }]}
        hint={hint}
        onChange={(next) => {
          setTyped(next === 'other' ? '' : undefined)
          onChange(next === 'auto' || next === 'other' ? undefined : next)
        }}
      />
      {isOther && (
        <TextField
          label={`Other ${label.toLowerCase()}`}
          mono
          autoFocus
          maxLength={maxLength}
          value={value ?? ''}
          onChange={(next) => {
            setTyped(next)
            onChange(next === '' ? undefined : next)
          }}
        />
      )}
    </div>
  )
}
