import type { VirtualItem } from '@tanstack/react-virtual'
import { memo } from 'react'
import { formatCount } from '../format.ts'
import { cellText, isNumberType, type GridColumn } from './grid-logic.ts'
import { cellClass } from './GridHeader.tsx'
import { Icon } from './Icon.tsx'

interface GridRowProps {
  id: string
  index: number
  start: number
  height: number
  gutter: number
  columns: readonly GridColumn[]
  shownColumns: readonly VirtualItem[]
  values: readonly (string | null)[]
  misfits: ReadonlySet<string>
  activeColumn: number
  isViewed: boolean
}

export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { id, index: row, columns, values, activeColumn } = props
  return (
    <div
      role="row"
      aria-rowindex={row + 2}
      className="fh-grid-row"
      style={{ top: props.start, height: props.height }}
    >
      <div role="rowheader" aria-colindex={1} className="fh-grid-gutter" style={{ width: props.gutter }}>
        {formatCount(row + 1)}
      </div>
      {props.shownColumns.map(({ index, start, size }) => {
        const type = columns[index]?.type ?? ''
        const isActive = index === activeColumn
        const isMisfit = props.misfits.has(`${row}:${index}`)
        return (
          <div
            key={index}
            id={`${id}-${row}-${index}`}
            role="gridcell"
            aria-colindex={index + 2}
            data-row={row}
            data-column={index}
            data-viewed={(isActive && props.isViewed) || undefined}
            title={isMisfit ? `Does not fit ${type}` : undefined}
            aria-invalid={isMisfit || undefined}
            className={cellClass('fh-grid-cell', isNumberType(type), isActive)}
            style={{ left: start, width: size }}
          >
            {isMisfit && <Icon name="warning" size={12} label={`Does not fit ${type}`} />}
            <Value value={values[index] ?? null} />
          </div>
        )
      })}
    </div>
  )
})

function Value({ value }: { value: string | null }) {
  if (value === null) return <span className="fh-grid-null">NULL</span>
  return (
    <bdi dir="auto" className="fh-grid-text">
      {cellText(value)}
    </bdi>
  )
}
