import { useEffect, useRef, type RefObject } from 'react'

/** `/` goes to the field, unless it is typed in another one or somebody else took it. */
export function useSlash(): RefObject<HTMLInputElement | null> {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isTyped =
        event.target instanceof Element && event.target.closest('input, textarea, select, dialog')
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.defaultPrevented || isTyped) return
      if (!field.current) return
      event.preventDefault()
      field.current.focus()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])
  return field
}
