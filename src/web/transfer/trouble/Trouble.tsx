import { useState, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import type { ErrorBody } from '../../../shared/index.ts'
import { useMay } from '../../api/index.ts'
import { announce, Button, Icon, Notice } from '../../components/index.ts'
import { NewToken } from '../../connections/index.ts'
import { bodyOf, hintOf, placeOf } from '../../words.ts'
import type { Draft } from '../draft.ts'
import { useTransfer } from '../state.tsx'
import { goTo } from './go-to.ts'
import { remedies, serverOf, tryAgain, type Remedy } from './remedies.ts'

interface TroubleProps {
  error: ErrorBody | Error
  /** Stands where the source is looked at, so that nothing has to lead there. */
  inSource?: boolean
  /** What it left behind. */
  children?: ReactNode
  onRetry: () => void
  /** After a remedy was taken: the next thing to do is to start. */
  onChanged?: () => void
}

/** An error with what can be done about it as buttons. */
export function Trouble({ error: thrown, inSource = false, children, onRetry, onChanged }: TroubleProps) {
  const error = bodyOf(thrown)
  const [taken, setTaken] = useState<string>()
  const take = (label: string) => {
    setTaken(label)
    announce(changedText(label, inSource))
    onChanged?.()
  }
  const does = useRemedy(onRetry, take)
  const scene = useScene()
  const found = useOffered(remedies(error, scene), inSource)
  const place = placeOf(error)
  return (
    <Notice
      tone="error"
      title={<bdi>{error.message}</bdi>}
      technical={error.detail}
      actions={
        taken === undefined
          ? [
              <NewToken
                key="token"
                code={error.code}
                server={serverOf(scene.draft)}
                onGiven={() => (inSource ? onRetry() : take('the token'))}
              />,
              ...found.map((remedy) => (
                <Button key={remedy.label} onClick={() => does(remedy)}>
                  {remedy.label}
                </Button>
              )),
            ]
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
          <Icon name="check" /> {changedText(taken, inSource)}
        </p>
      )}
    </Notice>
  )
}

/** A source is read again by itself. */
const changedText = (label: string, inSource: boolean) =>
  `Changed: ${label}.${inSource ? '' : ' Start again when ready.'}`

/** Those that who is logged in may do, and that are not there already. */
function useOffered(all: readonly Remedy[], inSource: boolean): readonly Remedy[] {
  const mayManage = useMay('admin')
  const allowed = all.filter(({ does }) => mayManage || does !== 'connection')
  return inSource ? [...allowed.filter(({ does }) => !isPlace(does)), tryAgain] : allowed
}

const isPlace = (does: Remedy['does']) => does === 'source' || does === 'retry'

function useScene() {
  const { draft, names, preview, wholeFile, targetTable } = useTransfer()
  const { file, columns = [] } = preview.data ?? {}
  return {
    draft,
    names,
    file: file ?? undefined,
    readAsNull: new Map(
      [...columns, ...(wholeFile.data?.columns ?? [])].map(({ name, readAsNull }) => [name, readAsNull]),
    ),
    tableExists: targetTable.state !== 'new',
  }
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
