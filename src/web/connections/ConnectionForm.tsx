import './connections.css'
import { useEffect, useRef, useState, type SubmitEvent } from 'react'
import type { SavedConnection } from '../../shared/index.ts'
import { useConnections } from '../api/index.ts'
import { Button, ErrorNotice, NumberField, Select, TextField } from '../components/index.ts'
import {
  emptyForm,
  formOf,
  mayKeepSecrets,
  missingIn,
  nameOf,
  withHost,
  withProtocol,
  type FormState,
  type PartProps,
} from './form.ts'
import { MoreFields } from './MoreFields.tsx'
import { SecretFields } from './SecretFields.tsx'
import { TestSteps } from './TestSteps.tsx'
import { useConnect, type Attempt } from './use-connect.ts'

interface ConnectionFormProps {
  /** The saved one that is changed; left out for a new one. */
  saved?: SavedConnection | undefined
  onSaved: (name: string) => void
  onCancel: () => void
}

/** Tries a connection out and saves it when it works. What was typed stays whatever happens. */
export function ConnectionForm({ saved, onSaved, onCancel }: ConnectionFormProps) {
  const connections = useConnections()
  const [typed, setTyped] = useState(() => (saved ? formOf(saved) : emptyForm))
  const mayKeep = mayKeepSecrets(typed, saved)
  const form = { ...typed, keepsSecrets: typed.keepsSecrets && mayKeep }
  const { attempt, connect, show, forget } = useConnect(onSaved)
  const box = useRef<HTMLFormElement>(null)
  const others = (connections.data ?? []).map(({ name }) => name).filter((name) => name !== saved?.name)
  useEffect(() => {
    if (Object.keys(attempt.errors).length === 0) return
    box.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [attempt.errors])

  const change = (next: FormState) => {
    // Where they cannot be kept, that was not asked: it holds again when the old server and user are back.
    setTyped(mayKeep ? next : { ...next, keepsSecrets: typed.keepsSecrets })
    forget()
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const missing = missingIn(form, others)
    if (Object.keys(missing).length > 0) show(missing)
    else void connect(form)
  }
  const part = { form, change, errors: attempt.errors }
  return (
    <form
      ref={box}
      className="fh-connection-form"
      aria-label={saved ? `Connection ${saved.name}` : 'New connection'}
      noValidate
      onSubmit={submit}
    >
      <PlaceFields {...part} />
      <SecretFields {...part} saved={saved} />
      <MoreFields {...part} />
      {!saved && (
        <TextField
          label="Save as"
          value={form.name}
          placeholder={nameOf(form) || 'a name of your choice'}
          error={attempt.errors.name ?? null}
          onChange={(name) => change({ ...form, name })}
        />
      )}
      <AttemptView form={form} attempt={attempt} />
      <div className="fh-row">
        <Button type="submit" variant="primary" busy={attempt.isBusy}>
          Connect
        </Button>
        <Button variant="quiet" onClick={onCancel}>
          Cancel
        </Button>
        <span className="fh-field-hint">It is saved once every step has passed.</span>
      </div>
    </form>
  )
}

function PlaceFields({ form, change, errors }: PartProps) {
  return (
    <div className="fh-connection-place">
      <Select
        label="Protocol"
        value={form.protocol}
        options={protocols}
        error={errors.protocol ?? null}
        onChange={(protocol) => change(withProtocol(form, protocol))}
      />
      <TextField
        label="Host"
        className="fh-connection-host"
        value={form.host}
        autoFocus
        placeholder="db.example.com, or paste an address"
        error={errors.host ?? null}
        onChange={(host) => change(withHost(form, host))}
      />
      <NumberField
        label="Port"
        value={form.port}
        min={1}
        max={65_535}
        error={errors.port ?? null}
        onChange={(port) => change({ ...form, port })}
      />
      <TextField
        label="Database"
        value={form.database}
        error={errors.database ?? null}
        onChange={(database) => change({ ...form, database })}
      />
      <TextField
        label="User"
        value={form.user}
        autoComplete="off"
        error={errors.user ?? null}
        onChange={(user) => change({ ...form, user })}
      />
    </div>
  )
}

const protocols = [
  { value: 'http', label: 'HTTP' },
  { value: 'https', label: 'HTTPS (TLS)' },
] as const

/** The steps; what is wrong stands at its field where it has one, and here otherwise. */
function AttemptView({ form, attempt }: { form: FormState; attempt: Attempt }) {
  const { isBusy, result, errors, error } = attempt
  const isAtField = Object.keys(errors).length > 0
  return (
    <>
      {(isBusy || result) && <TestSteps protocol={form.protocol} result={result} isSaid={isAtField} />}
      {error && <ErrorNotice error={error} />}
    </>
  )
}
