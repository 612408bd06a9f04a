import { useEffect, useRef, useState, type SubmitEvent } from 'react'
import type { User } from '../../shared/index.ts'
import { useSaveUser } from '../api/index.ts'
import { Button, ErrorNotice, PasswordField, TextField, toast } from '../components/index.ts'
import { passwordError, shortestPassword } from './access-words.ts'
import { RoleField } from './RoleField.tsx'

interface UserFormProps {
  /** Left out for a new one. */
  user: User | undefined
  /** Names of users. */
  taken: readonly string[]
  onClose: () => void
}

/** What was typed stays until it is saved. */
export function UserForm({ user, taken, onClose }: UserFormProps) {
  const save = useSaveUser()
  const box = useRef<HTMLFormElement>(null)
  // It opens above a list that may be long.
  useEffect(() => box.current?.querySelector<HTMLElement>('input:not([type=radio]), :checked')?.focus(), [])
  const [name, setName] = useState(user?.name ?? '')
  const [role, setRole] = useState(user?.role ?? 'viewer')
  const [password, setPassword] = useState('')
  const [isTried, setTried] = useState(false)
  const nameError = user ? null : wrongName(name, taken)
  const wrongPassword = user && password === '' ? null : passwordError(password)
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setTried(true)
    if (nameError === null && wrongPassword === null) {
      const onSuccess = () => {
        toast(`${name} is saved.`, 'ok')
        onClose()
      }
      save.mutate(
        { name: user?.name ?? name.trim(), role, ...(password !== '' && { password }) },
        { onSuccess },
      )
    } else {
      const field = nameError === null ? '[name=new-password]' : '[name=new-user]'
      event.currentTarget.querySelector<HTMLElement>(field)?.focus()
    }
  }
  return (
    <form
      ref={box}
      className="fh-access-form"
      aria-label={user ? `User ${user.name}` : 'New user'}
      noValidate
      onSubmit={submit}
    >
      {!user && (
        <TextField
          label="Name"
          name="new-user"
          autoCapitalize="none"
          value={name}
          error={isTried ? nameError : null}
          onChange={setName}
        />
      )}
      <RoleField label="Role" value={role} onChange={setRole} />
      <PasswordField
        label={user ? 'New password' : 'Password'}
        name="new-password"
        autoComplete="new-password"
        hint={user ? 'Leave it empty to keep the present one.' : `At least ${shortestPassword} characters.`}
        value={password}
        error={isTried ? wrongPassword : null}
        onChange={setPassword}
      />
      {user && <p className="fh-muted">A change logs the user out everywhere.</p>}
      {save.error && <ErrorNotice error={save.error} />}
      <div className="fh-row">
        <Button type="submit" variant="primary" busy={save.isPending}>
          {user ? 'Save user' : 'Add user'}
        </Button>
        <Button variant="quiet" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  )
}

function wrongName(name: string, taken: readonly string[]): string | null {
  const trimmed = name.trim()
  if (trimmed === '') return 'Please give a name.'
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,63}$/u.test(trimmed))
    return 'A letter or digit, then up to 63 letters, digits, spaces or . _ @ + -'
  const isTaken = taken.some((other) => other.toLowerCase() === trimmed.toLowerCase())
  return isTaken ? 'There is a user of this name already.' : null
}
