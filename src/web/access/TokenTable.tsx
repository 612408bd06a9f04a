import type { ApiToken } from '../../shared/index.ts'
import { useMay } from '../api/index.ts'
import { Badge, Button } from '../components/index.ts'
import { formatAgo, formatTime } from '../format.ts'
import { timeLeft } from './time-left.ts'

interface TokenTableProps {
  tokens: readonly ApiToken[]
  onRevoke: (token: ApiToken) => void
}

export function TokenTable({ tokens, onRevoke }: TokenTableProps) {
  const isAdmin = useMay('admin')
  return (
    <div className="fh-table-box" tabIndex={0} role="region" aria-label="API tokens">
      <table className="fh-table">
        <thead>
          <tr>
            <th>Name</th>
            {isAdmin && <th className="fh-access-wide">User</th>}
            <th className="fh-access-wide">May do</th>
            <th className="fh-access-wide">Created</th>
            <th className="fh-access-wide">Last used</th>
            <th>Ends</th>
            <th>
              <span className="fh-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
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
        </tbody>
      </table>
    </div>
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
