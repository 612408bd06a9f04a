import { useSearchParams } from 'wouter'
import { useDatabases, usePreview, useTables } from '../api/index.ts'
import {
  Button,
  ButtonLink,
  CodeBlock,
  Combobox,
  DataGrid,
  ErrorNotice,
  SearchList,
  Skeleton,
} from '../components/index.ts'
import { formatBytes, formatNoun } from '../format.ts'
import { tableSourceUrl } from '../transfer/index.ts'

/** The databases and tables of a connection, and the first rows of one. What is shown is in the address. */
export function TableBrowser({ server }: { server: string }) {
  const [search, setSearch] = useSearchParams()
  const databases = useDatabases(server)
  const database = search.get('database') ?? databases.data?.current
  const table = search.get('table') ?? undefined
  const tables = useTables(database === undefined ? undefined : { connection: server, database })
  const show = (place: { database?: string; table?: string }) =>
    setSearch({ connection: server, show: 'tables', ...place })
  const error = databases.error ?? tables.error
  if (error) {
    const again = () => void (databases.error ? databases.refetch() : tables.refetch())
    return <ErrorNotice error={error} actions={<Button onClick={again}>Try again</Button>} />
  }
  if (!databases.data) return <Skeleton label="The databases are being listed." />
  return (
    <div className="fh-connection-tables">
      <div className="fh-stack">
        <Combobox
          label="Database"
          noun="database"
          value={database ?? null}
          options={databases.data.databases.map((name) => ({ value: name, label: name }))}
          onChange={(next) => show({ database: next })}
        />
        {tables.isPending && <Skeleton label="The tables are being listed." />}
        {tables.data && (
          <SearchList
            key={database}
            label="Tables"
            noun="table"
            placeholder="Search tables"
            height={320}
            value={table ?? null}
            options={tables.data.map(({ table: name, rows, bytes, engine }) => ({
              value: name,
              label: name,
              detail: rows === null ? engine : `${formatNoun(rows, 'row')} · ${formatBytes(bytes ?? 0)}`,
            }))}
            onChange={(next) => show({ ...(database !== undefined && { database }), table: next })}
          />
        )}
      </div>
      {database !== undefined && table !== undefined ? (
        <TablePreview key={table} place={{ server, database, table }} />
      ) : (
        <p className="fh-muted">Choose a table to see its first rows.</p>
      )}
    </div>
  )
}

function TablePreview({ place }: { place: { server: string; database: string; table: string } }) {
  const { data, error, isPending, refetch } = usePreview({ source: { kind: 'table', ...place } })
  return (
    <section className="fh-stack fh-connection-preview" aria-label={`Preview of ${place.table}`}>
      <div className="fh-row">
        <h2 className="fh-ellipsis">
          <bdi>{place.table}</bdi>
        </h2>
        <span className="fh-muted">
          {data &&
            `first ${formatNoun(data.rows.length, 'row')}, ${formatNoun(data.columns.length, 'column')}`}
        </span>
        <span className="fh-spacer" />
        <ButtonLink icon="arrow" href={tableSourceUrl(place)}>
          Use as source
        </ButtonLink>
      </div>
      {isPending && <Skeleton label="The first rows are being read." lines={6} />}
      {error && (
        <ErrorNotice error={error} actions={<Button onClick={() => void refetch()}>Try again</Button>} />
      )}
      {data && (
        <DataGrid label={`Rows of ${place.table}`} columns={data.columns} rows={data.rows} maxHeight={320} />
      )}
      {data?.sql && <CodeBlock label="SELECT" code={data.sql} language="sql" wrap />}
    </section>
  )
}
