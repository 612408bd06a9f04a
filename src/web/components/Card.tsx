import './Card.css'
import { useId, type ReactNode } from 'react'
import { Icon } from './Icon.tsx'

interface CardProps {
  title: string
  /** Stands beside the title of an open card, such as a Segmented or a button. */
  actions?: ReactNode
  /** What a folded card says of itself in one line. Given together with `folded` and `onFold`. */
  summary?: ReactNode
  folded?: boolean
  onFold?: (folded: boolean) => void
  className?: string
  children: ReactNode
}

export function Card({ title, actions, summary, folded = false, onFold, className, children }: CardProps) {
  const id = useId()
  return (
    <section
      className={`fh-card ${folded ? 'fh-card_folded' : ''} ${className ?? ''}`}
      aria-labelledby={`${id}-title`}
    >
      <header className="fh-card-head">
        <h2 id={`${id}-title`} className="fh-card-title">
          {onFold ? (
            <button
              type="button"
              className="fh-card-fold"
              aria-expanded={!folded}
              aria-controls={`${id}-body`}
              onClick={() => onFold(!folded)}
            >
              <Icon name={folded ? 'chevron-right' : 'chevron-down'} />
              {title}
            </button>
          ) : (
            title
          )}
        </h2>
        {folded && <div className="fh-card-summary fh-ellipsis">{summary}</div>}
        {!folded && actions}
      </header>
      <div id={`${id}-body`} className="fh-card-body" hidden={folded}>
        {children}
      </div>
    </section>
  )
}
