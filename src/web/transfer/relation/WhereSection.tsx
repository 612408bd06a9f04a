import { CodeField, ErrorNotice, IconButton } from '../../components/index.ts'
import type { PartProps } from './part.ts'

/** A condition that is written, besides the rules that are chosen. */
export function WhereSection({ relation: { where }, change, columns, error }: PartProps) {
  if (where === null) return null
  return (
    <section className="fh-relation-part" aria-label="SQL condition">
      <div className="fh-relation-row">
        <CodeField
          label="Only rows where this SQL condition holds"
          language="sql"
          className="fh-relation-wide"
          placeholder={`${columns[0]?.name ?? 'a'} > 10`}
          value={where}
          onChange={(next) => change({ where: next })}
        />
        <IconButton icon="close" label="Remove the SQL condition" onClick={() => change({ where: null })} />
      </div>
      {error && <ErrorNotice error={error} />}
    </section>
  )
}
