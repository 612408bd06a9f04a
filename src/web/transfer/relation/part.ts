import type { RelationDraft } from '../draft.ts'

/** What a part of the form is given. */
export interface PartProps {
  relation: RelationDraft
  change: (part: Partial<RelationDraft>) => void
  /** The columns of what is read, as far as they are known. */
  columns: readonly { name: string; type: string }[]
  /** What the server said about this part. */
  error: Error | null
}
