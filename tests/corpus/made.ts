import type { Random } from './random.ts'
import type { Kind } from './values.ts'
import type { TongueName } from './words.ts'
import { written, type Style } from './write.ts'

/** How files of one kind are made. */
export interface Recipe {
  trait: string
  style?: Partial<Style>
  encoding?: string
  bom?: boolean
  tongue?: TongueName
  rows?: [number, number]
  columns?: [number, number]
  header?: boolean
  kinds?: Kind[]
  before?: (random: Random, style: Style, table: string[][]) => string[]
  after?: (random: Random, style: Style, table: string[][]) => string[]
  /** Changes the lines of the records, the header being the first, and the table with them. */
  disturb?: (made: Made, random: Random) => void
  headerLines?: number
  empties?: number
  extension?: string
}

export interface Made {
  table: string[][]
  lines: string[]
  style: Style
}

export function insertHeader(made: Made, at: number, row: string[]): void {
  made.table.splice(at, 0, row)
  made.lines.splice(at, 0, ...written([row], made.style))
}

export function redraw(made: Made, at: number, row: string[]): void {
  made.table[at] = row
  made.lines[at] = written([row], made.style)[0] ?? ''
}
