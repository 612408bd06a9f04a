import { useState } from 'react'
import { problemOf, useDatabases, useTables } from '../../api/index.ts'
import { Button, ErrorNotice, Icon, SearchList, Skeleton } from '../../components/index.ts'
import { labelOf, NewToken } from '../../connections/index.ts'
import type { Draft } from '../draft.ts'
import { errorPlace, RelationOptions } from '../relation/index.ts'
import { useTransfer } from '../state.tsx'
import { isOfSource } from '../trouble/index.ts'
import { withSourceQuery, withSourceTable } from './choose.ts'
import { ConnectionPick } from './ConnectionPick.tsx'
import { DatabasePick } from './DatabasePick.tsx'
import { sizesText, tableOptions } from './table-options.ts'
import { useSlash } from '../use-slash.ts'

/** A table of a ClickHouse: chosen from a list, then one line with what moves of it below. */
export function SourceTable() {
  const { draft, change, follow } = useTransfer()
  const { server, database, table, sql } = draft.source.table
  const [isChanging, setChanging] = useState(false)
  const choose = (place: { server?: string; database?: string; table?: string }) => {
    follow(undefined)
    setChanging(place.table === undefined)
    change((before) =>
      withSourceTable(before, { server, database: place.server ? '' : database, table: '', ...place }),
    )
  }
  if (!isChanging && (table !== '' || sql !== null)) {
    return (
      <div className="fh-ends-chosen">
        <ChosenTable onChange={() => setChanging(true)} />
        <RelationOptions />
      </div>
    )
  }
  return (
    <div className="fh-ends-chosen">
      <ConnectionPick
        key={server}
        server={server}
        onChange={(next) => {
          if (next !== server) choose({ server: next })
        }}
      >
        <TableList
          {...{ server, database, table }}
          onDatabase={(next) => choose({ database: next })}
          onTable={(next) => choose({ table: next })}
        />
        <div className="fh-row">
          <Button
            variant="quiet"
            icon="edit"
            onClick={() => {
              follow(undefined)
              setChanging(false)
              change(withSourceQuery)
            }}
          >
            Write SQL instead
          </Button>
          {isChanging && table !== '' && (
            <Button variant="quiet" onClick={() => setChanging(false)}>
              Keep {table}
            </Button>
          )}
        </div>
      </ConnectionPick>
    </div>
  )
}

interface TableListProps {
  server: string
  database: string
  table: string
  onDatabase: (database: string) => void
  onTable: (table: string) => void
}

function TableList({ server, database, table, onDatabase, onTable }: TableListProps) {
  const databases = useDatabases(server)
  const shown = database || databases.data?.current
  const tables = useTables(shown === undefined ? undefined : { connection: server, database: shown })
  const field = useSlash(true)
  if (!databases.data) return databases.error ? null : <Skeleton label="The databases are being listed." />
  return (
    <>
      <DatabasePick server={server} database={database} onChange={onDatabase} />
      {tables.error && (
        <ErrorNotice
          error={tables.error}
          actions={<Button onClick={() => void tables.refetch()}>Try again</Button>}
        />
      )}
      {tables.isPending && <Skeleton label="The tables are being listed." />}
      {tables.data && (
        <SearchList
          key={shown}
          label="Table"
          noun="table"
          placeholder="Search tables  ( / )"
          height={192}
          inputRef={field}
          value={table === '' ? null : table}
          options={tableOptions(tables.data)}
          onChange={onTable}
        />
      )}
    </>
  )
}

/** In one line what is read and where from. */
function ChosenTable({ onChange }: { onChange: () => void }) {
  const { draft, preview } = useTransfer()
  const { server, database, table, sql } = draft.source.table
  const databases = useDatabases(server)
  const shown = database || databases.data?.current
  const tables = useTables(shown === undefined ? undefined : { connection: server, database: shown })
  const sizes = tables.data?.find((one) => one.table === table)
  const error = preview.error && isOwnError(preview.error, draft.source) ? preview.error : undefined
  return (
    <>
      <div className="fh-ends-line">
        <Icon name={sql === null ? 'table' : 'edit'} />
        <strong className="fh-ellipsis">
          <bdi>{sql === null ? (shown === undefined ? table : `${shown}.${table}`) : 'Your own SELECT'}</bdi>
        </strong>
        <span className="fh-muted fh-ellipsis" title={labelOf(server)}>
          {sql === null && sizes && `${sizesText(sizes)} · `}
          {labelOf(server)}
        </span>
        <Button variant="quiet" onClick={onChange}>
          {sql === null ? 'Change table' : 'Choose a table'}
        </Button>
      </div>
      {error && (
        <ErrorNotice
          error={error}
          actions={
            <>
              <Button onClick={() => void preview.refetch()}>Try again</Button>
              <NewToken code={problemOf(error).code} server={server} onGiven={() => void preview.refetch()} />
              <Button onClick={onChange}>Choose another</Button>
            </>
          }
        />
      )}
    </>
  )
}

/** Of the connection or the table itself; what is wrong with conditions is said beside them. */
const isOwnError = (error: Error, source: Draft['source']): boolean =>
  isOfSource(error, source) && errorPlace(problemOf(error), source.table) === undefined
