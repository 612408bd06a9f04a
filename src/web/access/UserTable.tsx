import type { User } from '../../shared/index.ts'
import { useSaveUser, useSession } from '../api/index.ts'
import { Badge, Button, ErrorNotice, IconButton, Table, toast } from '../components/index.ts'
import { formatAgo, formatTime } from '../format.ts'

const heads = [
  { name: 'Name' },
  { name: 'Role', className: 'fh-access-wide' },
  { name: 'State', className: 'fh-access-wide' },
  { name: 'Added', className: 'fh-access-wide' },
  { name: 'Actions', hidden: true },
]

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
      <Table label="Users" heads={heads}>
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
      </Table>
    </>
  )
}
