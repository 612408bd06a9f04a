import { useEffect, useState } from 'react'
import { Button, copyText } from '../components/index.ts'

const shownMs = 2000

/** A button with words that copies a text and says that it did. */
export function CopyAction({ label, text }: { label: string; text: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), shownMs)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    await copyText(text)
    setCopied(true)
  }
  return (
    <Button variant="quiet" icon={copied ? 'check' : 'copy'} onClick={() => void copy()}>
      {label}
    </Button>
  )
}
