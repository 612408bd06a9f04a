import { useMemo } from 'react'
import type { SniffedFile } from '../../../shared/index.ts'
import { DataGrid, EmptyState, Icon } from '../../components/index.ts'
import { formatCount, formatNoun } from '../../format.ts'
import type { ColumnLine, Cell } from './lines.ts'
import type { Look } from './use-look.ts'

/** The first records as they will be in the target: the chosen columns, in order, under their new names. */
export function PreviewTab({ look, isOld, goTo }: { look: Look; isOld: boolean; goTo: Cell | undefined }) {
  const { preview, lines } = look
  const grid = useMemo(() => project(preview, lines), [preview, lines])
  const place = useMemo(() => {
    const column = grid.lines.findIndex(({ name }) => name === goTo?.name)
    return goTo && column >= 0 ? { row: goTo.row, column } : undefined
  }, [grid, goTo])
  return (
    <div className={isOld ? 'fh-stack fh-look-stale' : 'fh-stack'}>
      <Notes look={look} unfit={grid.unfit.length} />
      {grid.columns.length === 0 ? (
        <EmptyState title="No column is chosen">Choose at least one under Columns.</EmptyState>
      ) : preview.rows.length === 0 ? (
        <EmptyState title="There are no records">
          {preview.file ? 'The file holds no record after its header.' : 'No row comes out of this choice.'}
        </EmptyState>
      ) : (
        <DataGrid label="First records" {...grid} goTo={place} />
      )}
    </div>
  )
}

function project(preview: Look['preview'], all: readonly ColumnLine[]) {
  const lines = all.filter(({ isChosen }) => isChosen)
  const places = new Map(lines.map(({ at }, column) => [at, column]))
  return {
    lines,
    columns: lines.map(({ target, type, targetType, comment }) => {
      return { name: target, type: targetType ?? type, comment }
    }),
    rows: preview.rows.map((row) => lines.map(({ at }) => row[at] ?? null)),
    unfit: preview.unfit.flatMap(({ row, column: at }) => {
      const column = places.get(at)
      return column === undefined ? [] : [{ row, column }]
    }),
  }
}

/** What was decided, and what is seen here. */
function Notes({ look, unfit }: { look: Look; unfit: number }) {
  const { preview, goal } = look
  const { file, rows } = preview
  return (
    <ul className="fh-notes">
      {file?.warnings.map((warning) => (
        <li key={warning} className="fh-notes_warning">
          <Icon name="warning" label="Warning" />
          {warning}
        </li>
      ))}
      {unfit > 0 && (
        <li className="fh-notes_warning">
          <Icon name="warning" label="Warning" />
          {formatNoun(unfit, 'value')} below {unfit === 1 ? 'does' : 'do'} not fit the type of{' '}
          {unfit === 1 ? 'its' : 'their'} column and {unfit === 1 ? 'is' : 'are'} shown as{' '}
          {unfit === 1 ? 'it stands' : 'they stand'} in the file. Choose another type, or name the text that
          means NULL.
        </li>
      )}
      <li>
        <Icon name="info" />
        <span>
          {seen(rows.length, file)} {file && goal.kind === 'new' && typesFrom(file)}
        </span>
      </li>
    </ul>
  )
}

const seen = (rows: number, file: SniffedFile | null) =>
  file ? `The first ${formatNoun(rows, 'record')}.` : `The first ${formatNoun(rows, 'row')}.`

const typesFrom = ({ sampled, isWhole }: SniffedFile) =>
  isWhole
    ? `Types come from all ${formatNoun(sampled, 'record')} of the file.`
    : `Types come from the first ${formatCount(sampled)} records; all records are checked when it runs.`
