import './DataGrid.css'
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  useCallback,
  useEffect,
  useEffectEvent,
  useId,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
} from 'react'
import { columnWidth, minWidth, moveBy, type GridColumn, type GridPlace } from './grid-logic.ts'
import { CellView } from './CellView.tsx'
import { GridHeader } from './GridHeader.tsx'
import { GridRow } from './GridRow.tsx'
import { copyText } from './CodeBlock.tsx'

export interface DataGridProps {
  label: string
  columns: readonly GridColumn[]
  rows: readonly (readonly (string | null)[])[]
  /** Cells that do not fit their type, by their places. */
  unfit?: readonly GridPlace[]
  maxHeight?: number
  /** The cell to go to, with the focus. */
  goTo?: GridPlace | undefined
}

const rowHeight = 28
const headHeight = 44
/** Widths follow the first rows only, so that a long list costs nothing. */
const measuredRows = 50
const noUnfit: readonly GridPlace[] = []

/**
 * Values as text in rows and columns; only what is seen is drawn. One stop for Tab; arrows move inside,
 * Enter shows the whole value, Ctrl+C copies it, Shift with arrows changes a column's width.
 */
export function DataGrid({ label, columns, rows, unfit = noUnfit, maxHeight = 420, goTo }: DataGridProps) {
  const id = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const cellView = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState<GridPlace>({ row: 0, column: 0 })
  const [viewed, setViewed] = useState<GridPlace | null>(null)
  const [resized, setResized] = useState<ReadonlyMap<string, number>>(new Map())
  const fitting = useMemo(() => fittingWidths(columns, rows), [columns, rows])
  const misfits = useMemo(() => new Set(unfit.map(({ row, column }) => `${row}:${column}`)), [unfit])
  const gutter = 20 + String(rows.length).length * 8
  const widthOf = useCallback(
    (index: number) => resized.get(columns[index]?.name ?? '') ?? fitting[index] ?? minWidth,
    [columns, fitting, resized],
  )

  const down = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    paddingStart: headHeight,
    scrollPaddingStart: headHeight,
    overscan: 6,
  })
  const across = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: widthOf,
    // The virtualizer measures all columns anew when this is another function, and only then.
    getItemKey: useCallback((index: number) => `${index}:${widthOf(index)}`, [widthOf]),
    paddingStart: gutter,
    scrollPaddingStart: gutter,
    overscan: 2,
  })
  const shownColumns = across.getVirtualItems()

  const resize = (index: number, width: number | null) => {
    const name = columns[index]?.name ?? ''
    const next = new Map(resized)
    if (width === null) next.delete(name)
    else next.set(name, Math.max(minWidth, Math.round(width)))
    setResized(next)
  }
  const go = (to: GridPlace) => {
    setActive(to)
    if (to.row >= 0) down.scrollToIndex(to.row)
    across.scrollToIndex(to.column)
  }
  const goThere = useEffectEvent((to: GridPlace) => {
    go(to)
    scroller.current?.focus({ preventScroll: true })
    scroller.current?.scrollIntoView({ block: 'center' })
  })
  useEffect(() => {
    if (goTo) goThere(goTo)
  }, [goTo])
  const view = (place: GridPlace) => {
    if (place.row < 0) return
    setViewed(place)
    cellView.current?.showPopover()
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== scroller.current) return
    const ctrl = event.ctrlKey || event.metaKey
    const page = Math.max(1, Math.floor((scroller.current.clientHeight - headHeight) / rowHeight) - 1)
    const to = moveBy(event.key, ctrl, active, { rows: rows.length, columns: columns.length, page })
    const isWidthKey = event.shiftKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')
    if (isWidthKey) resize(active.column, widthOf(active.column) + (event.key === 'ArrowRight' ? 16 : -16))
    else if (to) go(to)
    else if (event.key === 'Enter') view(active)
    else if (ctrl && event.key === 'c') void copyText(textAt(active))
    else return
    event.preventDefault()
  }
  const textAt = ({ row, column }: GridPlace) =>
    row < 0 ? (columns[column]?.name ?? '') : (rows[row]?.[column] ?? '')

  const onClick = (event: MouseEvent) => {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-column]') : null
    if (!cell) return
    const place = { row: Number(cell.dataset['row']), column: Number(cell.dataset['column']) }
    setActive(place)
    const text = cell.querySelector('.fh-grid-text')
    const isCut = text !== null && text.scrollWidth > text.clientWidth
    if (isCut || textAt(place).includes('\n')) view(place)
  }

  const isActiveDrawn =
    shownColumns.some((item) => item.index === active.column) &&
    (active.row < 0 || down.getVirtualItems().some((item) => item.index === active.row))
  return (
    <div className="fh-grid-box">
      <div
        ref={scroller}
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-description="Enter shows the whole value, Control C copies it, Shift with left or right changes the width of the column."
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length + 1}
        aria-readonly
        aria-activedescendant={isActiveDrawn ? `${id}-${active.row}-${active.column}` : undefined}
        className="fh-grid"
        style={{ maxHeight }}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        <div
          role="presentation"
          className="fh-grid-content"
          style={{ width: across.getTotalSize(), height: down.getTotalSize() }}
        >
          <GridHeader
            {...{ id, columns, shownColumns, gutter, active, resize, widthOf }}
            height={headHeight}
          />
          {down.getVirtualItems().map(({ index, start }) => (
            <GridRow
              key={index}
              {...{ id, index, start, columns, shownColumns, gutter, misfits }}
              height={rowHeight}
              values={rows[index] ?? []}
              activeColumn={active.row === index ? active.column : -1}
              isViewed={viewed?.row === index && viewed.column === active.column}
            />
          ))}
        </div>
      </div>
      <CellView
        ref={cellView}
        column={viewed ? columns[viewed.column] : undefined}
        value={viewed ? (rows[viewed.row]?.[viewed.column] ?? null) : null}
        onClose={() => setViewed(null)}
      />
    </div>
  )
}

function fittingWidths(columns: readonly GridColumn[], rows: DataGridProps['rows']): number[] {
  const first = rows.slice(0, measuredRows)
  return columns.map(({ name, type }, index) =>
    columnWidth(
      name,
      type,
      first.map((row) => row[index] ?? null),
    ),
  )
}
