import type { FileCheck, Reject } from '../../../shared/index.ts'
import { announce, Button, Notice, Table } from '../../components/index.ts'
import { formatCount } from '../../format.ts'
import { useTransfer } from '../state.tsx'
import { Trouble } from '../trouble/index.ts'
import { checkSentence, checkNotes } from './check-words.ts'
import type { Check } from './use-check.ts'

/** What a check of the whole file came to: how many records, why, and the first of them. */
export function CheckResult({ check }: { check: Check }) {
  const { data, error, isOld, start, stop } = check
  if (error) return <Trouble key={error.message} error={error} onRetry={() => start?.()} />
  if (!data) return null
  const isGood = data.rejected === 0
  return (
    <section aria-label="Check of the file" className="fh-stack">
      <Notice
        tone={isOld ? 'info' : isGood ? 'ok' : 'warning'}
        actions={
          <>
            {isOld && <Button onClick={start}>Check again</Button>}
            {!isOld && !isGood && data.rejected < data.records && <SetAside />}
            <Button onClick={stop}>Close</Button>
          </>
        }
        title={isOld ? `Before the last change: ${checkSentence(data)}` : checkSentence(data)}
      >
        {isOld ? 'What was chosen has changed since: check the file again.' : checkNotes(data).join(' ')}
      </Notice>
      <div className={isOld ? 'fh-check fh-look-stale' : 'fh-check'}>
        <Faults data={data} />
      </div>
    </section>
  )
}

/** What there is to do about them, besides correcting the file. */
function SetAside() {
  const { draft, change } = useTransfer()
  if (draft.bad.onError === 'skip') return null
  return (
    <Button
      onClick={({ currentTarget }) => {
        // It goes away, and the focus should stay beside it.
        if (currentTarget.nextElementSibling instanceof HTMLElement) currentTarget.nextElementSibling.focus()
        change((before) => ({ ...before, bad: { ...before.bad, onError: 'skip' } }))
        announce('Bad records are set aside; the others go in.')
      }}
    >
      Set bad records aside
    </Button>
  )
}

function Faults({ data }: { data: FileCheck }) {
  const bad = data.columns.filter(({ misfits }) => misfits > 0)
  if (bad.length === 0 && data.malformed === 0) return null
  return (
    <Table
      label="What does not fit"
      heads={[{ name: 'Column' }, { name: 'Values', className: 'fh-number' }, { name: 'First of them' }]}
    >
      {data.malformed > 0 && (
        <tr>
          <td className="fh-muted">whole records</td>
          <td className="fh-number">{formatCount(data.malformed)}</td>
          <td>
            <Examples examples={data.malformedExamples} />
          </td>
        </tr>
      )}
      {bad.map(({ source, type, misfits, examples }) => (
        <tr key={source}>
          <td>
            <bdi>{source}</bdi> <code className="fh-muted">{type}</code>
          </td>
          <td className="fh-number">{formatCount(misfits)}</td>
          <td>
            <Examples examples={examples} />
          </td>
        </tr>
      ))}
    </Table>
  )
}

const Examples = ({ examples }: { examples: readonly Reject[] }) => (
  <ul className="fh-check-examples">
    {examples.map((reject, index) => (
      <li key={index} title={`${reject.reason}\n\n${reject.raw}`}>
        <span className="fh-muted">
          {reject.file === examples[0]?.file ? '' : `${reject.file}, `}line {formatCount(reject.line)}:
        </span>{' '}
        {reject.column === null ? (
          reject.reason
        ) : reject.value === null ? (
          <em>NULL</em>
        ) : (
          <code>{reject.value === '' ? 'empty text' : reject.value}</code>
        )}
      </li>
    ))}
  </ul>
)
