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
  if (!text.includes('\r', from)) return 0
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
