import type { Dialect } from './dialect.ts'

/** The first rows of a relation, as the text that a file would hold. */
export interface Preview {
  columns: { name: string; type: string }[]
  rows: (string | null)[][]
}

/** What was found out about a file by reading all of it. */
export interface Inspection {
  encoding: string
  dialect: Dialect
  /** 0…1 */
  confidence: number
  /** Sentences for a person. */
  reasons: string[]
  warnings: string[]
  columns: InspectedColumn[]
  records: number
}

interface InspectedColumn {
  name: string
  type: string
  nullable: boolean
  nulls: number | string
  empties: number | string
  distinct: number | string
  longest: number | string
  min: string | null
  max: string | null
}
