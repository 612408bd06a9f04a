import { useState } from 'react'
import { ErrorNotice, IconButton } from '../../components/index.ts'
import { JoinEditor } from './JoinEditor.tsx'
import {
  emptyJoin,
  fromJoin,
  joinLine,
  lostTable,
  toJoin,
  withJoin,
  withOwnName,
  type JoinForm,
} from './joins.ts'
import type { PartProps } from './part.ts'

interface JoinSectionProps extends PartProps {
  isAdding: boolean
  /** The new one is there, or given up. */
  onAdded: () => void
}

/** Each join is one line to read; one at a time is open. */
export function JoinSection({ relation, change, error, isAdding, onAdded }: JoinSectionProps) {
  const [edited, setEdited] = useState<number>()
  const { as, joins, table } = relation
  const close = () => {
    setEdited(undefined)
    onAdded()
  }
  const save = (index: number) => (form: JoinForm) => {
    change({ joins: withJoin(joins, index, toJoin(form)) })
    close()
  }
  if (joins.length === 0 && !isAdding) return null
  return (
    <section className="fh-relation-part" aria-label="Joins">
      {as !== null && as !== table && (
        <div className="fh-relation-row">
          <div className="fh-relation-wide">
            <code className="fh-join-line">
              {table} AS {as}
            </code>
          </div>
          <IconButton
            icon="close"
            label={`Call it ${table} again`}
            onClick={() => change(withOwnName(relation))}
          />
        </div>
      )}
      <ul className="fh-relation-rows">
        {joins.map((join, index) => (
          <li key={index}>
            {edited === index && !isAdding ? (
              <JoinEditor
                relation={relation}
                index={index}
                first={fromJoin(join)}
                onSave={save(index)}
                onCancel={close}
              />
            ) : (
              <JoinLine
                line={joinLine(join)}
                lost={lostTable(relation, index)}
                onEdit={() => setEdited(index)}
                onRemove={() => change({ joins: joins.toSpliced(index, 1) })}
              />
            )}
          </li>
        ))}
        {isAdding && (
          <li>
            <JoinEditor
              relation={relation}
              index={joins.length}
              first={emptyJoin(relation.database)}
              onSave={save(joins.length)}
              onCancel={close}
            />
          </li>
        )}
      </ul>
      {error && <ErrorNotice error={error} />}
    </section>
  )
}

interface JoinLineProps {
  line: string
  lost: string | undefined
  onEdit: () => void
  onRemove: () => void
}

const JoinLine = ({ line, lost, onEdit, onRemove }: JoinLineProps) => (
  <div className="fh-relation-row">
    <div className="fh-relation-wide">
      <code className="fh-join-line">{line}</code>
      {lost !== undefined && <p className="fh-field-error">{lost} is not joined before this any more.</p>}
    </div>
    <IconButton icon="edit" label={`Edit ${line}`} onClick={onEdit} />
    <IconButton icon="close" label={`Remove ${line}`} onClick={onRemove} />
  </div>
)
