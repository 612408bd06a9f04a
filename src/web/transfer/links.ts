import { emptyDraft } from './draft.ts'
import { proposeTable, withSourceKind, withSourceTable } from './ends/choose.ts'
import { withFile } from './state.tsx'
import { addressOf } from './use-draft.ts'

/** Where the transfer screen reads this file. */
export const fileSourceUrl = (path: string): string =>
  addressOf(withFile(proposeTable(emptyDraft, path), path))

/** Where the transfer screen reads this table. */
export const tableSourceUrl = (place: { server: string; database: string; table: string }): string =>
  addressOf(withSourceTable(withSourceKind(emptyDraft, 'table'), place))
