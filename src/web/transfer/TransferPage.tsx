import './TransferPage.css'
import { useTitle } from '../app/title.ts'
import { announce, IconButton } from '../components/index.ts'
import { SourceCard, TargetCard } from './ends/index.ts'
import { LookTabs } from './look/index.ts'
import { FirstVisit, RunBar } from './run/index.ts'
import { TransferProvider, useTransfer } from './state.tsx'
import { swap } from './swap.ts'

export function TransferPage() {
  useTitle('Transfer')
  return (
    <TransferProvider>
      <h1 className="fh-hidden">Transfer</h1>
      <div className="fh-transfer">
        <div className="fh-transfer-ends">
          <SourceCard />
          <SwapButton />
          <TargetCard />
        </div>
        <FirstVisit />
        <LookTabs />
      </div>
      <RunBar />
    </TransferProvider>
  )
}

function SwapButton() {
  const { change, follow, preview, uploading } = useTransfer()
  const onClick = () => {
    follow(undefined)
    change((draft) => swap(draft, preview.data?.columns ?? []))
    announce('Source and target are swapped.')
  }
  return (
    <IconButton
      className="fh-transfer-swap"
      icon="swap"
      label="Swap source and target"
      disabled={uploading.upload !== undefined}
      onClick={onClick}
    />
  )
}
