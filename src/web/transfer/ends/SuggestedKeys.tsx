import { usePlan } from '../../api/index.ts'
import { announce, Button, Ticked } from '../../components/index.ts'
import { useTransfer } from '../state.tsx'
import { useSettled } from '../use-settled.ts'
import { withTargetTable } from './choose.ts'
import { keysOf, keysText, targetColumns } from './key-columns.ts'

/** How the new table would be sorted and partitioned best, why, and one click to take it. */
export function SuggestedKeys() {
  const { draft, change, names, transfer, wholeFile } = useTransfer()
  const plan = usePlan(useSettled(transfer))
  const ofFile = wholeFile.data?.suggestion
  const suggestion = ofFile ?? plan.data?.suggestion
  const keys = suggestion && keysOf(suggestion, targetColumns(draft, names), ofFile ? 'source' : 'name')
  const { orderBy, partitionBy } = draft.target.table
  if (!keys || JSON.stringify(keys) === JSON.stringify({ orderBy, partitionBy })) return null
  const text = keysText(keys)
  const take = () => {
    change((before) => withTargetTable(before, keys))
    announce(`${text} is taken.`)
  }
  return (
    <div className="fh-ends-wide fh-ends-suggestion">
      <div className="fh-row">
        <span>
          Suggested: <bdi>{text}</bdi>
        </span>
        <Button onClick={take}>Take it</Button>
      </div>
      <details className="fh-ends-more">
        <summary>Why</summary>
        <ul>
          {suggestion.reasons.map((reason) => (
            <li key={reason}>
              <Ticked text={reason} />
            </li>
          ))}
        </ul>
      </details>
    </div>
  )
}
