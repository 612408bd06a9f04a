import { useState, type SubmitEvent } from 'react'
import { useMutation } from '@tanstack/react-query'
import { logIn } from '../api/index.ts'
import { Button, ErrorNotice, PasswordField, TextField } from '../components/index.ts'

/** What was typed stays, whatever the answer. */
export function PasswordForm() {
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const [isTried, setTried] = useState(false)
  const login = useMutation({ mutationFn: () => logIn(user.trim(), password), networkMode: 'always' })
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setTried(true)
    if (user.trim() !== '' && password !== '') login.mutate()
    else
      event.currentTarget
        .querySelector<HTMLElement>(user.trim() === '' ? '[name=user]' : '[name=password]')
        ?.focus()
  }
  return (
    <form className="fh-login-form" aria-label="Log in with a password" noValidate onSubmit={submit}>
      <TextField
        label="User"
        name="user"
        autoComplete="username"
        autoCapitalize="none"
        autoFocus
        value={user}
        error={isTried && user.trim() === '' ? 'Please give your name.' : null}
        onChange={setUser}
      />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="current-password"
        value={password}
        error={isTried && password === '' ? 'Please give your password.' : null}
        onChange={setPassword}
      />
      {login.error && <ErrorNotice error={login.error} />}
      <Button type="submit" variant="primary" busy={login.isPending}>
        Log in
      </Button>
    </form>
  )
}
