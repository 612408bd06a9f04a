import { Button, CodeField, ErrorNotice } from '../../components/index.ts'
import type { PartProps } from './part.ts'

/** A SELECT in place of tables. The tables and joins that were picked are kept for going back. */
export function SqlSection({ relation, change, error }: PartProps) {
  const place = relation.table === '' ? 'picking a table' : relation.table
  return (
    <section className="fh-relation-part" aria-label="SQL">
      <CodeField
        label="SELECT"
        language="sql"
        value={relation.sql ?? ''}
        hint="One SELECT. It is only read from; nothing can be changed by it."
        onChange={(sql) => change({ sql })}
      />
      {error && <ErrorNotice error={error} />}
      <div>
        <Button variant="quiet" icon="back" onClick={() => change({ sql: null })}>
          Back to {place}
        </Button>
      </div>
    </section>
  )
}
