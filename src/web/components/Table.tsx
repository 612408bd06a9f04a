import './Table.css'
import type { ReactNode } from 'react'

interface Head {
  name: string
  /** For screen readers only. */
  hidden?: boolean
  className?: string
}

interface TableProps {
  label: string
  heads: readonly Head[]
  /** The lines: one `tr` each. */
  children: ReactNode
}

/** A plain table in a box that scrolls sideways, also by the keyboard. */
export const Table = ({ label, heads, children }: TableProps) => (
  <div className="fh-table-box" tabIndex={0} role="region" aria-label={label}>
    <table className="fh-table">
      <thead>
        <tr>
          {heads.map(({ name, hidden, className }) => (
            <th key={name} className={className}>
              {hidden ? <span className="fh-hidden">{name}</span> : name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </div>
)
