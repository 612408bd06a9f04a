import { useEffect, useState, type RefObject } from 'react'
import type { PlanView, RunDetail, TransferInput } from '../../../shared/index.ts'
import { usePlan } from '../../api/index.ts'
import { Button, Icon } from '../../components/index.ts'
import { bodyOf } from '../../words.ts'
import { useTransfer } from '../state.tsx'
import { sentence, startLabels } from './sentence.ts'
import { Trouble } from './Trouble.tsx'
import type { Starting } from './use-start.ts'

interface StartRowProps {
  starting: Starting
  button: RefObject<HTMLButtonElement | null>
  /** The run that has completed when the form is still that of it. */
  done: RunDetail | undefined
  /** An error that stands on the screen already. */
  said: string | undefined
}

/** What would happen, in one sentence, and the button that makes it happen. */
export function StartRow({ starting, button, done, said }: StartRowProps) {
  const { transfer, missing, draft } = useTransfer()
  const plan = useSettledPlan(transfer)
  const trouble = starting.error ?? plan.error
  const begin = () => transfer && starting.begin(asSaid(transfer, plan.data))
  useStartKey(begin)
  const reason = missing ?? 'Choose at least one column.'
  return (
    <>
      {trouble && !done && trouble.message !== said && (
        <Trouble
          key={trouble.message}
          error={bodyOf(trouble)}
          onRetry={starting.error ? begin : () => void plan.refetch()}
          onChanged={() => button.current?.focus()}
        />
      )}
      <div className="fh-runbar-start">
        <p id="fh-runbar-sentence" className="fh-runbar-sentence">
          {transfer ? (
            <Sentence transfer={transfer} plan={plan.data} lastRows={done?.report?.rowsRead} />
          ) : (
            <>
              <Icon name="info" /> {reason}
            </>
          )}
        </p>
        <Button
          ref={button}
          variant="primary"
          icon={done ? 'refresh' : 'play'}
          busy={starting.isBusy}
          disabled={!transfer}
          title="Ctrl Enter"
          aria-keyshortcuts="Control+Enter Meta+Enter"
          aria-describedby="fh-runbar-sentence"
          onClick={begin}
        >
          {done ? 'Run again' : startLabels[transfer?.direction ?? directionOf(draft)]}
        </Button>
      </div>
    </>
  )
}

/** A table that somebody makes or drops after the sentence was read is a reason to stop. */
function asSaid(transfer: TransferInput, plan: PlanView | undefined): TransferInput {
  if (transfer.direction !== 'import' || transfer.mode !== undefined || !plan) return transfer
  return { ...transfer, mode: plan.targetExists ? 'append' : 'create' }
}

interface SentenceProps {
  transfer: TransferInput
  plan: PlanView | undefined
  lastRows: number | undefined
}

function Sentence({ transfer, plan, lastRows }: SentenceProps) {
  const { preview, targetTable } = useTransfer()
  const isSeen = preview.isSuccess && !preview.isPlaceholderData
  const seen = isSeen ? preview.data : undefined
  const targetRows = targetTable.data?.rows ?? null
  return <bdi>{sentence(transfer, { plan, lastRows, targetRows, preview: seen })}</bdi>
}

const directionOf = ({ source, target }: ReturnType<typeof useTransfer>['draft']) => {
  if (source.kind === 'table') return 'export'
  return target.kind === 'file' ? 'convert' : 'import'
}

const settleMs = 400

/** The plan of the transfer as soon as it has not changed for a moment: every key would ask the server otherwise. */
function useSettledPlan(transfer: TransferInput | undefined) {
  const [settled, setSettled] = useState(transfer)
  const isSettled = settled === transfer
  useEffect(() => {
    const timer = setTimeout(() => setSettled(transfer), settleMs)
    return () => clearTimeout(timer)
  }, [transfer])
  const plan = usePlan(settled)
  const isOld = !isSettled || plan.isPlaceholderData
  return { data: isOld ? undefined : plan.data, error: isOld ? null : plan.error, refetch: plan.refetch }
}

function useStartKey(begin: () => void) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return
      if (document.querySelector('dialog[open]')) return
      event.preventDefault()
      begin()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })
}
