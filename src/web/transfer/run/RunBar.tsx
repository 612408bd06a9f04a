import './run-bar.css'
import { useEffect, useRef } from 'react'
import type { RunDetail } from '../../../shared/index.ts'
import { useLiveRun } from '../../api/index.ts'
import { announce, Button, ErrorNotice, Notice } from '../../components/index.ts'
import { processed } from '../../runs/index.ts'
import { isNamed, unnamedText } from '../../transfer-words.ts'
import { isEnded, statusWords } from '../../words.ts'
import { emptyDraft, fromTransfer, toTransfer } from '../draft.ts'
import { withTargetTable } from '../ends/choose.ts'
import { useTransfer } from '../state.tsx'
import { Ended } from './Ended.tsx'
import { Running } from './Running.tsx'
import { StartRow } from './StartRow.tsx'
import { useKeptFocus } from './use-kept-focus.ts'
import { useStart } from './use-start.ts'

/** The foot of the transfer screen: what will happen, what is happening, what has happened. */
export function RunBar() {
  const { runId, follow } = useTransfer()
  const live = useLiveRun(runId)
  const run = runId === undefined ? undefined : live.data
  const starting = useStart()
  const startButton = useRef<HTMLButtonElement>(null)
  useSpokenStatus(run)
  useDraftOf(run)
  const isGoingOn = runId !== undefined && !live.error && (!run || !isEnded(run.status))
  const isSame = useIsSame(run)
  const kept = useKeptFocus(isGoingOn)
  return (
    <section className="fh-runbar" aria-label="Run" {...kept}>
      {live.error && !run && (
        <ErrorNotice error={live.error} actions={<Button onClick={() => follow(undefined)}>Close</Button>} />
      )}
      {runId !== undefined && !live.error && !run && <p role="status">The run is loading.</p>}
      {run && !isEnded(run.status) && <Running key={run.id} run={run} />}
      {run && isEnded(run.status) && (
        <Ended key={run.id} run={run} starting={starting} startButton={startButton} />
      )}
      {run && isEnded(run.status) && !isNamed(run.transfer) && <Notice tone="info" title={unnamedText} />}
      {!isGoingOn && (
        <StartRow
          starting={starting}
          button={startButton}
          done={isSame && run?.status === 'completed' ? run : undefined}
          said={run?.report?.error?.message}
        />
      )}
    </section>
  )
}

/** Who comes by a link to a run, or tries the sample, finds the form as it was filled in for it. */
function useDraftOf(run: RunDetail | undefined) {
  const { draft, change, uploading } = useTransfer()
  const seen = useRef<string>(undefined)
  const isEmpty = !uploading.upload && JSON.stringify(draft) === JSON.stringify(emptyDraft)
  useEffect(() => {
    if (!run || seen.current === run.id) return
    seen.current = run.id
    if (isEmpty && isNamed(run.transfer)) change(() => fromTransfer(run.transfer))
  }, [run, isEmpty, change])
}

/** Whether the form still describes the run that is shown. */
function useIsSame(run: RunDetail | undefined): boolean {
  const { draft, names, transfer } = useTransfer()
  if (!run || !transfer || !isNamed(run.transfer)) return false
  const ran = fromTransfer(run.transfer)
  // The start names the mode that the form leaves open.
  const { mode } = draft.target.table
  const again = mode === null ? withTargetTable(ran, { mode }) : ran
  return JSON.stringify(toTransfer(again, names)) === JSON.stringify(transfer)
}

/** Says what a run came to while somebody was looking on. */
function useSpokenStatus(run: RunDetail | undefined) {
  const spoken = useRef<string>(undefined)
  const key = run && `${run.id} ${run.status}`
  useEffect(() => {
    if (!run || spoken.current === key) return
    const isFirst = spoken.current?.split(' ')[0] !== run.id
    spoken.current = key
    if (isFirst && isEnded(run.status)) return
    const label = statusWords[run.status].label
    announce(run.report && run.status === 'completed' ? `${label}: ${processed(run.report)}.` : `${label}.`)
  }, [run, key])
}
