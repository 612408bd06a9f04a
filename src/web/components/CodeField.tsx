import './CodeField.css'
import { Field, type FieldProps } from './Field.tsx'
import { highlight, type Language } from './highlight.ts'

interface CodeFieldProps extends FieldProps {
  value: string
  onChange: (value: string) => void
  language: Language
  placeholder?: string
}

/** A text area as high as its text, coloured by what lies underneath it. */
export function CodeField(props: CodeFieldProps) {
  const { label, labelHidden, hint, error, className, value, onChange, language, placeholder } = props
  return (
    <Field {...{ label, labelHidden, hint, error, className }}>
      {(wiring) => (
        <div className="fh-code-field">
          <pre aria-hidden="true">
            {highlight(value, language).map(([kind, text], index) => (
              <span key={index} className={`fh-code-${kind}`}>
                {text}
              </span>
            ))}
            {'\n'}
          </pre>
          <textarea
            {...wiring}
            className="fh-input"
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            placeholder={placeholder}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        </div>
      )}
    </Field>
  )
}
