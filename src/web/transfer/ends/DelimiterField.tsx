import type { ReactNode } from 'react'
import { delimiterText, usualDelimiters } from './dialect-words.ts'
import { PresetField } from './PresetField.tsx'

interface DelimiterFieldProps {
  /** Undefined: left to the automatic choice. */
  value: string | undefined
  /** The words of that choice, such as "Detected: comma". */
  automatic: string
  hint?: ReactNode
  onChange: (value: string | undefined) => void
}

const presets = usualDelimiters.map((delimiter) => ({ value: delimiter, label: delimiterText(delimiter) }))

/** The usual delimiters by name, and any other text. */
export const DelimiterField = (props: DelimiterFieldProps) => (
  <PresetField label="Delimiter" presets={presets} {...props} />
)
