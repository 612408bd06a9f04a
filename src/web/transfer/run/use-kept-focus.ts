import { useEffect, useRef, type FocusEvent } from 'react'

/** To be spread on the bar: the button that was pressed goes when a run begins or ends, and the focus stays in the bar. */
export function useKeptFocus(isGoingOn: boolean) {
  const bar = useRef<HTMLElement>(null)
  const isWithin = useRef(false)
  useEffect(() => {
    const isLost = document.activeElement === document.body
    if (isWithin.current && isLost) bar.current?.focus({ preventScroll: true })
  }, [isGoingOn])
  const onFocus = () => {
    isWithin.current = true
  }
  const onBlur = ({ currentTarget, relatedTarget }: FocusEvent) => {
    // A button that goes away names nothing that takes the focus over.
    if (relatedTarget) isWithin.current = currentTarget.contains(relatedTarget)
  }
  return { ref: bar, tabIndex: -1, onFocus, onBlur }
}
