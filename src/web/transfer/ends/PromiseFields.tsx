import type { VerifyMode } from '../../../shared/index.ts'
import { formatNoun } from '../../format.ts'
import { usualAttempts, type Draft } from '../draft.ts'
import { useTransfer } from '../state.tsx'
import { RetryFields } from './RetryFields.tsx'
import { VerifyFields } from './VerifyFields.tsx'

/** What is proved at the end, and what becomes of a run that fails; said in one line until somebody wants another. */
export function PromiseFields() {
  const { draft } = useTransfer()
  return (
    <details className="fh-ends-more">
      <summary>{promiseText(draft)}</summary>
      <div className="fh-ends-form fh-ends-form_dense" role="group" aria-label="Proof and attempts">
        <VerifyFields />
        <RetryFields />
      </div>
    </details>
  )
}

const proofs: Record<VerifyMode, string> = {
  count: 'Verified by counts',
  checksum: 'Verified by checksums',
  none: 'Not verified',
}

const promiseText = ({ verify, retry: { attempts, afterRestart } }: Draft): string =>
  [
    proofs[verify],
    formatNoun(attempts ?? usualAttempts, 'attempt'),
    ...(afterRestart ? ['starts again after a restart'] : []),
  ].join(' · ')
