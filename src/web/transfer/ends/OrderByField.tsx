import { announce, Combobox, IconButton } from '../../components/index.ts'
import { useTransfer } from '../state.tsx'
import { withTargetTable } from './choose.ts'
import { targetColumns } from './key-columns.ts'

/** The sorting key of a new table: several of its columns, in an order that counts. */
export function OrderByField() {
  const { draft, change, names } = useTransfer()
  const { orderBy, engine } = draft.target.table
  const columns = targetColumns(draft, names).map(({ name }) => name)
  const gone = names.length === 0 ? [] : orderBy.filter((name) => !columns.includes(name))
  const free = columns.filter((name) => !orderBy.includes(name))
  const set = (next: string[]) => change((before) => withTargetTable(before, { orderBy: next }))
  const move = (name: string, to: number) => {
    const next = orderBy.filter((other) => other !== name)
    next.splice(to, 0, name)
    set(next)
    announce(`${name} is number ${to + 1} of ${next.length}.`)
  }
  return (
    <div className="fh-ends-order">
      <Combobox
        label="ORDER BY"
        noun="column"
        placeholder={orderBy.length === 0 ? 'None: as in the file' : 'Add a column'}
        value={null}
        options={free.map((name) => ({ value: name, label: name }))}
        disabled={free.length === 0}
        hint={
          engine === 'ReplacingMergeTree'
            ? 'What makes a row the same as another.'
            : 'What queries filter by, few different values first.'
        }
        error={gone.length === 0 ? null : `${gone.join(', ')} is not among the columns that move.`}
        onChange={(name) => set([...orderBy, name])}
      />
      {orderBy.length > 0 && (
        <ol className="fh-ends-keys" aria-label="ORDER BY columns">
          {orderBy.map((name, index) => (
            <li key={name} className="fh-ends-key">
              <bdi className="fh-ellipsis">{name}</bdi>
              {index > 0 && (
                <IconButton
                  icon="back"
                  label={`Move ${name} forward`}
                  onClick={() => move(name, index - 1)}
                />
              )}
              {index < orderBy.length - 1 && (
                <IconButton icon="arrow" label={`Move ${name} back`} onClick={() => move(name, index + 1)} />
              )}
              <IconButton
                icon="close"
                label={`Remove ${name}`}
                onClick={() => set(orderBy.filter((other) => other !== name))}
              />
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}
