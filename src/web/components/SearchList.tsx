import './SearchList.css'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useId, useRef, useState, type KeyboardEvent, type Ref } from 'react'
import { formatCount, formatNoun } from '../format.ts'
import { Icon } from './Icon.tsx'
import { searchOptions, type ListOption } from './search.ts'
import { TextField } from './TextField.tsx'

export interface SearchListProps {
  label: string
  options: readonly ListOption[]
  value: string | null
  onChange: (value: string) => void
  placeholder?: string
  /** Takes a text that is no option, under these words, such as "Create new table". */
  custom?: string
  /** Of one of them, such as "table". */
  noun?: string
  height?: number
  inputRef?: Ref<HTMLInputElement>
}

const lineHeight = 32

/** A list that is searched by typing; arrows move, Enter chooses. Long lists are drawn only where they are seen. */
export function SearchList(props: SearchListProps) {
  const { label, options, value, onChange, placeholder, custom, noun, height = 288, inputRef } = props
  const id = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const [text, setText] = useState('')
  const found = withCustom(searchOptions(options, text), text, custom)
  const chosenAt = found.findIndex((option) => option.value === value)
  const [at, setAt] = useState(Math.max(0, chosenAt))
  const current = Math.min(at, found.length - 1)
  const lines = useVirtualizer({
    count: found.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 8,
    initialRect: { width: 0, height },
  })
  useEffect(() => {
    if (current >= 0) lines.scrollToIndex(current)
  }, [current, lines])

  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowDown: current + 1, ArrowUp: current - 1, PageDown: current + 8, PageUp: current - 8 }[
      event.key
    ]
    if (next !== undefined) setAt(Math.max(0, Math.min(found.length - 1, next)))
    else if (event.key !== 'Enter') return
    else if (found[current]) onChange(found[current].value)
    event.preventDefault()
  }

  return (
    <div className="fh-search-list">
      <TextField
        ref={inputRef}
        label={label}
        labelHidden
        icon="search"
        role="combobox"
        aria-expanded
        aria-autocomplete="list"
        aria-controls={`${id}-list`}
        aria-activedescendant={current >= 0 ? `${id}-${current}` : undefined}
        placeholder={placeholder ?? 'Search'}
        value={text}
        onChange={(next) => {
          setText(next)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div
        ref={scroller}
        id={`${id}-list`}
        role="listbox"
        aria-label={label}
        className="fh-search-lines"
        style={{ maxHeight: height }}
      >
        <div role="presentation" style={{ height: lines.getTotalSize(), position: 'relative' }}>
          {lines.getVirtualItems().map(({ index, start }) => {
            const option = found[index]
            return (
              option && (
                <div
                  key={option.value}
                  id={`${id}-${index}`}
                  role="option"
                  aria-selected={option.value === value}
                  aria-setsize={found.length}
                  aria-posinset={index + 1}
                  className={index === current ? 'fh-search-line fh-search-line_at' : 'fh-search-line'}
                  style={{ top: start, height: lineHeight }}
                  title={option.label}
                  // The search field keeps the focus, to give it back from there.
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => onChange(option.value)}
                >
                  {option.icon && <Icon name={option.icon} />}
                  <bdi className="fh-ellipsis">{option.label}</bdi>
                  {option.value === value && <Icon name="check" />}
                  {option.detail && <span className="fh-search-detail">{option.detail}</span>}
                </div>
              )
            )
          })}
        </div>
      </div>
      <div className="fh-search-count" role="status">
        {countText(found.length, options.length, noun)}
      </div>
    </div>
  )
}

function countText(found: number, all: number, noun = 'item'): string {
  if (all === 0) return `No ${noun}s`
  const total = formatNoun(all, noun)
  return found < all ? `${formatCount(found)} of ${total}` : total
}

function withCustom(found: readonly ListOption[], text: string, custom?: string): readonly ListOption[] {
  const name = text.trim()
  if (custom === undefined || name === '' || found.some((option) => option.value === name)) return found
  return [...found, { value: name, label: `${custom}: ${name}` }]
}
