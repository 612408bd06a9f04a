import './connections.css'
import { useRef, useState, type SubmitEvent } from 'react'
import type { SavedConnection } from '../../shared/index.ts'
import { useSaveConnection } from '../api/index.ts'
import { Button, ErrorNotice, PasswordField, toast } from '../components/index.ts'
import { readToken } from './jwt.ts'
import { StoreCheckbox } from './StoreCheckbox.tsx'
import { TokenFacts } from './TokenFacts.tsx'

interface GiveTokenProps {
  saved: SavedConnection
  onGiven: () => void
  /** Left out where there is nothing to go back to. */
  onCancel?: () => void
  autoFocus?: boolean
}

/** One field: the connection stays as it is, and signs in by this token from now on. */
export function GiveToken({ saved, onGiven, onCancel, autoFocus = false }: GiveTokenProps) {
  const { name, connection, secrets, areSecretsTemporary } = saved
  const save = useSaveConnection()
  const field = useRef<HTMLInputElement>(null)
  const [token, setToken] = useState('')
  const [isStored, setIsStored] = useState(secrets.includes('token') && !areSecretsTemporary)
  const [wrong, setWrong] = useState<string | null>(null)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const problem = problemWith(token)
    setWrong(problem)
    if (problem !== null || !connection) return field.current?.focus()
    save.mutate(
      { name, connection, secrets: { token: token.trim() }, remember: isStored, keepCertificates: true },
      {
        onSuccess: () => {
          toast(`${name} has a new token.`, 'ok')
          onGiven()
        },
      },
    )
  }
  return (
    <form className="fh-give-token" aria-label={`New token for ${name}`} noValidate onSubmit={submit}>
      <PasswordField
        ref={field}
        label="New JWT token"
        autoComplete="off"
        autoFocus={autoFocus}
        value={token}
        error={wrong}
        hint={token !== '' && <TokenFacts token={token} />}
        onChange={(next) => {
          setToken(next)
          setWrong(null)
        }}
      />
      <StoreCheckbox what="the token" checked={isStored} onChange={setIsStored} />
      {save.error && <ErrorNotice error={save.error} />}
      <div className="fh-row">
        <Button type="submit" variant="primary" busy={save.isPending}>
          Save token
        </Button>
        {onCancel && (
          <Button variant="quiet" onClick={onCancel}>
            Cancel
          </Button>
        )}
      </div>
    </form>
  )
}

/** What can be seen to be wrong with a token before it is sent; null when nothing is. */
function problemWith(token: string): string | null {
  if (token.trim() === '') return 'Paste the token.'
  const facts = readToken(token, Date.now())
  if (!facts) return 'This is not a JWT: it has three parts with dots between them.'
  const hasEnded = facts.leftMs !== undefined && facts.leftMs <= 0
  return hasEnded ? 'This token has ended already; get a new one.' : null
}
