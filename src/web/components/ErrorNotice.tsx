import type { ReactNode } from 'react'
import type { ErrorBody } from '../../shared/index.ts'
import { problemOf, useLiveStatus } from '../api/index.ts'
import { bodyOf, hintOf, placeOf } from '../words.ts'
import { Notice } from './Notice.tsx'

interface ErrorNoticeProps {
  /** What was thrown, or the error of a report. */
  error: ErrorBody | Error
  actions?: ReactNode
}

/** The sentence, the place, the next step, and the technical text folded below. */
export function ErrorNotice({ error, actions }: ErrorNoticeProps) {
  const isLost = useLiveStatus() === 'lost'
  // The banner says it for the whole page, and all is asked for again by itself.
  if (isLost && error instanceof Error && problemOf(error).status === 0) return null
  const body = bodyOf(error)
  const place = placeOf(body)
  return (
    <Notice tone="error" title={body.message} technical={body.detail} actions={actions}>
      {place && <p>{place}</p>}
      <p className="fh-muted">{hintOf(body)}</p>
    </Notice>
  )
}
