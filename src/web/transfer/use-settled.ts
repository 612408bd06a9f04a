import { useEffect, useState } from 'react'

const pauseMs = 300

/**
 * The value as it was at the last pause, so that typing does not ask the server at every letter.
 *
 * @param subject what the value is about: of another one, it is taken at once
 */
export function useSettled<T>(value: T, subject = ''): T {
  const [settled, setSettled] = useState({ value, subject })
  const isOther = settled.subject !== subject || settled.value === undefined || value === undefined
  useEffect(() => {
    const timer = setTimeout(() => setSettled({ value, subject }), isOther ? 0 : pauseMs)
    return () => clearTimeout(timer)
  }, [value, subject, isOther])
  return isOther ? value : settled.value
}
