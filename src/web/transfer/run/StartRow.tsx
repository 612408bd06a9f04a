import { useEffect, useState, type RefObject } from 'react'
import type { PlanView, RunDetail, TransferInput } from '../../../shared/index.ts'
import { usePlan } from '../../api/index.ts'
import { announce, Button, Icon } from '../../components/index.ts'
import { withTargetTable } from '../ends/choose.ts'
import { useTransfer } from '../state.tsx'
import { goTo, Trouble, unreadable, useErrorCard } from '../trouble/index.ts'
import { sentence, startLabels } from './sentence.ts'
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
  const { transfer } = useTransfer()
  const plan = useSettledPlan(transfer)
  const cardOf = useErrorCard()
  const trouble = starting.error ?? (done ? null : plan.error)
  const card = trouble && cardOf(trouble)
  const doubles = done !== undefined && wouldDouble(transfer, plan.data)
  const begin = () => transfer && starting.begin(asSaid(transfer, plan.data))
  useStartKey(doubles ? () => announce(inAlready) : begin)
  return (
    <>
      {trouble && !card && trouble.message !== said && (
        <Trouble
          key={trouble.message}
          error={trouble}
          onRetry={starting.error ? begin : () => void plan.refetch()}
          onChanged={() => button.current?.focus()}
        />
      )}
      <div className="fh-runbar-start">
        <p id="fh-runbar-sentence" className="fh-runbar-sentence">
          {card ? (
            <Note icon="warning" text={unreadable(card)} />
          ) : (
            <Sentence plan={plan.data} done={done} doubles={doubles} />
          )}
        </p>
        {card && <Button onClick={() => goTo(card)}>Show the message</Button>}
        {doubles && done.report?.commit === 'rename' && <ReplaceInstead button={button} />}
        <StartButton {...{ button, done, doubles, begin }} isBusy={starting.isBusy} />
      </div>
    </>
  )
}

interface StartButtonProps {
  button: RefObject<HTMLButtonElement | null>
  done: RunDetail | undefined
  doubles: boolean
  begin: () => void
  isBusy: boolean
}

function StartButton({ button, done, doubles, begin, isBusy }: StartButtonProps) {
  const { transfer, draft } = useTransfer()
  const again = doubles ? 'Append again' : 'Run again'
  return (
    <Button
      ref={button}
      variant={doubles ? 'secondary' : 'primary'}
      icon={done ? 'refresh' : 'play'}
      busy={isBusy}
      disabled={!transfer}
      title={doubles ? undefined : 'Ctrl Enter'}
      aria-keyshortcuts={doubles ? undefined : 'Control+Enter Meta+Enter'}
      aria-describedby="fh-runbar-sentence"
      onClick={begin}
    >
      {done ? again : startLabels[transfer?.direction ?? directionOf(draft)]}
    </Button>
  )
}

/** For a table that the run made, so that nothing else is in it. */
function ReplaceInstead({ button }: Pick<StartRowProps, 'button'>) {
  const { change } = useTransfer()
  const replace = () => {
    change((draft) => withTargetTable(draft, { mode: 'replace' }))
    announce('The rows that are in the table will be replaced. Start when ready.')
    button.current?.focus()
  }
  return <Button onClick={replace}>Replace instead</Button>
}

const inAlready = 'This run’s records are in it already: they would be there twice.'

/** Whether what has been moved would come into the table a second time. */
const wouldDouble = (transfer: TransferInput | undefined, plan: PlanView | undefined): boolean =>
  transfer?.direction === 'import' && transfer.mode !== 'replace' && plan?.targetExists !== false

/** A table that somebody makes or drops after the sentence was read is a reason to stop. */
function asSaid(transfer: TransferInput, plan: PlanView | undefined): TransferInput {
  if (transfer.direction !== 'import' || transfer.mode !== undefined || !plan) return transfer
  return { ...transfer, mode: plan.targetExists ? 'append' : 'create' }
}

interface SentenceProps {
  plan: PlanView | undefined
  done: RunDetail | undefined
  doubles: boolean
}

function Sentence({ plan, done, doubles }: SentenceProps) {
  const { transfer, missing, preview, targetTable } = useTransfer()
  if (!transfer) return <Note icon="info" text={missing ?? 'Choose at least one column.'} />
  const isSeen = preview.isSuccess && !preview.isPlaceholderData
  const seen = isSeen ? preview.data : undefined
  const targetRows = targetTable.data?.rows ?? null
  const text = sentence(transfer, { plan, lastRows: done?.report?.rowsRead, targetRows, preview: seen })
  return <bdi>{doubles ? `${text} ${inAlready}` : text}</bdi>
}

const Note = ({ icon, text }: { icon: 'info' | 'warning'; text: string }) => (
  <>
    <Icon name={icon} /> {text}
  </>
)

const directionOf = ({ source, target }: ReturnType<typeof useTransfer>['draft']) => {
  if (source.kind === 'table') return 'export'
  return target.kind === 'file' ? 'convert' : 'import'
}

const settleMs = 400

/** The plan of the transfer as soon as it has not changed for a moment: every key would ask the server otherwise. */
function useSettledPlan(transfer: TransferInput | undefined) {
  const [settled, setSettled] = useState(transfer)
  // The same that was put together anew, as when the columns become known, has its plan already.
  const isSettled = JSON.stringify(settled) === JSON.stringify(transfer)
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
