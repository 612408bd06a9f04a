import type { ReactNode } from 'react'
import { Button, Combobox, IconButton, Select, TextField, type ListOption } from '../../components/index.ts'
import { emptyPair, type ClosestOperator, type JoinForm } from './joins.ts'
import type { AliasedTable, KeyPair } from './key-suggestions.ts'

interface JoinKeysProps {
  form: JoinForm
  left: readonly AliasedTable[]
  right: AliasedTable
  suggestions: readonly KeyPair[]
  onChange: (part: Partial<JoinForm>) => void
  onKeys: (part: Pick<JoinForm, 'keys'>) => void
}

const operators: readonly { value: ClosestOperator; label: string }[] = [
  { value: '>=', label: '≥ the latest until then' },
  { value: '>', label: '> the latest before' },
  { value: '<=', label: '≤ the next from then' },
  { value: '<', label: '< the next after' },
]

/** Which rows go together: pairs of columns, for ASOF one that is closest, and a condition that is written. */
export function JoinKeys({ form, left, right, suggestions, onChange, onKeys }: JoinKeysProps) {
  const { keys, closest } = form
  const unused = suggestions.filter((one) => !keys.some((key) => isSame(key, one)))
  return (
    <div className="fh-join-keys">
      <h3>Rows go together where</h3>
      {keys.map((pair, index) => (
        <div key={index} className="fh-relation-row">
          <PairFields
            name={`pair ${index + 1}`}
            {...{ pair, left, right }}
            onChange={(next) => onKeys({ keys: keys.with(index, next) })}
          >
            <span aria-label="equals">=</span>
          </PairFields>
          <IconButton
            icon="close"
            label={`Remove pair ${index + 1}`}
            onClick={() => onKeys({ keys: keys.toSpliced(index, 1) })}
          />
        </div>
      ))}
      {form.kind === 'asof' && (
        <div className="fh-relation-row">
          <PairFields
            name="the closest"
            pair={closest?.pair ?? emptyPair}
            {...{ left, right }}
            onChange={(pair) => onChange({ closest: { operator: closest?.operator ?? '>=', pair } })}
          >
            <Select
              label="Which one is the closest"
              labelHidden
              value={closest?.operator ?? '>='}
              options={operators}
              onChange={(operator) => onChange({ closest: { pair: closest?.pair ?? emptyPair, operator } })}
            />
          </PairFields>
        </div>
      )}
      <div className="fh-row">
        <Button variant="quiet" icon="plus" onClick={() => onKeys({ keys: [...keys, emptyPair] })}>
          Add pair
        </Button>
        {unused.map((pair) => (
          <Button
            key={pairText(pair, right)}
            variant="quiet"
            onClick={() => onKeys({ keys: [...keys, pair] })}
          >
            <code>{pairText(pair, right)}</code>
          </Button>
        ))}
      </div>
      <details open={form.condition !== ''}>
        <summary>Write a condition</summary>
        <TextField
          label="Condition"
          labelHidden
          mono
          placeholder={exampleOf(left, right)}
          hint="SQL over the columns, each with its table before it; it holds besides the pairs."
          value={form.condition}
          onChange={(condition) => onChange({ condition })}
        />
      </details>
    </div>
  )
}

const isSame = (one: KeyPair, other: KeyPair) =>
  one.right === other.right && one.left.table === other.left.table && one.left.column === other.left.column

const pairText = (pair: KeyPair, right: AliasedTable) =>
  `${pair.left.table}.${pair.left.column} = ${right.alias}.${pair.right}`

const exampleOf = ([first]: readonly AliasedTable[], right: AliasedTable) =>
  `${first?.alias ?? ''}.${first?.columns[0]?.name ?? 'a'} > ${right.alias}.${right.columns[0]?.name ?? 'b'}`

interface PairFieldsProps {
  name: string
  pair: KeyPair
  left: readonly AliasedTable[]
  right: AliasedTable
  onChange: (pair: KeyPair) => void
  /** Stands between the two. */
  children: ReactNode
}

function PairFields({ name, pair, left, right, onChange, children }: PairFieldsProps) {
  const sources = left.flatMap(({ alias, columns }) => columns.map((column) => ({ alias, column })))
  const valueOf = (table: string, column: string) => JSON.stringify([table, column])
  const options = sources.map(({ alias, column }): ListOption => {
    return { value: valueOf(alias, column.name), label: `${alias}.${column.name}`, detail: column.type }
  })
  const chooseLeft = (value: string) => {
    const at = options.findIndex((option) => option.value === value)
    const chosen = sources[at]
    if (chosen) onChange({ ...pair, left: { table: chosen.alias, column: chosen.column.name } })
  }
  return (
    <>
      <Combobox
        className="fh-relation-wide"
        label={`Column before, of ${name}`}
        labelHidden
        noun="column"
        options={options}
        value={pair.left.table === '' ? null : valueOf(pair.left.table, pair.left.column)}
        onChange={chooseLeft}
      />
      {children}
      <Combobox
        className="fh-relation-wide"
        label={`Column of ${right.alias}, of ${name}`}
        labelHidden
        noun="column"
        options={right.columns.map(({ name: column, type }) => {
          return { value: column, label: `${right.alias}.${column}`, detail: type }
        })}
        value={pair.right === '' ? null : pair.right}
        onChange={(column) => onChange({ ...pair, right: column })}
      />
    </>
  )
}
