import { useState, type SubmitEvent } from 'react'
import type { CreatedApiToken, Role } from '../../shared/index.ts'
import { useCreateToken, useSession } from '../api/index.ts'
import { announce, Button, ErrorNotice, Select, TextField } from '../components/index.ts'
import { RoleField } from './RoleField.tsx'

interface TokenFormProps {
  onMade: (token: CreatedApiToken) => void
  onCancel: () => void
}

const spans = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '365 days' },
] as const
type Days = (typeof spans)[number]['value']

export function TokenForm({ onMade, onCancel }: TokenFormProps) {
  const create = useCreateToken()
  const most = useSession()?.role ?? 'viewer'
  const [name, setName] = useState('')
  const [scope, setScope] = useState<Role>(most === 'viewer' ? most : 'operator')
  const [days, setDays] = useState<Days>('30')
  const [isTried, setTried] = useState(false)
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setTried(true)
    if (name.trim() === '') {
      event.currentTarget.querySelector('input')?.focus()
      return
    }
    const onSuccess = (token: CreatedApiToken) => {
      announce('The token is made. Copy it now.')
      onMade(token)
    }
    create.mutate({ name: name.trim(), scope, days: Number(days) }, { onSuccess })
  }
  return (
    <form className="fh-access-form" aria-label="New API token" noValidate onSubmit={submit}>
      <TextField
        label="Name"
        autoFocus
        maxLength={64}
        placeholder="What it is for, such as: nightly import"
        value={name}
        error={isTried && name.trim() === '' ? 'Please give a name.' : null}
        onChange={setName}
      />
      <RoleField label="May do" value={scope} most={most} onChange={setScope} />
      <Select label="Ends after" className="fh-access-days" value={days} options={spans} onChange={setDays} />
      {create.error && <ErrorNotice error={create.error} />}
      <div className="fh-row">
        <Button type="submit" variant="primary" busy={create.isPending}>
          Create token
        </Button>
        <Button variant="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
