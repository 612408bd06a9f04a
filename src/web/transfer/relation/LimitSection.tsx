import { IconButton, NumberField } from '../../components/index.ts'
import type { PartProps } from './part.ts'

interface LimitSectionProps extends Pick<PartProps, 'change'> {
  limit: number | null
  onRemove: () => void
}

export function LimitSection({ limit, change, onRemove }: LimitSectionProps) {
  const remove = () => {
    change({ limit: null })
    onRemove()
  }
  return (
    <section className="fh-relation-part" aria-label="Limit">
      <div className="fh-relation-row">
        <h3>Limit</h3>
        <NumberField
          label="Rows at most"
          labelHidden
          className="fh-relation-limit"
          placeholder="Rows at most"
          min={1}
          autoFocus={limit === null}
          value={limit}
          onChange={(rows) => change({ limit: rows === 0 ? null : rows })}
        />
        <span className="fh-muted">rows at most</span>
        <span className="fh-spacer" />
        <IconButton icon="close" label="Remove the limit" onClick={remove} />
      </div>
    </section>
  )
}
