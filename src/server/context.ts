import type { Connections, RunQueue, Surroundings } from '../runs/index.ts'
import type { Health, Transfer } from '../shared/index.ts'

/** What the routes need of the rest; `main` puts it together. */
export interface Services {
  version: string
  surroundings: Surroundings
  queue: RunQueue
  connections: Connections
  embedded: () => Health['embedded']
  /** A transfer of sample data that a first visit offers, when the sample is there. */
  sample: Transfer | null
}
