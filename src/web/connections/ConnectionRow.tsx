import './connections.css'
import type { SavedConnection } from '../../shared/index.ts'
import { useTestConnection } from '../api/index.ts'
import { Badge, Button, ErrorNotice, Icon, IconButton, toast } from '../components/index.ts'
import { addressOf, labelOf, secretsText } from './connection-words.ts'
import { ConnectionForm } from './ConnectionForm.tsx'
import { TableBrowser } from './TableBrowser.tsx'
import { TestSteps } from './TestSteps.tsx'

export type Shown = 'edit' | 'tables'

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
  return (
    <li className="fh-connection">
      <div className="fh-connection-line">
        <Icon name={connection ? 'connection' : 'database'} />
        <div className="fh-connection-words">
          <strong>
            <bdi>{labelOf(name)}</bdi>
          </strong>
          <span className="fh-muted">{detailsOf(saved)}</span>
        </div>
        <div className="fh-row">
          <Button
            busy={test.isPending}
            aria-label={`Test ${labelOf(name)}`}
            onClick={() => test.mutate({ name })}
          >
            Test
          </Button>
          <Button
            icon="table"
            aria-expanded={shown === 'tables'}
            aria-label={`Tables of ${labelOf(name)}`}
            onClick={() => show(shown === 'tables' ? undefined : 'tables')}
          >
            Tables
          </Button>
          {connection && (
            <>
              <Button
                icon="edit"
                aria-expanded={shown === 'edit'}
                aria-label={`Edit ${name}`}
                onClick={() => {
                  test.reset()
                  show(shown === 'edit' ? undefined : 'edit')
                }}
              >
                Edit
              </Button>
              <IconButton icon="trash" label={`Delete ${name}`} onClick={onDelete} />
            </>
          )}
        </div>
      </div>
      {(test.isPending || test.data) && (
        <TestSteps protocol={connection?.protocol ?? 'http'} result={test.data} />
      )}
      {test.data && !test.data.error && (
        <span>
          <Badge tone="ok" icon="check">
            Connected
          </Badge>{' '}
          <span className="fh-muted">time zone {test.data.timezone}</span>
        </span>
      )}
      <TestTrouble error={test.data?.error ?? test.error} onEdit={connection && (() => show('edit'))} />
      {shown === 'edit' && (
        <ConnectionForm
          saved={saved}
          onCancel={() => show(undefined)}
          onSaved={() => {
            toast(`${name} is saved.`, 'ok')
            show(undefined)
          }}
        />
      )}
      {shown === 'tables' && <TableBrowser server={name} />}
    </li>
  )
}

function detailsOf({ connection, secrets }: SavedConnection): string {
  if (!connection) return 'the tables inside Flathouse'
  const signIn = secrets.length > 0 ? `signs in by ${secretsText(secrets)}` : 'no password or token kept'
  return [addressOf(connection), `database ${connection.database}`, `user ${connection.user}`, signIn].join(
    ' · ',
  )
}

interface TestTroubleProps {
  error: Parameters<typeof ErrorNotice>[0]['error'] | null
  onEdit: (() => void) | null
}

function TestTrouble({ error, onEdit }: TestTroubleProps) {
  if (!error) return null
  return (
    <ErrorNotice
      error={error}
      actions={
        onEdit && (
          <Button icon="edit" onClick={onEdit}>
            Edit connection
          </Button>
        )
      }
    />
  )
}
