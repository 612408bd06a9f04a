import { useState } from 'react'
import type { JoinKind } from '../../../shared/index.ts'
import { useColumns, useColumnsOfAll } from '../../api/index.ts'
import { Button, ErrorNotice, Select, TextField } from '../../components/index.ts'
import type { RelationDraft } from '../draft.ts'
import { JoinKeys } from './JoinKeys.tsx'
import { JoinTable } from './JoinTable.tsx'
import {
  aliasOf,
  emptyPair,
  firstAlias,
  freeAlias,
  joinLine,
  joinProblem,
  kindWords,
  toJoin,
  type JoinForm,
} from './joins.ts'
import { suggestKeys, type AliasedTable } from './key-suggestions.ts'

interface JoinEditorProps {
  relation: RelationDraft
  /** Its place among the joins; a new one is the last. */
  index: number
  first: JoinForm
  onSave: (form: JoinForm) => void
  onCancel: () => void
}

const kinds = Object.entries(kindWords).map(([value, { label }]) => ({ value: value as JoinKind, label }))

/** One join, until it can be read as a line. */
export function JoinEditor({ relation, index, first, onSave, onCancel }: JoinEditorProps) {
  const [form, setForm] = useState(first)
  const [hasChosenKeys, setHasChosenKeys] = useState(first.table !== '')
  const taken = [firstAlias(relation), ...relation.joins.filter((_, at) => at !== index).map(aliasOf)]
  const { left, right, error } = useJoinColumns(relation, index, form)
  const suggestions = right ? suggestKeys(left, right, form.table) : []
  const keys = hasChosenKeys ? form.keys : [suggestions[0] ?? emptyPair]
  const whole = { ...form, keys }
  const problem = joinProblem(whole, taken)

  const set = (part: Partial<JoinForm>) => setForm({ ...form, ...part })
  const setKeys = (part: Pick<JoinForm, 'keys'>) => {
    setHasChosenKeys(true)
    set(part)
  }
  const chooseTable = (place: Pick<JoinForm, 'database' | 'table'>) => {
    setHasChosenKeys(false)
    set({ ...place, as: freeAlias(place.table, taken), keys: [], closest: null })
  }
  return (
    <div className="fh-join" role="group" aria-label="Join">
      <div className="fh-join-grid">
        <Select
          label="Kind"
          className="fh-join-kind"
          value={form.kind}
          options={kinds}
          hint={kindWords[form.kind].hint}
          onChange={(kind) => set({ kind })}
        />
        <JoinTable connection={relation.server} form={form} onChange={chooseTable} />
        <TextField
          label="Called"
          placeholder={form.table}
          mono
          value={form.as}
          onChange={(as) => set({ as })}
        />
      </div>
      {error && <ErrorNotice error={error} />}
      {right && form.kind !== 'cross' && (
        <JoinKeys
          form={whole}
          left={left}
          right={right}
          suggestions={suggestions}
          onChange={set}
          onKeys={setKeys}
        />
      )}
      {problem === undefined && <code className="fh-join-line">{joinLine(toJoin(whole))}</code>}
      <div className="fh-row">
        {problem !== undefined && <span className="fh-muted">{problem}</span>}
        <span className="fh-spacer" />
        <Button variant="quiet" onClick={onCancel}>
          Cancel
        </Button>
        <Button disabled={problem !== undefined} onClick={() => onSave(whole)}>
          {first.table === '' ? 'Add this join' : 'Use this join'}
        </Button>
      </div>
    </div>
  )
}

/** The columns of the tables before the join and of its own, as far as they are known. */
function useJoinColumns(relation: RelationDraft, index: number, form: JoinForm) {
  const { server: connection, database, table } = relation
  // A SEMI or ANTI join leaves none of its columns behind.
  const before = relation.joins.slice(0, index).filter(({ kind }) => kind !== 'semi' && kind !== 'anti')
  const places = [{ database, table }, ...before].map((one) => ({
    connection,
    table: one.table,
    ...(one.database !== undefined && { database: one.database }),
  }))
  const aliases = [firstAlias(relation), ...before.map(aliasOf)]
  const answers = useColumnsOfAll(places)
  const left = answers.map(({ data }, at): AliasedTable => {
    return { alias: aliases[at] ?? '', columns: data?.columns ?? [] }
  })
  const own = useColumns(
    form.table === '' ? undefined : { connection, database: form.database, table: form.table },
  )
  const alias = form.as.trim() || form.table
  const right: AliasedTable | undefined = own.data && { alias, columns: own.data.columns }
  return { left, right, error: own.error ?? answers.find((answer) => answer.error)?.error ?? null }
}
