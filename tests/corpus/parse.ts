import type { Dialect } from '../../src/shared/index.ts'

/**
 * Reads a text as a dialect says, letter by letter: slow and plain, and it shares nothing with the sniffer. Records
 * hold their fields' texts, the header's among them; blank lines are no records when there are several columns.
 */
export function parse(text: string, dialect: Dialect): string[][] {
  const body = withoutFooter(withoutLines(text, dialect), dialect)
  const reader = new Reader(body, dialect)
  const records = reader.records()
  const width = Math.max(...records.map((record) => record.length))
  const filled = records.filter((record) => width === 1 || record.length > 1 || record[0]?.trim() !== '')
  return filled.map((record) => withoutEdges(record, dialect))
}

const ends = (dialect: Dialect): RegExp => (dialect.lineTerminator === '\r' ? /\r\n|\n|\r/gu : /\r\n|\n/gu)

function withoutLines(text: string, dialect: Dialect): string {
  let from = 0
  let left = dialect.skipLines
  for (const { 0: end, index } of text.matchAll(ends(dialect))) {
    if (left-- <= 0) break
    from = index + end.length
  }
  return text.slice(from)
}

function withoutFooter(text: string, dialect: Dialect): string {
  const footer = dialect.footerLines ?? 0
  if (footer === 0) return text
  const starts = [0, ...[...text.matchAll(ends(dialect))].map(({ 0: end, index }) => index + end.length)]
  if (starts.at(-1) === text.length) starts.pop()
  return text.slice(0, starts.at(-footer) ?? 0)
}

function withoutEdges(record: string[], { edgeDelimiter: edge }: Dialect): string[] {
  const first = (edge === 'leading' || edge === 'both') && record[0] === '' ? 1 : 0
  const last = (edge === 'trailing' || edge === 'both') && record.at(-1) === '' ? -1 : undefined
  return record.slice(first, last)
}

class Reader {
  private at = 0
  private readonly text: string
  private readonly dialect: Dialect

  constructor(text: string, dialect: Dialect) {
    this.text = text
    this.dialect = dialect
  }

  records(): string[][] {
    const found: string[][] = []
    while (this.at < this.text.length) {
      if (this.skipsComment()) continue
      found.push(this.record())
    }
    return found
  }

  private skipsComment(): boolean {
    const { commentPrefix } = this.dialect
    if (this.at === 0 || commentPrefix === undefined || !this.text.startsWith(commentPrefix, this.at))
      return false
    while (this.at < this.text.length && this.endHere(this.at) === 0) this.at++
    this.at += this.endHere(this.at)
    return true
  }

  private record(): string[] {
    const fields: string[] = []
    if (this.spaced()) this.skipBlanks()
    for (;;) {
      fields.push(this.field())
      const step = this.delimiterHere(this.at)
      if (step === 0) break
      this.at += step
      if (this.spaced()) {
        this.skipBlanks()
        if (this.at >= this.text.length || this.endHere(this.at) > 0) break
      }
    }
    this.at += this.endHere(this.at)
    return fields
  }

  private spaced(): boolean {
    return this.dialect.delimiter === ' ' && this.dialect.padding === true
  }

  private skipBlanks(): void {
    while (this.text[this.at] === ' ') this.at++
  }

  private field(): string {
    const { quote, padding } = this.dialect
    const start = this.at
    if (quote !== null) {
      let open = start
      while (/[ \t]/u.test(this.text[open] ?? '') && this.delimiterHere(open) === 0) open++
      if (this.text[open] === quote) return this.quoted(open + 1, quote)
    }
    const text = this.bare()
    return padding === true ? text.trim() : text
  }

  private bare(): string {
    const { escape } = this.dialect
    let text = ''
    while (this.at < this.text.length && this.endHere(this.at) === 0 && this.delimiterHere(this.at) === 0) {
      if (escape === 'backslash' && this.text[this.at] === '\\') text += this.escaped()
      else text += this.text[this.at++] ?? ''
    }
    return text
  }

  private escaped(): string {
    const { quote, delimiter } = this.dialect
    const next = this.text[this.at + 1] ?? ''
    this.at += 2
    if (next === '\\' || next === quote || (next !== '' && delimiter.startsWith(next))) return next
    const letters: Partial<Record<string, string>> =
      quote === null ? { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0', "'": "'" } : {}
    return letters[next] ?? `\\${next}`
  }

  private quoted(from: number, quote: string): string {
    const { escape } = this.dialect
    let text = ''
    this.at = from
    while (this.at < this.text.length) {
      const letter = this.text[this.at] ?? ''
      if (letter === '\\' && escape === 'backslash') text += this.escaped()
      else if (letter !== quote) {
        text += letter
        this.at++
      } else if (escape !== 'backslash' && this.text[this.at + 1] === quote) {
        text += quote
        this.at += 2
      } else if (escape === null && !this.closes(this.at + 1)) {
        text += letter
        this.at++
      } else break
    }
    this.at++
    return text + this.bare().trimEnd()
  }

  private closes(at: number): boolean {
    let next = at
    while (this.text[next] === ' ' && this.delimiterHere(next) === 0) next++
    return next >= this.text.length || this.endHere(next) > 0 || this.delimiterHere(next) > 0
  }

  private delimiterHere(at: number): number {
    const { delimiter } = this.dialect
    if (!this.text.startsWith(delimiter, at)) return 0
    if (!this.spaced()) return delimiter.length
    let end = at
    while (this.text[end] === ' ') end++
    return end - at
  }

  private endHere(at: number): number {
    if (this.text[at] === '\n') return 1
    if (this.text.startsWith('\r\n', at)) return 2
    return this.text[at] === '\r' && this.dialect.lineTerminator === '\r' ? 1 : 0
  }
}
