export interface GridColumn {
  name: string
  /** A ClickHouse type. */
  type: string
  comment?: string
}

export interface GridPlace {
  /** −1 is the header. */
  row: number
  column: number
}

export interface GridSize {
  rows: number
  columns: number
  /** Rows that are seen at once. */
  page: number
}

/** Where a key leads from a cell, never out of the grid; null when the key does not move. */
export function moveBy(key: string, ctrl: boolean, at: GridPlace, size: GridSize): GridPlace | null {
  const last = { row: size.rows - 1, column: size.columns - 1 }
  const steps: Record<string, GridPlace> = {
    ArrowUp: { ...at, row: ctrl ? 0 : at.row - 1 },
    ArrowDown: { ...at, row: ctrl ? last.row : at.row + 1 },
    ArrowLeft: { ...at, column: ctrl ? 0 : at.column - 1 },
    ArrowRight: { ...at, column: ctrl ? last.column : at.column + 1 },
    PageUp: { ...at, row: Math.max(0, at.row - size.page) },
    PageDown: { ...at, row: at.row + size.page },
    Home: ctrl ? { row: 0, column: 0 } : { ...at, column: 0 },
    End: ctrl ? last : { ...at, column: last.column },
  }
  const to = steps[key]
  if (!to) return null
  return {
    row: Math.max(-1, Math.min(last.row, to.row)),
    column: Math.max(0, Math.min(last.column, to.column)),
  }
}

/** Numbers stand to the right, so that their digits line up. */
export function isNumberType(type: string): boolean {
  return /^(?:(?:Nullable|LowCardinality)\()*(?:U?Int\d|B?Float\d|Decimal)/.test(type)
}

const marks: Record<string, string> = { '\n': '↵', '\r': '␍', '\t': '⇥', '\0': '␀' }
const shownLength = 300

/** One line of a value, short enough to draw: line ends and tabs are shown as signs. */
export function cellText(value: string): string {
  return value.slice(0, shownLength).replaceAll(/[\n\r\t\0]/g, (mark) => marks[mark] ?? mark)
}

/** Of a digit; most letters are narrower. */
const charWidth = 8.4
const padding = 26
export const minWidth = 48
const maxWidth = 320

/** Wide enough for the name, the type and the first values, within bounds. */
export function columnWidth(name: string, type: string, values: readonly (string | null)[]): number {
  let longest = Math.max(name.length, Math.min(type.length, 24) * 0.85, 4)
  for (const value of values) longest = Math.max(longest, value?.length ?? 4)
  return Math.round(Math.max(minWidth, Math.min(maxWidth, longest * charWidth + padding)))
}
