import { useDatabases, useTables } from '../../api/index.ts'
import { Combobox } from '../../components/index.ts'
import { formatShort } from '../../format.ts'
import type { JoinForm } from './joins.ts'

interface JoinTableProps {
  connection: string
  form: JoinForm
  onChange: (place: Pick<JoinForm, 'database' | 'table'>) => void
}

/** A table of any database of the same connection. */
export function JoinTable({ connection, form, onChange }: JoinTableProps) {
  const databases = useDatabases(connection)
  const tables = useTables({ connection, database: form.database })
  const current = databases.data?.current ?? ''
  const problem = tables.error ?? databases.error
  return (
    <>
      <Combobox
        label="Database"
        noun="database"
        options={(databases.data?.databases ?? []).map((name) => ({ value: name, label: name }))}
        value={form.database === '' ? current : form.database}
        onChange={(database) => onChange({ database: database === current ? '' : database, table: '' })}
      />
      <Combobox
        label="Table"
        noun="table"
        placeholder={tables.isPending ? 'Loading' : 'Choose the table'}
        error={problem?.message ?? null}
        options={(tables.data ?? []).map(({ table, rows }) => ({
          value: table,
          label: table,
          ...(rows !== null && { detail: `${formatShort(rows)} rows` }),
        }))}
        value={form.table === '' ? null : form.table}
        onChange={(table) => onChange({ database: form.database, table })}
      />
    </>
  )
}
