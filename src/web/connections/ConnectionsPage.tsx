import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { useConnections, useMay, useRemoveConnection } from '../api/index.ts'
import { useTitle } from '../app/title.ts'
import { Button, Card, DeleteDialog, ErrorNotice, Skeleton, toast } from '../components/index.ts'
import { ConnectionForm } from './ConnectionForm.tsx'
import { ConnectionRow, type Shown } from './ConnectionRow.tsx'

const isShown = (text: string | null): text is Shown =>
  text === 'edit' || text === 'tables' || text === 'token'

export default function ConnectionsPage() {
  useTitle('Connections')
  const [search, setSearch] = useSearchParams()
  const connections = useConnections()
  const [doomed, setDoomed] = useState<string>()
  const asked = search.get('show')
  const mayManage = useMay('admin')
  const isNew = mayManage && asked === 'new'
  const show = (name: string | undefined, what: Shown | undefined) =>
    setSearch(name === undefined || what === undefined ? {} : { connection: name, show: what })
  return (
    <>
      <div className="fh-row">
        <h1>Connections</h1>
        <span className="fh-spacer" />
        {mayManage && !isNew && (
          <Button variant="primary" icon="plus" onClick={() => setSearch({ show: 'new' })}>
            New connection
          </Button>
        )}
      </div>
      {!mayManage && <p className="fh-muted">Administrators add and change connections.</p>}
      {isNew && (
        <Card title="New connection">
          <ConnectionForm
            onCancel={() => setSearch({})}
            onSaved={(name) => {
              toast(`${name} is saved.`, 'ok')
              setSearch({ connection: name, show: 'tables' })
            }}
          />
        </Card>
      )}
      {connections.isPending && <Skeleton label="The connections are loading." />}
      {connections.error && (
        <ErrorNotice
          error={connections.error}
          actions={<Button onClick={() => void connections.refetch()}>Try again</Button>}
        />
      )}
      <ul className="fh-connections" aria-label="Connections">
        {connections.data?.map((saved) => (
          <ConnectionRow
            key={saved.name}
            saved={saved}
            shown={search.get('connection') === saved.name && isShown(asked) ? asked : undefined}
            show={(what) => show(saved.name, what)}
            onDelete={() => setDoomed(saved.name)}
          />
        ))}
      </ul>
      <DeleteConnection key={`delete ${doomed ?? ''}`} name={doomed} onClose={() => setDoomed(undefined)} />
    </>
  )
}

function DeleteConnection({ name, onClose }: { name: string | undefined; onClose: () => void }) {
  const remove = useRemoveConnection()
  if (name === undefined) return null
  const onDelete = () =>
    remove.mutate(name, {
      onSuccess: () => {
        toast(`${name} is deleted.`, 'ok')
        onClose()
      },
    })
  return (
    <DeleteDialog
      title="Delete this connection?"
      busy={remove.isPending}
      error={remove.error}
      onDelete={onDelete}
      onClose={onClose}
    >
      How <bdi>{name}</bdi> is reached is forgotten, with its password or token. Nothing changes on the
      server. Transfers that name it do not run any more.
    </DeleteDialog>
  )
}
