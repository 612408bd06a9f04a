import type { Dialect, DialectChoice } from '../../shared/index.ts'

/** What every step looks at. */
export interface Task {
  text: string
  from: number
  complete: boolean
  /** Whole lines at the end of a file whose head is not complete. */
  tail: string
  /** The file begins with the byte order mark of UTF-8, which is no part of the text. */
  isMarked: boolean
  choice: DialectChoice
  extension: string | undefined
  lineTerminator: Dialect['lineTerminator']
}
