import './connections.css'
import type { SavedConnection } from '../../shared/index.ts'
import { useMay, useTestConnection } from '../api/index.ts'
import { Badge, Button, ErrorNotice, Icon, IconButton, toast } from '../components/index.ts'
import { addressOf, labelOf, signInText } from './connection-words.ts'
import { ConnectionForm } from './ConnectionForm.tsx'
import { GiveToken } from './GiveToken.tsx'
import { NewToken } from './NewToken.tsx'
import { TableBrowser } from './TableBrowser.tsx'
import { TestSteps } from './TestSteps.tsx'
import { TimeLeft, useNow } from './TokenFacts.tsx'

export type Shown = 'edit' | 'tables' | 'token'

interface ConnectionRowProps {
  saved: SavedConnection
  /** What is open below. */
  shown: Shown | undefined
  show: (what: Shown | undefined) => void
  onDelete: () => void
}

export function ConnectionRow({ saved, shown, show, onDelete }: ConnectionRowProps) {
  const { name, connection } = saved
  const test = useTestConnection()
  const mayManage = useMay('admin') && connection !== null
  const mayUse = useMay('operator')
  const toggle = (what: Shown) => {
    if (what !== 'tables') test.reset()
    show(shown === what ? undefined : what)
  }
  return (
    <li className="fh-connection">
      <div className="fh-connection-line">
        <Icon name={connection ? 'connection' : 'database'} />
        <div className="fh-connection-words">
          <strong>
            <bdi>{labelOf(name)}</bdi>
          </strong>
          <span className="fh-muted">{detailsOf(saved)}</span>
          <KeptBadges saved={saved} />
        </div>
        {mayUse && <RowActions {...{ saved, shown, toggle, test, onDelete, mayManage }} />}
      </div>
      <TestView saved={saved} test={test} onEdit={mayManage ? () => toggle('edit') : undefined} />
      {mayManage && shown === 'edit' && (
        <ConnectionForm
          saved={saved}
          onCancel={() => show(undefined)}
          onSaved={() => {
            toast(`${name} is saved.`, 'ok')
            show(undefined)
          }}
        />
      )}
      {mayManage && shown === 'token' && (
        <GiveToken saved={saved} autoFocus onCancel={() => show(undefined)} onGiven={() => show(undefined)} />
      )}
      {mayUse && shown === 'tables' && <TableBrowser server={name} />}
    </li>
  )
}

function detailsOf(saved: SavedConnection): string {
  const { connection } = saved
  if (!connection) return 'the tables inside Flathouse'
  return [addressOf(connection), `database ${connection.database}`, signInText(saved)].join(' · ')
}

/** How long what is kept for a connection holds. */
function KeptBadges({ saved: { areSecretsTemporary, tokenExpiresAt } }: Pick<ConnectionRowProps, 'saved'>) {
  const now = useNow()
  if (!areSecretsTemporary && tokenExpiresAt === null) return null
  return (
    <span className="fh-row">
      {areSecretsTemporary && (
        <Badge icon="clock" title="Forgotten when Flathouse stops">
          in memory only
        </Badge>
      )}
      {tokenExpiresAt !== null && <TimeLeft what="token" leftMs={Date.parse(tokenExpiresAt) - now} />}
    </span>
  )
}

type Test = ReturnType<typeof useTestConnection>

interface RowActionsProps extends Omit<ConnectionRowProps, 'show'> {
  toggle: (what: Shown) => void
  test: Test
  mayManage: boolean
}

function RowActions({ saved, shown, toggle, test, onDelete, mayManage }: RowActionsProps) {
  const { name, secrets } = saved
  const label = labelOf(name)
  return (
    <div className="fh-row">
      {mayManage && secrets.includes('token') && (
        <Button
          icon="lock"
          aria-expanded={shown === 'token'}
          aria-label={`Give a new token for ${name}`}
          onClick={() => toggle('token')}
        >
          Give a new token
        </Button>
      )}
      <Button busy={test.isPending} aria-label={`Test ${label}`} onClick={() => test.mutate({ name })}>
        Test
      </Button>
      <Button
        icon="table"
        aria-expanded={shown === 'tables'}
        aria-label={`Tables of ${label}`}
        onClick={() => toggle('tables')}
      >
        Tables
      </Button>
      {mayManage && (
        <>
          <Button
            icon="edit"
            aria-expanded={shown === 'edit'}
            aria-label={`Edit ${name}`}
            onClick={() => toggle('edit')}
          >
            Edit
          </Button>
          <IconButton icon="trash" label={`Delete ${name}`} onClick={onDelete} />
        </>
      )}
    </div>
  )
}

interface TestViewProps {
  saved: SavedConnection
  test: Test
  /** Left out for those who may not. */
  onEdit: (() => void) | undefined
}

function TestView({
  saved: { name, connection },
  test: { isPending, data, error, mutate },
  onEdit,
}: TestViewProps) {
  return (
    <>
      {(isPending || data) && (
        <TestSteps
          protocol={connection?.protocol ?? 'http'}
          result={isPending ? undefined : data}
          actions={
            data?.error && (
              <>
                <NewToken code={data.error.code} server={name} onGiven={() => mutate({ name })} />
                {onEdit && (
                  <Button icon="edit" onClick={onEdit}>
                    Edit connection
                  </Button>
                )}
              </>
            )
          }
        />
      )}
      {data && !data.error && (
        <span>
          <Badge tone="ok" icon="check">
            Connected
          </Badge>
        </span>
      )}
      {error && <ErrorNotice error={error} />}
    </>
  )
}
