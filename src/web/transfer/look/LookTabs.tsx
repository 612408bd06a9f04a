import './look.css'
import { useState, type ReactNode } from 'react'
import { EmptyState, Skeleton, Tabs } from '../../components/index.ts'
import { formatCount } from '../../format.ts'
import { useTransfer } from '../state.tsx'
import { ColumnsTab } from './ColumnsTab.tsx'
import type { Cell } from './lines.ts'
import { LookError } from './LookError.tsx'
import { PlanTab } from './PlanTab.tsx'
import { PreviewTab } from './PreviewTab.tsx'
import { useCheck } from './use-check.ts'
import { useLook, type Look } from './use-look.ts'

type Tab = 'columns' | 'preview' | 'plan'

/** What moves, before anything does: its columns, the first records, and what will be done. */
export function LookTabs() {
  const look = useLook()
  const { preview, transfer } = useTransfer()
  const check = useCheck(transfer)
  const [tab, setTab] = useState<Tab>('columns')
  const [goTo, setGoTo] = useState<Cell>()
  const choose = (next: Tab, cell?: Cell) => {
    setTab(next)
    setGoTo(cell)
  }
  return (
    <section className="fh-look" aria-label="Columns and records">
      <Tabs
        label="Look at the transfer"
        value={tab}
        onChange={choose}
        tabs={[
          {
            value: 'columns',
            label: <ColumnsLabel look={look} />,
            content: (
              <Looked>
                {look && <ColumnsTab look={look} check={check} onShow={(cell) => choose('preview', cell)} />}
              </Looked>
            ),
          },
          {
            value: 'preview',
            label: 'Preview',
            content: (
              <Looked>
                {look && <PreviewTab look={look} isOld={preview.isPlaceholderData} goTo={goTo} />}
              </Looked>
            ),
          },
          { value: 'plan', label: 'Plan & SQL', content: <PlanTab /> },
        ]}
      />
    </section>
  )
}

function ColumnsLabel({ look }: { look: Look | undefined }) {
  if (!look) return 'Columns'
  const chosen = look.lines.filter(({ isChosen }) => isChosen).length
  return (
    <>
      Columns{' '}
      <span className="fh-look-count">
        {formatCount(chosen)} of {formatCount(look.lines.length)}
      </span>
    </>
  )
}

/** The state of the preview around what is seen of it. */
function Looked({ children }: { children: ReactNode }) {
  const { preview, uploading } = useTransfer()
  if (preview.isPending && preview.fetchStatus === 'idle' && !uploading.upload) {
    return (
      <EmptyState title="Nothing to look at yet">
        Choose a file or a table above: its columns and its first records are shown here.
      </EmptyState>
    )
  }
  return (
    <div aria-busy={preview.isFetching}>
      {preview.error && (
        <LookError
          error={preview.error}
          isAbove={preview.data !== undefined}
          onRetry={() => void preview.refetch()}
        />
      )}
      {children ?? (!preview.error && <Skeleton label="The first records are being read." lines={6} />)}
    </div>
  )
}
