import './run-bar.css'
import type { Transfer } from '../../../shared/index.ts'
import { useHealth } from '../../api/index.ts'
import { Button } from '../../components/index.ts'
import { useTransfer } from '../state.tsx'
import { Trouble } from '../trouble/index.ts'
import { useStart } from './use-start.ts'

/** For who has nothing chosen yet: one line that shows what Flathouse does. */
export function FirstVisit() {
  const { draft, uploading, runId } = useTransfer()
  const sample = useHealth().data?.sample
  const { kind, file } = draft.source
  const isChosen = kind !== 'file' || file.path !== '' || uploading.upload !== undefined
  return !sample || isChosen || runId !== undefined ? null : <Offer sample={sample} />
}

function Offer({ sample }: { sample: Transfer }) {
  const { begin, isBusy, error } = useStart()
  const tryIt = () => begin(sample)
  return (
    <>
      <p className="fh-first-visit">
        <span>No file at hand? Move 3 million real flights into the embedded database</span>
        <Button busy={isBusy} onClick={tryIt}>
          Try it
        </Button>
      </p>
      {error && <Trouble error={error} onRetry={tryIt} />}
    </>
  )
}
