import { useState } from 'react'
import type { User } from '../../shared/index.ts'
import { useRemoveUser, useSession, useUsers } from '../api/index.ts'
import { Button, Card, DeleteDialog, EmptyState, ErrorNotice, Skeleton, toast } from '../components/index.ts'
import { UserForm } from './UserForm.tsx'
import { UserTable } from './UserTable.tsx'

export function UsersTab() {
  const users = useUsers()
  const [edited, setEdited] = useState<User | 'new'>()
  const [doomed, setDoomed] = useState<User>()
  const close = () => setEdited(undefined)
  return (
    <div className="fh-stack">
      <div className="fh-row">
        <p className="fh-muted fh-access-note">People who log in with a password.</p>
        <span className="fh-spacer" />
        {edited === undefined && (
          <Button variant="primary" icon="plus" onClick={() => setEdited('new')}>
            New user
          </Button>
        )}
      </div>
      {edited !== undefined && (
        <Card title={edited === 'new' ? 'New user' : `User ${edited.name}`}>
          <UserForm
            key={edited === 'new' ? '' : edited.name}
            user={edited === 'new' ? undefined : edited}
            taken={users.data?.map(({ name }) => name) ?? []}
            onClose={close}
          />
        </Card>
      )}
      {users.isPending && <Skeleton label="The users are loading." />}
      {users.error && (
        <ErrorNotice
          error={users.error}
          actions={<Button onClick={() => void users.refetch()}>Try again</Button>}
        />
      )}
      {users.data?.length === 0 && edited === undefined && (
        <EmptyState title="There are no users yet">
          So far one gets in by a one-time link, which <code>flathouse login</code> prints, or through an
          identity provider.
        </EmptyState>
      )}
      {users.data && users.data.length > 0 && (
        <UserTable users={users.data} onEdit={setEdited} onDelete={setDoomed} />
      )}
      <DeleteUser key={doomed?.name} user={doomed} onClose={() => setDoomed(undefined)} onDeleted={close} />
    </div>
  )
}

interface DeleteUserProps {
  user: User | undefined
  onClose: () => void
  onDeleted: () => void
}

function DeleteUser({ user, onClose, onDeleted }: DeleteUserProps) {
  const remove = useRemoveUser()
  const self = useSession()?.user
  if (!user) return null
  const onDelete = () =>
    remove.mutate(user.name, {
      onSuccess: () => {
        toast(`${user.name} is deleted.`, 'ok')
        onDeleted()
        onClose()
      },
    })
  return (
    <DeleteDialog
      title="Delete this user?"
      busy={remove.isPending}
      error={remove.error}
      onDelete={onDelete}
      onClose={onClose}
    >
      <bdi>{user.name}</bdi> is logged out and cannot log in any more
      {user.name === self && ' (this is you)'}; their API tokens end. Runs they started stay.
    </DeleteDialog>
  )
}
