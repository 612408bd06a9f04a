import { useRef } from 'react'
import { Button, TextArea } from '../components/index.ts'

interface PemFieldProps {
  label: string
  /** What stands between BEGIN and the dashes, such as CERTIFICATE. */
  kind: string
  value: string
  onChange: (value: string) => void
  hint?: string
  error?: string | undefined
}

/** A text in PEM: pasted, or read from a file that stays on this computer until the form is sent. */
export function PemField({ label, kind, value, onChange, hint, error }: PemFieldProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <div className="fh-pem">
      <TextArea
        label={label}
        value={value}
        onChange={onChange}
        hint={hint}
        error={error ?? null}
        rows={3}
        mono
        placeholder={`-----BEGIN ${kind}-----`}
      />
      <Button variant="quiet" icon="file" onClick={() => input.current?.click()}>
        Read from a file<span className="fh-hidden">: {label}</span>
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept=".pem,.crt,.cer,.key"
        onChange={(event) => {
          const [file] = event.target.files ?? []
          event.target.value = ''
          void file?.text().then(onChange)
        }}
      />
    </div>
  )
}
