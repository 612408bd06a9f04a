import { useState } from 'react'
import { announce, Button, EmptyState, Notice, SearchField } from '../../components/index.ts'
import { formatCount, formatNoun } from '../../format.ts'
import { emptyColumns, type ColumnsDraft } from '../draft.ts'
import { useSlash } from '../use-slash.ts'
import { invert, tick } from '../columns.ts'
import { ColumnList } from './ColumnList.tsx'
import { CheckResult } from './CheckResult.tsx'
import { unfilled, type ColumnLine, type Cell } from './lines.ts'
import type { Check } from './use-check.ts'
import type { Look } from './use-look.ts'
import { WholeFile } from './WholeFile.tsx'

interface ColumnsTabProps {
  look: Look
  check: Check
  /** Shows a cell in the preview. */
  onShow: (cell: Cell) => void
}

export function ColumnsTab({ look, check, onShow }: ColumnsTabProps) {
  const [text, setText] = useState('')
  const shown = look.lines.filter(({ name, target }) => has(name, text) || has(target, text))
  return (
    <div className="fh-stack">
      <Toolbar look={look} text={text} setText={setText} shown={shown.map(({ name }) => name)} />
      <WholeFile look={look} check={check} />
      <CheckResult check={check} />
      <TwiceNote lines={look.lines} />
      <TableNotes look={look} />
      {shown.length === 0 ? (
        <EmptyState
          title={`No column is called “${text}”`}
          actions={<Button onClick={() => setText('')}>Show all columns</Button>}
        />
      ) : (
        <ColumnList look={look} misfits={misfitsOf(check)} shown={shown} onShow={onShow} />
      )}
    </div>
  )
}

/** What is known of the values as they are chosen now. */
const misfitsOf = ({ data, isOld }: Check) =>
  data && !isOld ? new Map(data.columns.map(({ source, misfits }) => [source, misfits])) : undefined

const has = (name: string, text: string) => name.toLowerCase().includes(text.trim().toLowerCase())

interface ToolbarProps {
  look: Look
  text: string
  setText: (text: string) => void
  shown: readonly string[]
}

function Toolbar({ look, text, setText, shown }: ToolbarProps) {
  const { lines, names, columns, change } = look
  const field = useSlash(false)
  const isFiltered = shown.length < lines.length
  const chosen = lines.filter(({ isChosen }) => isChosen).length
  const act = (update: (columns: ColumnsDraft) => ColumnsDraft, said: string) => {
    change(update)
    announce(said)
  }
  const those = isFiltered ? `The ${formatNoun(shown.length, 'column')} in sight` : 'All columns'
  return (
    <div className="fh-row fh-look-tools">
      <SearchField
        ref={field}
        label="Filter the columns"
        placeholder="Filter columns  ( / )"
        value={text}
        onChange={setText}
      />
      <span className="fh-muted fh-look-counts" role="status">
        {formatCount(chosen)} of {formatNoun(lines.length, 'column')} chosen
        {isFiltered && ` · ${formatCount(shown.length)} in sight`}
      </span>
      <span className="fh-spacer" />
      <div
        className="fh-row"
        role="group"
        aria-label={isFiltered ? 'Choose the columns in sight' : 'Choose columns'}
      >
        {isFiltered && <span className="fh-muted">In sight:</span>}
        <Button
          variant="quiet"
          onClick={() => act((all) => tick(all, names, shown, true), `${those} are chosen.`)}
        >
          All
        </Button>
        <Button
          variant="quiet"
          onClick={() => act((all) => tick(all, names, shown, false), `${those} are left out.`)}
        >
          None
        </Button>
        <Button
          variant="quiet"
          onClick={() => act((all) => invert(all, names, shown), 'The choice is inverted.')}
        >
          Invert
        </Button>
      </div>
      <Button
        variant="quiet"
        icon="refresh"
        disabled={columns === emptyColumns || JSON.stringify(columns) === JSON.stringify(emptyColumns)}
        onClick={() => act(() => emptyColumns, 'The columns are as the source has them.')}
      >
        Reset
      </Button>
    </div>
  )
}

const listedAtMost = 8

function TwiceNote({ lines }: { lines: readonly ColumnLine[] }) {
  const twice = new Set(lines.filter(({ problem }) => problem === 'twice').map(({ target }) => target))
  if (twice.size === 0) return null
  return (
    <Notice tone="error" title={`Two columns would be called ${listed([...twice])}.`}>
      Give one of them another name, or leave it out.
    </Notice>
  )
}

/** What does not match between the source and a table that is there. */
function TableNotes({ look }: { look: Look }) {
  const { lines, goal, names, change } = look
  if (goal.kind !== 'table') return null
  const absent = lines.filter(({ problem }) => problem === 'absent').map(({ name }) => name)
  const empty = unfilled(lines, goal)
  const leaveOut = () => {
    change((columns) => tick(columns, names, absent, false))
    announce(`${formatNoun(absent.length, 'column')} left out.`)
  }
  return (
    <>
      {goal.byPosition && (
        <Notice
          tone="info"
          title={`The file has no header: its fields go to the columns of ${goal.name} in their order.`}
        />
      )}
      {absent.length > 0 && (
        <Notice
          tone="warning"
          title={
            <>
              {goal.name} has no column for {listed(absent)}.
            </>
          }
          actions={
            <Button onClick={leaveOut}>{absent.length === 1 ? 'Leave it out' : 'Leave them out'}</Button>
          }
        >
          {absent.length === 1
            ? 'Choose the column it goes to below, or leave it out.'
            : 'Choose the column each goes to below, or leave them out.'}
        </Notice>
      )}
      {empty.length > 0 && empty.length < goal.columns.length && (
        <p className="fh-muted">
          Not filled by this file: {listed(empty)} of {goal.name}.
        </p>
      )}
    </>
  )
}

function listed(names: readonly string[]): string {
  const more = names.length - listedAtMost
  const first = names.slice(0, listedAtMost).join(', ')
  return more > 0 ? `${first} and ${formatCount(more)} more` : first
}
