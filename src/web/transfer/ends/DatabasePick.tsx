import { useDatabases } from '../../api/index.ts'
import { Combobox } from '../../components/index.ts'

interface DatabasePickProps {
  server: string
  /** Empty: the connection's own. */
  database: string
  onChange: (database: string) => void
}

export function DatabasePick({ server, database, onChange }: DatabasePickProps) {
  const { data } = useDatabases(server)
  return (
    <Combobox
      label="Database"
      noun="database"
      value={database || (data?.current ?? null)}
      options={(data?.databases ?? []).map((name) => ({ value: name, label: name }))}
      placeholder="Search databases"
      disabled={!data}
      onChange={onChange}
    />
  )
}
