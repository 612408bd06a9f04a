import { Button, Icon } from '../../components/index.ts'
import { formatCount } from '../../format.ts'
import type { ColumnLine, Cell } from './lines.ts'
import type { Look } from './use-look.ts'

interface FitCellProps {
  look: Look
  line: ColumnLine
  misfits: number | undefined
  tabIndex: number
  onShow: (cell: Cell) => void
}

/** Whether the first records can become the column that is chosen, or what is in the way. */
export function FitCell({ look, line, misfits, tabIndex, onShow }: FitCellProps) {
  const { goal, preview } = look
  if (!line.isChosen) return null
  if (line.problem !== null) {
    return (
      <span className="fh-columns-problem">
        <Icon name="error" label="Error" size={14} />
        <span className="fh-ellipsis">{sentences[line.problem](line.target, goal)}</span>
      </span>
    )
  }
  if (misfits !== undefined) {
    return misfits === 0 ? (
      <Fits text="all fit" />
    ) : (
      <span className="fh-columns-unfit">
        <Icon name="warning" label="Warning" size={14} />
        <span className="fh-ellipsis">{formatCount(misfits)} in all</span>
      </span>
    )
  }
  const records = preview.rows.length
  const [first] = line.unfit
  if (first !== undefined) {
    const text = `${formatCount(line.unfit.length)} ${line.unfit.length === 1 ? 'does' : 'do'} not fit`
    return (
      <Button
        variant="quiet"
        className="fh-columns-unfit"
        tabIndex={tabIndex}
        aria-label={`${text} in ${line.name}: show`}
        onClick={() => onShow({ row: first, name: line.name })}
      >
        <Icon name="warning" size={14} />
        {text}
        <Icon name="chevron-right" size={14} />
      </Button>
    )
  }
  if (records === 0) return <span className="fh-muted">no records</span>
  const isAll = preview.file?.isWhole === true && records < 100
  return <Fits text={isAll ? `all ${formatCount(records)} fit` : 'fits all'} />
}

const Fits = ({ text }: { text: string }) => (
  <span className="fh-columns-fit">
    <Icon name="check" size={14} />
    {text}
  </span>
)

const sentences = {
  twice: (target: string) => `“${target}” is used twice`,
  absent: (_target: string, goal: Look['goal']) =>
    `No such column in ${goal.kind === 'table' ? goal.name : 'it'}`,
  computed: (target: string) => `“${target}” is computed: it cannot be written`,
} as const
