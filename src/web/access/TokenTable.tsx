import type { ApiToken } from '../../shared/index.ts'
import { useMay } from '../api/index.ts'
import { Badge, Button, Table } from '../components/index.ts'
import { formatAgo, formatTime } from '../format.ts'
import { timeLeft } from './time-left.ts'

interface TokenTableProps {
  tokens: readonly ApiToken[]
  onRevoke: (token: ApiToken) => void
}

export function TokenTable({ tokens, onRevoke }: TokenTableProps) {
  const isAdmin = useMay('admin')
  const heads = [
    { name: 'Name' },
    ...(isAdmin ? [{ name: 'User', className: 'fh-access-wide' }] : []),
    { name: 'May do', className: 'fh-access-wide' },
    { name: 'Created', className: 'fh-access-wide' },
    { name: 'Last used', className: 'fh-access-wide' },
    { name: 'Ends' },
    { name: 'Actions', hidden: true },
  ]
  return (
    <Table label="API tokens" heads={heads}>
      {tokens.map((token) => (
        <tr key={token.id}>
          <td className="fh-access-name">
            <bdi>{token.name}</bdi>
            <div className="fh-access-more fh-access-narrow">
              {isAdmin && (
                <>
                  <bdi>{token.user}</bdi>,{' '}
                </>
              )}
              {token.scope}, {token.usedAt ? `used ${formatAgo(token.usedAt)}` : 'never used'}
            </div>
          </td>
          {isAdmin && (
            <td className="fh-access-wide">
              <bdi>{token.user}</bdi>
            </td>
          )}
          <td className="fh-access-wide">{token.scope}</td>
          <td className="fh-access-wide" title={formatTime(token.createdAt)}>
            {formatAgo(token.createdAt)}
          </td>
          <td className="fh-access-wide" title={token.usedAt ? formatTime(token.usedAt) : undefined}>
            {token.usedAt ? formatAgo(token.usedAt) : 'never'}
          </td>
          <td title={formatTime(token.expiresAt)}>
            <End expiresAt={token.expiresAt} />
          </td>
          <td>
            <span className="fh-access-actions">
              <Button variant="quiet" aria-label={`Revoke ${token.name}`} onClick={() => onRevoke(token)}>
                Revoke
              </Button>
            </span>
          </td>
        </tr>
      ))}
    </Table>
  )
}

function End({ expiresAt }: { expiresAt: string }) {
  const { words, isOver, isSoon } = timeLeft(expiresAt)
  if (isOver) return <Badge icon="stop">{words}</Badge>
  return isSoon ? (
    <Badge tone="warning" icon="clock">
      {words}
    </Badge>
  ) : (
    words
  )
}
