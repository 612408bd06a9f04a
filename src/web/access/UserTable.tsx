import type { User } from '../../shared/index.ts'
import { useSaveUser, useSession } from '../api/index.ts'
import { Badge, Button, ErrorNotice, IconButton, toast } from '../components/index.ts'
import { formatAgo, formatTime } from '../format.ts'

interface UserTableProps {
  users: readonly User[]
  onEdit: (user: User) => void
  onDelete: (user: User) => void
}

export function UserTable({ users, onEdit, onDelete }: UserTableProps) {
  const save = useSaveUser()
  const self = useSession()?.user
  const disable = ({ name, isDisabled }: User) =>
    save.mutate(
      { name, isDisabled: !isDisabled },
      { onSuccess: () => toast(`${name} ${isDisabled ? 'can log in again' : 'is disabled'}.`, 'ok') },
    )
  return (
    <>
      {save.error && <ErrorNotice error={save.error} />}
      <div className="fh-table-box" tabIndex={0} role="region" aria-label="Users">
        <table className="fh-table">
          <thead>
            <tr>
              <th>Name</th>
              <th className="fh-access-wide">Role</th>
              <th className="fh-access-wide">State</th>
              <th className="fh-access-wide">Added</th>
              <th>
                <span className="fh-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {users.map((user) => (
              <tr key={user.name}>
                <td className="fh-access-name">
                  <bdi>{user.name}</bdi>
                  {user.name === self && <span className="fh-muted"> (you)</span>}
                  <div className="fh-access-more fh-access-narrow">
                    {user.role}
                    {user.isDisabled && ', disabled'}
                  </div>
                </td>
                <td className="fh-access-wide">{user.role}</td>
                <td className="fh-access-wide">
                  {user.isDisabled ? <Badge>disabled</Badge> : <Badge tone="ok">active</Badge>}
                </td>
                <td className="fh-access-wide" title={formatTime(user.createdAt)}>
                  {formatAgo(user.createdAt)}
                </td>
                <td>
                  <span className="fh-access-actions">
                    <IconButton icon="edit" label={`Edit ${user.name}`} onClick={() => onEdit(user)} />
                    {user.name !== self && (
                      <Button
                        variant="quiet"
                        busy={save.isPending && save.variables.name === user.name}
                        aria-label={`${user.isDisabled ? 'Enable' : 'Disable'} ${user.name}`}
                        onClick={() => disable(user)}
                      >
                        {user.isDisabled ? 'Enable' : 'Disable'}
                      </Button>
                    )}
                    <IconButton icon="trash" label={`Delete ${user.name}`} onClick={() => onDelete(user)} />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}
