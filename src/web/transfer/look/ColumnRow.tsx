import type { DragEvent } from 'react'
import { Checkbox, Icon, IconButton, Menu } from '../../components/index.ts'
import { tick } from '../columns.ts'
import { type Step, samplesOf, type ColumnLine, type Cell } from './lines.ts'
import { FitCell } from './FitCell.tsx'
import { ReadingCell } from './ReadingCell.tsx'
import { TargetName, TargetType } from './TargetCells.tsx'
import type { Look } from './use-look.ts'

interface ColumnRowProps {
  look: Look
  line: ColumnLine
  index: number
  start: number
  height: number
  hasComments: boolean
  /** Of all records; undefined while they were not checked. */
  misfits: number | undefined
  /** Tab leads into this row only. */
  isActive: boolean
  dropMark: '' | 'before' | 'after'
  dragging: {
    onDragStart: (event: DragEvent, name: string) => void
    onDragOver: (event: DragEvent, name: string) => void
    onDragEnd: () => void
  }
  onActive: () => void
  onMove: (step: Step) => void
  onShow: (cell: Cell) => void
}

export function ColumnRow(props: ColumnRowProps) {
  const { look, line, index, isActive, dragging, dropMark } = props
  const tabIndex = isActive ? 0 : -1
  const isImport = look.goal.kind !== 'file'
  const classes = [
    'fh-columns-row',
    !line.isChosen && 'fh-columns-off',
    dropMark && `fh-columns-drop_${dropMark}`,
  ]
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      data-name={line.name}
      className={classes.filter(Boolean).join(' ')}
      style={{ height: props.height, position: 'absolute', top: props.start }}
      onFocus={props.onActive}
      onDragOver={(event) => dragging.onDragOver(event, line.name)}
    >
      <div role="gridcell" className="fh-columns-handle">
        <span
          draggable
          title="Drag to move"
          onDragStart={(event) => dragging.onDragStart(event, line.name)}
          onDragEnd={dragging.onDragEnd}
        >
          <Icon name="grip" />
        </span>
      </div>
      <div role="gridcell" data-control="tick" className="fh-columns-name" title={line.name}>
        <Checkbox
          label={<bdi className="fh-ellipsis">{line.name === '' ? '(no name)' : line.name}</bdi>}
          checked={line.isChosen}
          tabIndex={tabIndex}
          onChange={(on) => look.change((columns) => tick(columns, look.names, [line.name], on))}
        />
      </div>
      {!isImport && (
        <div role="gridcell" className="fh-columns-type fh-ellipsis" title={line.type}>
          {line.type}
        </div>
      )}
      {props.hasComments && (
        <div role="gridcell" className="fh-muted fh-ellipsis" title={line.comment}>
          <bdi>{line.comment}</bdi>
        </div>
      )}
      <Samples look={look} line={line} />
      <div role="gridcell" data-control="name" className="fh-columns-target">
        <TargetName look={look} line={line} tabIndex={tabIndex} />
      </div>
      {isImport && (
        <>
          <div role="gridcell" data-control="type" className="fh-columns-target">
            <TargetType look={look} line={line} tabIndex={tabIndex} />
          </div>
          <div role="gridcell" data-control="reading" className="fh-columns-reading">
            <ReadingCell look={look} line={line} tabIndex={tabIndex} />
          </div>
          <div role="gridcell" data-control="fit" className="fh-ellipsis">
            <FitCell
              look={look}
              line={line}
              misfits={props.misfits}
              tabIndex={tabIndex}
              onShow={props.onShow}
            />
          </div>
        </>
      )}
      <div role="gridcell" data-control="more">
        <MoveMenu name={line.name} tabIndex={tabIndex} onMove={props.onMove} />
      </div>
    </div>
  )
}

function Samples({ look, line }: { look: Look; line: ColumnLine }) {
  const { rows } = look.preview
  const samples = samplesOf(rows, line.at)
  const text = samples.join(', ')
  return (
    <div role="gridcell" className="fh-columns-samples fh-ellipsis" title={text}>
      {samples.map((value, index) => (
        <span key={value}>
          {index > 0 && ', '}
          <bdi>{value.slice(0, 80)}</bdi>
        </span>
      ))}
      {samples.length === 0 && rows.length > 0 && <em>nothing in the first {rows.length}</em>}
    </div>
  )
}

interface MoveMenuProps {
  name: string
  tabIndex: number
  onMove: (step: Step) => void
}

const MoveMenu = ({ name, tabIndex, onMove }: MoveMenuProps) => (
  <Menu
    label={`Move ${name}`}
    align="end"
    trigger={(trigger) => <IconButton {...trigger} icon="more" label={`Move ${name}`} tabIndex={tabIndex} />}
    items={[
      { label: 'Move up', icon: 'chevron-up', onSelect: () => onMove('up') },
      { label: 'Move down', icon: 'chevron-down', onSelect: () => onMove('down') },
      { label: 'Move to the top', onSelect: () => onMove('top') },
      { label: 'Move to the end', onSelect: () => onMove('end') },
    ]}
  />
)
