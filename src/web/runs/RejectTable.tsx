import { useId, useState } from 'react'
import type { Reject } from '../../shared/index.ts'
import { Icon, Table } from '../components/index.ts'
import { formatCount } from '../format.ts'

const wide = 'fh-run-wide'

/** What is wrong with each record; the record itself unfolds. */
export function RejectTable({ rejects }: { rejects: readonly Reject[] }) {
  const isOfSeveral = new Set(rejects.map(({ file }) => file)).size > 1
  const heads = [
    ...(isOfSeveral ? [{ name: 'File', className: wide }] : []),
    { name: 'Line', className: 'fh-number' },
    { name: 'Column', className: wide },
    { name: 'Value', className: wide },
    { name: 'What is wrong' },
  ]
  return (
    <Table label="Rejected records" heads={heads}>
      {rejects.map((reject, index) => (
        <Line key={index} reject={reject} isOfSeveral={isOfSeveral} cells={heads.length} />
      ))}
    </Table>
  )
}

interface LineProps {
  reject: Reject
  isOfSeveral: boolean
  cells: number
}

function Line({ reject, isOfSeveral, cells }: LineProps) {
  const [isOpen, setOpen] = useState(false)
  const id = useId()
  const { file, line, column, value, reason } = reject
  return (
    <>
      <tr className="fh-reject">
        {isOfSeveral && (
          <td className={wide}>
            <bdi>{file}</bdi>
          </td>
        )}
        <td className="fh-number">
          <button
            type="button"
            className="fh-reject-line"
            title={isOpen ? 'Hide the record' : 'Show the record'}
            aria-label={`Record on line ${formatCount(line)}`}
            aria-expanded={isOpen}
            aria-controls={id}
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name={isOpen ? 'chevron-down' : 'chevron-right'} />
            {formatCount(line)}
          </button>
        </td>
        <td className={wide}>{column === null ? <Whole /> : <bdi>{column}</bdi>}</td>
        <td className={`${wide} fh-reject-value`} title={value ?? undefined}>
          <Value of={reject} />
        </td>
        <td className="fh-reject-reason">
          <bdi>{reason}</bdi>
          <div className="fh-run-why fh-run-narrow">
            {isOfSeveral && (
              <>
                <bdi>{file}</bdi>
                {', '}
              </>
            )}
            {column === null ? (
              <Whole />
            ) : (
              <>
                <bdi>{column}</bdi>: <Value of={reject} />
              </>
            )}
          </div>
        </td>
      </tr>
      <tr id={id} className="fh-reject-raw" hidden={!isOpen}>
        <td colSpan={cells}>{isOpen && <Raw reject={reject} />}</td>
      </tr>
    </>
  )
}

const Whole = () => <span className="fh-muted">the whole record</span>

function Value({ of: { column, value } }: { of: Reject }) {
  if (column === null) return <span className="fh-muted">–</span>
  if (value === null) return <span className="fh-muted">NULL</span>
  return value === '' ? <span className="fh-muted">empty text</span> : <code dir="auto">{value}</code>
}

const Raw = ({ reject: { line, offset, raw } }: { reject: Reject }) => (
  <>
    <pre dir="auto" tabIndex={0} role="region" aria-label={`The record on line ${formatCount(line)}`}>
      {raw}
    </pre>
    {offset !== null && (
      <p className="fh-run-why">As it stands in the file, from byte {formatCount(offset)} on.</p>
    )}
  </>
)
