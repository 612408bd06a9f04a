import { scan } from './records.ts'
import type { Layout } from './records.ts'

/** What the reading engine's TSV understands after a backslash; `\N` counts only as a whole field. */
const validLetters = "bfnrt0'\\"
/** `C:\temp` is a path although `\t` is an escape. */
const windowsPath = /(?:^|[\s"'(=])[A-Za-z]:\\(?!\\)/u

export interface EscapeVerdict {
  escape: 'backslash' | null
  reason: string | null
}

/** Do backslashes in this TSV mean something, or are they plain text? Looks at every field of the head. */
export function decideTsvEscape(text: string, from: number, layout: Layout): EscapeVerdict {
  if (!text.includes('\\', from)) return { escape: 'backslash', reason: null }
  const raw: Layout = { ...layout, quote: null, escape: null }
  const offenders: string[] = []
  scan(text, raw, from, {
    field: ({ start, end }) => {
      if (offenders.length > 0) return
      const cell = text.slice(start, end)
      if (cell.includes('\\') && !isEscaped(cell)) offenders.push(cell)
    },
    record: () => offenders.length === 0,
  })
  const [offender] = offenders
  return offender === undefined
    ? { escape: 'backslash', reason: 'Backslashes are escapes: each one begins a valid sequence' }
    : { escape: null, reason: `Backslashes are plain text, as in \`${shorten(offender)}\`` }
}

function isEscaped(cell: string): boolean {
  if (cell === '\\N') return true
  return !windowsPath.test(cell) && validEscapes(cell)
}

function validEscapes(cell: string): boolean {
  let at = cell.indexOf('\\')
  while (at >= 0) {
    const letter = cell.charAt(at + 1)
    if (letter === '' || !validLetters.includes(letter)) return false
    at = cell.indexOf('\\', at + 2)
  }
  return true
}

function shorten(cell: string): string {
  return cell.length > 40 ? `${cell.slice(0, 40)}…` : cell
}
