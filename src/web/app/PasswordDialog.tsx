import { useEffect, useId, useRef, useState, type SubmitEvent } from 'react'
import { ApiError, useChangePassword } from '../api/index.ts'
import { passwordError, shortestPassword } from '../access/access-words.ts'
import { Button, Dialog, ErrorNotice, PasswordField, toast } from '../components/index.ts'

interface PasswordDialogProps {
  user: string
  onClose: () => void
}

export function PasswordDialog({ user, onClose }: PasswordDialogProps) {
  const id = useId()
  const first = useRef<HTMLInputElement>(null)
  // The dialog opens only after its content is there, too late for autofocus.
  useEffect(() => first.current?.focus(), [])
  const change = useChangePassword()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [isTried, setTried] = useState(false)
  const wrong = passwordError(next)
  const isRefused = change.error instanceof ApiError && change.error.problem.code === 'LOGIN_FAILED'
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setTried(true)
    if (current === '') return first.current?.focus()
    if (wrong !== null) return event.currentTarget.querySelector<HTMLElement>('[name=next]')?.focus()
    const onSuccess = () => {
      toast('Your password is changed; your other sessions have ended.', 'ok')
      onClose()
    }
    change.mutate({ current, next }, { onSuccess })
  }
  const currentError = isRefused ? 'This is not your password.' : 'Please give your present password.'
  return (
    <Dialog
      title="Change password"
      open
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={id} variant="primary" busy={change.isPending}>
            Change password
          </Button>
        </>
      }
    >
      <form id={id} className="fh-stack" aria-label="Change password" noValidate onSubmit={submit}>
        {/* A password manager wants to know whose it is. */}
        <input type="text" name="user" autoComplete="username" value={user} readOnly hidden />
        <PasswordField
          ref={first}
          label="Present password"
          autoComplete="current-password"
          value={current}
          error={isRefused || (isTried && current === '') ? currentError : null}
          onChange={(text) => {
            setCurrent(text)
            change.reset()
          }}
        />
        <PasswordField
          label="New password"
          name="next"
          autoComplete="new-password"
          hint={`At least ${shortestPassword} characters; several words are easy to remember.`}
          value={next}
          error={isTried ? wrong : null}
          onChange={setNext}
        />
        {change.error && !isRefused && <ErrorNotice error={change.error} />}
      </form>
    </Dialog>
  )
}
