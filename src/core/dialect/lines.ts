import type { Dialect } from '../../shared/index.ts'
import { scan } from './records.ts'
import type { Layout } from './records.ts'

/** CR when carriage returns alone outnumber line feeds. LF stands for LF and CRLF: both end a record anyway. */
export function lineEnding(text: string): Dialect['lineTerminator'] {
  let alone = 0
  for (let at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 1))
    if (text[at + 1] !== '\n') alone++
  if (alone === 0) return '\n'
  let feeds = 0
  for (let at = text.indexOf('\n'); at >= 0 && feeds < alone; at = text.indexOf('\n', at + 1)) feeds++
  return alone > feeds ? '\r' : '\n'
}

/** How many lines at the start hold nothing but spaces. */
export function linesAtStart(text: string): number {
  let lines = 0
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]
    if (letter === '\n' || (letter === '\r' && text[i + 1] !== '\n')) lines++
    else if (letter !== ' ' && letter !== '\r') break
  }
  return lines
}

/** Carriage returns outside quotes that end no record: some lines may end so. */
export function looseReturns(text: string, layout: Layout, from: number): number {
  if (!/\r(?!\n)/u.test(text)) return 0
  let found = 0
  // Fields come in order, so the search goes on from where it was and never looks twice at the same text.
  let at = text.indexOf('\r', from)
  scan(text, layout, from, {
    field: ({ start, end, open }) => {
      for (; at >= 0 && at < end; at = text.indexOf('\r', at + 1)) if (at >= start && open < 0) found++
    },
    record: () => true,
  })
  return found
}

/** How many lines end between two places of the text. */
export function linesBetween(text: string, from: number, to: number, returnsEnd: boolean): number {
  let lines = 0
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (code === 10) lines++
    else if (code === 13 && returnsEnd && text.charCodeAt(at + 1) !== 10) lines++
  }
  return lines
}

/** Counted from one. */
export const lineAt = (text: string, offset: number, returnsEnd: boolean): number =>
  1 + linesBetween(text, 0, offset, returnsEnd)

/** Without so many lines at the end; a terminator at the very end begins no line. */
export function withoutFooter(text: string, lines: number): string {
  let end = text.length
  for (let left = lines; left > 0 && end > 0; left--) {
    const before = text.endsWith('\r\n', end) ? end - 2 : /[\r\n]/u.test(text[end - 1] ?? '') ? end - 1 : end
    end = Math.max(text.lastIndexOf('\n', before - 1), text.lastIndexOf('\r', before - 1)) + 1
    if (before === 0) end = 0
  }
  return text.slice(0, end)
}
