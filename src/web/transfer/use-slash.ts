import { useEffect, useRef, type RefObject } from 'react'

/**
 * `/` goes to the field, unless it is typed in another one or somebody else took it.
 *
 * @param first before others of the page
 */
export function useSlash(first: boolean): RefObject<HTMLInputElement | null> {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isTyped =
        event.target instanceof Element &&
        event.target.closest('input:not([type=checkbox], [type=radio]), textarea, select, dialog')
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.defaultPrevented || isTyped) return
      if (!field.current) return
      event.preventDefault()
      field.current.focus()
    }
    addEventListener('keydown', onKeyDown, first)
    return () => removeEventListener('keydown', onKeyDown, first)
  }, [first])
  return field
}
