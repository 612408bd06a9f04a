import { useDatabases, useTables } from '../../api/index.ts'
import { Badge, Button, Combobox, ErrorNotice } from '../../components/index.ts'
import { formatNoun } from '../../format.ts'
import { useTransfer, type TransferState } from '../state.tsx'
import { atOtherPlace } from './choose.ts'
import { BadRecordFields } from './BadRecordFields.tsx'
import { ConnectionPick } from './ConnectionPick.tsx'
import { DatabasePick } from './DatabasePick.tsx'
import { NewTableFields } from './NewTableFields.tsx'
import { PromiseFields } from './PromiseFields.tsx'
import { tableOptions } from './table-options.ts'
import { WriteModeField } from './WriteModeField.tsx'

export function TargetTable() {
  const { draft, change, targetTable } = useTransfer()
  const { server, database, table } = draft.target.table
  const { state } = targetTable
  const databases = useDatabases(server)
  const isKnown = table !== '' && state !== 'unknown'
  return (
    <div className="fh-ends-chosen">
      <ConnectionPick
        key={server}
        server={server}
        onChange={(next) => {
          if (next !== server) change((before) => atOtherPlace(before, { server: next, database: '' }))
        }}
      >
        {databases.data && (
          <div className="fh-ends-form fh-ends-form_dense">
            <DatabasePick
              server={server}
              database={database}
              onChange={(next) => change((before) => atOtherPlace(before, { database: next }))}
            />
            <TableField />
            {isKnown && (
              <>
                <WriteModeField exists={state === 'exists'} />
                {state === 'new' && <NewTableFields />}
                <BadRecordFields />
              </>
            )}
          </div>
        )}
        {databases.data && isKnown && <PromiseFields />}
      </ConnectionPick>
    </div>
  )
}

/** One field for both: a table that is there, or the name of a new one. */
function TableField() {
  const { draft, change, targetTable } = useTransfer()
  const { state } = targetTable
  const { server, database, table } = draft.target.table
  const databases = useDatabases(server)
  const tables = useTables({ connection: server, database: database || databases.data?.current })
  return (
    <div className="fh-ends-table">
      <Combobox
        label="Table"
        noun="table"
        placeholder="Choose, or type a new name"
        custom="New table"
        value={table === '' ? null : table}
        options={tableOptions(tables.data ?? [])}
        hint={table !== '' && <TableState state={state} rows={targetTable.data?.rows} />}
        onChange={(next) =>
          change((before) => atOtherPlace(before, { table: next, orderBy: [], partitionBy: null }))
        }
      />
      {state === 'unknown' && targetTable.error && (
        <ErrorNotice
          error={targetTable.error}
          actions={<Button onClick={targetTable.refetch}>Try again</Button>}
        />
      )}
    </div>
  )
}

function TableState({
  state,
  rows,
}: {
  state: TransferState['targetTable']['state']
  rows: number | null | undefined
}) {
  if (state === 'new')
    return (
      <Badge tone="info" icon="plus">
        new table
      </Badge>
    )
  if (state === 'exists')
    return `An existing table${typeof rows === 'number' ? ` with ${formatNoun(rows, 'row')}` : ''}.`
  return 'Looking whether it is there …'
}
