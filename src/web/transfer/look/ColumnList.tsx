import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual'
import { useLayoutEffect, useRef, useState, type DragEvent, type KeyboardEvent } from 'react'
import { announce } from '../../components/index.ts'
import { formatCount } from '../../format.ts'
import { moveColumn } from '../columns.ts'
import { ColumnRow } from './ColumnRow.tsx'
import { placeBeside, placeOfDrop, type Cell, type ColumnLine, type Step } from './lines.ts'
import type { Look } from './use-look.ts'

interface ColumnListProps {
  look: Look
  /** By column, of all records; undefined while they were not checked. */
  misfits: ReadonlyMap<string, number> | undefined
  shown: readonly ColumnLine[]
  onShow: (cell: Cell) => void
}

/** Where a column that is being dragged would come to stand. */
interface Drop {
  name: string
  isAfter: boolean
}

const rowHeight = 40
const headHeight = 32
const pageRows = 10

/**
 * All columns, of which only those in sight are drawn. Arrows go from row to row, Tab through the row and out of the
 * list, Alt with arrows moves a column.
 */
export function ColumnList({ look, misfits, shown, onShow }: ColumnListProps) {
  const { lines, goal } = look
  const scroller = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState<string>()
  const [drop, setDrop] = useState<Drop>()
  const dragged = useRef<string>(undefined)
  const activeAt = Math.max(
    0,
    shown.findIndex(({ name }) => name === active),
  )
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => shown[index]?.name ?? index,
    paddingStart: headHeight,
    scrollPaddingStart: headHeight,
    overscan: 4,
    // The row that Tab leads to is always there.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), activeAt])].toSorted((one, other) => one - other),
  })

  const awaited = useRef<{ name: string; control: string } | undefined>(undefined)
  const focusLater = (name: string, control: string) => {
    awaited.current = { name, control }
    setActive(name)
  }
  useLayoutEffect(() => {
    const { name, control } = awaited.current ?? {}
    if (name === undefined) return
    awaited.current = undefined
    const row = scroller.current?.querySelector(`[data-name="${CSS.escape(name)}"]`)
    const field = row?.querySelector<HTMLElement>(`[data-control="${control ?? ''}"] :is(input, button)`)
    const first = row?.querySelector<HTMLElement>('input')
    ;(field ?? first)?.focus({ preventScroll: true })
    rows.scrollToIndex(shown.findIndex((line) => line.name === name))
  })

  const order = lines.map(({ name }) => name)
  const place = (name: string, to: number, control: string) => {
    look.change((columns) => moveColumn(columns, look.names, name, to))
    announce(`${name} is now column ${formatCount(to + 1)} of ${formatCount(order.length)}.`)
    focusLater(name, control)
  }
  const move = (name: string, step: Step, control: string) => {
    const names = shown.map((line) => line.name)
    const to = {
      up: placeBeside(order, names, name, -1),
      down: placeBeside(order, names, name, 1),
      top: 0,
      end: order.length - 1,
    }[step]
    if (to !== undefined) place(name, to, control)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const at = event.target instanceof Element ? event.target : null
    const name = at?.closest<HTMLElement>('[data-name]')?.dataset['name']
    if (name === undefined || at?.closest('[popover]')) return
    const control = at?.closest<HTMLElement>('[data-control]')?.dataset['control'] ?? ''
    const steps: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, PageUp: -pageRows, PageDown: pageRows }
    const step = steps[event.key]
    if (step === undefined) return
    event.preventDefault()
    if (event.altKey) {
      move(name, step < 0 ? 'up' : 'down', control)
      return
    }
    const to = shown[Math.max(0, Math.min(shown.length - 1, activeAt + step))]
    if (to) focusLater(to.name, control)
  }

  const dragging = {
    onDragStart: (event: DragEvent, name: string) => {
      dragged.current = name
      event.dataTransfer.effectAllowed = 'move'
      event.dataTransfer.setData('text/plain', name)
      const row = event.currentTarget.closest('[data-name]')
      if (row) event.dataTransfer.setDragImage(row, 16, rowHeight / 2)
    },
    onDragOver: (event: DragEvent, name: string) => {
      if (dragged.current === undefined) return
      event.preventDefault()
      const { top, height } = event.currentTarget.getBoundingClientRect()
      const isAfter = event.clientY > top + height / 2
      if (drop?.name !== name || drop.isAfter !== isAfter) setDrop({ name, isAfter })
    },
    onDragEnd: () => {
      dragged.current = undefined
      setDrop(undefined)
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault()
      if (dragged.current === undefined || !drop) return
      place(dragged.current, placeOfDrop(order, dragged.current, drop.name, drop.isAfter), 'tick')
    },
  }

  const hasComments = lines.some(({ comment }) => comment !== '')
  const isImport = goal.kind !== 'file'
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label="Columns"
      aria-description="Arrows go from column to column, Space ticks, Alt with up or down moves a column."
      aria-rowcount={shown.length + 1}
      className={`fh-columns ${hasComments ? 'fh-columns_comments' : ''} fh-columns_${isImport ? 'import' : 'export'}`}
      onKeyDown={onKeyDown}
      onDrop={dragging.onDrop}
    >
      <div role="presentation" className="fh-columns-content" style={{ height: rows.getTotalSize() }}>
        <ListHead goal={goal} hasComments={hasComments} fit={misfits ? 'Fit of all' : fitHead(look)} />
        {rows.getVirtualItems().map(({ index, start }) => {
          const line = shown[index]
          return (
            line && (
              <ColumnRow
                key={line.name}
                {...{ look, line, index, hasComments, onShow, dragging }}
                start={start}
                height={rowHeight}
                isActive={index === activeAt}
                dropMark={drop?.name !== line.name ? '' : drop.isAfter ? 'after' : 'before'}
                misfits={misfits?.get(line.name)}
                onActive={() => setActive(line.name)}
                onMove={(step) => move(line.name, step, 'more')}
              />
            )
          )
        })}
      </div>
    </div>
  )
}

interface ListHeadProps {
  goal: Look['goal']
  hasComments: boolean
  fit: string
}

const fitHead = ({ preview: { rows } }: Look) =>
  rows.length === 0 ? 'Fit' : `Fit of the first ${formatCount(rows.length)}`

function ListHead({ goal, hasComments, fit }: ListHeadProps) {
  const isImport = goal.kind !== 'file'
  const heads = [
    'Move',
    'Source column',
    ...(isImport ? [] : ['Type']),
    ...(hasComments ? ['Comment'] : []),
    'Values',
    goal.kind === 'table' ? `Column of ${goal.name}` : 'Target column',
    ...(isImport ? ['Type', 'Read as', fit] : []),
  ]
  return (
    <div
      role="row"
      aria-rowindex={1}
      className="fh-columns-row fh-columns-head"
      style={{ height: headHeight }}
    >
      {heads.map((head, index) => (
        <div key={head + String(index)} role="columnheader" className="fh-ellipsis" title={head}>
          {index === 0 ? <span className="fh-hidden">{head}</span> : head}
        </div>
      ))}
      <div role="columnheader">
        <span className="fh-hidden">More</span>
      </div>
    </div>
  )
}
