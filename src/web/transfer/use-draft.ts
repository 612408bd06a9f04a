import { useCallback, useEffect, useState } from 'react'
import { decodeDraft, encodeDraft } from './address.ts'
import { emptyDraft, type Draft } from './draft.ts'

const writeAfterMs = 300

/** The draft and the run that is followed, both kept in the page's address: reload, back and a link lead here again. */
export function useDraft() {
  const [draft, setDraft] = useState(readDraft)
  const [runId, setRunId] = useState(() => parameters().get('run') ?? undefined)
  useEffect(() => {
    const timer = setTimeout(() => writeAddress(draft, runId), writeAfterMs)
    return () => clearTimeout(timer)
  }, [draft, runId])
  // The run is put there at once: a reload in the very moment after the start must find it.
  const follow = useCallback(
    (id: string | undefined) => {
      setRunId(id)
      writeAddress(draft, id)
    },
    [draft],
  )
  return { draft, change: setDraft, runId, follow }
}

const parameters = () => new URLSearchParams(location.search)

function readDraft(): Draft {
  const text = parameters().get('draft')
  return text === null ? emptyDraft : decodeDraft(text)
}

function writeAddress(draft: Draft, runId: string | undefined): void {
  // While another page loads, this one is still there, hidden.
  if (!['/', '/transfer'].includes(location.pathname)) return
  const next = addressOf(draft, runId)
  if (next !== `${location.pathname}${location.search}`) history.replaceState(history.state, '', next)
}

/** Where the screen shows this draft. */
export function addressOf(draft: Draft, runId?: string): string {
  const query = new URLSearchParams()
  if (JSON.stringify(draft) !== JSON.stringify(emptyDraft)) query.set('draft', encodeDraft(draft))
  if (runId !== undefined) query.set('run', runId)
  const text = query.toString()
  return text === '' ? '/' : `/?${text}`
}
