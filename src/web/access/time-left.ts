import { formatNoun } from '../format.ts'

interface TimeLeft {
  /** "has ended", "in 5 hours", "in 29 days" */
  words: string
  isOver: boolean
  /** Within the next week. */
  isSoon: boolean
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Until a moment (ISO 8601). */
export function timeLeft(iso: string, now = Date.now()): TimeLeft {
  const left = Date.parse(iso) - now
  if (left <= 0) return { words: 'has ended', isOver: true, isSoon: false }
  const isSoon = left < 7 * dayMs
  if (left < hourMs) return { words: 'in less than an hour', isOver: false, isSoon }
  const words =
    left < 2 * dayMs
      ? `in ${formatNoun(Math.round(left / hourMs), 'hour')}`
      : `in ${formatNoun(Math.round(left / dayMs), 'day')}`
  return { words, isOver: false, isSoon }
}
