import './Tabs.css'
import { Tabs as ClickTabs } from '@clickhouse/click-ui/Tabs'
import type { ReactNode } from 'react'

interface Tab<V extends string> {
  value: V
  label: ReactNode
  content: ReactNode
}

interface TabsProps<V extends string> {
  label: string
  value: V
  onChange: (value: V) => void
  tabs: readonly Tab<V>[]
  /** Beside the tabs, at the end of their line. */
  actions?: ReactNode
}

/** Only the chosen tab's content is in the page. */
export function Tabs<V extends string>({ label, value, onChange, tabs, actions }: TabsProps<V>) {
  const choose = (next: string) => {
    const chosen = tabs.find((tab) => tab.value === next)
    if (chosen) onChange(chosen.value)
  }
  return (
    <ClickTabs value={value} onValueChange={choose} className="fh-tabs">
      <div className="fh-tabs-head">
        <ClickTabs.TriggersList aria-label={label} className="fh-tabs-list">
          {tabs.map((tab) => (
            <ClickTabs.Trigger key={tab.value} value={tab.value} className="fh-tab">
              {tab.label}
            </ClickTabs.Trigger>
          ))}
        </ClickTabs.TriggersList>
        {actions && <div className="fh-row">{actions}</div>}
      </div>
      {tabs.map((tab) => (
        <ClickTabs.Content key={tab.value} value={tab.value} className="fh-tab-content">
          {tab.content}
        </ClickTabs.Content>
      ))}
    </ClickTabs>
  )
}
