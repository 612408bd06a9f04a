import { useState, type ReactNode } from 'react'
import type { SavedConnection } from '../../../shared/index.ts'
import { problemOf, useConnections, useDatabases, useMay } from '../../api/index.ts'
import { Badge, Button, ErrorNotice, Select } from '../../components/index.ts'
import { ConnectionForm, labelOf, NewToken } from '../../connections/index.ts'

interface ConnectionPickProps {
  /** The name of a saved connection, or `embedded`. */
  server: string
  onChange: (server: string) => void
  /** What is chosen of it; not there while a connection is typed. */
  children: ReactNode
}

/** Which ClickHouse: the embedded database first, then those that are saved, or a new one. */
export function ConnectionPick({ server, onChange, children }: ConnectionPickProps) {
  const connections = useConnections()
  const mayManage = useMay('admin')
  const [editing, setEditing] = useState<'new' | 'this'>()
  const saved = connections.data?.find(({ name }) => name === server)
  if (editing) {
    return (
      <ConnectionForm
        saved={editing === 'this' ? saved : undefined}
        onCancel={() => setEditing(undefined)}
        onSaved={(name) => {
          setEditing(undefined)
          onChange(name)
        }}
      />
    )
  }
  return (
    <>
      <div className="fh-ends-connection">
        <Select
          label="Connection"
          value={server}
          options={optionsOf(connections.data ?? [], server)}
          onChange={onChange}
        />
        <ConnectionState server={server} />
        <span className="fh-spacer" />
        {mayManage && (
          <Button variant="quiet" icon="plus" onClick={() => setEditing('new')}>
            New connection
          </Button>
        )}
      </div>
      {connections.error && (
        <ErrorNotice
          error={connections.error}
          actions={<Button onClick={() => void connections.refetch()}>Try again</Button>}
        />
      )}
      <ConnectionTrouble server={server} saved={saved} onEdit={() => setEditing('this')} />
      {children}
    </>
  )
}

function optionsOf(connections: readonly SavedConnection[], server: string) {
  const names = connections.map(({ name }) => name)
  const all = names.includes(server) ? names : [...names, server]
  return all.map((name) => ({ value: name, label: labelOf(name) }))
}

function ConnectionState({ server }: { server: string }) {
  const databases = useDatabases(server)
  if (databases.isError)
    return (
      <Badge tone="error" icon="error">
        Not connected
      </Badge>
    )
  if (databases.isSuccess)
    return (
      <Badge tone="ok" icon="check">
        Connected
      </Badge>
    )
  return (
    <Badge tone="info" icon="busy">
      Connecting
    </Badge>
  )
}

interface ConnectionTroubleProps {
  server: string
  saved: SavedConnection | undefined
  onEdit: () => void
}

function ConnectionTrouble({ server, saved, onEdit }: ConnectionTroubleProps) {
  const databases = useDatabases(server)
  const mayEdit = useMay('admin') && saved !== undefined && saved.connection !== null
  if (!databases.error) return null
  const again = () => void databases.refetch()
  return (
    <ErrorNotice
      error={databases.error}
      actions={
        <>
          <Button busy={databases.isFetching} onClick={again}>
            Try again
          </Button>
          <NewToken code={problemOf(databases.error).code} server={server} onGiven={again} />
          {mayEdit && (
            <Button icon="edit" onClick={onEdit}>
              Edit connection
            </Button>
          )}
        </>
      }
    />
  )
}
