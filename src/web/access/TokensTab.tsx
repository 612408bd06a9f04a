import { useState } from 'react'
import type { ApiToken, CreatedApiToken } from '../../shared/index.ts'
import { useRevokeToken, useTokens } from '../api/index.ts'
import {
  Button,
  Card,
  CodeBlock,
  DeleteDialog,
  EmptyState,
  ErrorNotice,
  Notice,
  Skeleton,
  toast,
} from '../components/index.ts'
import { TokenForm } from './TokenForm.tsx'
import { TokenTable } from './TokenTable.tsx'

export function TokensTab() {
  const tokens = useTokens()
  const [isMaking, setMaking] = useState(false)
  const [made, setMade] = useState<CreatedApiToken>()
  const [doomed, setDoomed] = useState<ApiToken>()
  return (
    <div className="fh-stack">
      <div className="fh-row">
        <p className="fh-muted fh-access-note">
          For scripts and CI, which use Flathouse’s HTTP API without a login.
        </p>
        <span className="fh-spacer" />
        {!isMaking && (
          <Button variant="primary" icon="plus" onClick={() => setMaking(true)}>
            New token
          </Button>
        )}
      </div>
      {isMaking && (
        <Card title="New API token">
          <TokenForm
            onMade={(token) => {
              setMade(token)
              setMaking(false)
            }}
            onCancel={() => setMaking(false)}
          />
        </Card>
      )}
      {made && <Made made={made} onClose={() => setMade(undefined)} />}
      {tokens.isPending && <Skeleton label="The API tokens are loading." />}
      {tokens.error && (
        <ErrorNotice
          error={tokens.error}
          actions={<Button onClick={() => void tokens.refetch()}>Try again</Button>}
        />
      )}
      {tokens.data?.length === 0 && !isMaking && (
        <EmptyState title="There are no API tokens">
          A token has a name, a role and an end, and can be revoked here at any time.
        </EmptyState>
      )}
      {tokens.data && tokens.data.length > 0 && <TokenTable tokens={tokens.data} onRevoke={setDoomed} />}
      <Revoke
        key={doomed?.id}
        token={doomed}
        onClose={() => setDoomed(undefined)}
        onRevoked={(id) => setMade((before) => (before?.id === id ? undefined : before))}
      />
    </div>
  )
}

/** The token is in the page's memory until this is closed, and nowhere else. */
const Made = ({ made: { name, token }, onClose }: { made: CreatedApiToken; onClose: () => void }) => (
  <section aria-label={`Token ${name}`}>
    <Notice
      tone="warning"
      title={
        <>
          Copy the token <bdi>{name}</bdi> now: it is never shown again.
        </>
      }
      actions={<Button onClick={onClose}>I have copied it</Button>}
    >
      <div className="fh-stack">
        <CodeBlock label="token" language="text" code={token} wrap />
        <p>
          Who has it can do what it may do: keep it like a password. Programs send it as{' '}
          <code>Authorization: Bearer …</code>; <a href="/api/docs">the API’s description</a> says to where.
        </p>
      </div>
    </Notice>
  </section>
)

interface RevokeProps {
  token: ApiToken | undefined
  onClose: () => void
  onRevoked: (id: string) => void
}

function Revoke({ token, onClose, onRevoked }: RevokeProps) {
  const revoke = useRevokeToken()
  if (!token) return null
  const onDelete = () =>
    revoke.mutate(token.id, {
      onSuccess: () => {
        toast(`The token ${token.name} is revoked.`, 'ok')
        onRevoked(token.id)
        onClose()
      },
    })
  return (
    <DeleteDialog
      title="Revoke this token?"
      action="Revoke"
      busy={revoke.isPending}
      error={revoke.error}
      onDelete={onDelete}
      onClose={onClose}
    >
      What uses <bdi>{token.name}</bdi> is refused from then on. That cannot be undone.
    </DeleteDialog>
  )
}
