import './access.css'
import { useSearchParams } from 'wouter'
import { useMay } from '../api/index.ts'
import { useTitle } from '../app/title.ts'
import { Tabs } from '../components/index.ts'
import { AuditTab } from './AuditTab.tsx'
import { TokensTab } from './TokensTab.tsx'
import { UsersTab } from './UsersTab.tsx'

const tabs = [
  { value: 'users', label: 'Users', content: <UsersTab /> },
  { value: 'tokens', label: 'API tokens', content: <TokensTab /> },
  { value: 'audit', label: 'Audit log', content: <AuditTab /> },
] as const

export default function AccessPage() {
  const isAdmin = useMay('admin')
  useTitle(isAdmin ? 'Access' : 'API tokens')
  const [search, setSearch] = useSearchParams()
  const shown = tabs.find(({ value }) => value === search.get('show'))?.value ?? 'users'
  if (!isAdmin)
    return (
      <>
        <h1>API tokens</h1>
        <TokensTab />
      </>
    )
  return (
    <>
      <h1>Access</h1>
      <Tabs label="Access" value={shown} tabs={tabs} onChange={(show) => setSearch({ show })} />
    </>
  )
}
