import { written, type Style } from './write.ts'

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
