import { useEffect, useRef } from 'react'

/** Follows rows that come and go: the focus goes into a new one, and does not get lost with one that is removed. */
export function useRowFocus<E extends HTMLElement>(count: number) {
  const list = useRef<E>(null)
  const before = useRef(count)
  useEffect(() => {
    if (count === before.current) return
    before.current = count
    list.current?.querySelector<HTMLElement>(':scope > :last-child :is(button, input, select)')?.focus()
  }, [count])
  return list
}
