import './relation.css'
import { useState } from 'react'
import { Button, CodeBlock } from '../../components/index.ts'
import { problemOf } from '../../api/index.ts'
import { emptyRelation, type RelationDraft } from '../draft.ts'
import { useTransfer } from '../state.tsx'
import { errorPlace } from './error-place.ts'
import { newRule } from './filter-rules.ts'
import { FilterSection } from './FilterSection.tsx'
import { JoinSection } from './JoinSection.tsx'
import type { PartProps } from './part.ts'
import { LimitSection } from './LimitSection.tsx'
import { SortSection } from './SortSection.tsx'
import { SqlSection } from './SqlSection.tsx'
import { WhereSection } from './WhereSection.tsx'

/** What is read of a ClickHouse source besides its table: joins, filter, order, limit, or a query in place of it all. */
export function RelationOptions() {
  const { draft, change, preview } = useTransfer()
  const [adding, setAdding] = useState<'join' | 'limit'>()
  const relation = draft.source.table
  const columns = useKnownColumns(preview.data?.columns, relation)
  if (relation.table === '' && relation.sql === null)
    return <WriteSql relation={relation} change={changeTable} />

  function changeTable(part: Partial<RelationDraft>) {
    change((before) => ({
      ...before,
      source: { ...before.source, table: { ...before.source.table, ...part } },
    }))
  }
  const wrong = preview.error && errorPlace(problemOf(preview.error), relation)
  const part = (name: typeof wrong): PartProps => ({
    relation,
    change: changeTable,
    columns,
    error: wrong === name ? preview.error : null,
  })
  const { filter, where, sort, limit } = relation
  const isUnknown = columns.length === 0
  const sorted = new Set(sort.map(({ column }) => column))
  const unsorted = columns.find(({ name }) => !sorted.has(name))
  return (
    <div className="fh-relation">
      {relation.sql === null ? (
        <JoinSection {...part('joins')} isAdding={adding === 'join'} onAdded={() => setAdding(undefined)} />
      ) : (
        <SqlSection {...part('sql')} />
      )}
      <FilterSection {...part('filter')} />
      <WhereSection {...part('where')} />
      <SortSection {...part('sort')} />
      {(limit !== null || adding === 'limit') && (
        <LimitSection limit={limit} change={changeTable} onRemove={() => setAdding(undefined)} />
      )}
      <div className="fh-row fh-relation-adds">
        {relation.sql === null && (
          <Button variant="quiet" icon="join" disabled={adding === 'join'} onClick={() => setAdding('join')}>
            Add join
          </Button>
        )}
        <Button
          variant="quiet"
          icon="filter"
          disabled={isUnknown}
          title={isUnknown ? unknown : undefined}
          onClick={() =>
            changeTable({ filter: { ...filter, rules: [...filter.rules, newRule(columns[0]?.name ?? '')] } })
          }
        >
          Filter
        </Button>
        {where === null && (
          <Button variant="quiet" icon="filter" onClick={() => changeTable({ where: '' })}>
            SQL condition
          </Button>
        )}
        <Button
          variant="quiet"
          icon="sort"
          disabled={unsorted === undefined}
          title={isUnknown ? unknown : undefined}
          onClick={() =>
            changeTable({ sort: [...sort, { column: unsorted?.name ?? '', descending: false }] })
          }
        >
          Sort
        </Button>
        {limit === null && adding !== 'limit' && (
          <Button variant="quiet" icon="stop" onClick={() => setAdding('limit')}>
            Limit
          </Button>
        )}
        {relation.sql === null && (
          <WriteSql relation={relation} change={changeTable} sql={preview.data?.sql} />
        )}
      </div>
      {relation.sql === null && preview.data?.sql && !preview.isPlaceholderData && (
        <details className="fh-relation-sql">
          <summary>The SELECT behind it</summary>
          <CodeBlock label="SELECT" language="sql" code={preview.data.sql} wrap />
        </details>
      )}
    </div>
  )
}

/**
 * What was known of a table's columns stays while a join with it is looked at: a filter would be one on texts meanwhile,
 * and a list that a person is choosing from would be empty.
 */
function useKnownColumns(
  now: PartProps['columns'] | undefined,
  { server, database, table, sql }: RelationDraft,
) {
  const of = JSON.stringify([server, database, table, sql])
  const [known, setKnown] = useState<{ of: string; columns: PartProps['columns'] }>()
  if (now && known?.columns !== now) setKnown({ of, columns: now })
  return now ?? (known?.of === of ? known.columns : [])
}

const unknown = 'The columns are not known yet.'

interface WriteSqlProps {
  relation: RelationDraft
  change: PartProps['change']
  sql?: string | null
}

/** Begins with what is chosen; all of that is part of the SELECT then. */
function WriteSql({ relation, change, sql }: WriteSqlProps) {
  const begin = sql ?? `SELECT *\nFROM ${relation.table === '' ? 'system.one' : relation.table}\n`
  return (
    <Button
      variant="quiet"
      icon="edit"
      onClick={() => {
        const { filter, where, sort, limit } = emptyRelation
        change({ sql: begin, filter, where, sort, limit })
      }}
    >
      Write SQL
    </Button>
  )
}
