import { stripVTControlCharacters } from 'node:util'

const longestCell = 40

/** Columns side by side. With a width, columns that do not fit are left out and counted. */
export function textTable(header: string[], rows: string[][], width = Infinity): string {
  const cells = [header, ...rows].map((row) => row.map(cell))
  const widths = header.map((_, index) => Math.max(...cells.map((row) => (row[index] ?? '').length)))
  let shown = 0
  let used = 0
  for (const columnWidth of widths) {
    if (shown > 0 && used + columnWidth + 2 > width) break
    used += columnWidth + 2
    shown++
  }
  const lines = cells.map((row) =>
    row
      .slice(0, shown)
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const left = header.length - shown
  const rest = left > 0 ? [`(${left} more ${left === 1 ? 'column' : 'columns'} to the right)`] : []
  return `${[
    lines[0],
    widths
      .slice(0, shown)
      .map((n) => '─'.repeat(n))
      .join('  '),
    ...lines.slice(1),
    ...rest,
  ].join('\n')}\n`
}

function cell(text: string): string {
  const plain = oneLine(text)
  return plain.length > longestCell ? `${plain.slice(0, longestCell - 1)}…` : plain
}

/** With nothing in it that could steer the terminal. */
export const oneLine = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- control characters are what must not get through
  stripVTControlCharacters(text).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '·')
