import { Field, type FieldProps } from './Field.tsx'
import { Popover } from './Popover.tsx'
import { SearchList, type SearchListProps } from './SearchList.tsx'

export interface ComboboxProps extends FieldProps, Omit<SearchListProps, 'label' | 'inputRef' | 'height'> {
  disabled?: boolean
  mono?: boolean
  tabIndex?: number
}

/** Looks like a select; opens a searchable list. */
export function Combobox(props: ComboboxProps) {
  const { label, labelHidden, hint, error, className, disabled, mono, tabIndex, onChange, ...list } = props
  const chosen = list.options.find((option) => option.value === list.value)?.label ?? list.value
  return (
    <Field {...{ label, labelHidden, hint, error, className }}>
      {(wiring) => (
        <Popover
          label={label}
          className="fh-combobox-panel"
          trigger={(trigger) => (
            <button
              {...wiring}
              {...trigger}
              type="button"
              disabled={disabled}
              tabIndex={tabIndex}
              className={`fh-input fh-select fh-combobox ${mono ? 'fh-mono' : ''}`}
              title={chosen ?? undefined}
              aria-label={`${label}: ${chosen ?? list.placeholder ?? 'Choose'}`}
            >
              {chosen === null ? (
                <span className="fh-muted fh-ellipsis">{list.placeholder ?? 'Choose'}</span>
              ) : (
                <bdi className="fh-ellipsis">{chosen}</bdi>
              )}
            </button>
          )}
        >
          {(close) => (
            <SearchList
              {...list}
              label={label}
              onChange={(value) => {
                close()
                onChange(value)
              }}
            />
          )}
        </Popover>
      )}
    </Field>
  )
}
