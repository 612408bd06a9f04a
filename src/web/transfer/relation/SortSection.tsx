import type { Sort } from '../../../shared/index.ts'
import { announce, Combobox, ErrorNotice, IconButton, Select } from '../../components/index.ts'
import type { PartProps } from './part.ts'
import { useRowFocus } from './use-row-focus.ts'

const directions = [
  { value: 'up', label: 'ascending' },
  { value: 'down', label: 'descending' },
] as const

export function SortSection({ relation: { sort }, change, columns, error }: PartProps) {
  const list = useRowFocus<HTMLOListElement>(sort.length)
  if (sort.length === 0) return null
  const set = (index: number, part: Partial<Sort[number]>) =>
    change({ sort: sort.map((one, at) => (at === index ? { ...one, ...part } : one)) })
  const raise = (index: number) => {
    const one = sort[index]
    if (!one || index === 0) return
    change({ sort: sort.toSpliced(index, 1).toSpliced(index - 1, 0, one) })
    announce(`${one.column} is sorted by at place ${index} now.`)
  }
  return (
    <section className="fh-relation-part" aria-label="Sort">
      <h3>Sort by</h3>
      <ol ref={list} className="fh-relation-rows">
        {sort.map(({ column, descending }, index) => (
          <li key={index} className="fh-relation-row">
            <Combobox
              className="fh-relation-wide"
              label={`Sort column ${index + 1}`}
              labelHidden
              noun="column"
              options={columns.map(({ name, type }) => ({ value: name, label: name, detail: type }))}
              value={column}
              onChange={(next) => set(index, { column: next })}
            />
            <Select
              label={`Order of ${column}`}
              labelHidden
              value={descending ? 'down' : 'up'}
              options={directions}
              onChange={(next) => set(index, { descending: next === 'down' })}
            />
            {sort.length > 1 && (
              <IconButton
                icon="chevron-up"
                label={`Sort by ${column} earlier`}
                disabled={index === 0}
                onClick={() => raise(index)}
              />
            )}
            <IconButton
              icon="close"
              label={`Do not sort by ${column}`}
              onClick={() => change({ sort: sort.toSpliced(index, 1) })}
            />
          </li>
        ))}
      </ol>
      {error && <ErrorNotice error={error} />}
    </section>
  )
}
