import type { ImportPlan, TableTarget } from '../core/transfer/index.ts'
import type { ImportTransfer } from '../shared/index.ts'
import type { Servers } from './prepared.ts'
import type { OpenSource } from './source-file.ts'
import type { Surroundings } from './surroundings.ts'
import type { FileColumns } from './types.ts'

/** Everything an import needs but the rows. */
export interface Import {
  transfer: ImportTransfer
  surroundings: Surroundings
  servers: Servers
  source: OpenSource
  target: TableTarget
  columns: FileColumns
  plan: ImportPlan
}
