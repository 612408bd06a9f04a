import type { AuditEntry } from '../../shared/index.ts'
import { useAudit } from '../api/index.ts'
import { Badge, Button, EmptyState, ErrorNotice, Skeleton, Table } from '../components/index.ts'
import { formatTime } from '../format.ts'
import { wayWords } from './access-words.ts'

export function AuditTab() {
  const audit = useAudit()
  const entries = audit.data?.pages.flatMap((page) => page.entries) ?? []
  const isAsking = audit.isFetching && !audit.isFetchingNextPage
  return (
    <div className="fh-stack">
      <div className="fh-row">
        <p className="fh-muted fh-access-note">Who did what, or was refused it; the newest first.</p>
        <span className="fh-spacer" />
        <Button icon="refresh" busy={isAsking && !audit.isPending} onClick={() => void audit.refetch()}>
          Refresh
        </Button>
      </div>
      {audit.isPending && <Skeleton label="The audit log is loading." lines={6} />}
      {audit.error && (
        <ErrorNotice
          error={audit.error}
          actions={<Button onClick={() => void audit.refetch()}>Try again</Button>}
        />
      )}
      {audit.data && entries.length === 0 && (
        <EmptyState title="Nothing has been done yet">
          Logins, runs and changes are written down here.
        </EmptyState>
      )}
      {entries.length > 0 && <AuditTable entries={entries} />}
      {audit.hasNextPage && (
        <div className="fh-row">
          <Button busy={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
            Show older entries
          </Button>
        </div>
      )}
    </div>
  )
}

const heads = [
  { name: 'Time' },
  { name: 'Who', className: 'fh-access-wide' },
  { name: 'Action', className: 'fh-access-wide' },
  { name: 'Subject', className: 'fh-access-wide' },
  { name: 'Outcome' },
  { name: 'Address', className: 'fh-access-wide' },
]

const AuditTable = ({ entries }: { entries: readonly AuditEntry[] }) => (
  <Table label="Audit log" heads={heads}>
    {entries.map((entry) => (
      <Line key={entry.number} entry={entry} />
    ))}
  </Table>
)

const Line = ({ entry }: { entry: AuditEntry }) => (
  <tr>
    <td className="fh-audit-time">
      <time dateTime={entry.at}>{formatTime(entry.at)}</time>
      <div className="fh-access-more fh-access-narrow">
        <Who {...entry} />: <code>{entry.action}</code> <bdi>{entry.subject}</bdi>
      </div>
    </td>
    <td className="fh-access-wide">
      <Who {...entry} />
    </td>
    <td className="fh-access-wide">
      <code>{entry.action}</code>
    </td>
    <td className="fh-access-wide fh-audit-subject" title={entry.subject ?? undefined}>
      <bdi>{entry.subject ?? '–'}</bdi>
    </td>
    <td>
      <Outcome outcome={entry.outcome} />
    </td>
    <td className="fh-access-wide">{entry.address ?? '–'}</td>
  </tr>
)

const Who = ({ user, way }: AuditEntry) => (
  <>
    {user === null ? <span className="fh-muted">not known</span> : <bdi>{user}</bdi>}
    {way !== null && <span className="fh-muted"> by {wayWords[way]}</span>}
  </>
)

const Outcome = ({ outcome }: { outcome: string }) =>
  outcome === 'done' ? (
    <Badge tone="ok" icon="check">
      done
    </Badge>
  ) : (
    <Badge tone="warning" icon="warning" title="The code of the error it was refused with">
      {outcome}
    </Badge>
  )
