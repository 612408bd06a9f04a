import type { Random } from './random.ts'

export interface Style {
  delimiter: string
  quote: string | null
  escape: 'double' | 'backslash' | null
  quoting: 'needed' | 'always' | 'texts'
  terminator: '\n' | '\r\n' | '\r' | 'mixed'
  edge?: 'leading' | 'trailing' | 'both'
  /** `around`: every field is set to one width; `after`: blanks follow the delimiter. */
  padding?: 'align' | 'both'
}

export const plain: Style = {
  delimiter: ',',
  quote: '"',
  escape: 'double',
  quoting: 'needed',
  terminator: '\n',
}

/** What a style cannot carry is replaced, so that the table is always the one that was written. */
export function carried(table: string[][], { delimiter, quote, escape, padding }: Style): string[][] {
  const forbidden = quote === null && escape === null ? [...delimiter.split(''), '\n', '"'] : []
  if (quote !== null && escape === null) forbidden.push(quote)
  if (quote === null && escape === 'backslash') forbidden.push('\n', '"')
  return table.map((row) =>
    row.map((cell) => {
      let text = cell
      for (const bad of forbidden)
        text = text.replaceAll(
          bad,
          bad === ' ' ? '_' : bad === '.' ? ' ' : delimiter.includes(' ') ? '_' : ' ',
        )
      return padding === undefined ? text : text.trim()
    }),
  )
}

export function isQuoted(cell: string, { delimiter, quote, escape, quoting }: Style): boolean {
  if (quote === null) return false
  if (quoting === 'always') return true
  if (quoting === 'texts') return !/^-?\d*\.?\d*$/u.test(cell)
  if (cell.includes(delimiter) || /[\r\n]/u.test(cell) || cell.startsWith(quote)) return true
  if (delimiter.includes(' ') && cell.startsWith(' ')) return true
  return escape !== null && cell.includes(quote)
}

function field(cell: string, style: Style): string {
  const { quote, escape, delimiter } = style
  const slashed = escape === 'backslash' ? cell.replaceAll('\\', '\\\\') : cell
  if (quote === null || !isQuoted(cell, style))
    return quote === null && escape === 'backslash'
      ? slashed.replaceAll(delimiter, () => `\\${delimiter}`)
      : slashed
  if (escape === 'double') return quote + cell.replaceAll(quote, () => quote + quote) + quote
  if (escape === 'backslash') return quote + slashed.replaceAll(quote, () => `\\${quote}`) + quote
  return quote + cell + quote
}

/** One line of text for every record; ends are added by `joined`. */
export function written(table: string[][], style: Style): string[] {
  const fields = table.map((row) => row.map((cell) => field(cell, style)))
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...fields.map((row) => row[column]?.length ?? 0)),
  )
  return fields.map((row) => {
    const set =
      style.padding === 'align'
        ? row.map((cell, column) => cell.padEnd(Math.min(widths[column] ?? 0, 40)))
        : style.padding === 'both'
          ? row.map((cell) => ` ${cell} `)
          : row
    const line = set.join(style.delimiter)
    const leading = style.edge === 'leading' || style.edge === 'both' ? style.delimiter : ''
    const trailing = style.edge === 'trailing' || style.edge === 'both' ? style.delimiter : ''
    return leading + line + trailing
  })
}

export function joined(lines: string[], style: Style, random: Random): string {
  const ends = style.terminator === 'mixed' ? (['\n', '\r\n'] as const) : [style.terminator]
  return lines.map((line) => line + random.pick(ends)).join('')
}
