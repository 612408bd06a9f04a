import { useState, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import type { ErrorBody } from '../../../shared/index.ts'
import { announce, Button, Icon, Notice } from '../../components/index.ts'
import { hintOf, placeOf } from '../../words.ts'
import type { Draft } from '../draft.ts'
import { useTransfer } from '../state.tsx'
import { goTo } from './go-to.ts'
import { remedies, serverOf, type Remedy } from './remedies.ts'

interface TroubleProps {
  error: ErrorBody
  /** What it left behind. */
  children?: ReactNode
  onRetry: () => void
  /** After a remedy was taken: the next thing to do is to start. */
  onChanged?: () => void
}

/** An error with what can be done about it as buttons. */
export function Trouble({ error, children, onRetry, onChanged }: TroubleProps) {
  const [taken, setTaken] = useState<string>()
  const does = useRemedy(onRetry, (label) => {
    setTaken(label)
    announce(`Changed: ${label}. Start again when ready.`)
    onChanged?.()
  })
  const found = remedies(error, useScene())
  const place = placeOf(error)
  return (
    <Notice
      tone="error"
      title={<bdi>{error.message}</bdi>}
      technical={error.detail}
      actions={
        taken === undefined
          ? found.map((remedy) => (
              <Button key={remedy.label} onClick={() => does(remedy)}>
                {remedy.label}
              </Button>
            ))
          : undefined
      }
    >
      {place !== '' && (
        <p>
          <bdi>{place}</bdi>
        </p>
      )}
      {children}
      {taken === undefined ? (
        <p className="fh-muted">{hintOf(error)}</p>
      ) : (
        <p className="fh-row">
          <Icon name="check" /> Changed: {taken}. Start again when ready.
        </p>
      )}
    </Notice>
  )
}

function useScene() {
  const { draft, names, preview, targetTable } = useTransfer()
  return { draft, names, file: preview.data?.file ?? undefined, tableExists: targetTable.state !== 'new' }
}

const connectionAddress = (draft: Draft): string =>
  `/connections?${new URLSearchParams({ connection: serverOf(draft), show: 'edit' }).toString()}`

function useRemedy(onRetry: () => void, onTaken: (label: string) => void) {
  const { change, draft } = useTransfer()
  const [, navigate] = useLocation()
  return ({ label, does }: Remedy) => {
    if (typeof does === 'function') {
      change(does)
      onTaken(label)
    } else if (does === 'retry') onRetry()
    else if (does === 'connection') navigate(connectionAddress(draft))
    else goTo(does)
  }
}
