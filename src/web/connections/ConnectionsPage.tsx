import '../table.css'
import { useConnections } from '../api/index.ts'
import { useTitle } from '../app/title.ts'
import { Button, ErrorNotice, Skeleton } from '../components/index.ts'

export default function ConnectionsPage() {
  useTitle('Connections')
  const connections = useConnections()
  return (
    <>
      <h1>Connections</h1>
      {connections.isPending && <Skeleton label="The connections are loading." />}
      {connections.error && (
        <ErrorNotice
          error={connections.error}
          actions={<Button onClick={() => void connections.refetch()}>Try again</Button>}
        />
      )}
      {connections.data && (
        <div className="fh-table-box" tabIndex={0} role="region" aria-label="Connections">
          <table className="fh-table">
            <thead>
              <tr>
                <th>Name</th>
                <th>Server</th>
                <th>Database</th>
                <th>User</th>
                <th>Signed in by</th>
              </tr>
            </thead>
            <tbody>
              {connections.data.map(({ name, connection, secrets }) => (
                <tr key={name}>
                  <td>{name}</td>
                  <td>
                    {connection
                      ? `${connection.protocol}://${connection.host}:${connection.port}`
                      : 'inside Flathouse'}
                  </td>
                  <td>{connection?.database ?? '–'}</td>
                  <td>{connection?.user ?? '–'}</td>
                  <td>{secrets.join(', ') || '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}
