import type { Ref } from 'react'
import { formatCount } from '../format.ts'
import type { GridColumn } from './grid-logic.ts'
import { CopyButton } from './CodeBlock.tsx'

interface CellViewProps {
  ref: Ref<HTMLDivElement>
  column: GridColumn | undefined
  value: string | null
  onClose: () => void
}

/** A longer text would stall the page; it can still be copied whole. */
const shownLength = 100_000

/** The whole value of a cell, beside it. */
export function CellView({ ref, column, value, onClose }: CellViewProps) {
  return (
    <div
      ref={ref}
      popover="auto"
      role="dialog"
      aria-label={column ? `Value of ${column.name}` : 'Value'}
      className="fh-popover fh-cell-view"
      onToggle={(event) => {
        if (event.newState === 'closed') onClose()
      }}
    >
      {column && (
        <>
          <div className="fh-row">
            <strong className="fh-ellipsis">{column.name}</strong>
            <span className="fh-muted fh-ellipsis">{column.type}</span>
            <span className="fh-spacer" />
            {value !== null && <CopyButton text={value} label="Copy the value" />}
          </div>
          {value === null ? (
            <span className="fh-grid-null">NULL</span>
          ) : (
            <pre dir="auto" tabIndex={0}>
              {value === '' ? <em>empty text</em> : value.slice(0, shownLength)}
            </pre>
          )}
          {value !== null && value.length > shownLength && (
            <p className="fh-muted">
              The first {formatCount(shownLength)} of {formatCount(value.length)} characters.
            </p>
          )}
        </>
      )}
    </div>
  )
}
