import { useEffect, useSyncExternalStore } from 'react'
import { IconButton } from './Button.tsx'
import { Notice } from './Notice.tsx'

interface Toast {
  id: number
  tone: 'info' | 'ok' | 'warning' | 'error'
  text: string
}

const shownMs = 6000
const listeners = new Set<() => void>()
let toasts: readonly Toast[] = []
let spoken = ''
let count = 0

function update(next: readonly Toast[], aloud = spoken) {
  toasts = next
  spoken = aloud
  listeners.forEach((listener) => listener())
}

/** A sentence in the corner for what happened elsewhere. Errors stay until they are closed. */
export function toast(text: string, tone: Toast['tone'] = 'info') {
  update([...toasts.slice(-2), { id: ++count, tone, text }], tone === 'error' ? spoken : text)
}

/** Said by a screen reader and not shown. */
export const announce = (text: string) => update(toasts, text)

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Stands once in the page. */
export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts)
  const aloud = useSyncExternalStore(subscribe, () => spoken)
  return (
    <>
      <div className="fh-toasts">
        {shown.map((each) => (
          <ToastBox key={each.id} toast={each} />
        ))}
      </div>
      <div className="fh-hidden" role="status" aria-live="polite">
        {aloud}
      </div>
    </>
  )
}

function ToastBox({ toast: { id, tone, text } }: { toast: Toast }) {
  const close = () => update(toasts.filter((each) => each.id !== id))
  useEffect(() => {
    if (tone === 'error') return
    const timer = setTimeout(() => update(toasts.filter((each) => each.id !== id)), shownMs)
    return () => clearTimeout(timer)
  }, [id, tone])
  return (
    <div className="fh-toast">
      <Notice tone={tone} title={text} />
      <IconButton icon="close" label="Close the message" onClick={close} />
    </div>
  )
}
