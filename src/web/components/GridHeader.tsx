import type { VirtualItem } from '@tanstack/react-virtual'
import type { PointerEvent } from 'react'
import { isNumberType, type GridColumn, type GridPlace } from './grid-logic.ts'

interface GridHeaderProps {
  id: string
  columns: readonly GridColumn[]
  shownColumns: readonly VirtualItem[]
  gutter: number
  height: number
  active: GridPlace
  widthOf: (index: number) => number
  /** Null: as wide as the values. */
  resize: (index: number, width: number | null) => void
}

export function GridHeader(props: GridHeaderProps) {
  const { id, columns, shownColumns, gutter, height, active } = props
  return (
    <div role="row" aria-rowindex={1} className="fh-grid-head" style={{ height }}>
      <div role="columnheader" aria-colindex={1} className="fh-grid-gutter" style={{ width: gutter }}>
        <span className="fh-hidden">Row</span>
      </div>
      {shownColumns.map(({ index, start, size }) => {
        const { name, type, comment } = columns[index] ?? { name: '', type: '' }
        const isActive = active.row === -1 && active.column === index
        return (
          <div
            key={index}
            id={`${id}--1-${index}`}
            role="columnheader"
            aria-colindex={index + 2}
            data-row={-1}
            data-column={index}
            title={[name, type, comment].filter(Boolean).join('\n')}
            className={cellClass('fh-grid-name', isNumberType(type), isActive)}
            style={{ left: start, width: size }}
          >
            <bdi className="fh-ellipsis">{name}</bdi>
            <span className="fh-grid-type fh-ellipsis">{type}</span>
            <div
              className="fh-grid-resizer"
              onPointerDown={(event) =>
                drag(event, props.widthOf(index), (width) => props.resize(index, width))
              }
              onDoubleClick={() => props.resize(index, null)}
              onClick={(event) => event.stopPropagation()}
            />
          </div>
        )
      })}
    </div>
  )
}

export const cellClass = (base: string, isNumber: boolean, isActive: boolean) =>
  `${base} ${isNumber ? 'fh-grid-number' : ''} ${isActive ? 'fh-grid-active' : ''}`

function drag(event: PointerEvent<HTMLElement>, width: number, onWidth: (width: number) => void) {
  event.preventDefault()
  const handle = event.currentTarget
  const from = event.clientX
  const move = (moved: globalThis.PointerEvent) => onWidth(width + moved.clientX - from)
  handle.setPointerCapture(event.pointerId)
  handle.addEventListener('pointermove', move)
  handle.addEventListener('lostpointercapture', () => handle.removeEventListener('pointermove', move), {
    once: true,
  })
}
