import './CodeBlock.css'
import { useState } from 'react'
import { IconButton } from './Button.tsx'
import { highlight, type Language } from './highlight.ts'
import { announce } from './Toast.tsx'

interface CodeBlockProps {
  label: string
  code: string
  language: Language
  wrap?: boolean
}

export function CodeBlock({ label, code, language, wrap = false }: CodeBlockProps) {
  return (
    <div className="fh-code">
      <pre
        tabIndex={0}
        role="region"
        aria-label={label}
        className={wrap ? 'fh-code-text fh-code-text_wrap' : 'fh-code-text'}
      >
        <code>
          {highlight(code, language).map(([kind, text], index) =>
            kind === 'plain' ? (
              text
            ) : (
              <span key={index} className={`fh-code-${kind}`}>
                {text}
              </span>
            ),
          )}
        </code>
      </pre>
      <CopyButton text={code} label={`Copy ${label}`} />
    </div>
  )
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await copyText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <IconButton
      icon={copied ? 'check' : 'copy'}
      label={copied ? 'Copied' : label}
      onClick={() => void copy()}
    />
  )
}

export async function copyText(text: string) {
  try {
    await navigator.clipboard.writeText(text)
    announce('Copied.')
  } catch {
    announce('The browser did not allow copying.')
  }
}
