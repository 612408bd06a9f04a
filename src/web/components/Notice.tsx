import './Feedback.css'
import type { ReactNode } from 'react'
import { toneIcons, type Tone } from './Badge.tsx'
import { Icon } from './Icon.tsx'

interface NoticeProps {
  tone: Exclude<Tone, 'neutral'>
  /** The one sentence. */
  title: ReactNode
  /** What to know or do besides. */
  children?: ReactNode
  /** Folded below, for copying: the server's own text. */
  technical?: string | null
  actions?: ReactNode
}

/** Errors are said aloud when they appear. */
export function Notice({ tone, title, children, technical, actions }: NoticeProps) {
  return (
    <div className={`fh-notice fh-tone_${tone}`} role={tone === 'error' ? 'alert' : undefined}>
      <Icon
        name={toneIcons[tone]}
        label={tone === 'ok' ? 'Done' : `${tone[0]?.toUpperCase()}${tone.slice(1)}`}
      />
      <div className="fh-notice-text">
        <p className="fh-notice-title">{title}</p>
        {children && <div>{children}</div>}
        {technical && (
          <details>
            <summary>Technical text</summary>
            <pre tabIndex={0}>{technical}</pre>
          </details>
        )}
        {actions && <div className="fh-row fh-notice-actions">{actions}</div>}
      </div>
    </div>
  )
}

interface EmptyStateProps {
  title: string
  children?: ReactNode
  actions?: ReactNode
}

export const EmptyState = ({ title, children, actions }: EmptyStateProps) => (
  <div className="fh-empty">
    <h2>{title}</h2>
    {children && <div className="fh-muted">{children}</div>}
    {actions && <div className="fh-row">{actions}</div>}
  </div>
)

/** Lines where text will be; `label` says what is awaited. */
export const Skeleton = ({ label, lines = 3 }: { label: string; lines?: number }) => (
  <div className="fh-skeleton" role="status">
    <span className="fh-hidden">{label}</span>
    {Array.from({ length: lines }, (_, index) => (
      <div key={index} />
    ))}
  </div>
)
